use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use sessionwire::raw::Payloads;
use sessionwire_protocol::SessionKey;
use tokio::task::JoinHandle;

use super::Upstream;

/// The sessions whose messages are followed at the upstream, once each however many follow them here.
#[derive(Default)]
pub(super) struct Followed(Mutex<HashMap<SessionKey, Weak<Following>>>);

/// Somebody follows the messages of a session. The last one who lets go of it ends that at the upstream, too.
#[derive(Debug)]
pub struct Following(JoinHandle<()>);

impl Upstream {
    /// Has the upstream tell of the messages of a session, which `pass_on` takes in a task of its own.
    pub fn follow(
        &self,
        key: &SessionKey,
        pass_on: impl FnOnce(Payloads) -> JoinHandle<()>,
    ) -> Arc<Following> {
        let Followed(followed) = &self.followed;
        let mut followed = followed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(following) = followed.get(key).and_then(Weak::upgrade) {
            return following;
        }
        let following = Arc::new(Following(pass_on(self.client().payloads(key.as_str()))));
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
