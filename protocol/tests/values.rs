//! The values that JSON has no type for: patches, choices of archived sessions, scopes and keys.

use serde_json::{Value, json};
use sessionwire_protocol::sessions::{Archived, SessionPatch, SessionsListParams};
use sessionwire_protocol::{Patch, Scope, Scopes, SessionKey};

#[test]
fn a_patch_tells_absent_from_null_from_a_value() {
    for (text, expected) in [
        ("{}", Patch::Keep),
        (r#"{"label":null}"#, Patch::Clear),
        (r#"{"label":""}"#, Patch::Set(String::new())),
        (r#"{"label":"null"}"#, Patch::Set("null".to_owned())),
    ] {
        let patch: SessionPatch = serde_json::from_str(text).expect("it is a patch");
        assert_eq!(patch.label, expected, "{text}");
        assert_eq!(serde_json::to_string(&patch).expect("it is JSON"), text);
    }
    assert!(serde_json::from_str::<SessionPatch>(r#"{"label":7}"#).is_err());
}

#[test]
fn a_patch_changes_what_it_is_applied_to() {
    let held = || Some("held");
    for (patch, before, after) in [
        (Patch::Keep, held(), held()),
        (Patch::Keep, None, None),
        (Patch::Clear, held(), None),
        (Patch::Clear, None, None),
        (Patch::Set("new"), held(), Some("new")),
        (Patch::Set("new"), None, Some("new")),
    ] {
        let mut value = before;
        patch.clone().apply(&mut value);
        assert_eq!(value, after, "{patch:?} of {before:?}");
    }
}

#[test]
fn options_of_a_patch_are_kept_apart_from_its_fields() {
    let text = json!({ "pinned": true, "color": null, "thinkingLevel": null, "fastMode": "auto" });
    let patch: SessionPatch = serde_json::from_value(text.clone()).expect("it is a patch");
    assert_eq!(
        Value::from(patch.options.clone()),
        json!({ "thinkingLevel": null, "fastMode": "auto" })
    );
    assert_eq!(serde_json::to_value(patch).expect("it is JSON"), text);
}

#[test]
fn archived_is_a_boolean_or_all() {
    for (text, expected) in [
        ("false", Archived::Without),
        ("true", Archived::Only),
        (r#""all""#, Archived::All),
    ] {
        let archived: Archived = serde_json::from_str(text).expect("it is a choice");
        assert_eq!(archived, expected, "{text}");
        assert_eq!(serde_json::to_string(&archived).expect("it is JSON"), text);
    }
    for text in [r#""ALL""#, r#""true""#, "0", "1", "null", "[]"] {
        assert!(serde_json::from_str::<Archived>(text).is_err(), "{text}");
    }
    let params: SessionsListParams =
        serde_json::from_str(r#"{"archived":null}"#).expect("null is as good as absent");
    assert_eq!(params, SessionsListParams::default());
}

#[test]
fn scopes_keep_their_order_and_each_once() {
    let asked = [
        "operator.write",
        "x.y",
        "operator.read",
        "x.y",
        "operator.write",
    ];
    let scopes: Scopes = asked
        .map(|scope| Scope::from(scope.to_owned()))
        .into_iter()
        .collect();
    let kept = json!(["operator.write", "x.y", "operator.read"]);
    assert_eq!(serde_json::to_value(&scopes).expect("it is JSON"), kept);
    let read: Scopes = serde_json::from_value(kept).expect("they are scopes");
    assert_eq!(read, scopes);
    assert!(
        scopes
            .iter()
            .eq([&Scope::WRITE, &Scope::from("x.y".to_owned()), &Scope::READ])
    );
}

#[test]
fn canonical_keys_stay_as_they_are() {
    for text in [
        "Main",
        "  Notes of 1.4 ",
        "agents:x",
        "agent:Work:Dashboard:7F",
        "agent:main: a : b",
        "GLOBAL",
        "global:x",
        "ÄÖÜ İstanbul ΟΔΟΣ",
        "🦀:\"quoted\"",
    ] {
        let key = SessionKey::parse(text, "main").expect("it is a key");
        assert_eq!(
            SessionKey::parse(key.as_str(), "other").as_ref(),
            Ok(&key),
            "{text}"
        );
        match key.agent_id() {
            Some(agent) => assert_eq!(key.as_str(), format!("agent:{agent}:{}", key.rest())),
            None => assert_eq!(key.as_str(), key.rest()),
        }
    }
}
