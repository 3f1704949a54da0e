use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{SessionsListParams, SessionsListed};
use crate::event::SocketDrain;
use crate::{Access, Cursor, Method, SessionKey};

/// `sessions.subscribe`: changes of the list follow as events until the connection ends.
pub enum SessionsSubscribe {}

impl Method for SessionsSubscribe {
    const NAME: &'static str = "sessions.subscribe";
    const ACCESS: Access = Access::Read;
    type Params = SessionsSubscribeParams;
    type Result = SessionsSubscribed;
}

/// In plain protocol 4 the list params choose the page to answer with, and do not filter events.
///
/// With a `subscription` (towards a gateway with the capability `session-cursor`) the list params choose what is
/// kept live, the answer holds that list as of `cursor`, and the events of the subscription carry their place.
/// Without any list params it is every session, archived ones and sentinels included; without `limit` all that
/// the others choose. `offset` and `activeMinutes` are refused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsSubscribeParams {
    /// Chosen by the client; several subscriptions may live on one connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<String>,
    /// Where the client's copy stands, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Cursor>,
    /// Whether to answer with a snapshot in any case, because the copy at `since` is of another list: one with
    /// another limit, say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<bool>,
    /// The page to answer with, or the list to keep live.
    #[serde(flatten)]
    pub list: SessionsListParams,
}

/// The subscription stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionsSubscribed {
    /// Always `true`.
    pub subscribed: bool,
    /// The client's id for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<String>,
    /// The place from which events follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// Whether what was missed follows as events; else `list` is a snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed: Option<bool>,
    /// Beside a snapshot for a client that gave `since`: every eviction since then that may concern its list, in
    /// order. Absent where the journal does not reach back so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evicted: Option<Vec<SocketDrain>>,
    /// The list as of `cursor`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<SessionsListed>,
}

/// `sessions.unsubscribe`: ends a subscription with cursors. Plain protocol 4 has no such method.
pub enum SessionsUnsubscribe {}

impl Method for SessionsUnsubscribe {
    const NAME: &'static str = "sessions.unsubscribe";
    const ACCESS: Access = Access::Read;
    type Params = SessionsUnsubscribeParams;
    type Result = SessionsUnsubscribed;
}

/// Which subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsUnsubscribeParams {
    /// The client's id for it.
    pub subscription: String,
}

/// It has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsUnsubscribed {
    /// Always `false`.
    pub subscribed: bool,
    /// The client's id for it.
    pub subscription: String,
}

/// `sessions.messages.subscribe`: new messages of one session follow as events.
pub enum MessagesSubscribe {}

impl Method for MessagesSubscribe {
    const NAME: &'static str = "sessions.messages.subscribe";
    const ACCESS: Access = Access::Read;
    type Params = MessagesSubscribeParams;
    type Result = MessagesSubscribed;
}

/// `sessions.messages.unsubscribe`: they no longer do.
pub enum MessagesUnsubscribe {}

impl Method for MessagesUnsubscribe {
    const NAME: &'static str = "sessions.messages.unsubscribe";
    const ACCESS: Access = Access::Read;
    type Params = MessagesSubscribeParams;
    type Result = MessagesSubscribed;
}

/// Of which session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessagesSubscribeParams {
    /// The session; it need not exist yet.
    pub key: String,
    /// The agent, for keys that do not name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
}

/// Whether messages follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagesSubscribed {
    /// `true` after subscribing, `false` after unsubscribing.
    pub subscribed: bool,
    /// The canonical key.
    pub key: SessionKey,
}
