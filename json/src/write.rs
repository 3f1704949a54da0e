use alloc::string::String;
use core::mem;

use crate::value::{Json, Value};

/// Writes an object, field by field. The names are written as they are.
#[derive(Debug)]
pub struct Object(String);

impl Default for Object {
    fn default() -> Self {
        Self(String::from("{"))
    }
}

impl Object {
    /// One of about so many bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        let mut object = String::with_capacity(capacity);
        object.push('{');
        Self(object)
    }

    /// A field with a text, where there is one.
    pub fn text<'a>(&mut self, name: &str, value: impl Into<Option<&'a str>>) -> &mut Self {
        if let Some(value) = value.into() {
            self.name(name);
            text(&mut self.0, value);
        }
        self
    }

    /// A field with a whole number, where there is one.
    pub fn number(&mut self, name: &str, value: impl Into<Option<u64>>) -> &mut Self {
        if let Some(value) = value.into() {
            self.name(name);
            number(&mut self.0, value);
        }
        self
    }

    /// A field with a boolean, where there is one.
    pub fn flag(&mut self, name: &str, value: impl Into<Option<bool>>) -> &mut Self {
        let json = value
            .into()
            .map(|value| if value { "true" } else { "false" });
        self.raw(name, json)
    }

    /// A field with what is JSON already, where there is something.
    pub fn json<'a>(&mut self, name: &str, value: impl Into<Option<Value<'a>>>) -> &mut Self {
        self.raw(name, value.into().map(Value::get))
    }

    /// The object.
    pub fn end(&mut self) -> Json {
        let mut json = mem::take(&mut self.0);
        json.push('}');
        Json::written(json)
    }

    fn raw(&mut self, name: &str, json: Option<&str>) -> &mut Self {
        if let Some(json) = json {
            self.name(name);
            self.0.push_str(json);
        }
        self
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
    }
}

/// Writes an array of texts.
pub fn array<'a>(texts: impl IntoIterator<Item = &'a str>) -> Json {
    let mut array = String::from("[");
    for value in texts {
        if array.len() > 1 {
            array.push(',');
        }
        text(&mut array, value);
    }
    array.push(']');
    Json::written(array)
}

/// Writes a whole number.
pub fn digits(value: u64) -> String {
    let mut digits = String::new();
    number(&mut digits, value);
    digits
}

impl Json {
    /// Writes a text.
    pub fn text(value: &str) -> Self {
        let mut json = String::with_capacity(value.len() + 2);
        text(&mut json, value);
        Self::written(json)
    }
}

fn text(json: &mut String, text: &str) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    json.push('"');
    for letter in text.chars() {
        let escape = match letter {
            '"' | '\\' => letter,
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\0'..' ' => {
                let code = letter as usize;
                json.push_str("\\u00");
                json.push(char::from(DIGITS[code >> 4]));
                json.push(char::from(DIGITS[code & 15]));
                continue;
            }
            _ => {
                json.push(letter);
                continue;
            }
        };
        json.push('\\');
        json.push(escape);
    }
    json.push('"');
}

fn number(json: &mut String, number: u64) {
    if number >= 10 {
        self::number(json, number / 10);
    }
    json.push(char::from(b'0' + (number % 10) as u8));
}
