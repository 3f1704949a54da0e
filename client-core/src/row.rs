use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::{RawValue, to_raw_value};
use sessionwire_protocol::{RowHead, SessionRow};

use crate::error::Error;

/// The fields besides the label by which applications call a session: with a label, gateways put it there too.
const TITLES: [&str; 2] = ["displayName", "derivedTitle"];

/// What OpenClaw's gateway leaves out of lists or of descriptions. That does not mean that there is none.
const OFTEN_UNSAID: [&str; 3] = ["activeRunIds", "activitySummary", "hasActiveRun"];
/// When OpenClaw's gateway made the row.
const SNAPSHOT_AT: &str = "snapshotAt";

/// A row as the gateway sent it, of which only the head has been read.
#[derive(Clone, Debug)]
pub struct Row {
    /// What a list needs to know.
    pub head: RowHead,
    /// The row.
    pub json: Box<RawValue>,
    /// Shows a new label that the gateway has not confirmed yet.
    pub pending: bool,
}

/// The fields of a row, each as it is.
pub(crate) type Fields<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

impl Row {
    /// Reads the head of a row.
    pub(crate) fn read(json: Box<RawValue>) -> Result<Self, serde_json::Error> {
        Ok(Self {
            head: serde_json::from_str(json.get())?,
            json,
            pending: false,
        })
    }

    /// Reads all of the row.
    pub fn decode(&self) -> Result<SessionRow, Error> {
        serde_json::from_str(self.json.get()).map_err(|error| Error::Unreadable(error.to_string()))
    }

    /// Whether the gateway says nothing else in the next row, at whatever time it made them.
    pub(crate) fn says_the_same(&self, next: &Self) -> bool {
        let (json, next) = (self.json.get(), next.json.get());
        apart_from_time(json) == apart_from_time(next) || covers(json, next).unwrap_or(false)
    }

    /// The row with what it does not say as it was said of the same session before.
    pub(crate) fn completed(mut self, before: &Self) -> Self {
        if let Some(json) = complete(self.json.get(), before.json.get()) {
            self.json = json;
        }
        self
    }

    /// The row with a label that the gateway has not confirmed.
    pub(crate) fn relabelled(&self, label: Option<&str>) -> Result<Self, serde_json::Error> {
        let mut fields: Fields<'_> = serde_json::from_str(self.json.get())?;
        let before = fields.remove("label").map(RawValue::get);
        let label = label.map(to_raw_value).transpose()?;
        for title in TITLES {
            let shown = fields.get(title).map(|title| title.get());
            match &label {
                Some(label) if shown.is_some() || title == TITLES[0] => {
                    fields.insert(title.into(), label);
                }
                None if shown == before => {
                    fields.remove(title);
                }
                Some(_) | None => {}
            }
        }
        if let Some(label) = &label {
            fields.insert("label".into(), label);
        }
        Ok(Self {
            pending: true,
            ..Self::read(to_raw_value(&fields)?)?
        })
    }
}

/// Whether a row says all that the next one says, and more only where that is often unsaid.
fn covers(row: &str, next: &str) -> Option<bool> {
    let mut row: Fields<'_> = serde_json::from_str(row).ok()?;
    let mut next: Fields<'_> = serde_json::from_str(next).ok()?;
    next.remove(SNAPSHOT_AT);
    row.retain(|name, _| {
        let is_unsaid = OFTEN_UNSAID.contains(&name.as_ref()) && !next.contains_key(name);
        name != SNAPSHOT_AT && !is_unsaid
    });
    let next = next.iter().map(|(name, value)| (name, value.get()));
    Some(row.iter().map(|(name, value)| (name, value.get())).eq(next))
}

fn complete(row: &str, before: &str) -> Option<Box<RawValue>> {
    if OFTEN_UNSAID.iter().all(|name| row.contains(name)) {
        return None;
    }
    let mut row: Fields<'_> = serde_json::from_str(row).ok()?;
    let before: Fields<'_> = serde_json::from_str(before).ok()?;
    let count = row.len();
    for (name, value) in before {
        if OFTEN_UNSAID.contains(&name.as_ref()) {
            row.entry(name).or_insert(value);
        }
    }
    (row.len() > count)
        .then(|| to_raw_value(&row).ok())
        .flatten()
}

/// What stands before and after the time at which OpenClaw's gateway made the row.
fn apart_from_time(json: &str) -> (&str, &str) {
    // Inside of a text the quotes would be escaped.
    let (before, after) = json.split_once(r#""snapshotAt":"#).unwrap_or((json, ""));
    (
        before,
        after.trim_start_matches(|digit: char| digit.is_ascii_digit()),
    )
}

/// Two rows are equal when they show the same.
impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.pending == other.pending && self.json.get() == other.json.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_follow_the_label() {
        let row = r#"{"key":"a","label":"Old","displayName":"Old","derivedTitle":"Words","n":[1]}"#;
        let row = Row::read(RawValue::from_string(row.to_owned()).unwrap()).unwrap();
        let renamed = row.relabelled(Some("New \"one\"")).unwrap();
        let fields: Fields<'_> = serde_json::from_str(renamed.json.get()).unwrap();
        for title in ["label", "displayName", "derivedTitle"] {
            assert_eq!(fields[title].get(), r#""New \"one\"""#);
        }
        assert_eq!(fields["n"].get(), "[1]");
        assert_eq!(renamed.head.label.as_deref(), Some("New \"one\""));
        assert!(renamed.pending && !row.pending);
        assert_eq!(
            row.relabelled(None).unwrap().json.get(),
            r#"{"derivedTitle":"Words","key":"a","n":[1]}"#
        );
    }

    #[test]
    fn what_is_not_said_is_as_it_was() {
        let read = |json: &str| Row::read(RawValue::from_string(json.to_owned()).unwrap()).unwrap();
        let told = read(
            r#"{"key":"a","label":"A","snapshotAt":1,"activitySummary":{"state":"stale"},"hasActiveRun":true}"#,
        );
        let listed = read(r#"{"key":"a","label":"A","snapshotAt":2,"hasActiveRun":true}"#);
        let described = read(r#"{"key":"a","label":"B","snapshotAt":3}"#);
        assert!(told.says_the_same(&listed) && !listed.says_the_same(&told));
        assert!(!told.says_the_same(&described));
        let idle = read(r#"{"key":"a","label":"A","snapshotAt":4,"hasActiveRun":false}"#);
        assert!(!told.says_the_same(&idle));
        let completed = described.completed(&told);
        assert_eq!(
            completed.json.get(),
            r#"{"activitySummary":{"state":"stale"},"hasActiveRun":true,"key":"a","label":"B","snapshotAt":3}"#
        );
    }
}
