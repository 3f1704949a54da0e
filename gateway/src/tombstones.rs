//! Which sessions are gone, and why, for those who ask for one by its name.

use std::collections::{HashMap, VecDeque};

use sessionwire_protocol::event::SocketDrain;
use sessionwire_protocol::{EvictionReason, Millis};

use crate::journal::Retention;
use crate::session::Session;

/// The sessions that went last: as many of them as the journal remembers entries, and for as long.
#[derive(Debug)]
pub struct Tombstones {
    retention: Retention,
    /// By key, and by session id.
    reasons: HashMap<String, (u64, EvictionReason)>,
    /// In the order in which they went, each with its number.
    order: VecDeque<(u64, Millis, [String; 2])>,
    buried: u64,
}

impl Tombstones {
    /// None yet.
    pub fn new(retention: Retention) -> Self {
        Self {
            retention,
            reasons: HashMap::new(),
            order: VecDeque::new(),
            buried: 0,
        }
    }

    /// The session of an eviction is gone.
    pub fn bury(&mut self, drain: &SocketDrain) {
        self.buried += 1;
        let names = [drain.session_key.to_string(), drain.session_id.clone()];
        for name in &names {
            self.reasons
                .insert(name.clone(), (self.buried, drain.reason));
        }
        self.order.push_back((self.buried, drain.ts, names));
        let oldest = drain.ts.saturating_sub(self.retention.age);
        while let Some((_, at, _)) = self.order.front()
            && (self.order.len() > self.retention.entries || *at < oldest)
        {
            self.forget_oldest();
        }
    }

    /// There is a session again that has these names.
    pub fn unearth(&mut self, session: &Session) {
        if self.reasons.is_empty() {
            return;
        }
        self.reasons.remove(session.key.as_str());
        self.reasons.remove(&session.entry.session_id);
    }

    /// Why the session with this key or session id is gone.
    pub fn reason(&self, key_or_id: &str) -> Option<EvictionReason> {
        self.reasons.get(key_or_id).map(|(_, reason)| *reason)
    }

    fn forget_oldest(&mut self) {
        let Some((number, _, names)) = self.order.pop_front() else {
            return;
        };
        for name in names {
            // Another one may have had the name since.
            if self.reasons.get(&name).is_some_and(|(of, _)| *of == number) {
                self.reasons.remove(&name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sessionwire_protocol::SessionEntry;

    use super::*;

    #[test]
    fn sessions_are_gone_until_they_are_there_again_or_forgotten() {
        let retention = Retention {
            entries: 2,
            age: 1_000,
        };
        let mut tombstones = Tombstones::new(retention);
        tombstones.bury(&drain("a", "1", 0));
        tombstones.bury(&drain("b", "2", 10));
        assert_eq!(tombstones.reason("a"), Some(EvictionReason::Deleted));
        assert_eq!(tombstones.reason("2"), Some(EvictionReason::Deleted));
        let entry = SessionEntry {
            session_id: "3".to_owned(),
            ..SessionEntry::default()
        };
        tombstones.unearth(&Session::new("b".into(), entry));
        assert_eq!(tombstones.reason("b"), None);
        assert_eq!(
            tombstones.reason("2"),
            Some(EvictionReason::Deleted),
            "its transcript is gone all the same"
        );
        tombstones.bury(&drain("a", "4", 20));
        assert_eq!(tombstones.reason("1"), None, "it was one too many");
        assert!(tombstones.reason("a").is_some(), "this name went again");
        tombstones.bury(&drain("c", "5", 1_011));
        assert_eq!(tombstones.reason("2"), None, "it is too long ago");
        assert!(tombstones.reason("4").is_some());
    }

    fn drain(key: &str, session_id: &str, ts: Millis) -> SocketDrain {
        SocketDrain {
            session_key: key.into(),
            agent_id: None,
            session_id: session_id.to_owned(),
            lifecycle_revision: String::new(),
            reason: EvictionReason::Deleted,
            next_lifecycle_revision: None,
            ts,
        }
    }
}
