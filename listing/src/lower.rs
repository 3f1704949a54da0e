//! Text in lower case.

use alloc::string::String;
#[cfg(target_family = "wasm")]
use wasm_bindgen::prelude::*;

#[cfg(target_family = "wasm")]
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["String", "prototype", "toLowerCase"], js_name = call)]
    fn to_lower_case(text: &str) -> String;
}

/// The text in lower case, by the same table of Unicode whoever has it.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// The same by the host, which has the table: it would be a sixth of what a browser downloads.
#[cfg(target_family = "wasm")]
pub(crate) fn lower(text: &str) -> String {
    match text.is_ascii() {
        true => text.to_ascii_lowercase(),
        false => to_lower_case(text),
    }
}

/// Whether a part occurs in a text.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn contains(text: &str, part: &str) -> bool {
    text.contains(part)
}

/// The same by less code: the standard library's search is quick in long texts, and large.
#[cfg(target_family = "wasm")]
pub(crate) fn contains(text: &str, part: &str) -> bool {
    let mut windows = text.as_bytes().windows(part.len().max(1));
    part.is_empty() || windows.any(|bytes| bytes == part.as_bytes())
}
