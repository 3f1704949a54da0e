//! The one way to change a session: a view of the sessions in which changes can be staged.

mod adopt;
mod look;
mod overlay;
mod touched;

use std::sync::Arc;

use sessionwire_protocol::chat::ChatEvent;
use sessionwire_protocol::event::{SessionMessage, SocketDrain};
use sessionwire_protocol::{
    ChangeReason, ErrorBody, EvictionReason, Millis, SessionEntry, SessionKey, TranscriptMessage,
};

use crate::change::Change;
use crate::device::Device;
use crate::goal::Operation;
use crate::groups::Groups;
use crate::id::new_id;
use crate::session::{Session, note_message};
use crate::state::State;
use crate::store::Store;

use overlay::label_owner;
use touched::Touched;

pub use overlay::Overlay;

/// What a change sees and does. It is carried out wholly or, after an error, not at all.
pub struct Transaction<'a> {
    state: &'a State,
    batch: &'a Overlay,
    store: &'a mut dyn Store,
    own: Overlay,
    now: Millis,
    changes: Vec<Change>,
    touched: Touched,
    runs: Vec<ChatEvent>,
}

impl<'a> Transaction<'a> {
    /// A transaction on committed state and what earlier transactions of its batch staged.
    pub fn new(
        state: &'a State,
        batch: &'a Overlay,
        store: &'a mut dyn Store,
        now: Millis,
    ) -> Self {
        Self {
            state,
            batch,
            store,
            own: Overlay::default(),
            now,
            changes: Vec::new(),
            touched: Touched::default(),
            runs: Vec::new(),
        }
    }

    /// Remembers an operation on a goal, with the change of its session.
    pub fn keep_operation(&mut self, operation: Operation) {
        self.own.operations.push(Arc::new(operation));
    }

    /// Changes a device, or lets it in.
    pub fn keep_device(&mut self, device: Device) {
        let (id, device) = (device.id.clone(), Arc::new(device));
        self.own.devices.insert(id, Some(device));
    }

    /// Forgets a device.
    pub fn forget_device(&mut self, id: &str) {
        self.own.devices.insert(id.to_owned(), None);
    }

    /// Changes a session, and makes it first where there is none.
    pub fn update(
        &mut self,
        key: &SessionKey,
        reason: ChangeReason,
        change: impl FnOnce(&mut SessionEntry),
    ) -> Arc<Session> {
        let now = self.now;
        self.maintain(key, reason, |entry| {
            change(entry);
            entry.updated_at = now.max(entry.updated_at);
        })
    }

    /// The same without counting as activity: the session keeps its place in lists.
    pub fn maintain(
        &mut self,
        key: &SessionKey,
        reason: ChangeReason,
        change: impl FnOnce(&mut SessionEntry),
    ) -> Arc<Session> {
        let held = self.get(key);
        let reason = if held.is_some() || reason != ChangeReason::SEND {
            reason
        } else {
            ChangeReason::CREATE
        };
        let mut entry = held
            .as_ref()
            .map_or_else(|| self.fresh_entry(), |session| session.entry.clone());
        change(&mut entry);
        let session = Arc::new(Session::new(key.clone(), entry));
        self.stage(key, held.as_deref(), Some(Arc::clone(&session)));
        self.touched.insert(key, reason);
        session
    }

    /// Puts a session as an upstream gateway has it in the place of what was there. Each of its changes is told with
    /// the reason that it had there, however many came together.
    pub fn mirror(&mut self, session: Session, reason: ChangeReason) {
        let (held, session) = (self.get(&session.key), Arc::new(session));
        self.stage(&session.key, held.as_deref(), Some(Arc::clone(&session)));
        self.changes.push(Change::Upserted {
            session,
            reason,
            operation: None,
        });
    }

    /// Tells that the generation of a session is gone. Its next one is to be put in its place; without one the session
    /// is gone.
    pub fn end(&mut self, session: &Session, reason: EvictionReason, next: Option<String>) {
        let is_gone = next.is_none();
        self.changes.push(Change::Evicted {
            drain: SocketDrain {
                session_key: session.key.clone(),
                agent_id: session.key.agent_id().map(str::to_owned),
                session_id: session.entry.session_id.clone(),
                lifecycle_revision: session.entry.lifecycle_revision.clone(),
                reason,
                next_lifecycle_revision: next,
                ts: self.now,
            },
        });
        self.touched.remove(&session.key);
        if is_gone {
            self.stage(&session.key, Some(session), None);
        }
    }

    /// Gives a session another label, or none.
    ///
    /// The label is trimmed; an empty, overlong or used one is refused with the protocol's sentence.
    pub fn relabel(
        &mut self,
        key: &SessionKey,
        label: Option<&str>,
        reason: ChangeReason,
    ) -> Result<Arc<Session>, ErrorBody> {
        let label = match label {
            None => None,
            Some(label) => Some(self.check_label(key, label)?),
        };
        Ok(self.update(key, reason, |entry| {
            entry.label = label.map(Into::into);
        }))
    }

