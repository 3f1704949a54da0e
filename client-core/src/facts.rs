use std::borrow::Cow;

use serde::Deserialize;
use sessionwire_listing::{Listed, Ranked};
use sessionwire_protocol::{Millis, SessionKey};

use crate::row::Row;

/// A row with what decides whether a list shows it.
pub(crate) struct Facts<'a> {
    row: &'a Row,
    said: Said<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Said<'a> {
    spawned_by: Option<SessionKey>,
    parent_session_key: Option<SessionKey>,
    archived: bool,
    has_active_run: bool,
    #[serde(borrow)]
    board_face: Option<Text<'a>>,
    #[serde(borrow)]
    category: Option<Text<'a>>,
    #[serde(borrow)]
    display_name: Option<Text<'a>>,
    #[serde(borrow)]
    derived_title: Option<Text<'a>>,
    #[serde(borrow)]
    subject: Option<Text<'a>>,
    #[serde(borrow)]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    goal: Option<Goal<'a>>,
}

#[derive(Deserialize)]
struct Goal<'a> {
    #[serde(borrow, default)]
    objective: Option<Text<'a>>,
}

/// In a struct of its own, as serde borrows a `Cow` only where it is a whole field.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Facts<'a> {
    /// Of what cannot be read nothing is known.
    pub(crate) fn of(row: &'a Row) -> Self {
        Self {
            row,
            said: serde_json::from_str(row.json.get()).unwrap_or_default(),
        }
    }
}

fn text<'a>(text: &'a Option<Text<'_>>) -> Option<&'a str> {
    text.as_ref().map(|text| text.0.as_ref())
}

impl Ranked for Facts<'_> {
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

impl Listed for Facts<'_> {
    fn category(&self) -> Option<&str> {
        text(&self.said.category)
    }

    fn spawned_by(&self) -> Option<&SessionKey> {
        let parent = self.said.parent_session_key.as_ref();
        self.said.spawned_by.as_ref().or(parent)
    }

    fn board_face(&self) -> Option<&str> {
        text(&self.said.board_face)
    }

    fn is_archived(&self) -> bool {
        self.said.archived
    }

    fn has_active_run(&self) -> bool {
        self.said.has_active_run
    }

    fn any_text(&self, fits: &mut dyn FnMut(&str) -> bool) -> bool {
        let (head, said) = (&self.row.head, &self.said);
        let goal = said.goal.as_ref();
        [
            Some(head.key.as_str()),
            head.session_id.as_deref(),
            head.label.as_deref(),
            text(&said.display_name),
            text(&said.derived_title),
            text(&said.category),
            text(&said.subject),
            text(&said.kind),
            text(&said.model),
            text(&said.status),
            goal.and_then(|goal| text(&goal.objective)),
        ]
        .into_iter()
        .flatten()
        .any(fits)
    }
}
