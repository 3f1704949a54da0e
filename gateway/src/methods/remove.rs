//! `sessions.reset` and `sessions.delete`: the evictions that are asked for.

use sessionwire_protocol::sessions::{
    SessionsDeleteParams, SessionsDeleted, SessionsPatched, SessionsResetParams,
};
use sessionwire_protocol::{ChangeReason, ErrorBody, EvictionReason};

use super::patch::{Expected, patched};
use crate::request::Caller;

/// Destroys the context of a session; makes the session where there is none.
pub async fn reset(
    caller: Caller,
    params: SessionsResetParams,
) -> Result<SessionsPatched, ErrorBody> {
    let key = caller
        .gateway
        .key(&params.key, params.agent_id.as_deref())?;
    let path = caller.gateway.store_path();
    let reason = if params.reason.as_deref() == Some("new") {
        EvictionReason::New
    } else {
        EvictionReason::Reset
    };
    let expected = Expected {
        session_id: params.expected_session_id,
        ..Expected::default()
    };
    let committing = caller.commit(move |transaction| {
        let held = transaction.get(&key);
        expected.check(&key, held.as_deref(), "reset")?;
        let session = held
            .and_then(|session| transaction.evict(&session, reason))
            .unwrap_or_else(|| transaction.update(&key, ChangeReason::RESET, |_| {}));
        Ok((key, session))
    });
    let (key, session) = committing.await?;
    Ok(patched(key, &session, path))
}

/// Removes a session.
pub async fn delete(
    caller: Caller,
    params: SessionsDeleteParams,
) -> Result<SessionsDeleted, ErrorBody> {
    let key = caller
        .gateway
        .key(&params.key, params.agent_id.as_deref())?;
    if key.as_str() == "global" || key.is_main() {
        return Err(ErrorBody::invalid(format!(
            "Cannot delete the main session ({key})."
        )));
    }
    let expected = Expected {
        session_id: params.expected_session_id,
        lifecycle_revision: params.expected_lifecycle_revision,
        updated_at: params.expected_session_updated_at,
        ..Expected::default()
    };
    let archived_only = params.archived_only == Some(true);
    let committing = caller.commit(move |transaction| {
        let Some(session) = transaction.get(&key) else {
            return Ok(SessionsDeleted {
                ok: true,
                key,
                deleted: false,
                archived: Vec::new(),
            });
        };
        expected.check(&key, Some(&session), "deletion")?;
        if archived_only && session.entry.archived_at.is_none() {
            return Err(ErrorBody::invalid(format!(
                "Session {key} is not archived. Archive it first, then delete it."
            )));
        }
        transaction.evict(&session, EvictionReason::Deleted);
        Ok(SessionsDeleted {
            ok: true,
            key,
            deleted: true,
            archived: Vec::new(),
        })
    });
    committing.await
}
