use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::check;
use crate::parts::{self, Part};
use crate::read::Unreadable;
use crate::skip;

/// A text that is JSON: its value, and where the parts of that stand.
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
        match check::is_json(text.as_bytes()) {
            true => Ok(Self::checked(text)),
            false => Err(NotJson),
        }
    }

    /// A text that somebody else has checked. Of one that is no JSON there may be anything to read, or nothing.
    pub fn checked(text: &'a str) -> Self {
        let parts = parts::parts(text.as_bytes());
        Self { text, parts }
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

    /// What is read from each of the elements of an array.
    pub fn each<T>(
        self,
        read: &mut dyn FnMut(Self) -> Result<T, Unreadable>,
    ) -> Result<Vec<T>, Unreadable> {
        // To collect results is larger code.
        let mut all = Vec::new();
        for item in self.items()? {
            all.push(read(item)?);
        }
        Ok(all)
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

    /// The field of an object that has this name, as [`Self::pick`] does it; `None` also where this is no object.
    pub fn field(self, name: &str) -> Option<Value<'a>> {
        let [field] = self.pick([name]).ok()?;
        field
    }

    /// A text; `None` where this is none. Half of a surrogate pair, as programs write that cut texts between the two,
    /// becomes U+FFFD.
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
            None => inside.bytes().any(|byte| byte == b'\\'),
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

/// Where a part stands in its text.
#[derive(Clone, Copy)]
struct Place<'a> {
    begin: usize,
    end: usize,
    parts: &'a [Part],
}

impl<'a> Fields<'a> {
    fn pick(&mut self, names: &[&str], found: &mut [Option<Value<'a>>]) {
        // Most fields are not wanted, and most of those are told by the length of their names.
        let bit = |length: usize| 1_u64 << (length % 64);
        let lengths = names.iter().fold(0, |bits, name| bits | bit(name.len()));
        // Those that are mostly come in the order in which they are asked for.
        let mut next = 0;
        while let Some(name) = self.0.step(b'}') {
            let Some(value) = self.0.step(b'}') else {
                return;
            };
            // The quotes are no part of it.
            let length = (name.end - name.begin).wrapping_sub(2);
            if lengths & bit(length) == 0 && !name.may_have_escapes() {
                continue;
            }
            let Some(name) = self.0.value(name).and_then(Value::text) else {
                continue;
            };
            let mut places = (next..names.len()).chain(0..next);
            let Some(place) = places.find(|place| names[*place] == name) else {
                continue;
            };
            next = place + 1;
            let value = self.0.value(value);
            found[place] = value.filter(|value| !value.is_null());
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
        let next = self.step(close)?;
        self.value(next)
    }

    #[inline]
    fn step(&mut self, close: u8) -> Option<Place<'a>> {
        let parts = self.whole.parts;
        let Some(whole) = parts.first() else {
            return self.find(close);
        };
        let parts = parts.get(self.at..)?;
        let part = parts.first()?;
        self.at += part.count;
        Some(Place {
            begin: part.begin - whole.begin,
            end: part.end - whole.begin,
            parts: parts.get(..part.count)?,
        })
    }

    fn find(&mut self, close: u8) -> Option<Place<'a>> {
        let bytes = self.whole.text.as_bytes();
        let mut begin = self.at;
        while let Some(b' ' | b'\n' | b'\r' | b'\t' | b',' | b':') = bytes.get(begin) {
            begin += 1;
        }
        bytes.get(begin).filter(|byte| **byte != close)?;
        let end = skip::value(bytes, begin);
        self.at = end;
        let parts = &[];
        // Where another bracket closes than was opened there is nothing.
        (end > begin).then_some(Place { begin, end, parts })
    }

    fn value(&self, place: Place<'a>) -> Option<Value<'a>> {
        let Place { begin, end, parts } = place;
        let text = self.whole.text.get(begin..end)?;
        Some(Value { text, parts })
    }
}

impl Place<'_> {
    fn may_have_escapes(&self) -> bool {
        self.parts.first().is_none_or(|part| part.has_escapes)
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
    let mut rest = inside;
    while let Some(at) = rest.bytes().position(|byte| byte == b'\\') {
        let (before, escape) = rest.split_at_checked(at)?;
        text.push_str(before);
        let (letter, after) = unescaped(escape)?;
        text.push(letter);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// What an escape means, and what follows it.
fn unescaped(escape: &str) -> Option<(char, &str)> {
    let escape = escape.strip_prefix('\\')?;
    let mut letters = escape.chars();
    let letter = match letters.next()? {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let (unit, after) = unit(escape)?;
            let high = unit.checked_sub(0xd800).filter(|half| *half < 0x400);
            return Some(match high.zip(low_half(after)) {
                Some((high, (low, after))) => {
                    (char::from_u32(0x1_0000 + (high << 10) + low)?, after)
                }
                None => (
                    char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER),
                    after,
                ),
            });
        }
        letter => letter,
    };
    Some((letter, letters.as_str()))
}

/// The second half of a surrogate pair, and what follows it.
fn low_half(escape: &str) -> Option<(u32, &str)> {
    let (unit, after) = unit(escape.strip_prefix('\\')?)?;
    let half = unit.checked_sub(0xdc00).filter(|half| *half < 0x400)?;
    Some((half, after))
}

/// The four digits after `u`, and what follows them.
fn unit(escape: &str) -> Option<(u32, &str)> {
    let (digits, after) = escape.strip_prefix('u')?.split_at_checked(4)?;
    let digit = |unit: u32, digit: char| Some(unit << 4 | digit.to_digit(16)?);
    Some((digits.chars().try_fold(0, digit)?, after))
}
