use alloc::sync::Arc;

use sessionwire_json::Json;
use sessionwire_protocol::{ChangeReason, Millis, Place, RowHead};

use crate::client::ClientState;
use crate::copy::Change;
use crate::feed::Said;
use crate::row::Row;
use crate::time::Instant;

/// The frame that comes most often, as a driver knows it that has parsed it by its own means: `sessions.changed` at a
/// place of a subscription, with nothing in its payload but a row, a reason and a time.
#[derive(Debug)]
pub struct ChangeFrame<'a> {
    /// The frame.
    pub text: &'a str,
    /// Its number.
    pub seq: Option<u64>,
    /// Where it stands.
    pub place: Place<'a>,
    /// Why the row has changed.
    pub reason: Option<ChangeReason>,
    /// When.
    pub ts: Option<Millis>,
    /// What a list needs to know of the row.
    pub head: RowHead,
}

impl ClientState {
    /// Such a frame has come: the same as [`Self::json_received`], without reading it again. Not for drivers that want to
    /// be told [frames](crate::Config::tells_frames).
    pub fn change_received(&mut self, frame: ChangeFrame<'_>, now: Instant) {
        if !self.hears(now) || !self.is_new(frame.seq, now) {
            return;
        }
        let text = Json::written(frame.text.trim_ascii());
        let change = Change {
            reason: frame.reason,
            ts: frame.ts.or(frame.head.updated_at),
            row: Arc::new(Row::told(frame.head, text).told_by(self.frames)),
        };
        self.told_at(&frame.place, Said::Change(change), now);
    }
}
