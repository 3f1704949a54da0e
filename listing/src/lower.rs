//! Text in lower case.

use alloc::string::String;

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
        false => js_sys::JsString::from(text).to_lower_case().into(),
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
