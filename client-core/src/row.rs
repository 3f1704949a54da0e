use alloc::boxed::Box;
use alloc::string::ToString as _;
use alloc::sync::Arc;

use sessionwire_json::{Document, Json, Unreadable, Value};
use sessionwire_protocol::{RowFacts, RowHead, SessionRow};

use crate::error::Error;
use crate::fields::Fields;
use crate::{read, readable};

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
    text: Text,
    /// As the gateway sent it, where this shows a label that it has not confirmed.
    sent: Option<Arc<Self>>,
    /// The number of the frame that told it, as [`crate::ClientState::frames`] counts; 0 where what is beside it there
    /// says more than [`crate::SessionEvent`] does, the row is not as it was told, or others of its list stand elsewhere.
    pub frame: u64,
}

/// Where it is written.
#[derive(Clone, Debug)]
enum Text {
    Alone(Json),
    /// In the event that told it. Few rows are looked at again, so it is left there.
    Told(Json),
}

impl Row {
    /// A row and its head.
    pub fn new(head: RowHead, json: Json) -> Self {
        Self::of(head, Text::Alone(json))
    }

    /// A row as this event tells it.
    pub(crate) fn told(head: RowHead, event: Json) -> Self {
        Self::of(head, Text::Told(event))
    }

    /// Reads the head of a row that a gateway sent.
    pub fn parse(json: &str) -> Result<Self, Error> {
        let document =
            Document::parse(json).map_err(|error| Error::Unreadable(error.to_string()))?;
        Self::read(document.value()).map_err(|error| Error::Unreadable(error.to_string()))
    }

    /// Reads the head of a row.
    pub(crate) fn read(row: Value<'_>) -> Result<Self, Unreadable> {
        Ok(Self::new(read::head(row)?, row.to_json()))
    }

    /// Reads the heads of a list; returns whether it could. What has no key cannot be kept in one, and is left out.
    pub(crate) fn read_each(
        rows: Value<'_>,
        take: &mut dyn FnMut(Self),
    ) -> Result<bool, Unreadable> {
        let mut are_whole = true;
        for row in rows.items()? {
            match Self::read(row) {
                Ok(row) => take(row),
                Err(_) => are_whole = false,
            }
        }
        Ok(are_whole)
    }

    fn of(head: RowHead, text: Text) -> Self {
        Self {
            head,
            text,
            sent: None,
            frame: 0,
        }
    }

    /// The row.
    pub fn json(&self) -> Value<'_> {
        match &self.text {
            Text::Alone(json) => json.value(),
            Text::Told(event) => read::session(event.value()).unwrap_or(Value::EMPTY),
        }
    }

    /// Whether it shows a new label that the gateway has not confirmed yet.
    pub fn is_pending(&self) -> bool {
        self.sent.is_some()
    }

    /// The row as the gateway sent it.
    pub(crate) fn sent(self: &Arc<Self>) -> &Arc<Self> {
        self.sent.as_ref().unwrap_or(self)
    }

    /// It came so in this frame.
    pub(crate) fn told_by(self, frame: u64) -> Self {
        Self { frame, ..self }
    }

    /// What else decides whether lists show it.
    pub fn facts(&self) -> Box<RowFacts> {
        read::facts(self.json())
    }

    /// Reads all of the row. A field that says what it should not is taken for absent.
    pub fn decode(&self) -> Result<SessionRow, Error> {
        serde_json::from_str(self.json().get())
            .or_else(|_| readable::row(&self.head.key, self.json()))
            .map_err(|error| Error::Unreadable(error.to_string()))
    }

    /// Whether the gateway says nothing else in the next row, at whatever time it made them.
    pub(crate) fn says_the_same(&self, next: &Self) -> bool {
        // Mostly they differ in this.
        if self.head.updated_at != next.head.updated_at {
            return false;
        }
        let (json, next) = (self.json(), next.json());
        apart_from_time(json.get()) == apart_from_time(next.get())
            || covers(json, next).unwrap_or(false)
    }

    /// The row with what it does not say as it was said of the same session before.
    pub(crate) fn completed(mut self, before: &Self) -> Self {
        if let Some(json) = complete(self.json(), before.json()) {
            self.text = Text::Alone(json);
            self.frame = 0;
        }
        self
    }

    /// The row with a label that the gateway has not confirmed.
    pub(crate) fn relabelled(self: &Arc<Self>, label: Option<&str>) -> Result<Self, Unreadable> {
        let label = label.map(Json::text);
        let mut fields = Fields::read(self.json())?;
        let before = fields.remove("label");
        for title in TITLES {
            let shown = fields.get(title);
            match &label {
                Some(label) if shown.is_some() || title == TITLES[0] => {
                    fields.set(title, label.value());
                }
                None if shown == before => {
                    fields.remove(title);
                }
                Some(_) | None => {}
            }
        }
        if let Some(label) = &label {
            fields.set("label", label.value());
        }
        Ok(Self {
            sent: Some(Arc::clone(self)),
            ..Self::read(fields.write().value())?
        })
    }
}

