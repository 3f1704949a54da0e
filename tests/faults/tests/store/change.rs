//! Every kind of change, over the socket and over HTTP.

use serde_json::{Value, json};

use crate::machine::Machine;
use crate::support::Client;

/// A way to change something.
#[derive(Debug)]
pub(crate) enum Change {
    Asked(&'static str, Value),
    Posted(&'static str, String, Value),
}

use Change::{Asked, Posted};

/// What the changes of [`all`] need to be there.
pub(crate) fn groundwork() -> Vec<Change> {
    ["kept", "deleted", "deleted-by-http"]
        .into_iter()
        .map(|key| Asked("sessions.patch", json!({"key": key, "label": key})))
        .collect()
}

/// One change of every kind. Whatever they leave behind contains the word.
pub(crate) fn all(word: &str) -> Vec<Change> {
    let key = "kept";
    let said = |text: String, run: &str| {
        Asked(
            "chat.send",
            json!({"sessionKey": key, "message": text, "idempotencyKey": run}),
        )
    };
    let path = |rest: &str| format!("/v1/chat/sessions{rest}");
    vec![
        Asked("sessions.create", json!({"key": word})),
        Asked("sessions.patch", json!({"key": key, "label": word})),
        Asked(
            "sessions.patchMany",
            json!({"targets": [{"key": key}], "patch": {"category": word}}),
        ),
        said(format!("{word} words"), "said"),
        said(format!("/name {word} by command"), "named"),
        said(format!("/goal {word}"), "goal"),
        Asked("sessions.send", json!({"key": key, "message": word})),
        Asked(
            "chat.inject",
            json!({"sessionKey": key, "message": word, "label": word}),
        ),
        Asked("sessions.groups.put", json!({"names": [word, "others"]})),
        Posted("POST", path(""), json!({"key": format!("{word}-by-http")})),
        Posted(
            "PATCH",
            path("/kept"),
            json!({"label": format!("{word} by http")}),
        ),
        Posted("POST", path("/kept/messages"), json!({"message": word})),
        Posted("DELETE", path("/deleted-by-http"), Value::Null),
        Asked("sessions.delete", json!({"key": "deleted"})),
        Asked("sessions.reset", json!({"key": key})),
    ]
}

impl Change {
    /// Asks for the change, which must be made.
    pub(crate) async fn succeed(&self, machine: &Machine, client: &mut Client) {
        match self {
            Asked(method, params) => {
                let refusal = refusal(client.request(method, params.clone()).await);
                assert_eq!(refusal, Value::Null, "{self:?}");
            }
            Posted(verb, path, body) => {
                let answer = machine.http(verb, path, body).await;
                assert_eq!(answer.status, 200, "{self:?}: {}", answer.body);
            }
        }
    }

    /// Asks for the change, which the store must not take.
    pub(crate) async fn fail(&self, machine: &Machine, client: &mut Client) {
        match self {
            Asked(method, params) => {
                let refusal = refusal(client.request(method, params.clone()).await);
                assert_eq!(refusal["code"], "UNAVAILABLE", "{self:?}");
                assert_eq!(refusal["retryable"], true, "{self:?}");
            }
            Posted(verb, path, body) => {
                let answer = machine.http(verb, path, body).await;
                assert_eq!(answer.status, 503, "{self:?}: {}", answer.body);
                assert_eq!(answer.json()["error"]["type"], "unavailable", "{self:?}");
            }
        }
    }
}

/// The error of an answer, or of its one outcome; `null` where the change was made.
fn refusal(answer: Result<Value, Value>) -> Value {
    match answer {
        Ok(mut made) => match made.get_mut("outcomes") {
            Some(outcomes) => outcomes[0]["error"].take(),
            None => Value::Null,
        },
        Err(error) => error,
    }
}
