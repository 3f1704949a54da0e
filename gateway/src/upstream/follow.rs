//! Messages of sessions that somebody here follows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use sessionwire::raw::{PayloadEvent, Payloads};
use sessionwire_protocol::SessionKey;
use tokio::task::JoinHandle;

use super::Upstream;
use crate::change::Passed;
use crate::gateway::Gateway;

/// The sessions whose messages are followed at the upstream, once each however many follow them here.
#[derive(Default)]
pub(super) struct Followed(Mutex<HashMap<SessionKey, Weak<Following>>>);

/// Somebody follows the messages of a session. The last one who lets go of it ends that at the upstream, too.
#[derive(Debug)]
pub struct Following(JoinHandle<()>);

impl Upstream {
    /// Has the upstream tell of the messages of a session, which are passed on as they come.
    pub fn follow(&self, key: &SessionKey, gateway: &Arc<Gateway>) -> Arc<Following> {
        let Followed(followed) = &self.followed;
        let mut followed = followed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(following) = followed.get(key).and_then(Weak::upgrade) {
            return following;
        }
        let payloads = self.client.payloads(key.as_str());
        let passing = pass_on(payloads, key.clone(), Arc::clone(gateway));
        let following = Arc::new(Following(tokio::spawn(passing)));
        followed.retain(|_, following| following.strong_count() > 0);
        followed.insert(key.clone(), Arc::downgrade(&following));
        following
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn pass_on(mut payloads: Payloads, key: SessionKey, gateway: Arc<Gateway>) {
    while let Some(event) = payloads.next().await {
        let (event, payload) = match event {
            PayloadEvent::Message(payload) => (Passed::Message, payload),
            PayloadEvent::Chat(payload) => (Passed::Chat, payload),
            // Whoever shows a transcript reads it again when the upstream is back.
            PayloadEvent::Missed => continue,
            PayloadEvent::Failed(error) => {
                tracing::warn!(session = %key, %error, "the upstream gateway does not tell its messages");
                continue;
            }
        };
        let key = key.clone();
        let committing = gateway.sessions.commit(move |transaction| {
            transaction.pass_on(key, event, &payload);
            Ok(())
        });
        // A store that fails says so by itself.
        let _failed = committing.await;
    }
}
