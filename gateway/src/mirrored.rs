//! The row of a session that lives at an upstream gateway.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use sessionwire::raw::Row;
use sessionwire_protocol::{Millis, RowFacts, RowHead, SessionEntry};

/// A row as the upstream shows it, with the name of its generation, which not every gateway puts there.
///
/// It is stored as text: serde cannot read raw JSON inside of tagged enums.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Mirrored {
    row: Box<RawValue>,
    /// What of it lists decide by, beside what a [`SessionEntry`] holds.
    facts: Box<RowFacts>,
    last_activity_at: Option<Millis>,
}

impl Mirrored {
    /// The row of a generation.
    pub fn new(row: &RawValue, revision: &str) -> Result<Self, serde_json::Error> {
        let revision = to_raw_value(revision)?;
        // Server-sent events end a line there. Inside of texts they are escaped.
        let line = row.get().replace(['\n', '\r'], " ");
        let mut fields = fields(serde_json::from_str(&line)?)?;
        let no = to_raw_value(&false)?;
        // A gateway with cursors leaves out what is not so, and only such a one names generations.
        if fields
            .insert("lifecycleRevision".into(), &revision)
            .is_some()
        {
            for flag in ["archived", "isMain", "pinned", "unread"] {
                fields.entry(flag.into()).or_insert(&no);
            }
        }
        Ok(Self::of(to_raw_value(&fields)?))
    }

    fn of(row: Box<RawValue>) -> Self {
        let read = Row::parse(row.get()).ok();
        Self {
            facts: read.as_ref().map(Row::facts).unwrap_or_default(),
            last_activity_at: read.and_then(|read| read.head.last_activity_at),
            row,
        }
    }

    /// The row without these fields.
    pub fn without(&self, names: &[&str]) -> Box<RawValue> {
        let mut fields = fields(&self.row).expect("a row is an object");
        fields.retain(|name, _| !names.contains(&name.as_ref()));
        to_raw_value(&fields).expect("fields always serialise")
    }

    /// The row.
    pub fn row(&self) -> &RawValue {
        &self.row
    }

    /// What decides whether lists show it.
    pub fn facts(&self) -> &RowFacts {
        &self.facts
    }

    /// When an agent last did something in it.
    pub fn last_activity_at(&self) -> Option<Millis> {
        self.last_activity_at
    }

    /// Whether another row says the same, at whatever time it was made.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.apart_from_time() == other.apart_from_time()
    }

    /// What stands before and after the time at which the upstream made the row.
    fn apart_from_time(&self) -> (&str, &str) {
        let json = self.row.get();
        // Inside of a text the quotes would be escaped.
        let (before, after) = json.split_once(r#""snapshotAt":"#).unwrap_or((json, ""));
        let after = after.trim_start_matches(|digit: char| digit.is_ascii_digit());
        (before, after)
    }

    /// What a store would hold of the session, as far as its row shows that.
    pub fn entry(&self, head: &RowHead, revision: String) -> SessionEntry {
        let row = Row::parse(self.row.get()).and_then(|row| row.decode());
        let mut entry = SessionEntry {
            session_id: head.session_id.clone().unwrap_or_default(),
            lifecycle_revision: revision,
            updated_at: head.updated_at.unwrap_or_default(),
            created_at: head.created_at.unwrap_or_default(),
            last_interaction_at: head.last_interaction_at,
            label: head.label.as_deref().map(Into::into),
            pinned_at: head.pinned_at,
            ..SessionEntry::default()
        };
        // A row of another make still has its place in lists.
        let Ok(row) = row else { return entry };
        let since = |is: bool, at| is.then_some(at).map(Option::unwrap_or_default);
        entry.pinned_at = since(row.pinned, row.pinned_at);
        entry.archived_at = since(row.archived, row.archived_at);
        entry.marked_unread_at = row.marked_unread_at;
        entry.last_read_at = row.last_read_at;
        entry.created_via = row.created_via.map(Into::into);
        entry.display_name = row.display_name.map(Into::into);
        entry.derived_title = row.derived_title.map(Into::into);
        entry.last_message_preview = row.last_message_preview.map(Into::into);
        entry.category = row.category.map(Into::into);
        entry.goal = row.goal.map(Box::new);
        entry.parent_session_key = row.parent_session_key;
        entry.spawned_by = row.spawned_by;
        entry.model = row.model.map(Into::into);
        if let Some(face) = row.board_face {
            entry.options.insert("boardFace".to_owned(), face.into());
        }
        entry
    }
}

impl Serialize for Mirrored {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.row.get())
    }
}

impl TryFrom<String> for Mirrored {
    type Error = serde_json::Error;

    fn try_from(text: String) -> Result<Self, serde_json::Error> {
        let row = RawValue::from_string(text)?;
        fields(&row)?;
        Ok(Self::of(row))
    }
}

fn fields(row: &RawValue) -> Result<BTreeMap<Cow<'_, str>, &RawValue>, serde_json::Error> {
    serde_json::from_str(row.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_stands_in_one_line_however_it_came() {
        let row =
            "{\"key\": \"a\",\r\n \"worktree\": {\n  \"path\": \"x\\ny\"\r}, \"tags\": [1,\n2]}";
        let row: &RawValue = serde_json::from_str(row).expect("it is JSON");
        let mirrored = Mirrored::new(row, "r").expect("it is a row");
        let line = mirrored.row().get();
        assert!(!line.contains(['\n', '\r']), "{line}");
        let value =
            |json: &str| serde_json::from_str::<serde_json::Value>(json).expect("it is JSON");
        let mut expected = value(row.get());
        expected["lifecycleRevision"] = "r".into();
        assert_eq!(value(line), expected);
    }

    #[test]
    fn one_odd_field_hides_no_other() {
        let row = r#"{"key":"a","kind":"direct","derivedTitle":"cut \ud83d","category":"work","pinned":true,"goal":[],"updatedAt":7.5}"#;
        let head = Row::parse(row).expect("it has a key").head;
        let row: &RawValue = serde_json::from_str(row).expect("it is JSON");
        let mirrored = Mirrored::new(row, "r").expect("it is a row");
        assert_eq!(mirrored.facts().category.as_deref(), Some("work"));
        let entry = mirrored.entry(&head, "r".to_owned());
        assert_eq!(entry.updated_at, 7);
        assert_eq!(entry.pinned_at, Some(0), "nothing says since when");
        assert_eq!(entry.category.as_deref(), Some("work"));
        assert_eq!(entry.derived_title.as_deref(), Some("cut \u{fffd}"));
        assert!(entry.goal.is_none());
        let stored = serde_json::to_string(&mirrored).expect("it serialises");
        let restored: Mirrored = serde_json::from_str(&stored).expect("it is as stored");
        assert_eq!(restored.facts(), mirrored.facts());
        assert_eq!(restored.row().get(), mirrored.row().get());
    }
}