/// Whether a row says all that the next one says, and more only where that is often unsaid.
fn covers(row: Value<'_>, next: Value<'_>) -> Result<bool, Unreadable> {
    let mut row = Fields::read(row)?;
    let mut next = Fields::read(next)?;
    next.remove(SNAPSHOT_AT);
    row.retain(|name| {
        let is_unsaid = OFTEN_UNSAID.contains(&name) && next.get(name).is_none();
        name != SNAPSHOT_AT && !is_unsaid
    });
    Ok(row.as_slice() == next.as_slice())
}

fn complete(row: Value<'_>, before: Value<'_>) -> Option<Json> {
    let says = |name: &&str| position(row.get(), name).is_some();
    if OFTEN_UNSAID.iter().all(says) {
        return None;
    }
    let mut row = Fields::read(row).ok()?;
    let before = Fields::read(before).ok()?;
    let count = row.as_slice().len();
    for (name, value) in before.as_slice() {
        if OFTEN_UNSAID.contains(name) && row.get(name).is_none() {
            row.set(name, *value);
        }
    }
    (row.as_slice().len() > count).then(|| row.write())
}

/// What stands before and after the time at which OpenClaw's gateway made the row.
fn apart_from_time(json: &str) -> (&str, &str) {
    // Inside of a text the quotes would be escaped.
    const NAME: &str = r#""snapshotAt":"#;
    let Some((before, after)) = position(json, NAME).and_then(|at| json.split_at_checked(at))
    else {
        return (json, "");
    };
    let after = after.strip_prefix(NAME).unwrap_or(after);
    (
        before,
        after.trim_start_matches(|digit: char| digit.is_ascii_digit()),
    )
}

/// The standard library's search is quick in long texts, and large.
fn position(text: &str, part: &str) -> Option<usize> {
    let mut windows = text.as_bytes().windows(part.len());
    windows.position(|bytes| bytes == part.as_bytes())
}

/// Two rows are equal when they show the same.
impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.is_pending() == other.is_pending() && self.json() == other.json()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_follow_the_label() {
        let row = r#"{"key":"a","label":"Old","displayName":"Old","derivedTitle":"Words","n":[1]}"#;
        let row = Arc::new(Row::read(Json::parse(row).unwrap().value()).unwrap());
        let renamed = row.relabelled(Some("New \"one\"")).unwrap();
        let fields = Fields::read(renamed.json()).unwrap();
        for title in ["label", "displayName", "derivedTitle"] {
            assert_eq!(fields.get(title), Some(r#""New \"one\"""#));
        }
        assert_eq!(fields.get("n"), Some("[1]"));
        assert_eq!(renamed.head.label.as_deref(), Some("New \"one\""));
        assert!(renamed.is_pending() && !row.is_pending());
        assert_eq!(
            row.relabelled(None).unwrap().json().get(),
            r#"{"derivedTitle":"Words","key":"a","n":[1]}"#
        );
    }

    #[test]
    fn what_is_not_said_is_as_it_was() {
        let read = |json: &str| Row::read(Json::parse(json).unwrap().value()).unwrap();
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
            completed.json().get(),
            r#"{"activitySummary":{"state":"stale"},"hasActiveRun":true,"key":"a","label":"B","snapshotAt":3}"#
        );
    }
}
