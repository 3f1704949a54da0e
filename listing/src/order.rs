use alloc::boxed::Box;
use core::cmp::{Ordering, Reverse};

use sessionwire_protocol::sessions::SortBy;
use sessionwire_protocol::{Millis, RowHead, SessionKey};

use crate::lower::lower;

/// What the place of a session in a list depends on.
pub trait Ranked {
    /// Its lasting name.
    fn key(&self) -> &SessionKey;
    /// Since when it is kept on top.
    fn pinned_at(&self) -> Option<Millis>;
    /// When anything about it last changed, 0 where that is not known.
    fn updated_at(&self) -> Millis;
    /// When it came to be.
    fn created_at(&self) -> Option<Millis>;
    /// When a person last wrote to it.
    fn last_interaction_at(&self) -> Option<Millis>;
    /// When an agent last did something in it.
    fn last_activity_at(&self) -> Option<Millis>;
    /// The name that a person gave it.
    fn label(&self) -> Option<&str>;

    /// Whether it is kept on top.
    fn is_pinned(&self) -> bool {
        self.pinned_at().is_some()
    }
}

/// The order of a list: by what was chosen, then by key. Pinned sessions come first, the one that was pinned last at
/// the top; by when something last happened in a session they stand among the others, as in protocol 4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Order(SortBy);

/// Where a session stands in a list: what comes first is least, and no two sessions stand at the same place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    level: Level,
    key: SessionKey,
}

/// Where a session stands in a list, beside those that stand at the same place but for their keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level {
    pinned_at: Reverse<Option<Millis>>,
    chosen: Chosen,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Chosen {
    Newest(Reverse<Option<Millis>>),
    Name(Box<str>),
    NoName,
}

impl Order {
    /// The order by this field.
    pub const fn by(field: SortBy) -> Self {
        Self(field)
    }

    /// The field.
    pub const fn field(self) -> SortBy {
        self.0
    }

    /// Where a session stands.
    pub fn rank(self, session: &impl Ranked) -> Rank {
        Rank {
            level: self.level(session),
            key: session.key().clone(),
        }
    }

    /// The same, but for its key.
    pub fn level(self, session: &impl Ranked) -> Level {
        let newest = |time| Chosen::Newest(Reverse(time));
        let pinned_at = session.pinned_at();
        let interaction = session.last_interaction_at();
        let (pinned_at, chosen) = match self.0 {
            SortBy::UpdatedAt => (pinned_at, newest(Some(session.updated_at()))),
            SortBy::LastInteractionAt => (None, newest(interaction)),
            SortBy::Activity => {
                let activity = interaction.max(session.last_activity_at());
                (None, newest(activity.or(Some(session.updated_at()))))
            }
            SortBy::CreatedAt => (pinned_at, newest(session.created_at())),
            SortBy::Label => {
                let name = |label: &str| Chosen::Name(lower(label).into());
                (pinned_at, session.label().map_or(Chosen::NoName, name))
            }
        };
        Level {
            pinned_at: Reverse(pinned_at),
            chosen,
        }
    }

    /// Where a session stands beside a rank.
    pub fn compare(self, session: &impl Ranked, rank: &Rank) -> Ordering {
        let level = self.level(session).cmp(&rank.level);
        level.then_with(|| session.key().cmp(&rank.key))
    }
}

impl Rank {
    /// The session that stands there.
    pub fn key(&self) -> &SessionKey {
        &self.key
    }
}

impl Ranked for RowHead {
    fn key(&self) -> &SessionKey {
        &self.key
    }

    fn pinned_at(&self) -> Option<Millis> {
        self.pinned_at
    }

    fn updated_at(&self) -> Millis {
        self.updated_at.unwrap_or_default()
    }

    fn created_at(&self) -> Option<Millis> {
        self.created_at
    }

    fn last_interaction_at(&self) -> Option<Millis> {
        self.last_interaction_at
    }

    fn last_activity_at(&self) -> Option<Millis> {
        self.last_activity_at
    }

    fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_by_their_field_then_by_key() {
        let rows = [
            head("a", None, 5, Some(1), Some("zebra")),
            head("b", Some(20), 1, Some(2), None),
            head("c", None, 9, Some(3), Some("Apple")),
            head("d", None, 5, None, None),
            head("e", None, 5, Some(9), None),
            head("f", Some(10), 2, None, None),
        ];
        for (field, expected) in [
            (SortBy::UpdatedAt, "bfcade"),
            (SortBy::LastInteractionAt, "ecbadf"),
            (SortBy::Activity, "edcbfa"),
            (SortBy::CreatedAt, "bfedca"),
            (SortBy::Label, "bfcade"),
        ] {
            let order = Order::by(field);
            let mut sorted = rows.clone();
            sorted.sort_by_key(|row| order.rank(row));
            let keys: String = sorted.iter().map(|row| row.key.as_str()).collect();
            assert_eq!(keys, expected, "{field:?}");
        }
    }

    #[test]
    fn what_an_agent_did_is_activity() {
        let quiet = head("quiet", None, 9, Some(3), None);
        let busy = RowHead {
            last_activity_at: Some(4),
            ..head("busy", None, 1, Some(2), None)
        };
        let order = Order::by(SortBy::Activity);
        assert!(order.rank(&busy) < order.rank(&quiet));
    }

    fn head(
        key: &str,
        pinned_at: Option<Millis>,
        updated_at: Millis,
        last_interaction_at: Option<Millis>,
        label: Option<&str>,
    ) -> RowHead {
        RowHead {
            key: key.into(),
            session_id: None,
            lifecycle_revision: None,
            pinned_at,
            updated_at: Some(updated_at),
            created_at: Some(Millis::from(key.as_bytes()[0])),
            last_interaction_at,
            last_activity_at: None,
            label: label.map(Box::from),
        }
    }
}
