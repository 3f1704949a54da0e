//! The length of a string in characters as a reader counts them.
//!
//! A character is a code point with the combining marks and variation selectors after it, with what zero-width joiners
//! tie to it, or a pair of regional indicators. This is simpler than Unicode's grapheme clusters, and what the limits
//! of the wire count; UTF-16 units and code points are not.

use std::iter;
use std::str::Chars;

/// Whether `text` has more than `max` characters.
pub(super) fn exceeds(text: &str, max: usize) -> bool {
    text.len() > max && characters(text).nth(max).is_some()
}

/// Whether `text` has fewer than `min` characters.
pub(super) fn falls_short(text: &str, min: usize) -> bool {
    min > 0 && characters(text).nth(min - 1).is_none()
}

fn characters(text: &str) -> impl Iterator<Item = ()> {
    let mut rest = text.chars();
    iter::from_fn(move || {
        let first = rest.next()?;
        skip_modifiers(&mut rest);
        while let Some(joined) = after_joiner(&rest) {
            rest = joined;
            skip_modifiers(&mut rest);
        }
        if is_regional_indicator(first) && peek(&rest).is_some_and(is_regional_indicator) {
            rest.next();
        }
        Some(())
    })
}

/// What follows a zero-width joiner and the code point it joins. A joiner at the end joins nothing.
fn after_joiner<'t>(rest: &Chars<'t>) -> Option<Chars<'t>> {
    let mut ahead = rest.clone();
    (ahead.next()? == '\u{200D}').then_some(())?;
    ahead.next()?;
    Some(ahead)
}

fn skip_modifiers(rest: &mut Chars<'_>) {
    while peek(rest).is_some_and(is_modifier) {
        rest.next();
    }
}

fn peek(rest: &Chars<'_>) -> Option<char> {
    rest.clone().next()
}

fn is_modifier(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}'
            | '\u{1AB0}'..='\u{1AFF}'
            | '\u{1DC0}'..='\u{1DFF}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FE20}'..='\u{FE2F}')
}

fn is_regional_indicator(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

#[cfg(test)]
mod tests {
    use super::characters;

    #[test]
    fn schema_length_counts_what_a_reader_sees() {
        let cases = [
            ("", 0),
            ("abc", 3),
            ("e\u{301}", 1),
            ("👨‍👩‍👧‍👦", 1),
            ("👨‍👩‍👧‍👦👍", 2),
            ("🇩🇪🇫🇷", 2),
            ("🇩🇪🇫", 2),
            ("❤️", 1),
            ("a\u{200D}", 2),
            ("a\u{200D}b", 1),
            ("👍🏽", 2),
        ];
        for (text, expected) in cases {
            assert_eq!(characters(text).count(), expected, "{text:?}");
        }
    }
}
