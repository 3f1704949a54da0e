//! What a gateway says as it says it, for programs that pass it on: nothing that this version does not know is lost.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt};
use serde_json::value::RawValue;
use sessionwire_client_core::Error;
use sessionwire_protocol::SessionKey;
use sessionwire_protocol::sessions::SessionsListParams;
use tokio::sync::watch;

use crate::client::{Client, Standing};
use crate::inbox::{Inbox, Taker};
use crate::shared::Core;
use crate::unread::{FramesUnread, ListUnread};

pub use sessionwire_client_core::{FrameEvent, Json, Row, SessionEvent as RowEvent};

/// [`crate::Sessions`] with rows as the gateway sent them, and without a copy of the list. Every event is kept for who
/// takes them: whoever leaves more than 65,536 is told [`Error::Lagged`] at the end.
#[derive(Debug)]
pub struct Rows {
    taker: Taker<ListUnread>,
    standing: Standing,
}

/// Everything that a gateway says beside its answers, from before the last connection on. Whoever leaves more than
/// 16,384 of them, or 32 MiB, is told [`FrameEvent::Missed`] in the place of the oldest.
#[derive(Debug)]
pub struct Frames {
    taker: Taker<FramesUnread>,
}

impl Client {
    /// Asks for a method by its name. Params and answer are passed on as they are.
    pub async fn request(
        &self,
        method: &str,
        params: Option<&RawValue>,
    ) -> Result<Box<RawValue>, Error> {
        let params = params.map(|params| Json::written(params.get()));
        self.ask_raw(|state, now| state.request(method, params.as_ref(), now))
            .await
            .map(raw_value)
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
        let taker = Taker::new(inbox);
        Rows { taker, standing }
    }

    /// What the gateway says, to whoever takes it first; nothing where [`crate::Builder::keep_frames`] was not called.
    /// What lists are told because of it, they are told before.
    pub fn frames(&self) -> Frames {
        let taker = Taker::new(self.shared().frames());
        Frames { taker }
    }

    /// Asks for what nobody waits for. It is on its way before anything that is asked for after it.
    pub fn tell(&self, method: &str, params: &RawValue) {
        let params = Json::written(params.get());
        let tell = |core: &mut Core, now| core.state.request(method, Some(&params), now);
        self.shared().want(tell);
    }
}

/// The same as serde_json has it.
pub fn raw_value(json: Json) -> Box<RawValue> {
    RawValue::from_string(json.into()).expect("it is JSON")
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
        shared.put(|_, _| std::iter::from_fn(|| self.taker.pop()).collect())
    }
}

impl Stream for Rows {
    type Item = RowEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<RowEvent>> {
        self.taker.poll_pop(context)
    }
}

impl Frames {
    /// The next of them; `None` after the last one.
    pub async fn next(&mut self) -> Option<FrameEvent> {
        StreamExt::next(self).await
    }
}

impl Stream for Frames {
    type Item = FrameEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<FrameEvent>> {
        self.taker.poll_pop(context)
    }
}
