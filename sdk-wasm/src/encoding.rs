//! How the text of a frame comes over.

use alloc::vec::Vec;
use core::cell::RefCell;

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type TextEncoder;
    #[wasm_bindgen(constructor)]
    fn new() -> TextEncoder;
    #[wasm_bindgen(method, js_name = encodeInto)]
    fn encode_into(this: &TextEncoder, text: &JsValue, bytes: &mut [u8]) -> Encoded;

    type Encoded;
    #[wasm_bindgen(method, getter)]
    fn written(this: &Encoded) -> u32;

    type Text;
    #[wasm_bindgen(method, getter)]
    fn length(this: &Text) -> u32;

    type Frame;
    #[wasm_bindgen(js_namespace = JSON, js_name = parse)]
    fn parse_frame(text: &JsValue) -> Frame;
    #[wasm_bindgen(method, getter)]
    fn payload(this: &Frame) -> JsValue;
}

/// The text of the frame that is heard, and its number. Its rows are read by JavaScript's parser as they stand there,
/// which takes less than to bring their texts back.
#[derive(Default)]
pub(crate) struct Heard(RefCell<Option<(u64, JsValue)>>);

impl Heard {
    /// A frame has come, of which the core has taken the text for JSON if it tells anything of it.
    pub(crate) fn set(&self, frame: u64, text: &JsValue) {
        self.0.replace(Some((frame, text.clone())));
    }

    /// It was heard.
    pub(crate) fn clear(&self) {
        self.0.take();
    }

    /// The payload of this frame, once; nothing where another one is heard.
    pub(crate) fn payload(&self, frame: u64) -> Option<JsValue> {
        let heard = self.0.borrow_mut().take_if(|(number, _)| *number == frame);
        heard.map(|(_, text)| parse_frame(&text).payload())
    }
}

/// Copies texts of JavaScript by its own encoder: letter by letter, as the glue does it, takes as long as `JSON.parse`. There
/// is room for the longest that came, and stays: given back, such pieces would lie between others, too small for the next.
pub(crate) struct Encoding {
    encoder: TextEncoder,
    bytes: RefCell<Vec<u8>>,
}

impl Encoding {
    pub(crate) fn new() -> Self {
        Self {
            encoder: TextEncoder::new(),
            bytes: RefCell::default(),
        }
    }

    /// Lends a text; nothing where the value is none. Whoever reads it may come back here.
    pub(crate) fn lend(&self, value: &JsValue, read: impl FnOnce(&str)) {
        if !value.is_string() {
            return;
        }
        let mut bytes = self.bytes.take();
        // No unit of JavaScript's texts takes more than three bytes.
        let most = value.unchecked_ref::<Text>().length() as usize * 3;
        if bytes.len() < most {
            bytes.resize(most, 0);
        }
        let encoded = self.encoder.encode_into(value, &mut bytes);
        let text = bytes.get(..encoded.written() as usize).unwrap_or_default();
        if let Ok(text) = str::from_utf8(text) {
            read(text);
        }
        self.bytes.replace(bytes);
    }
}
