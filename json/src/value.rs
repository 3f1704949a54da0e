use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::check::{self, Part};
use crate::read::Unreadable;
use crate::skip;

/// A text that was checked: its value, and where the parts of that stand.
#[derive(Debug)]
pub struct Document<'a> {
    text: &'a str,
    parts: Vec<Part>,
}

/// A piece of a text, known to be JSON.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    text: &'a str,
    /// The piece and what it is made of, as they stand in the document, so that nothing is gone through twice; none where
    /// that is not known.
    parts: &'a [Part],
}

/// A text known to be JSON.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Box<str>);

/// The text is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotJson;

impl<'a> Document<'a> {
    /// Checks a text.
    pub fn parse(text: &'a str) -> Result<Self, NotJson> {
        let parts = check::parts(text.as_bytes()).ok_or(NotJson)?;
        Ok(Self { text, parts })
    }

    /// The value.
    pub fn value(&self) -> Value<'_> {
        let parts = &self.parts[..];
        let text = parts
            .first()
            .and_then(|whole| self.text.get(whole.begin..whole.end));
        Value {
            text: text.unwrap_or_default(),
            parts,
        }
    }
}

impl<'a> Value<'a> {
    /// `null`.
    pub const NULL: Self = Self::alone("null");

    /// An object without fields.
    pub const EMPTY: Self = Self::alone("{}");

    const fn alone(text: &'a str) -> Self {
        Self { text, parts: &[] }
    }

    /// The text.
    pub fn get(self) -> &'a str {
        self.text
    }

    /// A copy that stands for itself.
    pub fn to_json(self) -> Json {
        Json(self.text.into())
    }

    /// Whether this is `null`.
    pub fn is_null(self) -> bool {
        self.text == "null"
    }

    /// The fields of an object, each once where the text has it once.
    pub fn fields(self) -> Result<Fields<'a>, Unreadable> {
        match self.text.starts_with('{') {
            true => Ok(Fields(Parts::of(self))),
            false => Err(Unreadable("not an object")),
        }
    }

    /// The elements of an array.
    pub fn items(self) -> Result<Items<'a>, Unreadable> {
        match self.text.starts_with('[') {
            true => Ok(Items(Parts::of(self))),
            false => Err(Unreadable("not an array")),
        }
    }

    /// The fields of an object that have these names. What is absent and what is `null` is `None`; of several fields of
    /// one name the last one counts.
    pub fn pick<const N: usize>(
        self,
        names: [&str; N],
    ) -> Result<[Option<Value<'a>>; N], Unreadable> {
        let mut found = [None; N];
        self.fields()?.pick(&names, &mut found);
        Ok(found)
    }

    /// A text; `None` where this is none, or has half a surrogate pair.
    pub fn text(self) -> Option<Cow<'a, str>> {
        let inside = self.inside()?;
        match self.has_escapes(inside) {
            true => unescape(inside).map(Cow::Owned),
            false => Some(Cow::Borrowed(inside)),
        }
    }

    fn has_escapes(self, inside: &str) -> bool {
        match self.parts.first() {
            Some(part) => part.has_escapes,
            None => skip::plain(inside.as_bytes(), 0) < inside.len(),
        }
    }

    /// What stands between the quotes of a text.
    fn inside(self) -> Option<&'a str> {
        self.text.strip_prefix('"')?.strip_suffix('"')
    }
}

impl Json {
    /// Checks a text.
    pub fn parse(text: &str) -> Result<Self, NotJson> {
        Ok(Document::parse(text)?.value().to_json())
    }

    /// A text that was written as JSON: it is not checked again.
    pub fn written(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn get(&self) -> &str {
        &self.0
    }

    /// The value.
    pub fn value(&self) -> Value<'_> {
        Value::alone(&self.0)
    }
}

impl From<Json> for String {
    fn from(json: Json) -> Self {
        json.0.into()
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is no JSON")
    }
}

impl core::error::Error for NotJson {}

/// The fields of an object: names as they are written between their quotes, and values.
#[derive(Clone, Debug)]
pub struct Fields<'a>(Parts<'a>);

