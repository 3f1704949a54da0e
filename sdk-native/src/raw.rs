//! What a gateway says as it says it, for programs that pass it on: nothing that this version does not know is lost.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::{Stream, StreamExt};
use serde_json::value::RawValue;
use sessionwire_client_core::{Error, MessageEvent as Told};
use sessionwire_protocol::SessionKey;
use sessionwire_protocol::sessions::SessionsListParams;
use tokio::sync::watch;

use crate::client::{Client, Standing};
use crate::inbox::Inbox;
use crate::unread::{Letter, ListUnread, MessagesUnread};

pub use sessionwire_client_core::{Row, SessionEvent as RowEvent};

/// [`crate::Sessions`] with rows as the gateway sent them, and without a copy of the list. Every event is kept for who
/// takes them: whoever leaves more than 65,536 is told [`Error::Lagged`] at the end.
#[derive(Debug)]
pub struct Rows {
    inbox: Arc<Inbox<ListUnread>>,
    standing: Standing,
}

/// [`crate::Messages`] with payloads as the gateway sent them.
#[derive(Debug)]
pub struct Payloads {
    inbox: Arc<Inbox<MessagesUnread>>,
    _standing: Standing,
}

/// What happens in a session.
#[derive(Clone, Debug)]
pub enum PayloadEvent {
    /// The payload of `session.message`.
    Message(Box<RawValue>),
    /// The payload of `chat`.
    Chat(Box<RawValue>),
    /// Messages may be missing before this.
    Missed,
    /// The subscription is over, and this its last event.
    Failed(Error),
}

impl Client {
    /// Asks for a method by its name. Params and answer are passed on as they are.
    pub async fn request(
        &self,
        method: &str,
        params: Option<&RawValue>,
    ) -> Result<Box<RawValue>, Error> {
        self.ask_raw(|state, now| state.request(method, params, now))
            .await
    }

    /// Asks how a session is: from then on every list shows all that the gateway had done to it before.
    pub async fn refresh(&self, key: &SessionKey) -> Result<(), Error> {
        self.ask_raw(|state, now| state.refresh(key, now))
            .await
            .map(drop)
    }

    /// How often all sessions were listed at a gateway that names no places in a journal, and its changes. They follow
    /// what lists are told because of it.
    pub fn listed(&self) -> watch::Receiver<u64> {
        self.shared().listed()
    }

    /// Subscribes to the list of all sessions.
    pub fn rows(&self) -> Rows {
        let params = SessionsListParams::default();
        let inbox = Arc::new(Inbox::with(ListUnread::of_all()));
        let standing = self.stand_for_sessions(&params, &inbox);
        Rows { inbox, standing }
    }

    /// Subscribes to the messages of a session.
    pub fn payloads(&self, key: &str) -> Payloads {
        let (inbox, standing) = self.stand_for_messages(key);
        Payloads {
            inbox,
            _standing: standing,
        }
    }
}

impl Rows {
    /// The next event; `None` after the last one.
    pub async fn next(&mut self) -> Option<RowEvent> {
        StreamExt::next(self).await
    }

    /// All events that have come and were not taken; those that one frame of the gateway led to together.
    pub fn unread(&mut self) -> Vec<RowEvent> {
        let shared = self.standing.client().shared();
        // Who holds the machine lets nobody put in half of them.
        shared.put(|_, _| std::iter::from_fn(|| self.inbox.pop()).collect())
    }
}

impl Stream for Rows {
    type Item = RowEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<RowEvent>> {
        self.inbox.poll_pop(context)
    }
}

impl Payloads {
    /// The next event; `None` after the last one.
    pub async fn next(&mut self) -> Option<PayloadEvent> {
        StreamExt::next(self).await
    }
}

impl Stream for Payloads {
    type Item = PayloadEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<PayloadEvent>> {
        loop {
            return Poll::Ready(match ready!(self.inbox.poll_pop(context)) {
                None => None,
                Some(Letter::Missed) => Some(PayloadEvent::Missed),
                Some(Letter::Event(Told::Message(payload))) => Some(PayloadEvent::Message(payload)),
                Some(Letter::Event(Told::Chat(payload))) => Some(PayloadEvent::Chat(payload)),
                Some(Letter::Event(Told::Failed(error))) => Some(PayloadEvent::Failed(error)),
                // Lists tell it.
                Some(Letter::Event(Told::Evicted(_))) => continue,
            });
        }
    }
}
