//! `sessions.patch` and `sessions.patchMany`.

use serde_json::{Map, Value};
use sessionwire_protocol::sessions::{
    PatchOutcome, PatchOutcomes, Resolved, SessionPatch, SessionsPatchManyParams,
    SessionsPatchParams, SessionsPatched,
};
use sessionwire_protocol::{ChangeReason, ErrorBody, Millis, Patch, SessionEntry, SessionKey};

use crate::commands::options::{THINKING_LEVELS, VERBOSE_LEVELS};
use crate::request::Caller;
use crate::session::{Session, split_model};
use crate::transaction::Transaction;

/// What must hold of a session for a change to be carried out.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// The transcript.
    pub session_id: Option<String>,
    /// The generation.
    pub lifecycle_revision: Option<String>,
    /// When it last changed.
    pub updated_at: Option<Millis>,
    /// The unread mark.
    pub marked_unread_at: Patch<Millis>,
}

impl Expected {
    /// Refuses with the protocol's sentence if the session is another by now; `step` names the change.
    pub fn check(
        &self,
        key: &SessionKey,
        session: Option<&Session>,
        step: &str,
    ) -> Result<(), ErrorBody> {
        let entry = session.map(|session| &session.entry);
        let same = |expected: &Option<String>, found: Option<&String>| {
            expected.is_none() || expected.as_ref() == found
        };
        let unread = match self.marked_unread_at {
            Patch::Keep => true,
            Patch::Clear => entry.is_none_or(|entry| entry.marked_unread_at.is_none()),
            Patch::Set(at) => entry.is_some_and(|entry| entry.marked_unread_at == Some(at)),
        };
        if same(&self.session_id, entry.map(|entry| &entry.session_id))
            && same(
                &self.lifecycle_revision,
                entry.map(|entry| &entry.lifecycle_revision),
            )
            && self
                .updated_at
                .is_none_or(|at| entry.is_some_and(|entry| entry.updated_at == at))
            && unread
        {
            return Ok(());
        }
        Err(
            ErrorBody::invalid(format!("Session {key} changed before {step}. Retry."))
                .with_details(serde_json::json!({ "reason": "session-changed" })),
        )
    }
}

/// Changes a session.
pub async fn patch(
    caller: Caller,
    params: SessionsPatchParams,
) -> Result<SessionsPatched, ErrorBody> {
    let key = caller
        .gateway
        .key(&params.key, params.agent_id.as_deref())?;
    let path = caller.gateway.store_path();
    let expected = Expected {
        session_id: params.expected_session_id,
        lifecycle_revision: params.expected_lifecycle_revision,
        updated_at: None,
        marked_unread_at: params.expected_marked_unread_at,
    };
    let patch = params.patch;
    check_options(&patch.options)?;
    let committing = caller.commit(move |transaction| {
        let session = apply(transaction, &key, &expected, patch)?;
        Ok((key, session))
    });
    let (key, session) = committing.await?;
    Ok(patched(key, &session, path))
}

/// Changes several sessions, each for itself.
pub async fn patch_many(
    caller: Caller,
    params: SessionsPatchManyParams,
) -> Result<PatchOutcomes, ErrorBody> {
    check_options(&params.patch.options)?;
    let mut outcomes = Vec::with_capacity(params.targets.len());
    let mut waiting = Vec::new();
    for target in params.targets {
        let key = caller.gateway.key(&target.key, target.agent_id.as_deref());
        let expected = Expected {
            session_id: target.expected_session_id,
            lifecycle_revision: target.expected_lifecycle_revision,
            ..Expected::default()
        };
        let patch = params.patch.clone();
        waiting.push((
            key.as_ref().map_or(target.key, ToString::to_string),
            key.map(|key| {
                caller.commit(move |transaction| apply(transaction, &key, &expected, patch))
            }),
        ));
    }
    for (key, committing) in waiting {
        let error = match committing {
            Ok(committing) => committing.await.err(),
            Err(error) => Some(error),
        };
        outcomes.push(PatchOutcome {
            ok: error.is_none(),
            key,
            error,
        });
    }
    Ok(PatchOutcomes { outcomes })
}

