//! What devices ask for and nobody has decided yet. It is kept in memory only: a device that still wants in asks again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use sessionwire_protocol::device::{PairRequest, PairResolved};
use sessionwire_protocol::{Millis, event};
use tokio::sync::broadcast;

use crate::id::new_id;

/// How long a request waits for somebody to decide, since its device last asked.
const LIFE: Millis = 300_000;
/// How many may wait; the one that was repeated least recently gives way.
const MOST: usize = 64;
/// How much news a connection may be behind before it misses some.
const NEWS: usize = 64;

/// The pending requests.
#[derive(Debug)]
pub struct Requests {
    pending: Mutex<Vec<Pending>>,
    news: broadcast::Sender<Arc<News>>,
}

#[derive(Debug)]
struct Pending {
    request: PairRequest,
    repeated_at: Millis,
}

/// An event for those who may decide.
#[derive(Debug)]
pub struct News {
    /// Its name.
    pub event: &'static str,
    /// Its payload.
    pub json: String,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            pending: Mutex::default(),
            news: broadcast::Sender::new(NEWS),
        }
    }
}

impl Requests {
    /// What a device asks for, in the place of what it asked for before; returns the name of the request. Asking for
    /// no more than before only renews the request.
    pub fn ask(&self, mut asked: PairRequest, now: Millis) -> String {
        let mut pending = self.living(now);
        let own = pending
            .iter()
            .position(|known| known.request.device_id == asked.device_id);
        let before = own.map(|place| pending.remove(place));
        if let Some(before) = &before {
            merge(&mut asked.roles, &before.request.roles);
            merge(&mut asked.scopes, &before.request.scopes);
        }
        match before {
            Some(mut before) if is_same(&before.request, &asked) => {
                let name = before.request.request_id.clone();
                before.repeated_at = now;
                pending.push(before);
                return name;
            }
            Some(before) => self.resolved(&before.request, "rejected", now),
            None if pending.len() >= MOST => {
                let oldest = pending.remove(0);
                self.resolved(&oldest.request, "rejected", now);
            }
            None => {}
        }
        asked.request_id = new_id();
        asked.ts = now;
        self.tell(event::DEVICE_PAIR_REQUESTED, &asked);
        let name = asked.request_id.clone();
        pending.push(Pending {
            request: asked,
            repeated_at: now,
        });
        name
    }

    /// What is pending, the oldest first.
    pub fn list(&self, now: Millis) -> Vec<PairRequest> {
        let pending = self.living(now);
        let mut all: Vec<_> = pending.iter().map(|one| one.request.clone()).collect();
        all.sort_by_key(|request| request.ts);
        all
    }

    /// A pending request.
    pub fn get(&self, name: &str, now: Millis) -> Option<PairRequest> {
        let pending = self.living(now);
        let found = pending.iter().find(|one| one.request.request_id == name);
        found.map(|one| one.request.clone())
    }

    /// Ends a request, and tells of it; `false` where it is not pending.
    pub fn resolve(&self, name: &str, decision: &str, now: Millis) -> bool {
        let mut pending = self.living(now);
        let place = pending
            .iter()
            .position(|one| one.request.request_id == name);
        if let Some(place) = place {
            let one = pending.remove(place);
            self.resolved(&one.request, decision, now);
        }
        place.is_some()
    }

    /// Forgets what a device asked for.
    pub fn forget(&self, device: &str, now: Millis) {
        let asked = self.list(now);
        for request in asked.iter().filter(|asked| asked.device_id == device) {
            self.resolve(&request.request_id, "rejected", now);
        }
    }

    /// What is told from now on.
    pub fn news(&self) -> broadcast::Receiver<Arc<News>> {
        self.news.subscribe()
    }

    /// The requests whose time is not over.
    fn living(&self, now: Millis) -> MutexGuard<'_, Vec<Pending>> {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.retain(|one| now.saturating_sub(one.repeated_at) <= LIFE);
        pending
    }

    fn resolved(&self, request: &PairRequest, decision: &str, now: Millis) {
        let payload = PairResolved {
            request_id: request.request_id.clone(),
            device_id: request.device_id.clone(),
            decision: decision.to_owned(),
            ts: now,
        };
        self.tell(event::DEVICE_PAIR_RESOLVED, &payload);
    }

    fn tell(&self, event: &'static str, payload: &impl Serialize) {
        let json = serde_json::to_string(payload).expect("requests always serialise");
        // Nobody may be there to hear it.
        let _unheard = self.news.send(Arc::new(News { event, json }));
    }
}

/// Adds what is not there yet.
fn merge<T: Clone + PartialEq>(all: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
}

/// Whether two requests of a device differ in nothing that somebody decides on.
fn is_same(one: &PairRequest, other: &PairRequest) -> bool {
    let covers = |all: &PairRequest, some: &PairRequest| {
        some.roles.iter().all(|role| all.roles.contains(role))
            && some.scopes.iter().all(|scope| all.scopes.contains(scope))
    };
    covers(one, other)
        && covers(other, one)
        && (&one.about, one.is_repair) == (&other.about, other.is_repair)
}

#[cfg(test)]
mod tests {
    use sessionwire_protocol::Scope;

    use super::*;

    fn request(device: &str, scopes: &[Scope]) -> PairRequest {
        PairRequest {
            device_id: device.to_owned(),
            roles: vec!["operator".to_owned()],
            scopes: scopes.to_vec(),
            ..PairRequest::default()
        }
    }

    #[test]
    fn a_device_has_one_request_for_all_that_it_asks() {
        let requests = Requests::default();
        let first = requests.ask(request("d", &[Scope::READ]), 1);
        assert_eq!(requests.ask(request("d", &[Scope::READ]), 2), first);
        let second = requests.ask(request("d", &[Scope::WRITE]), 3);
        assert_ne!(second, first);
        let [pending] = requests.list(3).try_into().expect("one request");
        assert_eq!(pending.scopes, [Scope::WRITE, Scope::READ]);
        assert_eq!(requests.ask(request("d", &[Scope::READ]), 4), second);
    }

    #[test]
    fn requests_that_nobody_repeats_end() {
        let requests = Requests::default();
        let name = requests.ask(request("d", &[]), 1);
        assert!(requests.get(&name, 1 + LIFE).is_some());
        requests.ask(request("d", &[]), LIFE);
        assert!(requests.get(&name, 2 * LIFE).is_some());
        assert!(requests.get(&name, 2 * LIFE + 1).is_none());
        assert!(!requests.resolve(&name, "approved", 2 * LIFE + 1));
    }

    #[test]
    fn the_requests_are_bounded() {
        let requests = Requests::default();
        let mut news = requests.news();
        for device in 0..=MOST {
            requests.ask(request(&device.to_string(), &[]), device as u64);
        }
        let left = requests.list(MOST as u64);
        assert_eq!((left.len(), left[0].device_id.as_str()), (MOST, "1"));
        let told: Vec<_> = std::iter::from_fn(|| news.try_recv().ok()).collect();
        assert!(
            told.is_empty(),
            "whoever is behind by more misses some first"
        );
    }
}
