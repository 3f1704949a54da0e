//! JSON that was written here: what answers and events are made of.

use std::io;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::memory::shared;

/// How much room there is before what is written here, for what an answer or event says before it.
const BEFORE: usize = 128;
/// The same for what is said after it.
const AFTER: usize = 8;

/// A value as JSON. What stands around it in a frame is put there without a copy of it: lists may be long.
#[derive(Clone, Debug)]
pub struct Encoded {
    text: String,
    begin: usize,
}

impl Encoded {
    /// Of a value.
    pub fn of(value: &impl Serialize) -> Self {
        let mut writer = Writer(with_room(128).into_bytes());
        serde_json::to_writer(&mut writer, value).expect("keys are texts and numbers finite");
        Self {
            text: String::from_utf8(writer.0).expect("JSON is written as text"),
            begin: BEFORE,
        }
    }

    /// What is written of about so many bytes, so that they need not be moved while there come to be more.
    pub fn written(bytes: usize, write: impl FnOnce(&mut String)) -> Self {
        let mut text = with_room(bytes);
        write(&mut text);
        Self {
            text,
            begin: BEFORE,
        }
    }

    /// The JSON.
    pub fn as_str(&self) -> &str {
        &self.text[self.begin..]
    }

    /// The JSON, without room for more.
    pub fn into_boxed_str(self) -> Box<str> {
        self.as_str().into()
    }

    /// The JSON between other texts, and where that begins: after as many other bytes as are asked for, or more.
    pub fn between(self, margin: usize, before: &str, after: &str) -> (Vec<u8>, usize) {
        let Self { text, begin } = self;
        let mut text = text.into_bytes();
        let start = match begin.checked_sub(before.len()) {
            Some(start) if start >= margin => {
                text[start..begin].copy_from_slice(before.as_bytes());
                start
            }
            _ => {
                let room = vec![b' '; margin];
                text = [&room, before.as_bytes(), &text[begin..]].concat();
                margin
            }
        };
        text.extend_from_slice(after.as_bytes());
        (text, start)
    }
}

const SPACES: &str = match str::from_utf8(&[b' '; BEFORE]) {
    Ok(spaces) => spaces,
    Err(_) => unreachable!(),
};

/// What is to be followed by about so many bytes of JSON.
fn with_room(bytes: usize) -> String {
    let mut text = String::with_capacity(BEFORE + bytes + AFTER);
    text.push_str(SPACES);
    text
}

/// JSON that somebody else has written.
impl From<Box<RawValue>> for Encoded {
    fn from(value: Box<RawValue>) -> Self {
        Self {
            text: Box::<str>::from(value).into(),
            begin: 0,
        }
    }
}

impl IntoResponse for Encoded {
    fn into_response(self) -> Response {
        let json = HeaderValue::from_static("application/json");
        let (text, begin) = self.between(0, "", "");
        let body = shared(text).slice(begin..);
        ([(header::CONTENT_TYPE, json)], body).into_response()
    }
}

/// Half of what a serialiser writes are single quotes, colons and commas, which cost least when they are pushed.
struct Writer(Vec<u8>);

impl io::Write for Writer {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match bytes {
            [byte] => self.0.push(*byte),
            bytes => self.0.extend_from_slice(bytes),
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_what_serde_json_writes() {
        let value = json!({"": [1, -2.5, true, null], "text": "\"\\\n\u{1}ü", "a": {"b": {}}});
        let text = value.to_string();
        assert_eq!(Encoded::of(&value).as_str(), text);
        let written = Encoded::written(0, |json| json.push_str(&text));
        assert_eq!(written.into_boxed_str(), text.into());
        let text = Encoded::of(&"\"\\\n\u{1}ü");
        assert_eq!(text.as_str(), r#""\"\\\n\u0001ü""#);
    }

    #[test]
    fn whatever_stands_around_it_json_is_whole() {
        let value = json!({"a": "ü"});
        let raw = serde_json::value::to_raw_value(&value).expect("it serialises");
        for json in [Encoded::of(&value), Encoded::from(raw)] {
            for length in [0, 1, BEFORE - 10, BEFORE - 9, BEFORE, 1_000] {
                let (before, after) = ("x".repeat(length), "y".repeat(length));
                let (text, begin) = json.clone().between(10, &before, &after);
                assert!(begin >= 10);
                let text = std::str::from_utf8(&text[begin..]).expect("it is a text");
                assert_eq!(text, format!(r#"{before}{{"a":"ü"}}{after}"#));
            }
        }
    }
}