    /// Evicts the generation of a session; with reason `reset` or `new` the next one begins, and is returned.
    ///
    /// As in protocol 4 the next generation keeps key, session id, label, pins and options, and loses
    /// transcript, goal and counts.
    pub fn evict(&mut self, session: &Session, reason: EvictionReason) -> Option<Arc<Session>> {
        let renewed = match reason {
            EvictionReason::Reset => Some(ChangeReason::RESET),
            EvictionReason::New => Some(ChangeReason::NEW),
            EvictionReason::Deleted | EvictionReason::Expired | EvictionReason::Unknown => None,
        };
        let revision = renewed.is_some().then(new_id);
        self.end(session, reason, revision.clone());
        let (change_reason, lifecycle_revision) = renewed.zip(revision)?;
        let now = self.now;
        Some(self.update(&session.key, change_reason, |entry| {
            entry.lifecycle_revision = lifecycle_revision;
            entry.session_started_at = Some(now);
            entry.goal = None;
            entry.derived_title = None;
            entry.last_message_preview = None;
            entry.message_count = 0;
        }))
    }

    /// Adds a message to the transcript of a session, which is made where there is none.
    pub fn append(&mut self, key: &SessionKey, message: TranscriptMessage) -> SessionMessage {
        let at = self.now;
        let session = self.update(key, ChangeReason::SEND, |entry| {
            note_message(entry, &message);
            if message.role == "user" {
                entry.last_interaction_at = Some(at);
            }
        });
        if let Some(idempotency_key) = &message.idempotency_key {
            self.own.sent.push((key.clone(), idempotency_key.clone()));
        }
        let (id, seq) = (new_id(), session.entry.message_count);
        let marks = sessionwire_protocol::MessageMarks {
            id: Some(id.clone()),
            seq: Some(seq),
        };
        self.tell_message(
            key,
            TranscriptMessage {
                marks: Some(marks),
                ..message
            },
        )
    }

    fn tell_message(&mut self, key: &SessionKey, message: TranscriptMessage) -> SessionMessage {
        let marks = message.marks.as_ref();
        let message = SessionMessage {
            session_key: key.clone(),
            agent_id: key.agent_id().map(str::to_owned),
            message_id: marks.and_then(|marks| marks.id.clone()),
            message_seq: marks.and_then(|marks| marks.seq),
            message,
            run_id: None,
        };
        self.changes.push(Change::Message {
            message: Box::new(message.clone()),
            session: None,
        });
        message
    }

    /// Tells how a run went, after everything else of the transaction.
    pub fn tell_run(&mut self, event: ChatEvent) {
        self.runs.push(event);
    }

    /// Sets the groups.
    pub fn set_groups(&mut self, groups: Groups) {
        self.own.groups = Some(groups.clone());
        self.changes.push(Change::Groups { groups });
    }

    /// Makes a group of this name known if it is not yet.
    pub fn register_group(&mut self, name: &str) {
        if !self.groups().contains(name) {
            let mut groups = self.groups().clone();
            groups.add(name);
            self.set_groups(groups);
        }
    }

    /// The changes in the order in which they are to be told: evictions, messages and what an upstream has as they
    /// were made, then each changed session once, then how runs went.
    pub fn finish(mut self) -> (Overlay, Vec<Change>) {
        let mut changes = std::mem::take(&mut self.changes);
        for change in &mut changes {
            if let Change::Message { message, session } = change {
                *session = self.get(&message.session_key);
            }
        }
        for (key, reason) in std::mem::take(&mut self.touched).into_order() {
            if let Some(session) = self.get(&key) {
                let led = |operation: &&Arc<Operation>| operation.session_key == key;
                let operation = self.own.operations.iter().find(led).cloned();
                changes.push(Change::Upserted {
                    session,
                    reason,
                    operation,
                });
            }
        }
        changes.extend(self.runs.into_iter().map(|event| Change::Chat {
            event: Box::new(event),
        }));
        (self.own, changes)
    }

    fn fresh_entry(&self) -> SessionEntry {
        SessionEntry {
            session_id: new_id(),
            lifecycle_revision: new_id(),
            updated_at: self.now,
            created_at: self.now,
            created_via: Some("operator".into()),
            ..SessionEntry::default()
        }
    }

    fn stage(&mut self, key: &SessionKey, held: Option<&Session>, next: Option<Arc<Session>>) {
        if let Some(label) = held.and_then(|session| session.entry.label.as_deref()) {
            self.own.labels.insert(label_owner(key, label), None);
        }
        if let Some(label) = next.as_deref().and_then(|next| next.entry.label.as_deref()) {
            self.own
                .labels
                .insert(label_owner(key, label), Some(key.clone()));
        }
        self.own.sessions.insert(key.clone(), next);
    }
}
