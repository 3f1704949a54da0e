use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Access, ErrorBody, Method, Millis, Patch, SessionEntry, SessionKey};

/// `sessions.patch`: changes what is said about a session, and makes the session where there is none.
pub enum SessionsPatch {}

impl Method for SessionsPatch {
    const NAME: &'static str = "sessions.patch";
    const ACCESS: Access = Access::ByParams;
    type Params = SessionsPatchParams;
    type Result = SessionsPatched;
}

/// Which session, what to change, and what must hold for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsPatchParams {
    /// The session.
    pub key: String,
    /// The agent, for keys that do not name one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Refuses the change if another transcript has taken this one's place; needed with `archived`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_session_id: Option<String>,
    /// Refuses the change if another generation has taken this one's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_lifecycle_revision: Option<String>,
    /// Refuses the change if the unread mark is another one.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    #[cfg_attr(feature = "typescript", tsify(optional, type = "number | null"))]
    pub expected_marked_unread_at: Patch<Millis>,
    /// What to change.
    #[serde(flatten)]
    pub patch: SessionPatch,
}

/// What to change: absent fields stay, `null` clears.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase", default)]
pub struct SessionPatch {
    /// A name of its own, at most 512 characters, not used by another session.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    #[cfg_attr(feature = "typescript", tsify(optional, type = "string | null"))]
    pub label: Patch<String>,
    /// The group to put it in.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    #[cfg_attr(feature = "typescript", tsify(optional, type = "string | null"))]
    pub category: Patch<String>,
    /// An icon.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    #[cfg_attr(feature = "typescript", tsify(optional, type = "string | null"))]
    pub icon: Patch<String>,
    /// A colour.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    #[cfg_attr(feature = "typescript", tsify(optional, type = "string | null"))]
    pub color: Patch<String>,
    /// Kept on top of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// Put away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// Holds something not yet read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<bool>,
    /// The model.
    #[serde(skip_serializing_if = "Patch::is_keep")]
    #[cfg_attr(feature = "typescript", tsify(optional, type = "string | null"))]
    pub model: Patch<String>,
    /// The other options, by name: `thinkingLevel`, `verboseLevel`, `permissionMode` …; `null` clears.
    #[serde(flatten)]
    #[cfg_attr(feature = "typescript", tsify(type = "{ [option: string]: unknown }"))]
    pub options: serde_json::Map<String, Value>,
}

/// The session as changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct SessionsPatched {
    /// Always `true`.
    pub ok: bool,
    /// Where the session is stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Its canonical key.
    #[cfg_attr(feature = "typescript", tsify(type = "string"))]
    pub key: SessionKey,
    /// As stored.
    pub entry: SessionEntry,
    /// What its options come to.
    #[serde(default)]
    pub resolved: Resolved,
}

/// What the options of a session come to; a gateway that runs no model has only what was chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase", default)]
pub struct Resolved {
    /// Who serves the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_provider: Option<String>,
    /// The model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// `sessions.patchMany`: the same change to up to 100 sessions, each for itself.
pub enum SessionsPatchMany {}

impl Method for SessionsPatchMany {
    const NAME: &'static str = "sessions.patchMany";
    const ACCESS: Access = Access::ByParams;
    type Params = SessionsPatchManyParams;
    type Result = PatchOutcomes;
}

/// Which sessions, and what to change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionsPatchManyParams {
    /// The sessions.
    pub targets: Vec<PatchTarget>,
    /// What to change.
    pub patch: SessionPatch,
}

/// One session of many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PatchTarget {
    /// The session.
    pub key: String,
    /// The agent, for keys that do not name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// As in [`SessionsPatchParams`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_session_id: Option<String>,
    /// As in [`SessionsPatchParams`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_lifecycle_revision: Option<String>,
}

/// What came of it, in the order of the targets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatchOutcomes {
    /// One for each target.
    pub outcomes: Vec<PatchOutcome>,
}

/// What came of one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatchOutcome {
    /// Whether it was changed.
    pub ok: bool,
    /// The key, canonical where it could be read.
    pub key: String,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorBody>,
}
