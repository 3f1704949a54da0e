use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sessionwire_protocol::goal::{GoalClear, GoalUpdate};
use sessionwire_protocol::sessions::{
    GroupsDelete, GroupsPut, GroupsRename, GroupsUpdate, SessionsAbort, SessionsCreate,
    SessionsDelete, SessionsPatch, SessionsPatchMany, SessionsReset,
};
use sessionwire_protocol::{ChangeReason, EvictionReason, Method, Millis, SessionKey};
use tokio::sync::oneshot;

/// A change was made through this gateway, and its caller waits until lists show it.
#[derive(Debug, Default)]
pub struct Order {
    /// The sessions that it may concern.
    pub keys: Vec<SessionKey>,
    /// What it was.
    pub reason: Option<ChangeReason>,
    /// It ended the generation of a session.
    pub renewal: Option<Renewal>,
    /// It may concern the groups.
    pub groups: bool,
    /// To be told when they do.
    pub done: Option<oneshot::Sender<()>>,
}

/// A reset that the upstream has answered.
#[derive(Debug)]
pub struct Renewal {
    /// The session.
    pub key: SessionKey,
    /// Why.
    pub reason: EvictionReason,
    /// When, by the upstream's clock.
    pub at: Millis,
}

/// What answers to changes say of the sessions that they changed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Changed {
    key: Option<SessionKey>,
    entry: Option<Entry>,
    outcomes: Vec<Outcome>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Entry {
    updated_at: Millis,
}

#[derive(Deserialize)]
struct Outcome {
    key: SessionKey,
}

impl Order {
    /// What is to be looked at after the upstream has answered a request.
    pub(super) fn after(method: &str, params: &Value, answer: &RawValue) -> Option<Self> {
        let reason = match method {
            SessionsCreate::NAME => Some(ChangeReason::CREATE),
            SessionsPatch::NAME | SessionsPatchMany::NAME => Some(ChangeReason::PATCH),
            SessionsReset::NAME if params["reason"] == "new" => Some(ChangeReason::NEW),
            SessionsReset::NAME => Some(ChangeReason::RESET),
            GoalUpdate::NAME | GoalClear::NAME => Some(ChangeReason::GOAL),
            SessionsDelete::NAME | SessionsAbort::NAME => None,
            GroupsPut::NAME | GroupsRename::NAME | GroupsDelete::NAME | GroupsUpdate::NAME => {
                return Some(Self {
                    groups: true,
                    ..Self::default()
                });
            }
            _ => return None,
        };
        let changed: Changed = serde_json::from_str(answer.get()).unwrap_or_default();
        let outcomes = changed.outcomes.into_iter();
        let mut keys: Vec<_> = outcomes.map(|outcome| outcome.key).collect();
        let mut names = ["key", "sessionKey"].iter();
        let asked = names.find_map(|name| params[*name].as_str());
        keys.extend(changed.key.or_else(|| asked.map(SessionKey::from)));
        let renewal = match (method, keys.first(), changed.entry) {
            (SessionsReset::NAME, Some(key), Some(entry)) => Some(Renewal {
                key: key.clone(),
                reason: match reason == Some(ChangeReason::NEW) {
                    true => EvictionReason::New,
                    false => EvictionReason::Reset,
                },
                at: entry.updated_at,
            }),
            _ => None,
        };
        Some(Self {
            keys,
            reason,
            renewal,
            groups: params["category"].is_string() || params["patch"]["category"].is_string(),
            done: None,
        })
    }
}
