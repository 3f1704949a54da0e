//! What the upstream said that it can do, for those who are greeted here.

use std::collections::BTreeSet;

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sessionwire_protocol::connect::HelloOk;

use super::events::is_said_here;
use super::{Upstream, is_answered_here};

/// What a greeting says of the gateway as a whole, which is the upstream's.
const OF_THE_WHOLE: [&[&str]; 7] = [
    &["controlUiLinkReaders"],
    &["controlUiTabs"],
    &["controlUiWidgetKinds"],
    &["pluginSurfaceUrls"],
    &["policy", "allowedSessionVisibilities"],
    &["policy", "attachments"],
    &["snapshot", "sessionDefaults"],
];

/// Capabilities that are about the frames of a connection, and are not those of connections here.
const OF_CONNECTIONS: [&str; 2] = ["model-catalog-snapshot", "profile-binding-v1"];

impl Upstream {
    /// It has greeted.
    pub fn has_greeted(&self, hello: &RawValue) {
        let said = serde_json::from_str(hello.get()).unwrap_or_default();
        self.said.send_replace(said);
    }

    /// A greeting of this gateway, with what can be asked for through it. The upstream may not have been there yet.
    pub fn complete(&self, hello: &HelloOk) -> Value {
        let mut hello = serde_json::to_value(hello).expect("a hello always serialises");
        let said = self.said.borrow();
        if said.is_empty() {
            return hello;
        }
        for path in OF_THE_WHOLE {
            if let Some(value) = find(&said, path) {
                put(&mut hello, path, value.clone());
            }
        }
        let features = &mut hello["features"];
        join(&mut features["methods"], &said, "methods", |method, own| {
            is_answered_here(method, &Value::Null) == own
        });
        join(&mut features["events"], &said, "events", |event, own| {
            own || !is_said_here(event)
        });
        join(
            &mut features["capabilities"],
            &said,
            "capabilities",
            |name, own| own || !OF_CONNECTIONS.contains(&name),
        );
        hello
    }
}

/// Leaves those of this gateway's own names, and adds those of the upstream's, that are good here.
fn join(
    own: &mut Value,
    said: &Map<String, Value>,
    kind: &str,
    is_good: impl Fn(&str, bool) -> bool,
) {
    let names = |list: &Value| -> Vec<String> {
        let list = list.as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let theirs = said.get("features").map(|features| names(&features[kind]));
    let here = names(own).into_iter().filter(|name| is_good(name, true));
    let there = theirs.into_iter().flatten();
    let all: BTreeSet<_> = there
        .filter(|name| is_good(name, false))
        .chain(here)
        .collect();
    *own = all.into_iter().collect();
}

fn find<'a>(said: &'a Map<String, Value>, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let value = said.get(*first)?;
    rest.iter().try_fold(value, |value, name| value.get(name))
}

fn put(hello: &mut Value, path: &[&str], value: Value) {
    let place = path.iter().fold(hello, |place, name| &mut place[*name]);
    *place = value;
}
