//! Params of the methods about the gateway itself.

use serde_json::{Map, Value};

use super::language::{
    ANY, BOOLEAN, NON_EMPTY, Schema, any_of, closed, closed_refusing, exactly, optional, text,
};

/// Whoever asks how the gateway is gets an answer, whatever comes with the question.
pub(super) static PROBE: Schema = ANY;

pub(super) static AGENTS: Schema = closed(&[]);

pub(super) static CONFIG: Schema = closed(&[]);

pub(super) static MODELS: Schema = closed_refusing(
    &[&[
        optional("agentId", NON_EMPTY),
        optional("sessionKey", NON_EMPTY),
        optional("authProfileId", text(1, 256)),
        optional("provider", NON_EMPTY),
        optional("includeDetails", BOOLEAN),
        optional("includeProviderCapabilities", BOOLEAN),
        optional("includeDefaultModels", BOOLEAN),
        optional("preparedOnly", BOOLEAN),
        optional("refresh", BOOLEAN),
        optional(
            "view",
            any_of(&[
                exactly("default"),
                exactly("configured"),
                exactly("provider-config"),
                exactly("all"),
            ]),
        ),
    ]],
    &[refresh_of_what_is_prepared, profile_beside_session],
);

pub(super) static COMMANDS: Schema = closed(&[&[
    optional("sessionKey", NON_EMPTY),
    optional("agentId", NON_EMPTY),
    optional("provider", NON_EMPTY),
    optional(
        "scope",
        any_of(&[exactly("text"), exactly("native"), exactly("both")]),
    ),
    optional("includeArgs", BOOLEAN),
]]);

fn refresh_of_what_is_prepared(fields: &Map<String, Value>) -> bool {
    let asks = |name| fields.get(name) == Some(&Value::Bool(true));
    asks("preparedOnly") && asks("refresh")
}

fn profile_beside_session(fields: &Map<String, Value>) -> bool {
    fields.contains_key("sessionKey") && fields.contains_key("authProfileId")
}
