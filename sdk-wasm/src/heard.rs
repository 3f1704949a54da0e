//! The frame that is heard, which JavaScript has parsed.

use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use js_sys::{Uint8Array, WebAssembly::Memory};
use sessionwire_client_core::Row;
use wasm_bindgen::JsCast as _;

/// So many bytes come before a frame, for names that are in it. JavaScript knows, too.
const NAMES: usize = 1024;

/// A frame comes as bytes that JavaScript's own encoder writes: letter by letter, as the glue does it, takes as long as
/// `JSON.parse`. There is room for the longest that came, and stays: given back, such pieces would lie between others, too
/// small for the next.
#[derive(Default)]
pub(crate) struct Heard {
    bytes: RefCell<Vec<u8>>,
    /// Its number; 0 where there is none, or more than one has come since all was told.
    number: Cell<u64>,
    /// What came of it is told.
    telling: Cell<bool>,
}

impl Heard {
    /// Room for names and a frame, so many bytes, until memory grows.
    pub(crate) fn room(&self, length: usize) -> Uint8Array {
        let mut bytes = self.bytes.borrow_mut();
        if bytes.len() < length {
            bytes.resize(length, 0);
        }
        let memory: Memory = wasm_bindgen::memory().unchecked_into();
        let (start, length) = (bytes.as_mut_ptr() as u32, bytes.len() as u32);
        Uint8Array::new_with_byte_offset_and_length(&memory.buffer(), start, length)
    }

    /// A frame of so many bytes has come, which has this number, and so many bytes of names in it.
    pub(crate) fn take(
        &self,
        number: u64,
        length: usize,
        named: usize,
        read: impl FnOnce(&str, &str),
    ) {
        self.number.set(if self.telling.get() { 0 } else { number });
        let bytes = self.bytes.borrow();
        let (names, frame) = bytes.split_at_checked(NAMES).unwrap_or_default();
        let names = names.get(..named).unwrap_or_default();
        let frame = frame.get(..length).unwrap_or_default();
        if let (Ok(names), Ok(frame)) = (str::from_utf8(names), str::from_utf8(frame)) {
            read(names, frame);
        }
    }

    /// What came of it begins to be told.
    pub(crate) fn begin(&self) {
        self.telling.set(true);
    }

    /// All was told.
    pub(crate) fn end(&self) {
        self.telling.set(false);
        self.number.set(0);
    }

    /// Whether all that is told came of it.
    pub(crate) fn is_one(&self) -> bool {
        self.number.get() > 0
    }

    /// Whether these rows are those of the frame; told once, as its values become the listener's. Of no rows any frame
    /// would be the one.
    pub(crate) fn shows<'a>(&self, rows: impl IntoIterator<Item = &'a Row>) -> bool {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return false;
        }
        let number = self.number.take();
        number > 0 && rows.all(|row| row.frame == number)
    }
}
