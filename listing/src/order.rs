use std::cmp::Reverse;

use sessionwire_protocol::sessions::SortBy;
use sessionwire_protocol::{Millis, RowHead, SessionKey};

/// What the place of a session in a list depends on.
pub trait Ranked {
    /// Its lasting name.
    fn key(&self) -> &SessionKey;
    /// Whether it is kept on top.
    fn is_pinned(&self) -> bool;
    /// When anything about it last changed, 0 where that is not known.
    fn updated_at(&self) -> Millis;
    /// When it came to be.
    fn created_at(&self) -> Option<Millis>;
    /// When a person last wrote to it.
    fn last_interaction_at(&self) -> Option<Millis>;
    /// The name that a person gave it.
    fn label(&self) -> Option<&str>;
}

/// The order of a list: pinned sessions first, then by what was chosen, then the most recently changed, then by key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Order(SortBy);

/// Where a session stands in a list: what comes first is least, and no two sessions stand at the same place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    unpinned: bool,
    chosen: Chosen,
    updated_at: Reverse<Millis>,
    key: SessionKey,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Chosen {
    Same,
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
        let updated_at = session.updated_at();
        let interaction = session.last_interaction_at();
        Rank {
            unpinned: !session.is_pinned(),
            chosen: match self.0 {
                SortBy::UpdatedAt => Chosen::Same,
                SortBy::LastInteractionAt => Chosen::Newest(Reverse(interaction)),
                SortBy::Activity => Chosen::Newest(Reverse(interaction.max(Some(updated_at)))),
                SortBy::CreatedAt => Chosen::Newest(Reverse(session.created_at())),
                SortBy::Label => session.label().map_or(Chosen::NoName, |label| {
                    Chosen::Name(label.to_lowercase().into())
                }),
            },
            updated_at: Reverse(updated_at),
            key: session.key().clone(),
        }
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

    fn is_pinned(&self) -> bool {
        self.pinned
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

    fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_order_puts_pinned_sessions_first_and_breaks_ties() {
        let rows = [
            head("a", false, 5, Some(1), Some("zebra")),
            head("b", true, 1, Some(2), None),
            head("c", false, 9, Some(3), Some("Apple")),
            head("d", false, 5, None, None),
            head("e", false, 5, Some(9), None),
        ];
        for (field, expected) in [
            (SortBy::UpdatedAt, "bcade"),
            (SortBy::LastInteractionAt, "becad"),
            (SortBy::Activity, "bcead"),
            (SortBy::CreatedAt, "bedca"),
            (SortBy::Label, "bcade"),
        ] {
            let order = Order::by(field);
            let mut sorted = rows.clone();
            sorted.sort_by_key(|row| order.rank(row));
            let keys: String = sorted.iter().map(|row| row.key.as_str()).collect();
            assert_eq!(keys, expected, "{field:?}");
        }
    }

    fn head(
        key: &str,
        pinned: bool,
        updated_at: Millis,
        last_interaction_at: Option<Millis>,
        label: Option<&str>,
    ) -> RowHead {
        RowHead {
            key: key.into(),
            session_id: None,
            lifecycle_revision: None,
            pinned,
            updated_at: Some(updated_at),
            created_at: Some(Millis::from(key.as_bytes()[0])),
            last_interaction_at,
            label: label.map(Box::from),
        }
    }
}
