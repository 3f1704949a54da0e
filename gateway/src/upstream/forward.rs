//! What is asked of the upstream.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use sessionwire::Error;
use sessionwire_listing::unshown;
use sessionwire_protocol::connect::Connect;
use sessionwire_protocol::gateway::{HealthGet, StatusGet, SystemPresence};
use sessionwire_protocol::sessions::{
    GroupsList, MessagesSubscribe, MessagesUnsubscribe, SessionsDescribe, SessionsList,
    SessionsListParams, SessionsResolve, SessionsSubscribe, SessionsUnsubscribe,
};
use sessionwire_protocol::{ErrorBody, Method, Scopes};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::order::Order;
use super::{Upstream, away, problem, scopes};

/// How long a connection may take to come back that carries requests.
const RECONNECT: Duration = Duration::from_secs(15);

/// Whether a request is answered from what is mirrored, or is about the connection itself.
pub fn is_answered_here(method: &str, params: &Value) -> bool {
    const HERE: [&str; 12] = [
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
        SystemPresence::NAME,
    ];
    // Devices are paired with this gateway.
    let is_here = HERE.contains(&method) || method.starts_with("device.");
    is_here && !(method == SessionsList::NAME && asks_for_more(params))
}

/// Whether a list depends on what rows do not show.
fn asks_for_more(params: &Value) -> bool {
    // What cannot be read is refused here.
    let params = SessionsListParams::deserialize(params);
    params.is_ok_and(|params| unshown(&params).is_some())
}

impl Upstream {
    /// Refuses a request whose connection lacks the scope for it.
    pub fn check(&self, method: &str, params: &Value, caller: &Scopes) -> Result<(), ErrorBody> {
        scopes::check(method, params, caller)
    }

    /// Carries a request to the upstream and its answer back, both as they are. The answer comes when the lists here
    /// show what it brought about, where that can be known.
    pub async fn forward(
        &self,
        method: &str,
        params: &Value,
        caller: &Scopes,
    ) -> Result<Box<RawValue>, ErrorBody> {
        if !self.is_connected() {
            return Err(self.away());
        }
        let raw = to_raw_value(params).expect("params have text keys");
        let client = self.clients.with(caller);
        let mut answer = client.request(method, Some(&raw)).await;
        if let Err(Error::NotConnected) = answer {
            // Nothing was sent; what this connection was refused for may be over since the mirror is let in.
            client.reconnect();
            answer = match timeout(RECONNECT, client.ready()).await {
                Ok(Ok(())) => client.request(method, Some(&raw)).await,
                Ok(Err(error)) => return Err(away(Some(&problem(&error)))),
                Err(_) => return Err(self.away()),
            };
        }
        let answer = answer.map_err(|error| self.refusal(error))?;
        if let Some(order) = Order::after(method, params, &answer) {
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
        // Without a mirror the gateway is about to stop.
        if self.orders.send(order).is_ok() {
            let _stopped = settled.await;
        }
    }

    fn away(&self) -> ErrorBody {
        away(self.standing.borrow().problem.as_deref())
    }

    fn refusal(&self, error: Error) -> ErrorBody {
        if let Error::Refused(refusal) = error {
            return refusal.into();
        }
        if let Error::NotConnected | Error::Closed = error {
            return self.away();
        }
        let message = format!("the upstream gateway did not answer: {error}");
        let details = serde_json::json!({ "code": "UPSTREAM_SILENT" });
        // It may have done it all the same; whether to ask again is for the caller to decide.
        ErrorBody {
            retryable: None,
            ..ErrorBody::unavailable(message).with_details(details)
        }
    }
}