/// The elements of an array.
#[derive(Clone, Debug)]
pub struct Items<'a>(Parts<'a>);

#[derive(Clone, Debug)]
struct Parts<'a> {
    whole: Value<'a>,
    /// Where the next one stands: among the parts, or in the text where those are not known.
    at: usize,
}

impl<'a> Fields<'a> {
    fn pick(&mut self, names: &[&str], found: &mut [Option<Value<'a>>]) {
        // Most fields are not wanted, and most of those are told by the length of their names.
        let bit = |name: &str| 1_u64 << (name.len() % 64);
        let lengths = names.iter().fold(0, |bits, name| bits | bit(name));
        let position = |name: &str| match lengths & bit(name) {
            0 => None,
            _ => names.iter().position(|wanted| *wanted == name),
        };
        for (name, value) in self {
            let index = name
                .inside()
                .and_then(|inside| match name.has_escapes(inside) {
                    true => position(&unescape(inside)?),
                    false => position(inside),
                });
            if let Some(slot) = index.and_then(|index| found.get_mut(index)) {
                *slot = (!value.is_null()).then_some(value);
            }
        }
    }
}

/// Names are texts, which [`Value::text`] reads.
impl<'a> Iterator for Fields<'a> {
    type Item = (Value<'a>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let name = self.0.next(b'}')?;
        // The colon is all that stands between.
        let value = self.0.next(b'}')?;
        Some((name, value))
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        self.0.next(b']')
    }
}

impl<'a> Parts<'a> {
    const fn of(whole: Value<'a>) -> Self {
        Self { whole, at: 1 }
    }

    fn next(&mut self, close: u8) -> Option<Value<'a>> {
        let Value { text, parts } = self.whole;
        let Some(origin) = parts.first().map(|whole| whole.begin) else {
            return self.find_next(close);
        };
        let parts = parts.get(self.at..)?;
        let part = parts.first()?;
        self.at += part.count;
        Some(Value {
            text: text.get(part.begin - origin..part.end - origin)?,
            parts: parts.get(..part.count)?,
        })
    }

    fn find_next(&mut self, close: u8) -> Option<Value<'a>> {
        let text = self.whole.text;
        let bytes = text.as_bytes();
        let mut begin = self.at;
        while let Some(b' ' | b'\n' | b'\r' | b'\t' | b',' | b':') = bytes.get(begin) {
            begin += 1;
        }
        bytes.get(begin).filter(|byte| **byte != close)?;
        self.at = skip::value(bytes, begin);
        text.get(begin..self.at).map(Value::alone)
    }
}

/// Two values are equal when they are written alike.
impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Value<'_> {}

fn unescape(inside: &str) -> Option<String> {
    let mut text = String::with_capacity(inside.len());
    let mut parts = inside.split('\\');
    text.push_str(parts.next()?);
    while let Some(part) = parts.next() {
        let (escape, rest) = match part.as_bytes().first() {
            // Two backslashes: what follows them is a part of its own.
            None => ('\\', parts.next().unwrap_or_default()),
            Some(b'u') => {
                let mut unit = unit(part)?;
                let mut rest = &part[5..];
                if (0xd800..0xdc00).contains(&unit) && rest.is_empty() {
                    let low = parts.next()?;
                    let half = self::unit(low).filter(|half| (0xdc00..0xe000).contains(half))?;
                    unit = 0x1_0000 + ((unit - 0xd800) << 10) + (half - 0xdc00);
                    rest = &low[5..];
                }
                (char::from_u32(unit)?, rest)
            }
            Some(letter) => {
                let escape = match letter {
                    b'b' => '\u{8}',
                    b'f' => '\u{c}',
                    b'n' => '\n',
                    b'r' => '\r',
                    b't' => '\t',
                    letter => char::from(*letter),
                };
                (escape, &part[1..])
            }
        };
        text.push(escape);
        text.push_str(rest);
    }
    Some(text)
}

/// The four digits after `u`.
fn unit(part: &str) -> Option<u32> {
    let digits = part.strip_prefix('u')?.get(..4)?;
    u32::from_str_radix(digits, 16).ok()
}
