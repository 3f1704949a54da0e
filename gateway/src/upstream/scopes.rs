//! Which scope a method of OpenClaw's gateway needs that is passed on.

use std::collections::HashMap;
use std::sync::LazyLock;

use sessionwire_protocol::sessions::{
    SessionsCreate, SessionsDelete, SessionsPatch, SessionsPatchMany,
};
use sessionwire_protocol::{Access, ErrorBody, Method, Scope, Scopes};

use super::table;
use crate::access;

/// Scopes, each before the methods that need it. What is not named needs `operator.admin`.
const TABLE: &str = include_str!("scopes.txt");

static SCOPES: LazyLock<HashMap<&str, Scope>> = LazyLock::new(|| table::read(TABLE));

/// Refuses a request whose connection lacks the scope for it.
pub(super) fn check(
    method: &str,
    params: &serde_json::Value,
    scopes: &Scopes,
) -> Result<(), ErrorBody> {
    const BY_PARAMS: [&str; 4] = [
        SessionsCreate::NAME,
        SessionsDelete::NAME,
        SessionsPatch::NAME,
        SessionsPatchMany::NAME,
    ];
    if BY_PARAMS.contains(&method) {
        return access::check(method, Access::ByParams, params, scopes);
    }
    access::require(scopes, SCOPES.get(method).unwrap_or(&Scope::ADMIN))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn methods_need_what_the_table_says_and_strangers_everything() {
        let may = |scope: &str, method: &str, params| {
            let scopes: Scopes = [Scope::from(scope.to_owned())].into_iter().collect();
            check(method, &params, &scopes).is_ok()
        };
        assert!(may("operator.read", "chat.history", json!({})));
        assert!(!may("operator.read", "chat.send", json!({})));
        assert!(may("operator.write", "chat.send", json!({})));
        assert!(may("operator.approvals", "exec.approval.list", json!({})));
        assert!(!may("operator.write", "exec.approval.list", json!({})));
        assert!(!may("operator.write", "sessions.reset", json!({})));
        assert!(!may("operator.write", "not.known", json!({})));
        assert!(may("operator.admin", "not.known", json!({})));
        let label = json!({"key": "a", "label": "A"});
        assert!(may("operator.write", "sessions.patch", label.clone()));
        assert!(!may("operator.read", "sessions.patch", label));
        assert!(!may(
            "operator.write",
            "sessions.delete",
            json!({"key": "a"})
        ));
    }
}
