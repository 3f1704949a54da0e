use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Millis;

/// One message of a transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct TranscriptMessage {
    /// `user`, `assistant`, `system` or `toolResult`; an open set.
    pub role: String,
    /// Plain text, or blocks.
    #[cfg_attr(feature = "typescript", tsify(type = "string | ContentBlock[]"))]
    pub content: MessageContent,
    /// When it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Millis>,
    /// Why the agent stopped, on its messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_reason: Option<String>,
    /// The key under which the message was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// The gateway's own marks: `id` and `seq` of the message in its transcript.
    #[serde(
        rename = "__openclaw",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub marks: Option<MessageMarks>,
}

/// Where a message stands in its transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct MessageMarks {
    /// The message's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its place, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MessageContent {
    /// Plain text.
    Text(String),
    /// A list of blocks.
    Blocks(Vec<ContentBlock>),
}

/// A part of a message, told apart by `type`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct ContentBlock {
    /// `text`, `image`, `toolCall` …; an open set.
    #[serde(rename = "type")]
    pub kind: String,
    /// The text of a text block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The fields of other kinds.
    #[serde(flatten)]
    #[cfg_attr(feature = "typescript", tsify(type = "{ [field: string]: unknown }"))]
    pub fields: serde_json::Map<String, Value>,
}

impl TranscriptMessage {
    /// A message of a person, plain text.
    pub fn user(text: impl Into<String>, at: Millis) -> Self {
        Self::new("user", MessageContent::Text(text.into()), at)
    }

    /// A message of an agent or of the gateway itself, one text block.
    pub fn assistant(text: impl Into<String>, at: Millis) -> Self {
        let block = ContentBlock {
            kind: "text".to_owned(),
            text: Some(text.into()),
            fields: serde_json::Map::new(),
        };
        let message = Self::new("assistant", MessageContent::Blocks(vec![block]), at);
        Self {
            stop_reason: Some("stop".to_owned()),
            ..message
        }
    }

    /// All text of the message, blocks joined by line breaks.
    pub fn text(&self) -> String {
        match &self.content {
            MessageContent::Text(text) => text.clone(),
            MessageContent::Blocks(blocks) => blocks
                .iter()
                .filter_map(|block| block.text.as_deref())
                .collect::<Vec<_>>()
                .join("\n"),
        }
    }

    fn new(role: &str, content: MessageContent, at: Millis) -> Self {
        Self {
            role: role.to_owned(),
            content,
            timestamp: Some(at),
            stop_reason: None,
            idempotency_key: None,
            marks: None,
        }
    }
}
