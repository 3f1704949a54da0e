//! What JavaScript shows of a live list: the rows as its own values, in the order of the list.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::iter;

use js_sys::Array;
use sessionwire_client_core::{Error, LiveList, Order, Row, SessionEvent};
use wasm_bindgen::prelude::*;

use crate::{event, js};

/// The copy of a list, as of the event told last.
pub(crate) struct SessionFeed(LiveList<JsValue>);

impl SessionFeed {
    pub(crate) const fn new(order: Order) -> Self {
        Self(LiveList::new(order))
    }

    /// The copy, in the order of the list.
    pub(crate) fn rows(&self) -> Array {
        self.0.iter().cloned().collect()
    }

    /// How many rows it has.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Brings the copy up to date; returns the event as listeners get it, or why there are no more.
    pub(crate) fn apply(&mut self, event: SessionEvent) -> Result<JsValue, Error> {
        Ok(match event {
            SessionEvent::Snapshot { rows, .. } => self.take_snapshot(&rows),
            SessionEvent::Changed { row, reason, ts } => {
                let event = event::changed(&row, reason.as_ref(), ts);
                let session = js::own(&event, "session");
                mark(&row, &session);
                self.0.set(&row.head, session);
                event
            }
            SessionEvent::Left { key } => {
                self.0.remove(&key);
                event::left(&key)
            }
            SessionEvent::Evicted(evicted) => {
                if !evicted.lives_on() {
                    self.0.remove(&evicted.key);
                }
                event::evicted(&evicted)
            }
            SessionEvent::Failed(error) => return Err(error),
        })
    }

    fn take_snapshot(&mut self, rows: &[Arc<Row>]) -> JsValue {
        let texts: Vec<_> = rows.iter().map(|row| row.json.get()).collect();
        let sessions = js::parse(&["[", &texts.join(","), "]"].concat());
        let sessions: Array = sessions.unchecked_into();
        for (row, session) in iter::zip(rows, sessions.iter()) {
            mark(row, &session);
        }
        let heads = rows.iter().map(|row| &row.head);
        self.0.replace(iter::zip(heads, sessions.iter()));
        event::snapshot(&self.rows())
    }
}

/// Says in a row that it shows a name which the gateway has not confirmed.
fn mark(row: &Row, session: &JsValue) {
    if row.pending {
        js::set(session, "pending", &JsValue::TRUE);
    }
}
