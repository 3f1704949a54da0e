//! The text of a frame as it goes over the wire.

use bytes::Bytes;
use serde_json::Value;

use crate::encoded::Encoded;
use crate::memory::shared;

/// How long the header of a frame that a server sends may be (RFC 6455, section 5.2).
const HEADER: usize = 10;
/// What keeps the place of the header while the text is written.
const ROOM: &str = "          ";
/// A text that is whole in one frame.
const WHOLE_TEXT: u8 = 0x81;

/// A text with the header of its WebSocket frame before it, where it goes over one: encoded once, and shared by all who
/// are told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    frame: Bytes,
    header: usize,
}

impl Text {
    /// The text that is written, of about `capacity` bytes.
    pub fn written(capacity: usize, write: impl FnOnce(&mut String)) -> Self {
        let mut text = String::with_capacity(HEADER + capacity);
        text.push_str(ROOM);
        write(&mut text);
        Self::framed(text.into_bytes(), HEADER)
    }

    /// JSON between other texts.
    pub fn around(before: &str, json: Encoded, after: &str) -> Self {
        let (text, begin) = json.between(HEADER, before, after);
        Self::framed(text, begin)
    }

    /// The response to a request, whose id is echoed as it came, even where it is not the text that it should be.
    pub fn answer(id: &Value, payload: Encoded) -> Self {
        let before = format!(r#"{{"type":"res","id":{id},"ok":true,"payload":"#);
        Self::around(&before, payload, "}")
    }

    /// The response that refuses a request.
    pub fn refusal(id: &Value, error: Encoded) -> Self {
        let before = format!(r#"{{"type":"res","id":{id},"ok":false,"error":"#);
        Self::around(&before, error, "}")
    }

    /// The text that begins somewhere in `frame`, with room for a header before it.
    fn framed(mut frame: Vec<u8>, begin: usize) -> Self {
        let length = (frame.len() - begin) as u64;
        let mut header = Vec::with_capacity(HEADER);
        header.push(WHOLE_TEXT);
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(length @ ..126), _) => header.push(length),
            (_, Ok(length)) => {
                header.push(126);
                header.extend(length.to_be_bytes());
            }
            (_, Err(_)) => {
                header.push(127);
                header.extend(length.to_be_bytes());
            }
        }
        let start = begin - header.len();
        frame[start..begin].copy_from_slice(&header);
        Self {
            frame: shared(frame).slice(start..),
            header: header.len(),
        }
    }

    /// A text that goes where there are no frames.
    pub fn bare(text: String) -> Self {
        Self {
            frame: text.into(),
            header: 0,
        }
    }

    /// The same of JSON between other texts.
    pub fn bare_around(before: &str, json: Encoded, after: &str) -> Self {
        let (text, begin) = json.between(0, before, after);
        Self {
            frame: shared(text).slice(begin..),
            header: 0,
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        let text = std::str::from_utf8(&self.frame[self.header..]);
        text.expect("it was written as text")
    }

    /// The whole frame: all that is written.
    pub fn frame(&self) -> &Bytes {
        &self.frame
    }

    /// The same, when the text itself is not needed any more.
    pub fn into_frame(self) -> Bytes {
        self.frame
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::written(text.len(), |written| written.push_str(text))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;

    use super::*;

    #[test]
    fn a_text_stands_behind_the_header_of_its_frame() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 100_000] {
            let sent = "x".repeat(length);
            let text = Text::from(sent.as_str());
            assert_eq!(text.as_str(), sent);
            let mut read = Cursor::new(text.frame());
            let (header, told) = FrameHeader::parse(&mut read)
                .expect("it is a header")
                .expect("it is whole");
            assert_eq!(told, length as u64);
            assert!(header.is_final && read.position() == text.header as u64);
        }
    }
}
