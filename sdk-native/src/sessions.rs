use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::{Stream, StreamExt};
use sessionwire_client_core::{Error, Evicted, LiveList, Order, SessionEvent as Event};
use sessionwire_protocol::{ChangeReason, Cursor, Millis, SessionKey, SessionRow};

use crate::client::Standing;
use crate::inbox::{Inbox, Taker};
use crate::taken::Taken;
use crate::unread::ListUnread;

/// A subscription to a list of sessions: a stream of what happens to it, and a copy that follows.
///
/// The stream lives across reconnects, and ends when the gateway refuses it or the client is closed. Dropping
/// it unsubscribes.
///
/// Who takes the events slower than they come misses no state and no eviction: of the unread changes of one row the
/// newest is kept, an unread snapshot takes the place of all changes before it, and evictions are kept one by one. A
/// session that left the list and came back as another generation is told to have left. Only who leaves more than
/// 65,536 of those unread is told [`Error::Lagged`] at the end.
#[derive(Debug)]
pub struct Sessions {
    taker: Taker<ListUnread>,
    taken: Taken,
    /// What is taken next, before anything else.
    next: Option<Event>,
    over: bool,
    standing: Standing,
}

/// What happens to a list of sessions.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionEvent {
    /// The whole list, or the whole window of it. Replaces what was held.
    Snapshot {
        /// The rows, in the order of the list.
        rows: Vec<Arc<SessionRow>>,
        /// The place in the gateway's journal at which the list was that; `None` where the gateway names none,
        /// as OpenClaw's does.
        cursor: Option<Cursor>,
    },
    /// A row is new, or differs.
    Changed {
        /// The row after the change.
        row: Arc<SessionRow>,
        /// It shows a name given by [`Client::rename`](crate::Client::rename) that the gateway has not
        /// confirmed yet.
        pending: bool,
        /// Why.
        reason: Option<ChangeReason>,
        /// When.
        ts: Option<Millis>,
    },
    /// The session exists, but no longer in this list.
    Left {
        /// The session.
        key: SessionKey,
    },
    /// A generation of a session is gone. Its row went with it, unless the session
    /// [lives on](Evicted::lives_on).
    Evicted(Evicted),
    /// The subscription is over, and this its last event.
    Failed(Error),
}

impl Sessions {
    pub(crate) fn new(inbox: Arc<Inbox<ListUnread>>, order: Order, standing: Standing) -> Self {
        Self {
            taker: Taker::new(inbox),
            taken: Taken::new(order),
            next: None,
            over: false,
            standing,
        }
    }

    /// The next event; `None` after the last one.
    pub async fn next(&mut self) -> Option<SessionEvent> {
        StreamExt::next(self).await
    }

    /// The copy of the list as of the event that was taken last, in the order that was asked for.
    pub fn list(&self) -> &LiveList<Arc<SessionRow>> {
        self.taken.list()
    }

    /// Shows so many more rows of a list that was subscribed to with a limit: a snapshot of the larger window
    /// follows. What happens in between is not lost.
    pub fn load_more(&self, count: u64) {
        self.standing.load_more(count);
    }

    fn apply(&mut self, event: Event) -> Result<SessionEvent, Error> {
        Ok(match event {
            Event::Snapshot { rows, cursor } => SessionEvent::Snapshot {
                rows: self.taken.replace(&rows)?,
                cursor,
            },
            Event::Changed { row, reason, ts } => SessionEvent::Changed {
                pending: row.is_pending(),
                row: self.taken.set(&row)?,
                reason,
                ts,
            },
            Event::Left { key } => {
                self.taken.remove(&key);
                SessionEvent::Left { key }
            }
            Event::Evicted(evicted) => {
                self.taken.evict(&evicted);
                SessionEvent::Evicted(evicted)
            }
            Event::Failed(error) => return Err(error),
        })
    }
}

impl Stream for Sessions {
    type Item = SessionEvent;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<SessionEvent>> {
        if self.over {
            return Poll::Ready(None);
        }
        let event = match self.next.take() {
            Some(event) => Some(event),
            None => ready!(self.taker.poll_pop(context)),
        };
        let told = event.map(|event| {
            let event = match self.taken.left_before(&event) {
                Some(key) => {
                    self.next = Some(event);
                    Event::Left { key }
                }
                None => event,
            };
            self.apply(event).unwrap_or_else(|error| {
                self.over = true;
                SessionEvent::Failed(error)
            })
        });
        self.over |= told.is_none();
        Poll::Ready(told)
    }
}
