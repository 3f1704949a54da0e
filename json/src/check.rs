use alloc::vec::Vec;

use crate::skip::{plain, space};

/// Whether a text is one JSON value and nothing else.
pub(crate) fn is_json(text: &[u8]) -> bool {
    Check { text, at: 0 }.whole().is_some()
}

struct Check<'a> {
    text: &'a [u8],
    at: usize,
}

impl Check<'_> {
    fn whole(&mut self) -> Option<()> {
        // What closes the arrays and objects that are open.
        let mut open = Vec::new();
        loop {
            match self.next()? {
                b'{' if self.follows(b'}') => {}
                b'{' => {
                    open.push(b'}');
                    self.name()?;
                    continue;
                }
                b'[' if self.follows(b']') => {}
                b'[' => {
                    open.push(b']');
                    continue;
                }
                b'"' => self.string()?,
                b't' => self.word(b"rue")?,
                b'f' => self.word(b"alse")?,
                b'n' => self.word(b"ull")?,
                first => self.number(first)?,
            }
            loop {
                let Some(close) = open.last().copied() else {
                    self.at = space(self.text, self.at);
                    return (self.at == self.text.len()).then_some(());
                };
                match self.next()? {
                    b',' if close == b'}' => self.name()?,
                    b',' => {}
                    byte if byte == close => {
                        open.pop();
                        continue;
                    }
                    _ => return None,
                }
                break;
            }
        }
    }

    /// The name of a field, and the colon.
    fn name(&mut self) -> Option<()> {
        self.expect(b'"')?;
        self.string()?;
        self.expect(b':')
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    /// The next byte that is no space.
    fn next(&mut self) -> Option<u8> {
        loop {
            match self.byte()? {
                b' ' | b'\n' | b'\r' | b'\t' => {}
                byte => return Some(byte),
            }
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.text.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn follows(&mut self, byte: u8) -> bool {
        let at = space(self.text, self.at);
        let follows = self.text.get(at) == Some(&byte);
        if follows {
            self.at = at + 1;
        }
        follows
    }

    fn word(&mut self, rest: &[u8]) -> Option<()> {
        let follows = self.text[self.at..].starts_with(rest);
        self.at += rest.len();
        follows.then_some(())
    }

    /// What follows the quote that opens a text.
    fn string(&mut self) -> Option<()> {
        loop {
            self.at = plain::<true>(self.text, self.at);
            match self.byte()? {
                b'"' => return Some(()),
                b'\\' => self.escape()?,
                0..0x20 => return None,
                _ => {}
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Option<()> {
        match self.byte()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
            b'u' => {
                for _ in 0..4 {
                    self.byte().filter(u8::is_ascii_hexdigit)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// What follows the first byte of a number.
    fn number(&mut self, first: u8) -> Option<()> {
        let first = match first {
            b'-' => self.byte()?,
            first => first,
        };
        match first {
            b'0' => {}
            b'1'..=b'9' => self.digits(),
            _ => return None,
        }
        if self.takes(b".") {
            self.one_digit()?;
        }
        if self.takes(b"eE") {
            self.takes(b"+-");
            self.one_digit()?;
        }
        Some(())
    }

    fn one_digit(&mut self) -> Option<()> {
        self.byte().filter(u8::is_ascii_digit)?;
        self.digits();
        Some(())
    }

    fn digits(&mut self) {
        while let Some(b'0'..=b'9') = self.text.get(self.at) {
            self.at += 1;
        }
    }

    fn takes(&mut self, any: &[u8]) -> bool {
        let takes = self
            .text
            .get(self.at)
            .is_some_and(|byte| any.contains(byte));
        self.at += usize::from(takes);
        takes
    }
}
