//! What the upstream tells beside its list is passed on, after what stood before it there is told here.

use sessionwire::raw::{FrameEvent, raw_value};

use super::Mirror;
use crate::gateway::Gateway;
use crate::upstream::{Heard, Told, Upstream};

impl Mirror {
    pub(super) async fn hear(&mut self, frame: FrameEvent, upstream: &Upstream, gateway: &Gateway) {
        match frame {
            FrameEvent::Hello(hello) => {
                upstream.has_greeted(&raw_value(hello));
                if std::mem::replace(&mut self.greeted, true) {
                    upstream.pass_on(Heard::Missed);
                }
            }
            FrameEvent::Missed => upstream.pass_on(Heard::Missed),
            FrameEvent::Event { name, payload } => {
                self.catch_up(gateway).await;
                let head = gateway.sessions.read().journal().head();
                if let Some(told) = Told::new(name, raw_value(payload), head) {
                    upstream.pass_on(Heard::Event(told.into()));
                }
            }
        }
    }

    /// Commits what the list was told.
    async fn catch_up(&mut self, gateway: &Gateway) {
        if self.subscribe_at.is_some() {
            return;
        }
        let mut events = self.rows.unread();
        if !events.is_empty() {
            self.renewals.leave_out_known(&mut events);
            self.commit(events, gateway).await;
        }
    }
}
