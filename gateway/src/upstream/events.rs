//! What the upstream tells beside its list, and who may hear it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use serde_json::value::RawValue;
use sessionwire_protocol::{Scope, Scopes, SessionKey, event};
use tokio::sync::broadcast;

use super::{Upstream, table};

/// How many events wait for a connection that takes none, before it is told that it missed some.
pub(super) const ROOM: usize = 1_024;

/// Scopes, each before the events that need it; `anybody` needs none. What is not named needs `operator.admin`: OpenClaw
/// tells it to the one connection that it concerns, and here all who have that scope share one.
const TABLE: &str = include_str!("events.txt");
/// Needs no scope.
const ANYBODY: &str = "anybody";
/// What plugins name themselves begins so, and needs `operator.write`.
const OF_PLUGINS: &str = "plugin.";

static SCOPES: LazyLock<HashMap<&str, Scope>> = LazyLock::new(|| table::read(TABLE));

/// Something that the upstream told, on its way to connections.
#[derive(Clone, Debug)]
pub enum Heard {
    /// An event.
    Event(Arc<Told>),
    /// Some were missed.
    Missed,
}

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

    /// Whether a connection with these scopes may hear it.
    pub fn is_for(&self, scopes: &Scopes) -> bool {
        let name = self.event.as_str();
        match SCOPES.get(name) {
            Some(scope) => scope.as_str() == ANYBODY || scopes.allow(scope),
            None if name.starts_with(OF_PLUGINS) => scopes.allow(&Scope::WRITE),
            None => scopes.allow(&Scope::ADMIN),
        }
    }
}

impl Upstream {
    /// What it tells from now on.
    pub fn hear(&self) -> broadcast::Receiver<Heard> {
        self.heard.subscribe()
    }

    /// Passes something on.
    pub fn pass_on(&self, heard: Heard) {
        // Nobody may listen.
        let _nobody = self.heard.send(heard);
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

/// The session that a payload names, itself or in what it is about.
fn session_of(payload: &RawValue) -> Option<SessionKey> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Named {
        session_key: Option<SessionKey>,
        suggestion: About,
        request: About,
    }
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct About {
        session_key: Option<SessionKey>,
    }
    let named: Named = serde_json::from_str(payload.get()).ok()?;
    let about = named.suggestion.session_key.or(named.request.session_key);
    named.session_key.or(about)
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
        assert!(may("operator.write", "plugin.weather.changed"));
        assert!(!may("operator.read", "plugin.weather.changed"));
        assert!(!may("operator.approvals", "plugin.weather.changed"));
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
        ] {
            let key = told("task", payload).and_then(|told| told.key);
            assert_eq!(key.as_ref().map(SessionKey::as_str), Some("agent:main:a"));
        }
        for payload in ["null", "[]", r#"{"sessionKey":7}"#, "{}"] {
            assert_eq!(told("task", payload).and_then(|told| told.key), None);
        }
    }
}
