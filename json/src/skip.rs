//! Finds the ends of values in text that was checked.

/// The next byte at or after `at` that is no space.
pub(crate) fn space(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = text.get(at) {
        at += 1;
    }
    at
}

/// The end of the value that begins at `at`.
pub(crate) fn value(text: &[u8], mut at: usize) -> usize {
    let mut depth = 0;
    loop {
        match text.get(at) {
            Some(b'"') => at = string(text, at),
            Some(b'{' | b'[') => {
                depth += 1;
                at += 1;
            }
            // What closes the value around this one.
            Some(b'}' | b']') if depth == 0 => return at,
            Some(b'}' | b']') => {
                depth -= 1;
                at += 1;
            }
            Some(b',' | b' ' | b'\n' | b'\r' | b'\t') if depth == 0 => return at,
            Some(_) => {
                at += 1;
                continue;
            }
            None => return at,
        }
        if depth == 0 {
            return at;
        }
    }
}

/// The end of the text whose opening quote stands at `at`.
pub(crate) fn string(text: &[u8], mut at: usize) -> usize {
    at += 1;
    loop {
        match text.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return at,
        }
    }
}
