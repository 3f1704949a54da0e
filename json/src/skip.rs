//! Finds the ends of values in text that is known to be JSON.

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
    while let Some(byte) = text.get(at) {
        at = match byte {
            b'"' => string(text, at).0,
            b'{' | b'[' => {
                depth += 1;
                at + 1
            }
            // What closes the value around this one.
            b'}' | b']' if depth == 0 => return at,
            b'}' | b']' => {
                depth -= 1;
                at + 1
            }
            b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' => at + 1,
            _ => word(text, at),
        };
        if depth == 0 {
            return at;
        }
    }
    at
}

/// The end of the number, or of `true` and its like, that begins at `at`.
pub(crate) fn word(text: &[u8], mut at: usize) -> usize {
    loop {
        at += 1;
        match text.get(at) {
            None | Some(b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') => return at,
            Some(_) => {}
        }
    }
}

/// The end of the text whose opening quote stands at `at`, and whether it has escapes.
pub(crate) fn string(text: &[u8], mut at: usize) -> (usize, bool) {
    let mut has_escapes = false;
    at += 1;
    loop {
        at = plain::<false>(text, at);
        match text.get(at) {
            Some(b'\\') => {
                has_escapes = true;
                at += 2;
            }
            Some(_) => return (at + 1, has_escapes),
            None => return (text.len(), has_escapes),
        }
    }
}

/// The next byte at or after `at` that is a quote, a backslash or, where these are looked for, a control character: texts
/// are most of what frames are made of, and are gone through eight bytes at a time.
pub(crate) fn plain<const CONTROLS: bool>(text: &[u8], mut at: usize) -> usize {
    const EACH: u64 = u64::MAX / 0xff;
    const TOP: u64 = EACH << 7;
    const fn is_zero(eight: u64) -> u64 {
        eight.wrapping_sub(EACH) & !eight
    }
    while let Some(eight) = text.get(at..).and_then(<[u8]>::first_chunk) {
        let eight = u64::from_le_bytes(*eight);
        let quote = is_zero(eight ^ (EACH * b'"' as u64));
        let backslash = is_zero(eight ^ (EACH * b'\\' as u64));
        let control = match CONTROLS {
            true => eight.wrapping_sub(EACH * b' ' as u64) & !eight,
            false => 0,
        };
        // Of the bytes that these mark, only the first one certainly is what it is taken for.
        let found = (quote | backslash | control) & TOP;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' | b'\\' => break,
            0..b' ' if CONTROLS => break,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bytes_at_a_time_are_the_same_as_one() {
        let is_text = |byte: u8| byte != b'"' && byte != b'\\';
        for byte in 0..=u8::MAX {
            for (place, next) in [(0, 0xff), (3, b'!'), (7, 0), (8, b'#'), (13, b'[')] {
                let mut text = [b'~'; 20];
                (text[place], text[place + 1]) = (byte, next);
                for from in 0..text.len() {
                    let rest = &text[from..];
                    let texts = rest.iter().take_while(|byte| is_text(**byte));
                    let plains = texts.clone().take_while(|byte| **byte >= b' ');
                    let (texts, plains) = (texts.count(), plains.count());
                    assert_eq!(plain::<false>(&text, from), from + texts, "{text:?}");
                    assert_eq!(plain::<true>(&text, from), from + plains, "{text:?}");
                }
            }
        }
        assert_eq!(plain::<true>(b"ab", 3), 3);
    }
}
