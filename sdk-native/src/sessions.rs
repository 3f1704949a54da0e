use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::{Stream, StreamExt};
use sessionwire_client_core::{Error, Evicted, Row, SessionEvent as Event, SessionList};
use sessionwire_protocol::{ChangeReason, Cursor, Millis, SessionKey, SessionRow};

use crate::client::Standing;
use crate::inbox::Inbox;
use crate::unread::ListUnread;

/// A subscription to the list of sessions: a stream of what happens to it, and a copy that follows.
///
/// The stream lives across reconnects, and ends when the gateway refuses it or the client is closed. Dropping
/// it unsubscribes.
///
/// Who takes the events slower than they come misses no state and no eviction: of the unread changes of one
/// row the newest is kept, an unread snapshot takes the place of all changes before it, and evictions are
/// kept one by one. Only who leaves more than 65,536 of those unread is told [`Error::Lagged`] at the end.
#[derive(Debug)]
pub struct Sessions {
    inbox: Arc<Inbox<ListUnread>>,
    list: SessionList<Arc<SessionRow>>,
    over: bool,
    _standing: Standing,
}

/// What happens to a list of sessions.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionEvent {
    /// The whole list. Replaces what was held.
    Snapshot {
        /// The rows, in the gateway's order.
        rows: Vec<Arc<SessionRow>>,
        /// The place in the gateway's journal at which the list was that.
        cursor: Cursor,
    },
    /// A row is new, or differs.
    Changed {
        /// The row after the change.
        row: Arc<SessionRow>,
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
    pub(crate) fn new(inbox: Arc<Inbox<ListUnread>>, standing: Standing) -> Self {
        Self {
            inbox,
            list: SessionList::new(),
            over: false,
            _standing: standing,
        }
    }

    /// The next event; `None` after the last one.
    pub async fn next(&mut self) -> Option<SessionEvent> {
        StreamExt::next(self).await
    }

    /// The copy of the list as of the event that was taken last, pinned sessions first, then the most
    /// recently changed.
    pub fn list(&self) -> &SessionList<Arc<SessionRow>> {
        &self.list
    }

    fn apply(&mut self, event: Event) -> Result<SessionEvent, Error> {
        Ok(match event {
            Event::Snapshot { rows, cursor } => {
                self.list.clear();
                let rows = rows
                    .iter()
                    .map(|row| self.set(row))
                    .collect::<Result<_, _>>()?;
                SessionEvent::Snapshot { rows, cursor }
            }
            Event::Changed { row, reason, ts } => {
                let row = self.set(&row)?;
                SessionEvent::Changed { row, reason, ts }
            }
            Event::Left { key } => {
                self.list.remove(&key);
                SessionEvent::Left { key }
            }
            Event::Evicted(evicted) => {
                if !evicted.lives_on() {
                    self.list.remove(&evicted.key);
                }
                SessionEvent::Evicted(evicted)
            }
            Event::Failed(error) => return Err(error),
        })
    }

    fn set(&mut self, row: &Row) -> Result<Arc<SessionRow>, Error> {
        let decoded = Arc::new(row.decode()?);
        self.list.set(&row.head, Arc::clone(&decoded));
        Ok(decoded)
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
        let event = ready!(self.inbox.poll_pop(context));
        let told = event.map(|event| {
            self.apply(event).unwrap_or_else(|error| {
                self.over = true;
                SessionEvent::Failed(error)
            })
        });
        self.over |= told.is_none();
        Poll::Ready(told)
    }
}
