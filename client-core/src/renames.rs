use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use sessionwire_json::Value;
use sessionwire_protocol::sessions::{SessionsDescribe, SessionsPatch};
use sessionwire_protocol::{Method, SessionKey};

use crate::client::ClientState;
use crate::error::Error;
use crate::feed::Feed;
use crate::output::RequestId;
use crate::params;
use crate::requests::Asker;
use crate::row::Row;
use crate::time::Instant;

/// The labels that were given and that the lists need not show yet, in the order in which they were given.
#[derive(Debug, Default)]
pub(crate) struct Renames(Vec<Rename>);

#[derive(Debug)]
struct Rename {
    request: RequestId,
    key: SessionKey,
    label: Option<Box<str>>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The answer is due.
    Asked,
    /// The gateway may have done it, and the lists may not show it yet.
    Settled,
    /// As before; once the gateway has answered a further request, the lists show what is true.
    Proving,
}

impl Renames {
    /// The row with the label that was given last.
    pub(crate) fn shown(&self, row: &Arc<Row>) -> Arc<Row> {
        let mut renames = self.0.iter();
        match renames.rfind(|rename| rename.key == row.head.key) {
            Some(rename) if rename.label != row.head.label => row
                .relabelled(rename.label.as_deref())
                .map_or_else(|_| Arc::clone(row), Arc::new),
            Some(_) | None => Arc::clone(row),
        }
    }

    fn find(&mut self, request: RequestId) -> Option<&mut Rename> {
        let index = self.position(request)?;
        self.0.get_mut(index)
    }

    fn position(&self, request: RequestId) -> Option<usize> {
        self.0.iter().position(|rename| rename.request == request)
    }

    /// The gateway refused.
    fn withdraw(&mut self, request: RequestId) {
        if let Some(index) = self.position(request) {
            self.0.remove(index);
        }
    }

    /// The lists show what came of a rename; so what was wanted before it must not show again, answered or not.
    fn complete(&mut self, request: RequestId) -> Option<SessionKey> {
        let index = self.position(request)?;
        let key = self.0.remove(index).key;
        let mut place = 0;
        self.0.retain(|rename| {
            place += 1;
            place > index || rename.key != key
        });
        Some(key)
    }
}

impl ClientState {
    /// Gives a session a name of its own, or takes it away. The lists that hold it under this key show that at
    /// once, as a row that is [pending](Row::is_pending), and the true row again if the gateway refuses.
    ///
    /// The request settles as others do, with an [`Event::Response`](crate::Event::Response) to `sessions.patch`.
    pub fn rename(&mut self, key: &str, label: Option<&str>, now: Instant) -> RequestId {
        let params = params::label(key, label);
        let request = self.request(SessionsPatch::NAME, Some(&params), now);
        if self.requests.is_pending(request) {
            let key = SessionKey::from(key);
            self.renames.0.push(Rename {
                request,
                key: key.clone(),
                // As the gateway will have it.
                label: label.map(str::trim).map(Box::from),
                stage: Stage::Asked,
            });
            self.show_label(&key);
        }
        request
    }

    /// A request of the application has settled, which may be one to rename.
    pub(crate) fn rename_settled(&mut self, request: RequestId, error: Option<&Error>) {
        let in_step = self.shows_what_is_answered();
        let Some(rename) = self.renames.find(request) else {
            return;
        };
        let carried_out = match error {
            None => true,
            Some(Error::Interrupted | Error::TimedOut) => {
                rename.stage = Stage::Settled;
                return;
            }
            Some(_) => false,
        };
        let (key, label) = (rename.key.clone(), rename.label.clone());
        let shows_it = |feed: &Feed| {
            let row = feed.copy.get(&key);
            row.is_none_or(|row| row.head.label == label)
        };
        if !carried_out {
            self.renames.withdraw(request);
            self.show_label(&key);
        } else if in_step || self.feeds.values().all(shows_it) {
            self.renames.complete(request);
            self.show_label(&key);
        } else {
            rename.stage = Stage::Settled;
        }
    }

    /// Asks for proof that the lists show what is true of the sessions that were renamed: the answer to a request
    /// stands behind what was told before it.
    pub(crate) fn prove_renames(&mut self, now: Instant) {
        if !self.lists_are_live() {
            return;
        }
        let settled = |rename: &&mut Rename| rename.stage == Stage::Settled;
        let mut due = Vec::new();
        for rename in self.renames.0.iter_mut().filter(settled) {
            rename.stage = Stage::Proving;
            due.push((rename.request, rename.key.clone()));
        }
        for (request, key) in due {
            self.describe(Asker::Proof(request), &key, now);
        }
    }

    /// The request for proof of a rename has been answered.
    pub(crate) fn rename_proved(&mut self, request: RequestId, payload: Option<Value<'_>>) {
        if let Some(payload) = payload {
            self.mirror_described(payload);
        }
        if let Some(key) = self.renames.complete(request) {
            self.show_label(&key);
        }
    }

    /// It has not been answered in time, or the connection is gone.
    pub(crate) fn renames_unproved(&mut self) {
        for rename in &mut self.renames.0 {
            if rename.stage == Stage::Proving {
                rename.stage = Stage::Settled;
            }
        }
    }

    pub(crate) fn describe(&mut self, asker: Asker, key: &SessionKey, now: Instant) {
        let params = params::described_whole(key.as_str());
        self.ask(asker, SessionsDescribe::NAME, &params, now);
    }

    fn show_label(&mut self, key: &SessionKey) {
        self.tell_each(&|feed, _, renames| Vec::from_iter(feed.copy.relabel(key, renames)));
    }
}