/// The answer to a change of a session.
pub fn patched(key: SessionKey, session: &Session, path: String) -> SessionsPatched {
    SessionsPatched {
        ok: true,
        path: Some(path),
        key,
        entry: session.entry.clone(),
        resolved: resolved(&session.entry),
    }
}

/// What the options of a session come to.
pub fn resolved(entry: &SessionEntry) -> Resolved {
    let Some((provider, model)) = entry.model.as_deref().map(split_model) else {
        return Resolved::default();
    };
    Resolved {
        model_provider: provider.map(str::to_owned),
        model: Some(model.to_owned()),
    }
}

/// Refuses values that no option of that name has.
pub fn check_options(options: &Map<String, Value>) -> Result<(), ErrorBody> {
    for (name, allowed) in [
        ("thinkingLevel", &THINKING_LEVELS[..]),
        ("verboseLevel", &VERBOSE_LEVELS),
        ("traceLevel", &["on", "off", "raw"]),
        ("reasoningLevel", &["on", "off", "stream"]),
    ] {
        match options.get(name).and_then(Value::as_str) {
            Some(value) if !allowed.contains(&value) => {
                let allowed = match name {
                    "thinkingLevel" => allowed.join("|"),
                    _ => allowed
                        .iter()
                        .map(|value| format!("\"{value}\""))
                        .collect::<Vec<_>>()
                        .join("|"),
                };
                return Err(ErrorBody::invalid(format!(
                    "invalid {name} (use {allowed})"
                )));
            }
            _ => {}
        }
    }
    Ok(())
}

fn apply(
    transaction: &mut Transaction<'_>,
    key: &SessionKey,
    expected: &Expected,
    patch: SessionPatch,
) -> Result<std::sync::Arc<Session>, ErrorBody> {
    let held = transaction.get(key);
    if patch.archived.is_some() && expected.session_id.is_none() {
        return Err(ErrorBody::invalid(format!(
            "expectedSessionId required for session lifecycle patch: {key}"
        )));
    }
    expected.check(key, held.as_deref(), "patch")?;
    let archived = held
        .as_ref()
        .is_some_and(|session| session.entry.archived_at.is_some());
    if patch.pinned == Some(true) && patch.archived.unwrap_or(archived) {
        return Err(ErrorBody::invalid(
            "cannot pin an archived session; restore it first",
        ));
    }
    match &patch.label {
        Patch::Keep => {}
        Patch::Clear => drop(transaction.relabel(key, None, ChangeReason::PATCH)?),
        Patch::Set(label) => drop(transaction.relabel(key, Some(label), ChangeReason::PATCH)?),
    }
    if let Patch::Set(category) = &patch.category {
        transaction.register_group(category);
    }
    let now = transaction.now();
    // Reading a session is no activity in it: the list keeps its order under the reader's eyes.
    let only_reads = patch
        == SessionPatch {
            unread: Some(false),
            ..SessionPatch::default()
        };
    let change = |entry: &mut SessionEntry| {
        let mark = |on: bool, since: Option<Millis>| on.then(|| since.unwrap_or(now));
        patch.category.apply(&mut entry.category);
        patch.icon.apply(&mut entry.icon);
        patch.color.apply(&mut entry.color);
        patch.model.apply(&mut entry.model);
        if let Some(archived) = patch.archived {
            entry.archived_at = mark(archived, entry.archived_at);
            entry.pinned_at = entry.pinned_at.filter(|_| !archived);
        }
        if let Some(pinned) = patch.pinned {
            entry.pinned_at = mark(pinned, entry.pinned_at);
        }
        match patch.unread {
            Some(true) => entry.marked_unread_at = Some(now),
            Some(false) => (entry.marked_unread_at, entry.last_read_at) = (None, Some(now)),
            None => {}
        }
        for (name, value) in patch.options {
            if value.is_null() {
                entry.options.remove(&name);
            } else {
                entry.options.insert(name, value);
            }
        }
    };
    Ok(match only_reads {
        true => transaction.maintain(key, ChangeReason::PATCH, change),
        false => transaction.update(key, ChangeReason::PATCH, change),
    })
}
