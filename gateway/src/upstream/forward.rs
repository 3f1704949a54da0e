//! What is asked of the upstream.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use sessionwire::Error;
use sessionwire_protocol::connect::Connect;
use sessionwire_protocol::gateway::{HealthGet, StatusGet};
use sessionwire_protocol::goal::{GoalClear, GoalUpdate};
use sessionwire_protocol::sessions::{
    GroupsDelete, GroupsList, GroupsPut, GroupsRename, GroupsUpdate, MessagesSubscribe,
    MessagesUnsubscribe, SessionsAbort, SessionsCreate, SessionsDelete, SessionsDescribe,
    SessionsList, SessionsPatch, SessionsPatchMany, SessionsReset, SessionsResolve,
    SessionsSubscribe, SessionsUnsubscribe,
};
use sessionwire_protocol::{
    ChangeReason, ErrorBody, EvictionReason, Method, Millis, Scopes, SessionKey,
};
use tokio::sync::oneshot;

use super::mirror::{Order, Renewal};
use super::{Upstream, away, scopes};

/// Whether a method is answered from what is mirrored, or is about the connection itself.
pub fn is_answered_here(method: &str) -> bool {
    const HERE: [&str; 11] = [
        Connect::NAME,
        GroupsList::NAME,
        HealthGet::NAME,
        MessagesSubscribe::NAME,
        MessagesUnsubscribe::NAME,
        SessionsDescribe::NAME,
        SessionsList::NAME,
        SessionsResolve::NAME,
        SessionsSubscribe::NAME,
        SessionsUnsubscribe::NAME,
        StatusGet::NAME,
    ];
    HERE.contains(&method)
}

impl Upstream {
    /// Carries a request to the upstream and its answer back, both as they are. The answer comes when the lists here
    /// show what it brought about, where that can be known.
    pub async fn forward(
        &self,
        method: &str,
        params: &Value,
        caller: &Scopes,
    ) -> Result<Box<RawValue>, ErrorBody> {
        scopes::check(method, params, caller)?;
        if !self.is_connected() {
            return Err(self.away());
        }
        let raw = to_raw_value(params).expect("params have text keys");
        let answer = self.client.request(method, Some(&raw)).await;
        let answer = answer.map_err(|error| self.refusal(error))?;
        if let Some(order) = order(method, params, &answer) {
            self.settle(order).await;
        }
        Ok(answer)
    }

    async fn settle(&self, order: Order) {
        let (done, settled) = oneshot::channel();
        let order = Order {
            done: Some(done),
            ..order
        };
        // Without a mirror the gateway stops.
        if self.orders.send(order).is_ok() {
            let _stopped = settled.await;
        }
    }

    fn away(&self) -> ErrorBody {
        away(self.standing.borrow().problem.as_deref())
    }

    fn refusal(&self, error: Error) -> ErrorBody {
        match error {
            Error::Refused(refusal) => refusal,
            Error::NotConnected | Error::Closed => self.away(),
            error => {
                let message = format!("the upstream gateway did not answer: {error}");
                let details = serde_json::json!({ "code": "UPSTREAM_SILENT" });
                // It may have done it all the same; whoever asks again decides that.
                ErrorBody {
                    retryable: None,
                    ..ErrorBody::unavailable(message).with_details(details)
                }
            }
        }
    }
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

/// What is to be looked at after a change.
fn order(method: &str, params: &Value, answer: &RawValue) -> Option<Order> {
    let reason = match method {
        SessionsCreate::NAME => Some(ChangeReason::CREATE),
        SessionsPatch::NAME | SessionsPatchMany::NAME => Some(ChangeReason::PATCH),
        SessionsReset::NAME if params["reason"] == "new" => Some(ChangeReason::NEW),
        SessionsReset::NAME => Some(ChangeReason::RESET),
        GoalUpdate::NAME | GoalClear::NAME => Some(ChangeReason::GOAL),
        SessionsDelete::NAME | SessionsAbort::NAME => None,
        GroupsPut::NAME | GroupsRename::NAME | GroupsDelete::NAME | GroupsUpdate::NAME => {
            return Some(Order {
                groups: true,
                ..Order::default()
            });
        }
        _ => return None,
    };
    let changed: Changed = serde_json::from_str(answer.get()).unwrap_or_default();
    let mut keys: Vec<_> = changed
        .outcomes
        .into_iter()
        .map(|outcome| outcome.key)
        .collect();
    let asked = || {
        ["key", "sessionKey"]
            .iter()
            .find_map(|name| params[*name].as_str())
    };
    keys.extend(changed.key.or_else(|| asked().map(SessionKey::from)));
    let renewal = match (method, keys.first(), &changed.entry) {
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
    let groups = params["category"].is_string() || params["patch"]["category"].is_string();
    Some(Order {
        keys,
        reason,
        renewal,
        groups,
        done: None,
    })
}
