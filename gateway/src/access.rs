//! Which scope a request needs, as far as its method leaves that to its params.

use serde_json::Value;
use sessionwire_protocol::sessions::{
    SessionsCreate, SessionsDelete, SessionsPatch, SessionsPatchMany,
};
use sessionwire_protocol::{Access, ErrorBody, ErrorCode, Method, Scope, Scopes};

/// What `sessions.patch` may change with `operator.write`; everything else takes `operator.admin`.
const WRITERS_MAY_PATCH: [&str; 12] = [
    "archived",
    "boardFace",
    "category",
    "color",
    "fastMode",
    "icon",
    "label",
    "model",
    "permissionMode",
    "pinned",
    "thinkingLevel",
    "unread",
];

/// Refuses a request whose connection lacks the scope for it.
pub fn check(
    method: &str,
    access: Access,
    params: &Value,
    scopes: &Scopes,
) -> Result<(), ErrorBody> {
    let needed = match access {
        Access::Open => return Ok(()),
        Access::Read => Scope::READ,
        Access::Write => Scope::WRITE,
        Access::Admin => Scope::ADMIN,
        Access::Pairing => Scope::PAIRING,
        Access::ByParams if asks_for_more(method, params) => Scope::ADMIN,
        Access::ByParams => Scope::WRITE,
    };
    require(scopes, &needed)
}

/// Refuses a connection without `scope`.
pub fn require(scopes: &Scopes, scope: &Scope) -> Result<(), ErrorBody> {
    if scopes.allow(scope) {
        return Ok(());
    }
    let scope = scope.as_str();
    Err(
        ErrorBody::new(ErrorCode::Forbidden, format!("missing scope: {scope}")).with_details(
            serde_json::json!({
                "code": "MISSING_SCOPE",
                "missingScope": scope,
                "requiredScopes": [scope],
            }),
        ),
    )
}

fn asks_for_more(method: &str, params: &Value) -> bool {
    match method {
        SessionsPatch::NAME => patches_more(params),
        SessionsPatchMany::NAME => patches_more(&params["patch"]),
        SessionsCreate::NAME => {
            params["incognito"] == true
                || !params["execNode"].is_null()
                || params["permissionMode"] == "full"
        }
        SessionsDelete::NAME => params["archivedOnly"] != true,
        _ => true,
    }
}

fn patches_more(patch: &Value) -> bool {
    let Some(fields) = patch.as_object() else {
        return false;
    };
    fields.iter().any(|(field, value)| match field.as_str() {
        "key" | "agentId" => false,
        "permissionMode" => value == "full",
        field => !field.starts_with("expected") && !WRITERS_MAY_PATCH.contains(&field),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn params_decide_where_the_method_does_not() {
        let write: Scopes = [Scope::WRITE].into_iter().collect();
        for (method, params, allowed) in [
            (
                "sessions.patch",
                json!({"key": "a", "label": "x", "pinned": true}),
                true,
            ),
            (
                "sessions.patch",
                json!({"key": "a", "archived": true, "expectedSessionId": "s"}),
                true,
            ),
            (
                "sessions.patch",
                json!({"key": "a", "label": "x", "verboseLevel": "on"}),
                false,
            ),
            (
                "sessions.patch",
                json!({"key": "a", "permissionMode": "guarded"}),
                true,
            ),
            (
                "sessions.patch",
                json!({"key": "a", "permissionMode": "full"}),
                false,
            ),
            (
                "sessions.patchMany",
                json!({"targets": [], "patch": {"pinned": true}}),
                true,
            ),
            (
                "sessions.patchMany",
                json!({"targets": [], "patch": {"sendPolicy": "deny"}}),
                false,
            ),
            ("sessions.create", json!({}), true),
            ("sessions.create", json!({"execNode": "n"}), false),
            ("sessions.delete", json!({"key": "a"}), false),
            (
                "sessions.delete",
                json!({"key": "a", "archivedOnly": true}),
                true,
            ),
        ] {
            let checked = check(method, Access::ByParams, &params, &write);
            assert_eq!(checked.is_ok(), allowed, "{method} {params}");
        }
    }

    #[test]
    fn a_refusal_names_the_scope() {
        let error = check(
            "sessions.list",
            Access::Read,
            &json!({}),
            &Scopes::default(),
        )
        .expect_err("no scopes");
        assert_eq!(error.message, "missing scope: operator.read");
        assert_eq!(error.detail_code(), Some("MISSING_SCOPE"));
    }
}
