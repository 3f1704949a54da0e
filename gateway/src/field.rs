//! Objects of JSON that are written field by field. A serialiser looks at every byte of each name and text for what has to
//! be escaped, and that was most of what a long list took.

use serde::Serialize;
use sessionwire_protocol::{Millis, SessionKey};

/// Writes an object with these fields, as far as there is something for them; for the first one there is.
macro_rules! object {
    ($json:expr, {$first:literal: $value:expr, $($name:literal: $values:expr),+ $(,)?}) => {
        $crate::field::Field::write($value, concat!("{\"", $first, "\":"), $json);
        $($crate::field::Field::write($values, concat!(",\"", $name, "\":"), $json);)+
        $json.push('}');
    };
}

pub(crate) use object;

/// What can stand in a field.
pub trait Field {
    /// Writes the field, after what stands before its value.
    fn write(self, before: &'static str, json: &mut String);
}

/// What serde writes.
pub struct Serialized<'a, T>(pub &'a T);

impl<T: Field> Field for Option<T> {
    #[inline]
    fn write(self, before: &'static str, json: &mut String) {
        if let Some(value) = self {
            value.write(before, json);
        }
    }
}

impl Field for &str {
    #[inline]
    fn write(self, before: &'static str, json: &mut String) {
        json.push_str(before);
        write_text(self, json);
    }
}

impl Field for &String {
    #[inline]
    fn write(self, before: &'static str, json: &mut String) {
        self.as_str().write(before, json);
    }
}

impl Field for &SessionKey {
    #[inline]
    fn write(self, before: &'static str, json: &mut String) {
        self.as_str().write(before, json);
    }
}

impl Field for Millis {
    #[inline]
    fn write(self, before: &'static str, json: &mut String) {
        json.push_str(before);
        json.push_str(itoa::Buffer::new().format(self));
    }
}

impl Field for bool {
    #[inline]
    fn write(self, before: &'static str, json: &mut String) {
        json.push_str(before);
        json.push_str(if self { "true" } else { "false" });
    }
}

impl<T: Serialize> Field for Serialized<'_, T> {
    fn write(self, before: &'static str, json: &mut String) {
        json.push_str(before);
        json.push_str(&serialized(self.0));
    }
}

/// Writes the beginning of an object: the fields that serde writes of a value, of which there is one at least.
pub fn begin(value: &impl Serialize, json: &mut String) {
    let object = serialized(value);
    let fields = object.strip_suffix('}').expect("it is an object");
    json.push_str(fields);
}

fn serialized(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("keys are texts and numbers finite")
}

fn write_text(text: &str, json: &mut String) {
    if is_plain(text.as_bytes()) {
        json.push('"');
        json.push_str(text);
        json.push('"');
    } else {
        json.push_str(&serialized(&text));
    }
}

/// Whether nothing of a text is escaped.
fn is_plain(text: &[u8]) -> bool {
    let (blocks, _) = text.as_chunks::<BLOCK>();
    match text.last_chunk::<BLOCK>() {
        // The last block may begin in the one before it.
        Some(last) => blocks
            .iter()
            .chain([last])
            .all(|block| is_plain_block(block)),
        None => is_plain_block(text),
    }
}

/// As many bytes as the machine compares at once.
const BLOCK: usize = 16;

/// Looks at all bytes, wherever one is found: that is what the compiler makes one comparison of.
#[inline]
fn is_plain_block(block: &[u8]) -> bool {
    let is_escaped = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
    !block
        .iter()
        .fold(false, |found, byte| found | is_escaped(byte))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_what_serde_json_writes_wherever_something_is_escaped() {
        let all = (0..=0x7f_u8).map(char::from);
        let beyond = ['\u{80}', 'ü', '\u{2028}', '\u{fffd}', '\u{10ffff}'];
        for letter in all.chain(beyond) {
            for length in 0..3 * BLOCK {
                for place in 0..=length {
                    let (before, after) = ("x".repeat(place), "ü".repeat(length - place));
                    let text = format!("{before}{letter}{after}");
                    let mut json = String::new();
                    text.as_str().write("", &mut json);
                    assert_eq!(Some(json), serde_json::to_string(&text).ok(), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn objects_are_what_serde_json_writes() {
        let mut json = String::from("[");
        let (none, key) = (None::<&str>, SessionKey::from("agent:\"a\":b"));
        let value = json!({"\n": [1.5]});
        object!(&mut json, {
            "key": &key,
            "none": none,
            "text": Some("\u{1}"),
            "string": &String::new(),
            "zero": 0,
            "number": Some(u64::MAX),
            "so": true,
            "not": false,
            "value": Serialized(&value),
        });
        let object = json!({
            "key": key, "text": "\u{1}", "string": "", "zero": 0, "number": u64::MAX, "so": true, "not": false,
            "value": value,
        });
        let written: serde_json::Value = serde_json::from_str(&json[1..]).expect("it is JSON");
        assert_eq!(written, object);
        let mut begun = String::new();
        begin(&object, &mut begun);
        assert_eq!(begun + "}", object.to_string());
    }
}
