use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use sessionwire_client_core::{Error, Evicted, Json, MessageEvent as Event};
use sessionwire_protocol::chat::ChatEvent;
use sessionwire_protocol::event::SessionMessage;

use crate::client::Standing;
use crate::inbox::{Inbox, Taker};
use crate::unread::{Letter, MessagesUnread};

/// A subscription to the messages of a session.
///
/// The stream lives across reconnects and evictions of the session, and ends when the gateway refuses it or
/// the client is closed. Dropping it unsubscribes. Of unread events the newest 1,024 are kept; where older
/// ones had to go, and after a reconnect, [`MessageEvent::Missed`] says so.
#[derive(Debug)]
pub struct Messages {
    taker: Taker<MessagesUnread>,
    over: bool,
    _standing: Standing,
}

/// What happens in a session.
#[derive(Clone, Debug, PartialEq)]
pub enum MessageEvent {
    /// A message was added.
    Message(Box<SessionMessage>),
    /// A run moved on.
    Chat(Box<ChatEvent>),
    /// The session, or its generation, is gone. Messages of a next one follow all the same.
    Evicted(Evicted),
    /// Messages may be missing before this: read [`crate::Client::chat_history`] again.
    Missed,
    /// The subscription is over, and this its last event.
    Failed(Error),
}

impl Messages {
    pub(crate) fn new(inbox: Arc<Inbox<MessagesUnread>>, standing: Standing) -> Self {
        Self {
            taker: Taker::new(inbox),
            over: false,
            _standing: standing,
        }
    }

    /// The next event; `None` after the last one.
    pub async fn next(&mut self) -> Option<MessageEvent> {
        StreamExt::next(self).await
    }
}

impl Stream for Messages {
    type Item = MessageEvent;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<MessageEvent>> {
        if self.over {
            return Poll::Ready(None);
        }
        let letter = ready!(self.taker.poll_pop(context));
        let told = letter.map(|letter| match letter {
            Letter::Missed => MessageEvent::Missed,
            // One odd message does not end the stream; the history shows what it was.
            Letter::Event(Event::Message(json)) => read(&json, MessageEvent::Message),
            Letter::Event(Event::Chat(json)) => read(&json, MessageEvent::Chat),
            Letter::Event(Event::Evicted(evicted)) => MessageEvent::Evicted(evicted),
            Letter::Event(Event::Failed(error)) => MessageEvent::Failed(error),
        });
        self.over = matches!(told, None | Some(MessageEvent::Failed(_)));
        Poll::Ready(told)
    }
}

fn read<T: DeserializeOwned>(json: &Json, told: fn(Box<T>) -> MessageEvent) -> MessageEvent {
    serde_json::from_str(json.get()).map_or(MessageEvent::Missed, |event| told(Box::new(event)))
}
