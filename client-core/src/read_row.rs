use alloc::boxed::Box;

use sessionwire_listing::{Facts, Listed, Ranked, any_text_of_row};
use sessionwire_protocol::{Millis, RowFacts, SessionKey};

use crate::row::Row;

/// A row with what decides whether a list shows it.
pub(crate) struct ReadRow<'a> {
    row: &'a Row,
    facts: Box<RowFacts>,
}

impl<'a> ReadRow<'a> {
    pub(crate) fn of(row: &'a Row) -> Self {
        Self {
            row,
            facts: row.facts(),
        }
    }
}

impl Ranked for ReadRow<'_> {
    fn key(&self) -> &SessionKey {
        self.row.head.key()
    }

    fn pinned_at(&self) -> Option<Millis> {
        self.row.head.pinned_at()
    }

    fn updated_at(&self) -> Millis {
        self.row.head.updated_at()
    }

    fn created_at(&self) -> Option<Millis> {
        self.row.head.created_at()
    }

    fn last_interaction_at(&self) -> Option<Millis> {
        self.row.head.last_interaction_at()
    }

    fn last_activity_at(&self) -> Option<Millis> {
        self.row.head.last_activity_at()
    }

    fn label(&self) -> Option<&str> {
        self.row.head.label()
    }
}

impl Listed for ReadRow<'_> {
    fn facts(&self) -> Facts<'_> {
        let id = self.row.head.session_id.as_deref();
        Facts::of_row(id, &self.facts, self.label())
    }

    fn any_text(&self, fits: &mut dyn FnMut(&str) -> bool) -> bool {
        any_text_of_row(self, &self.facts, fits)
    }
}
