use alloc::string::String;
use alloc::vec::Vec;

use sessionwire_protocol::SessionKey;

use crate::output::{RequestId, SubscriptionId};
use crate::table::Table;
use crate::time::Instant;

/// Who asked what and until when. Each request leaves the table once, and so settles once.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    last: u64,
    pending: Table<RequestId, Pending>,
}

#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) asker: Asker,
    deadline: Instant,
    /// The frame, while it waits for the first connection.
    held: Option<String>,
}

/// Who wants the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    Application,
    /// The application: how a session is, for the lists too.
    Refresh(SessionKey),
    /// A subscription to a list.
    Sessions(SubscriptionId),
    /// A subscription to a list that doubts whether this session was evicted.
    Doubt(SubscriptionId, SessionKey),
    /// A rename, by its request: whether the lists are past it.
    Proof(RequestId),
    /// The mirror: events.
    Events,
    /// The mirror: the list.
    List,
    /// The subscribers to the messages of a session, by the key that they gave.
    Messages(String),
}

impl Pending {
    pub(crate) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// The client asked on its own behalf.
    pub(crate) fn is_own(&self) -> bool {
        !matches!(self.asker, Asker::Application | Asker::Refresh(_))
    }
}

impl Requests {
    /// An id that no request of this client has had.
    pub(crate) fn next_id(&mut self) -> RequestId {
        self.last += 1;
        RequestId(self.last)
    }

    pub(crate) fn sent(&mut self, id: RequestId, asker: Asker, deadline: Instant) {
        let held = None;
        self.pending.insert(
            id,
            Pending {
                asker,
                deadline,
                held,
            },
        );
    }

    /// The application's request waits for a connection.
    pub(crate) fn hold(&mut self, id: RequestId, frame: String, deadline: Instant) {
        let pending = Pending {
            asker: Asker::Application,
            deadline,
            held: Some(frame),
        };
        self.pending.insert(id, pending);
    }

    /// The frames that waited, in the order of their requests; they count as sent.
    pub(crate) fn release(&mut self) -> Vec<String> {
        let mut frames = Vec::new();
        for pending in self.pending.values_mut() {
            if let Some(frame) = pending.held.take() {
                frames.push(frame);
            }
        }
        frames
    }

    /// Whether a request has not settled.
    pub(crate) fn is_pending(&self, id: RequestId) -> bool {
        self.pending.contains(&id)
    }

    /// The answer to a request has come; `None` where there is no such request, or no longer.
    pub(crate) fn settle(&mut self, id: RequestId) -> Option<Asker> {
        if self.pending.get(&id)?.is_held() {
            return None;
        }
        self.pending.remove(&id).map(|pending| pending.asker)
    }

    /// Takes out the requests whose deadline has passed.
    pub(crate) fn expire(&mut self, now: Instant) -> Table<RequestId, Pending> {
        self.pending.take_if(&|pending| pending.deadline <= now)
    }

    /// Takes out the requests that were sent.
    pub(crate) fn take_sent(&mut self) -> Table<RequestId, Pending> {
        self.pending.take_if(&|pending| !pending.is_held())
    }

    /// Takes out all requests.
    pub(crate) fn take_all(&mut self) -> Table<RequestId, Pending> {
        self.pending.take_if(&|_| true)
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.pending.values().map(|pending| pending.deadline).min()
    }
}
