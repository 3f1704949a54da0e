//! Every method has fixtures, recorded from this project's gateway, whose params and result are written back as
//! they are read.
//!
//! A fixture is named after its method; several of one method are told apart by what follows a hyphen.

mod support;

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sessionwire_protocol::Method;
use sessionwire_protocol::chat::{ChatAbort, ChatHistory, ChatInject, ChatSend, ChatStartup};
use sessionwire_protocol::connect::{Connect, HelloOk};
use sessionwire_protocol::device::{
    DeviceApprove, DeviceReject, DeviceRemove, DeviceTokenRevoke, DeviceTokenRotate, DevicesList,
};
use sessionwire_protocol::gateway::{
    AgentsList, CommandsList, ConfigGet, HealthGet, ModelsList, StatusGet, SystemPresence,
};
use sessionwire_protocol::goal::{GoalClear, GoalUpdate};
use sessionwire_protocol::sessions::{
    GroupsDefaults, GroupsDelete, GroupsList, GroupsPut, GroupsRename, GroupsUpdate,
    MessagesSubscribe, MessagesUnsubscribe, SessionsAbort, SessionsCleanup, SessionsCreate,
    SessionsDelete, SessionsDescribe, SessionsGet, SessionsList, SessionsPatch, SessionsPatchMany,
    SessionsPreview, SessionsReset, SessionsResolve, SessionsSearch, SessionsSend,
    SessionsSubscribe, SessionsUnsubscribe,
};

use support::{fixtures, json, rewrite};

const METHODS: [(&str, Rewrite); 45] = [
    method::<AgentsList>(),
    method::<ChatAbort>(),
    method::<ChatHistory>(),
    method::<ChatInject>(),
    method::<ChatSend>(),
    method::<ChatStartup>(),
    method::<CommandsList>(),
    method::<ConfigGet>(),
    method::<Connect>(),
    method::<DeviceApprove>(),
    method::<DeviceReject>(),
    method::<DeviceRemove>(),
    method::<DeviceTokenRevoke>(),
    method::<DeviceTokenRotate>(),
    method::<DevicesList>(),
    method::<GoalClear>(),
    method::<GoalUpdate>(),
    method::<GroupsDefaults>(),
    method::<GroupsDelete>(),
    method::<GroupsList>(),
    method::<GroupsPut>(),
    method::<GroupsRename>(),
    method::<GroupsUpdate>(),
    method::<HealthGet>(),
    method::<MessagesSubscribe>(),
    method::<MessagesUnsubscribe>(),
    method::<ModelsList>(),
    method::<SessionsAbort>(),
    method::<SessionsCleanup>(),
    method::<SessionsCreate>(),
    method::<SessionsDelete>(),
    method::<SessionsDescribe>(),
    method::<SessionsGet>(),
    method::<SessionsList>(),
    method::<SessionsPatch>(),
    method::<SessionsPatchMany>(),
    method::<SessionsPreview>(),
    method::<SessionsReset>(),
    method::<SessionsResolve>(),
    method::<SessionsSearch>(),
    method::<SessionsSend>(),
    method::<SessionsSubscribe>(),
    method::<SessionsUnsubscribe>(),
    method::<StatusGet>(),
    method::<SystemPresence>(),
];

/// A request's params and the result that answered it.
#[derive(Deserialize)]
struct Exchange<'a> {
    #[serde(borrow)]
    params: &'a RawValue,
    #[serde(borrow)]
    result: &'a RawValue,
}

/// Both as their types write them.
type Rewrite = fn(&Exchange<'_>) -> Result<[Value; 2], String>;

const fn method<M: Method>() -> (&'static str, Rewrite) {
    (M::NAME, |exchange| {
        Ok([
            rewrite::<M::Params>(exchange.params.get())
                .map_err(|error| format!("params: {error}"))?,
            rewrite::<M::Result>(exchange.result.get())
                .map_err(|error| format!("result: {error}"))?,
        ])
    })
}

#[test]
fn exchanges_are_written_as_they_are_read() {
    for (path, text) in fixtures("methods") {
        let name = path.display();
        let (_, rewrite) = METHODS
            .into_iter()
            .find(|(method, _)| *method == method_of(&path))
            .unwrap_or_else(|| panic!("{name} is of no method in the table"));
        let exchange: Exchange<'_> =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let read = [json(exchange.params.get()), json(exchange.result.get())];
        assert_eq!(rewrite(&exchange), Ok(read), "{name}");
    }
}

#[test]
fn every_method_has_an_exchange() {
    let fixtures = fixtures("methods");
    for (method, _) in METHODS {
        assert!(
            fixtures.iter().any(|(path, _)| file_stem(path) == method),
            "{method}.json is missing"
        );
    }
}

#[test]
fn every_method_that_a_gateway_tells_of_is_in_the_table() {
    let fixtures = fixtures("methods").into_iter();
    for (_, text) in fixtures.filter(|(path, _)| method_of(path) == Connect::NAME) {
        let exchange: Exchange<'_> = serde_json::from_str(&text).expect("it is an exchange");
        let hello: HelloOk = serde_json::from_str(exchange.result.get()).expect("it is a hello");
        for told in &hello.features.methods {
            assert!(METHODS.iter().any(|(method, _)| method == told), "{told}");
        }
    }
}

fn method_of(path: &Path) -> &str {
    let stem = file_stem(path);
    let is_before_hyphen = |method: &str| {
        let rest = stem.strip_prefix(method);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let mut methods = METHODS.iter().map(|(method, _)| *method);
    methods
        .find(|method| is_before_hyphen(method))
        .unwrap_or(stem)
}

fn file_stem(path: &Path) -> &str {
    path.file_stem()
        .and_then(|stem| stem.to_str())
        .expect("a name in plain letters")
}
