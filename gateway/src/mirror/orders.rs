//! Changes that were made through this gateway: their callers wait until lists show them.

use futures_util::FutureExt;
use futures_util::future::join_all;
use sessionwire::raw::RowEvent;
use sessionwire_protocol::gateway::Empty;
use sessionwire_protocol::sessions::{Groups as ListedGroups, GroupsList};
use sessionwire_protocol::{ChangeReason, SessionKey};
use tokio::sync::oneshot;

use super::Mirror;
use crate::gateway::Gateway;
use crate::upstream::Order;

/// What the upstream was asked for has come.
pub(super) enum Done {
    Refreshed(Order),
    Groups(Option<ListedGroups>, Option<oneshot::Sender<()>>),
}

impl Mirror {
    /// Asks the upstream how things stand after a change.
    pub(super) fn begin(&mut self, order: Order) {
        let client = self.client.clone();
        self.working.push(
            async move {
                let asking = order.keys.iter().map(|key| client.refresh(key));
                // Where that fails the connection is lost, and the list is asked for again.
                let _lost = join_all(asking).await;
                Done::Refreshed(order)
            }
            .boxed(),
        );
    }

    pub(super) async fn finish(&mut self, done: Done, gateway: &Gateway) {
        match done {
            Done::Refreshed(order) => {
                let mut events = self.rows.unread();
                self.renewals.leave_out_known(&mut events);
                if let Some(renewal) = order.renewal {
                    let state = gateway.sessions.read();
                    let evicted = self.renewals.answered(renewal, &events, &state);
                    events.splice(0..0, evicted);
                }
                give_reason(&mut events, &order.keys, order.reason.as_ref());
                self.commit(events, gateway).await;
                match order.groups {
                    true => self.ask_for_groups(order.done),
                    false => tell(order.done),
                }
            }
            Done::Groups(listed, done) => {
                if let Some(listed) = listed {
                    set_groups(listed, gateway).await;
                }
                tell(done);
            }
        }
    }

    pub(super) fn ask_for_groups(&mut self, done: Option<oneshot::Sender<()>>) {
        let client = self.client.clone();
        self.working.push(
            async move {
                let listed = client.call::<GroupsList>(&Empty {}).await;
                Done::Groups(listed.ok(), done)
            }
            .boxed(),
        );
    }
}

/// Rows of which nothing said why they changed did so for the reason that a caller gave.
fn give_reason(events: &mut [RowEvent], keys: &[SessionKey], why: Option<&ChangeReason>) {
    for event in events {
        if let RowEvent::Changed { row, reason, .. } = event
            && reason.is_none()
            && keys.contains(&row.head.key)
        {
            *reason = why.cloned();
        }
    }
}

async fn set_groups(listed: ListedGroups, gateway: &Gateway) {
    let committing = gateway.sessions.commit(move |transaction| {
        let names: Vec<_> = listed.groups.into_iter().map(|group| group.name).collect();
        let groups = transaction.groups();
        let next = groups.arranged(&names, Some(&listed.section_order));
        if next != *groups {
            transaction.set_groups(next);
        }
        Ok(())
    });
    // The next list brings them again.
    let _failed = committing.await;
}

fn tell(done: Option<oneshot::Sender<()>>) {
    if let Some(done) = done {
        // Whoever waits may be gone.
        let _gone = done.send(());
    }
}
