//! `sessions.create`.

use sessionwire_protocol::sessions::{SessionsCreateParams, SessionsCreated};
use sessionwire_protocol::{ChangeReason, ErrorBody, SessionKey};

use super::patch::{check_options, resolved};
use super::send::Turn;
use crate::id::new_id;
use crate::request::Caller;
use crate::transaction::Transaction;

/// Makes a session, or adopts the one that exists.
pub async fn create(
    caller: Caller,
    params: SessionsCreateParams,
) -> Result<SessionsCreated, ErrorBody> {
    let gateway = &caller.gateway;
    let agent = params
        .agent_id
        .clone()
        .unwrap_or_else(|| gateway.config.default_agent().to_owned());
    gateway.known_agent(&agent)?;
    let key = match params.key.as_deref().filter(|key| !key.trim().is_empty()) {
        Some(key) => gateway.key(key, params.agent_id.as_deref())?,
        None => SessionKey::from(format!("agent:{agent}:dashboard:{}", new_id()).as_str()),
    };
    if let Some(owner) = key.agent_id() {
        gateway.known_agent(owner)?;
    }
    let parent = params
        .parent_session_key
        .as_deref()
        .map(|parent| gateway.key(parent, None))
        .transpose()?;
    let first = params
        .message
        .clone()
        .or_else(|| params.task.clone())
        .filter(|text| !text.trim().is_empty())
        .map(|text| Turn::new(&caller, key.clone(), text, params.idempotency_key.clone()))
        .transpose()?;
    let committing =
        caller.commit(move |transaction| make(transaction, key, parent, params, first));
    committing.await
}

fn make(
    transaction: &mut Transaction<'_>,
    key: SessionKey,
    parent: Option<SessionKey>,
    params: SessionsCreateParams,
    first: Option<Turn>,
) -> Result<SessionsCreated, ErrorBody> {
    if let Some(parent) = &parent
        && transaction.get(parent).is_none()
        && !parent.is_main()
    {
        return Err(ErrorBody::invalid(format!(
            "unknown parent session: {parent}"
        )));
    }
    let is_new = transaction.get(&key).is_none();
    if let Some(label) = &params.label {
        transaction.relabel(&key, Some(label), ChangeReason::CREATE)?;
    }
    if let Some(category) = &params.category {
        transaction.register_group(category);
    }
    let options = [
        ("thinkingLevel", params.thinking_level.map(Into::into)),
        ("permissionMode", params.permission_mode.map(Into::into)),
        ("fastMode", params.fast_mode),
    ];
    let options = options
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect();
    check_options(&options)?;
    let text = |given: Option<String>| given.map(Into::into);
    let mut session = transaction.update(&key, ChangeReason::CREATE, |entry| {
        entry.category = text(params.category).or(entry.category.take());
        entry.model = text(params.model).or(entry.model.take());
        entry.visibility = text(params.visibility).or(entry.visibility.take());
        entry.options.extend(options);
        if is_new {
            entry.display_name = text(params.display_name);
            entry.spawn_depth = params.spawn_depth;
            entry.parent_session_key = parent;
        }
    });
    let run = first.map(|turn| turn.take(transaction)).transpose()?;
    if run.is_some() {
        session = transaction.get(&key).unwrap_or(session);
    }
    Ok(SessionsCreated {
        ok: true,
        session_id: Some(session.entry.session_id.clone()),
        entry: session.entry.clone(),
        run_started: run.as_ref().is_some_and(|run| run.status == "started"),
        run_id: run.map(|run| run.run_id),
        resolved: resolved(&session.entry),
        key,
    })
}
