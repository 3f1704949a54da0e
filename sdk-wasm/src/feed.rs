//! What JavaScript shows of a live list: the rows as its own values, in the order of the list.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::iter;

use js_sys::Array;
use sessionwire_client_core::{Error, LiveList, Order, Row, SessionEvent};
use wasm_bindgen::prelude::*;

use crate::encoding::Heard;
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
    pub(crate) fn apply(&mut self, event: SessionEvent, heard: &Heard) -> Result<JsValue, Error> {
        Ok(match event {
            SessionEvent::Snapshot { rows, .. } => self.take_snapshot(&rows, heard),
            SessionEvent::Changed { row, reason, ts } => {
                let event = match heard.payload(row.frame) {
                    Some(payload) => event::changed_by(payload, reason.is_some(), ts),
                    None => event::changed(&row, reason.as_ref(), ts),
                };
                let session = event.session();
                mark(&row, || session.clone());
                self.0.set(&row.head, session);
                event.into()
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

    fn take_snapshot(&mut self, rows: &[Arc<Row>], heard: &Heard) -> JsValue {
        let sessions = told_rows(rows, heard).unwrap_or_else(|| {
            let texts: Vec<_> = rows.iter().map(|row| row.json.get()).collect();
            js::parse(&["[", &texts.join(","), "]"].concat()).unchecked_into()
        });
        // Changes that follow may be of rows of this frame, which is not the frame of a change.
        heard.clear();
        for (index, row) in rows.iter().enumerate() {
            mark(row, || sessions.get(index as u32));
        }
        let heads = rows.iter().map(|row| &row.head);
        self.0.replace(iter::zip(heads, sessions.iter()));
        event::snapshot(&self.rows())
    }
}

/// The rows of a snapshot where they are all as the frame has them.
fn told_rows(rows: &[Arc<Row>], heard: &Heard) -> Option<Array> {
    let frame = rows.first()?.frame;
    let payload = heard.payload(frame)?;
    let are_all = rows.iter().all(|row| row.frame == frame);
    are_all.then(|| payload.unchecked_ref::<Answer>().list().sessions())
}

#[wasm_bindgen]
extern "C" {
    type Answer;
    #[wasm_bindgen(method, getter)]
    fn list(this: &Answer) -> List;
    type List;
    #[wasm_bindgen(method, getter)]
    fn sessions(this: &List) -> Array;
}

/// Says in a row that it shows a name which the gateway has not confirmed.
fn mark(row: &Row, session: impl FnOnce() -> JsValue) {
    if row.pending {
        js::set(&session(), "pending", &JsValue::TRUE);
    }
}
