//! What the upstream tells beside its list, and who may hear it.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::value::RawValue;
use sessionwire_protocol::{Scope, Scopes, SessionKey, event};

use super::table;

/// Scopes, each before the events that need it; `anybody` needs none. What is not named needs `operator.admin`: nobody
/// says which scope the event of a plugin needs, and other events OpenClaw tells to the one connection that they concern,
/// which all who have that scope share here.
const TABLE: &str = include_str!("events.txt");
/// Needs no scope.
const ANYBODY: &str = "anybody";

static SCOPES: LazyLock<HashMap<&str, Scope>> = LazyLock::new(|| table::read(TABLE));

/// An event of the upstream.
#[derive(Debug)]
pub struct Told {
    /// Its name.
    pub event: String,
    /// Its payload, as JSON.
    pub json: Box<RawValue>,
    /// The session that it is about.
    pub key: Option<SessionKey>,
    /// Where the journal was when it was told: what stands there was told before.
    pub after: u64,
}

impl Told {
    /// An event to be passed on; `None` for one that says what this gateway says itself.
    pub fn new(event: String, json: Box<RawValue>, after: u64) -> Option<Self> {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if is_said_here(&event) || !event.bytes().all(is_name) {
            return None;
        }
        Some(Self {
            key: session_of(&json),
            event,
            json,
            after,
        })
    }

    /// What it takes.
    pub fn bytes(&self) -> usize {
        self.json.get().len()
    }

    /// Whether a connection with these scopes may hear it.
    pub fn is_for(&self, scopes: &Scopes) -> bool {
        let name = self.event.as_str();
        match SCOPES.get(name) {
            Some(scope) => scope.as_str() == ANYBODY || scopes.allow(scope),
            None => scopes.allow(&Scope::ADMIN),
        }
    }
}

/// Whether an event is about what is this gateway's own: its connections, devices and lists.
pub(super) fn is_said_here(event: &str) -> bool {
    const HERE: [&str; 7] = [
        event::CHALLENGE,
        event::HEALTH,
        event::PRESENCE,
        event::SESSIONS_CHANGED,
        event::SHUTDOWN,
        event::SOCKET_DRAIN,
        event::TICK,
    ];
    HERE.contains(&event) || event.starts_with("device.")
}

/// The session that a payload names, itself or in what it is about. What is odd about one field hides no other.
fn session_of(payload: &RawValue) -> Option<SessionKey> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Named<'a> {
        #[serde(borrow)]
        session_key: Option<&'a RawValue>,
        #[serde(borrow)]
        suggestion: Option<&'a RawValue>,
        #[serde(borrow)]
        request: Option<&'a RawValue>,
    }
    impl<'a> Named<'a> {
        fn of(json: &'a RawValue) -> Option<Self> {
            serde_json::from_str(json.get()).ok()
        }

        fn key(&self) -> Option<SessionKey> {
            serde_json::from_str(self.session_key?.get()).ok()
        }
    }
    let named = Named::of(payload)?;
    named.key().or_else(|| {
        let about = [named.suggestion, named.request];
        let mut about = about.into_iter().flatten();
        about.find_map(|about| Named::of(about)?.key())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(event: &str, payload: &str) -> Option<Told> {
        let payload = RawValue::from_string(payload.to_owned()).expect("it is JSON");
        Told::new(event.to_owned(), payload, 0)
    }

    #[test]
    fn events_need_what_the_table_says_and_strangers_everything() {
        let may = |scope: &str, event: &str| {
            let scopes: Scopes = [Scope::from(scope.to_owned())].into_iter().collect();
            told(event, "{}").is_some_and(|told| told.is_for(&scopes))
        };
        assert!(may("operator.pairing", "heartbeat"));
        assert!(!may("operator.pairing", "agent"));
        assert!(may("operator.read", "agent"));
        assert!(!may("operator.write", "exec.approval.requested"));
        assert!(may("operator.approvals", "exec.approval.requested"));
        assert!(!may("operator.write", "plugin.weather.changed"));
        assert!(!may("operator.write", "terminal.data"));
        assert!(may("operator.admin", "terminal.data"));
        assert!(may("operator.admin", "not.known"));
    }

    #[test]
    fn what_this_gateway_says_itself_and_names_that_are_none_are_not_passed_on() {
        for event in [
            "tick",
            "sessions.changed",
            "device.pair.requested",
            "a\"b",
            "ü",
        ] {
            assert!(told(event, "{}").is_none(), "{event}");
        }
    }

    #[test]
    fn the_session_is_the_one_that_is_named_anywhere() {
        for payload in [
            r#"{"sessionKey":"agent:main:a","request":{"sessionKey":"agent:main:b"}}"#,
            r#"{"request":{"sessionKey":"agent:main:a"}}"#,
            r#"{"suggestion":{"sessionKey":"agent:main:a"}}"#,
            r#"{"sessionKey":"agent:main:a","request":null,"suggestion":"tea"}"#,
            r#"{"sessionKey":7,"request":{"sessionKey":"agent:main:a"}}"#,
        ] {
            let key = told("task", payload).and_then(|told| told.key);
            assert_eq!(key.as_ref().map(SessionKey::as_str), Some("agent:main:a"));
        }
        for payload in ["null", "[]", r#"{"sessionKey":7}"#, "{}"] {
            assert_eq!(told("task", payload).and_then(|told| told.key), None);
        }
    }
}
