//! JSON that was written here: what answers and events are made of.

use std::io;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;

/// A value as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded(String);

impl Encoded {
    /// Of a value.
    pub fn of(value: &impl Serialize) -> Self {
        Self::with_room(128, value)
    }

    /// Of a value that takes about so many bytes, so that they need not be moved while there come to be more.
    pub fn with_room(bytes: usize, value: &impl Serialize) -> Self {
        let mut writer = Writer(Vec::with_capacity(bytes));
        serde_json::to_writer(&mut writer, value).expect("keys are texts and numbers finite");
        Self(String::from_utf8(writer.0).expect("JSON is written as text"))
    }

    /// The JSON.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The JSON, without room for more.
    pub fn into_boxed_str(self) -> Box<str> {
        self.0.into()
    }
}

/// JSON that somebody else has written.
impl From<Box<RawValue>> for Encoded {
    fn from(value: Box<RawValue>) -> Self {
        Self(Box::<str>::from(value).into())
    }
}

impl IntoResponse for Encoded {
    fn into_response(self) -> Response {
        let json = HeaderValue::from_static("application/json");
        ([(header::CONTENT_TYPE, json)], self.0).into_response()
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
        assert_eq!(Encoded::with_room(0, &value).into_boxed_str(), text.into());
        assert!(matches!(
            value["text"].as_str().map(|text| Encoded::of(&text)),
            Some(Encoded(written)) if written == r#""\"\\\n\u0001ü""#
        ));
    }
}
