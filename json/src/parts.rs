//! Finds all parts of a text that is known to be JSON, in one go.

use alloc::vec::Vec;

use crate::skip;

/// A value, or the name of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) begin: usize,
    pub(crate) end: usize,
    /// How many parts there are up to its end, itself among them.
    pub(crate) count: usize,
    /// It is a text with escapes.
    pub(crate) has_escapes: bool,
}

/// The parts of a text, in the order of their beginnings.
pub(crate) fn parts(text: &[u8]) -> Vec<Part> {
    /// Names and values are mostly longer, so there is room for all.
    const SHORT: usize = 8;
    let mut parts = Vec::with_capacity(text.len() / SHORT);
    let mut open = NONE;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let mut part = Part {
            begin: at,
            end: at,
            count: 1,
            has_escapes: false,
        };
        match byte {
            b' ' | b'\n' | b'\r' | b'\t' | b',' | b':' => {
                at += 1;
                continue;
            }
            b'}' | b']' => {
                at += 1;
                close(&mut parts, &mut open, at);
                continue;
            }
            b'{' | b'[' => {
                at += 1;
                part.count = open;
                open = parts.len();
            }
            b'"' => (at, part.has_escapes) = skip::string(text, at),
            _ => at = skip::word(text, at),
        }
        part.end = at;
        parts.push(part);
    }
    // Nothing is open at the end of JSON.
    while open != NONE {
        close(&mut parts, &mut open, at);
    }
    parts
}

/// No array or object.
const NONE: usize = usize::MAX;

/// Closes the innermost array or object that is open. As long as it was, its count was the place of the one around it.
fn close(parts: &mut [Part], open: &mut usize, end: usize) {
    let until = parts.len();
    if let Some(part) = parts.get_mut(*open) {
        let count = until - *open;
        *open = part.count;
        (part.end, part.count) = (end, count);
    }
}
