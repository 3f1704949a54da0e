use std::sync::Arc;

use sessionwire_protocol::{
    ChangeReason, EvictionReason, MessageMarks, SessionEntry, SessionKey, TranscriptMessage,
};

use super::Transaction;
use crate::session::Session;

impl Transaction<'_> {
    /// Makes a session what it is elsewhere, with its own times. Another generation that is held here is evicted
    /// first, for that reason.
    ///
    /// `further` are the newest messages of the transcript, those that are not held here.
    pub fn adopt(
        &mut self,
        key: &SessionKey,
        entry: SessionEntry,
        further: Vec<TranscriptMessage>,
        eviction: EvictionReason,
    ) {
        let held = self.get(key);
        let reason = match held.as_deref() {
            None => ChangeReason::CREATE,
            Some(held) if held.entry.lifecycle_revision == entry.lifecycle_revision => {
                ChangeReason::PATCH
            }
            Some(held) => {
                self.end(held, eviction, Some(entry.lifecycle_revision.clone()));
                match eviction {
                    EvictionReason::New => ChangeReason::NEW,
                    EvictionReason::Reset
                    | EvictionReason::Deleted
                    | EvictionReason::Expired
                    | EvictionReason::Unknown => ChangeReason::RESET,
                }
            }
        };
        let before = entry.message_count.saturating_sub(further.len() as u64);
        for (seq, message) in (before + 1..).zip(further) {
            let id = message.marks.and_then(|marks| marks.id);
            let marks = Some(MessageMarks { id, seq: Some(seq) });
            self.tell_message(key, TranscriptMessage { marks, ..message });
        }
        if let Some(category) = &entry.category {
            self.register_group(category);
        }
        let session = Session::imported(key.clone(), entry);
        self.stage(key, held.as_deref(), Some(Arc::new(session)));
        self.touched.insert(key, reason);
    }
}
