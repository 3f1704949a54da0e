use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::SessionsListParams;
use crate::{Access, Method, Millis, SessionKey, SessionRow, TranscriptMessage};

/// `sessions.describe`: one row.
pub enum SessionsDescribe {}

impl Method for SessionsDescribe {
    const NAME: &'static str = "sessions.describe";
    const ACCESS: Access = Access::Read;
    type Params = SessionsDescribeParams;
    type Result = SessionsDescribed;
}

/// Which session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsDescribeParams {
    /// The session.
    pub key: String,
    /// The agent, for keys that do not name one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// With `derivedTitle` in the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_derived_titles: Option<bool>,
    /// With `lastMessagePreview` in the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_last_message: Option<bool>,
}

/// The row, or `null` where there is no such session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct SessionsDescribed {
    /// The row.
    #[cfg_attr(feature = "typescript", tsify(type = "SessionRow | null"))]
    pub session: Option<SessionRow>,
}

/// `sessions.resolve`: finds the key of a session.
pub enum SessionsResolve {}

impl Method for SessionsResolve {
    const NAME: &'static str = "sessions.resolve";
    const ACCESS: Access = Access::Read;
    type Params = SessionsResolveParams;
    type Result = SessionResolved;
}

/// What is known of it; exactly one of the first five.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsResolveParams {
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its transcript.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The first 8 to 32 hexadecimal digits of the UUID at the end of its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_id: Option<String>,
    /// Its key, and what to look for where there is none under that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<SessionReference>,
    /// Chooses among several with the same short id: the display name as web addresses write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug_hint: Option<String>,
    /// Of this agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Started by the agent of this session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spawned_by: Option<String>,
    /// Answers `ok: false` instead of an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_missing: Option<bool>,
}

/// A session as a web address names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionReference {
    /// Its key.
    pub key: String,
    /// Its display name in lower case, with hyphens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
}

/// The session that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionResolved {
    /// Whether there is exactly one.
    pub ok: bool,
    /// That one.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionCandidate>,
    /// Several that fit, at most ten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Vec<SessionCandidate>>,
}

/// A session that fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionCandidate {
    /// Its key.
    pub key: SessionKey,
    /// Its agent.
    pub agent_id: String,
    /// What to call it; not told where its key, label or id was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Which face of it is on top, told as the name is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board_face: Option<String>,
}

/// `sessions.get`: the messages of a session, by the protocol's oldest read.
pub enum SessionsGet {}

impl Method for SessionsGet {
    const NAME: &'static str = "sessions.get";
    const ACCESS: Access = Access::Read;
    type Params = SessionsGetParams;
    type Result = SessionMessages;
}

/// Which session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsGetParams {
    /// The session.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key: String,
    /// The same by another name, read where `key` is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_key: Option<String>,
    /// The agent, for keys that do not name one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// At most so many messages, 200 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// Messages, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionMessages {
    /// The messages.
    pub messages: Vec<TranscriptMessage>,
}

/// `sessions.preview`: the newest messages of several sessions, shortened.
pub enum SessionsPreview {}

impl Method for SessionsPreview {
    const NAME: &'static str = "sessions.preview";
    const ACCESS: Access = Access::Read;
    type Params = SessionsPreviewParams;
    type Result = Previews;
}

/// Of which sessions, and how much.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsPreviewParams {
    /// The sessions.
    pub keys: Vec<String>,
    /// At most so many messages of each, 12 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// At most so many characters of each message, 240 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_chars: Option<u64>,
}

/// Previews in the order of the keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previews {
    /// When they were made.
    pub ts: Millis,
    /// One for each key.
    pub previews: Vec<Preview>,
}

/// The newest messages of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The key as asked for.
    pub key: String,
    /// `ok`, `empty` or `missing`.
    pub status: String,
    /// The messages, oldest first.
    pub items: Vec<PreviewItem>,
}

/// A shortened message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewItem {
    /// Who wrote it.
    pub role: String,
    /// How it begins.
    pub text: String,
}

/// `sessions.search`: messages that contain words.
pub enum SessionsSearch {}

impl Method for SessionsSearch {
    const NAME: &'static str = "sessions.search";
    const ACCESS: Access = Access::Read;
    type Params = SessionsSearchParams;
    type Result = SearchHits;
}

/// Which words, and where.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsSearchParams {
    /// The words, at most 4,096 characters.
    pub query: String,
    /// In these sessions only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_keys: Option<Vec<String>>,
    /// In the sessions that a list with these params shows, whatever its limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<SessionsListParams>,
    /// The agent of the session keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// At most so many hits, 10 where absent and 25 at the most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// Messages that were found, best first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchHits {
    /// The hits.
    pub results: Vec<SearchHit>,
    /// Whether there are more.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub truncated: bool,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchHit {
    /// Its session.
    pub session_key: SessionKey,
    /// Its transcript.
    pub session_id: String,
    /// The message's id.
    pub message_id: String,
    /// Who wrote it.
    pub role: String,
    /// The part that fits.
    pub snippet: String,
    /// When it was written.
    pub timestamp: Millis,
    /// How well it fits: higher is better.
    pub score: f64,
}
