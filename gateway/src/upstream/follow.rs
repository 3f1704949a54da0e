use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use serde_json::value::{RawValue, to_raw_value};
use sessionwire::{Client, Error, Status};
use sessionwire_protocol::sessions::{
    MessagesSubscribe, MessagesSubscribeParams, MessagesUnsubscribe,
};
use sessionwire_protocol::{ErrorBody, Method, SessionKey};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::Upstream;

/// How long to wait before a subscription is asked for again that the upstream refused after it had been there.
const PAUSE: Duration = Duration::from_secs(15);

/// The sessions whose messages are followed at the upstream, once each however many follow them here.
#[derive(Clone, Debug, Default)]
pub(super) struct Followed(Arc<Mutex<HashMap<SessionKey, Weak<Following>>>>);

/// Somebody follows the messages of a session. The last one who lets go of it ends that at the upstream, too.
#[derive(Debug)]
pub struct Following {
    key: SessionKey,
    client: Client,
    followed: Followed,
    outcome: watch::Receiver<Outcome>,
    asking: JoinHandle<()>,
}

/// What the upstream said to it.
#[derive(Clone, Debug)]
enum Outcome {
    /// Nothing yet.
    Open,
    /// It tells them.
    Live,
    /// It does not.
    Refused(ErrorBody),
}

impl Upstream {
    /// Has the upstream tell of the messages of a session.
    pub fn follow(&self, key: &SessionKey) -> Arc<Following> {
        // It is let go of after the lock, which its end takes.
        let known;
        let mut followed = self.followed.lock();
        known = followed.get(key).and_then(Weak::upgrade);
        if let Some(known) = known.as_ref().filter(|known| known.is_good()) {
            return Arc::clone(known);
        }
        let (outcome, told) = watch::channel(Outcome::Open);
        let client = self.client().clone();
        let following = Arc::new(Following {
            key: key.clone(),
            asking: tokio::spawn(ask(client.clone(), key.clone(), outcome)),
            client,
            followed: self.followed.clone(),
            outcome: told,
        });
        followed.insert(key.clone(), Arc::downgrade(&following));
        following
    }
}

impl Following {
    /// Whether the upstream has not refused it.
    pub fn is_good(&self) -> bool {
        !matches!(*self.outcome.borrow(), Outcome::Refused(_))
    }

    /// Waits for the upstream to answer; where it is away, for nothing.
    pub async fn settled(&self) -> Result<(), ErrorBody> {
        let mut outcome = self.outcome.clone();
        let mut status = self.client.status();
        let is_open = |outcome: &Outcome| matches!(outcome, Outcome::Open);
        tokio::select! {
            outcome = outcome.wait_for(|outcome| !is_open(outcome)) => match outcome.as_deref() {
                Ok(Outcome::Refused(refusal)) => Err(refusal.clone()),
                Ok(Outcome::Live | Outcome::Open) | Err(_) => Ok(()),
            },
            // Once it is back it is asked again.
            _ = status.wait_for(|status| !is_connected(status)) => Ok(()),
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.asking.abort();
        let mut followed = self.followed.lock();
        // Whoever follows it since has asked for it anew.
        let is_own = |kept: &Weak<Self>| std::ptr::eq(kept.as_ptr(), self);
        if followed.get(&self.key).is_some_and(is_own) {
            followed.remove(&self.key);
            let params = params(&self.key);
            self.client.tell(MessagesUnsubscribe::NAME, &params);
        }
    }
}

impl Followed {
    fn lock(&self) -> MutexGuard<'_, HashMap<SessionKey, Weak<Following>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks for the messages of a session on every connection, until the upstream refuses what nobody has yet.
async fn ask(client: Client, key: SessionKey, outcome: watch::Sender<Outcome>) {
    let mut status = client.status();
    let params = params(&key);
    while status.wait_for(is_connected).await.is_ok() {
        status.mark_unchanged();
        match client.request(MessagesSubscribe::NAME, Some(&params)).await {
            Ok(_) => drop(outcome.send_replace(Outcome::Live)),
            Err(Error::Refused(refusal)) => {
                tracing::warn!(session = %key, error = refusal.message, "the upstream gateway does not tell messages");
                if matches!(*outcome.borrow(), Outcome::Open) {
                    outcome.send_replace(Outcome::Refused(refusal.into()));
                    return;
                }
                sleep(PAUSE).await;
                continue;
            }
            Err(Error::TimedOut) => continue,
            // It was lost, and is asked for on the next connection.
            Err(_) => {}
        }
        if status.changed().await.is_err() {
            return;
        }
    }
}

fn is_connected(status: &Status) -> bool {
    matches!(status, Status::Connected { .. })
}

fn params(key: &SessionKey) -> Box<RawValue> {
    let params = MessagesSubscribeParams {
        key: key.to_string(),
        agent_id: None,
    };
    to_raw_value(&params).expect("params have text keys")
}
