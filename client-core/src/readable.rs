use alloc::vec::Vec;

use sessionwire_json::{Json, Value};
use sessionwire_protocol::{SessionKey, SessionRow};

use crate::fields::Fields;

/// What can be read of a row that cannot be read as a whole: gateways of other versions write other things into some
/// fields, and programs cut texts between the halves of a surrogate pair.
pub(crate) fn row(key: &SessionKey, row: Value<'_>) -> Result<SessionRow, serde_json::Error> {
    let (key, kind) = (Json::text(key.as_str()), Json::text("unknown"));
    let certain = || {
        let mut fields = Fields::default();
        fields.set("key", key.value());
        fields.set("kind", kind.value());
        fields
    };
    let said = Fields::read(row).unwrap_or_default();
    let mut readable = Vec::new();
    for (name, value) in said.as_slice() {
        let text = value.text().map(|text| Json::text(&text));
        let value = text.unwrap_or_else(|| value.to_json());
        let mut alone = certain();
        alone.set(name, value.value());
        if read(&alone).is_ok() {
            readable.push((*name, value));
        }
    }
    let mut fields = certain();
    for (name, value) in &readable {
        fields.set(name, value.value());
    }
    read(&fields)
}

fn read(fields: &Fields<'_>) -> Result<SessionRow, serde_json::Error> {
    serde_json::from_str(fields.write().get())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_row(json: &str) -> SessionRow {
        let json = Json::parse(json).unwrap();
        row(&"a".into(), json.value()).unwrap()
    }

    #[test]
    fn what_says_what_it_should_not_is_absent() {
        let row = read_row(
            r#"{"key":"a","kind":7,"label":"A","updatedAt":1.5,"pinnedAt":"yes","pinned":true,"goal":[],"model":null,"more":{}}"#,
        );
        assert_eq!(row.kind, sessionwire_protocol::SessionKind::Unknown);
        assert_eq!(row.label.as_deref(), Some("A"));
        assert_eq!(
            (row.updated_at, row.pinned_at, row.goal),
            (None, None, None)
        );
        assert!(row.pinned);
    }

    #[test]
    fn half_a_surrogate_pair_is_replaced() {
        let row =
            read_row(r#"{"key":"a","kind":"direct","derivedTitle":"cut \ud83d","label":"A"}"#);
        assert_eq!(row.derived_title.as_deref(), Some("cut \u{fffd}"));
        assert_eq!(row.label.as_deref(), Some("A"));
    }
}
