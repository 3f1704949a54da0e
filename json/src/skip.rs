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
        at = plain(text, at);
        match text.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return at,
        }
    }
}

/// The next byte at or after `at` that is a quote, a backslash or a control character: texts are most of what frames
/// are made of, and are gone through eight bytes at a time.
#[inline(never)]
pub(crate) fn plain(text: &[u8], mut at: usize) -> usize {
    const EACH: u64 = u64::MAX / 0xff;
    const TOP: u64 = EACH << 7;
    const fn is_zero(eight: u64) -> u64 {
        eight.wrapping_sub(EACH) & !eight
    }
    while let Some(eight) = text.get(at..).and_then(<[u8]>::first_chunk) {
        let eight = u64::from_le_bytes(*eight);
        let quote = is_zero(eight ^ (EACH * b'"' as u64));
        let backslash = is_zero(eight ^ (EACH * b'\\' as u64));
        let control = eight.wrapping_sub(EACH * b' ' as u64) & !eight;
        // Of the bytes that these mark, only the first one certainly is what it is taken for.
        let found = (quote | backslash | control) & TOP;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while let Some(byte) = text.get(at) {
        if matches!(byte, b'"' | b'\\' | 0..b' ') {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bytes_at_a_time_are_the_same_as_one() {
        let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        for byte in 0..=u8::MAX {
            for (place, next) in [(0, 0xff), (3, b'!'), (7, 0), (8, b'#'), (13, b'[')] {
                let mut text = [b'~'; 20];
                (text[place], text[place + 1]) = (byte, next);
                for from in 0..text.len() {
                    let rest = text[from..].iter();
                    let count = rest.take_while(|byte| is_plain(**byte)).count();
                    assert_eq!(plain(&text, from), from + count, "{text:?} from {from}");
                }
            }
        }
        assert_eq!(plain(b"ab", 3), 3);
    }
}
