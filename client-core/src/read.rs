//! What a client reads of what gateways send, as plain data of the protocol.

use alloc::borrow::Cow;
use alloc::string::String;

use sessionwire_json::{Read, Reading, Unreadable, Value, optional, required};
use sessionwire_protocol::connect::{Policy, ServerInfo};
use sessionwire_protocol::event::{RowChange, SocketDrain};
use sessionwire_protocol::{
    ActorFacts, ChangeReason, Cursor, EvictionReason, GoalFacts, OriginFacts, RowFacts, RowHead,
    RuntimeFacts, Scope, Scopes, SessionKey,
};

pub(crate) fn head(row: Value<'_>) -> Result<RowHead, Unreadable> {
    let [
        key,
        session_id,
        lifecycle_revision,
        pinned_at,
        updated_at,
        created_at,
        last_interaction_at,
        last_activity_at,
        label,
    ] = row.pick([
        "key",
        "sessionId",
        "lifecycleRevision",
        "pinnedAt",
        "updatedAt",
        "createdAt",
        "lastInteractionAt",
        "lastActivityAt",
        "label",
    ])?;
    let mut reading = Reading::default();
    let read = RowHead {
        key: self::key(required(key)?)?,
        session_id: reading.optional(session_id),
        lifecycle_revision: reading.optional(lifecycle_revision),
        pinned_at: reading.optional(pinned_at),
        updated_at: reading.optional(updated_at),
        created_at: reading.optional(created_at),
        last_interaction_at: reading.optional(last_interaction_at),
        last_activity_at: reading.optional(last_activity_at),
        label: reading.optional(label),
    };
    reading.end(read)
}

pub(crate) fn facts(row: Value<'_>) -> Result<RowFacts, Unreadable> {
    let [
        agent_id,
        classification,
        spawned_by,
        parent_session_key,
        archived,
        category,
        board_face,
        has_active_run,
        has_active_subagent_run,
        subagent_run_state,
        status,
        started_at,
        ended_at,
        created_via,
        created_actor,
        display_name,
        auto_label,
        subject,
        origin,
        kind,
        model_provider,
        model,
        active_model_provider,
        active_model,
        agent_runtime,
        goal,
    ] = row.pick([
        "agentId",
        "classification",
        "spawnedBy",
        "parentSessionKey",
        "archived",
        "category",
        "boardFace",
        "hasActiveRun",
        "hasActiveSubagentRun",
        "subagentRunState",
        "status",
        "startedAt",
        "endedAt",
        "createdVia",
        "createdActor",
        "displayName",
        "autoLabel",
        "subject",
        "origin",
        "kind",
        "modelProvider",
        "model",
        "activeModelProvider",
        "activeModel",
        "agentRuntime",
        "goal",
    ])?;
    let mut reading = Reading::default();
    let read = RowFacts {
        agent_id: reading.optional(agent_id),
        classification: reading.optional(classification),
        spawned_by: reading.part(spawned_by, key),
        parent_session_key: reading.part(parent_session_key, key),
        archived: reading.or_default(archived),
        category: reading.optional(category),
        board_face: reading.optional(board_face),
        has_active_run: reading.or_default(has_active_run),
        has_active_subagent_run: reading.or_default(has_active_subagent_run),
        subagent_run_state: reading.optional(subagent_run_state),
        status: reading.optional(status),
        started_at: reading.optional(started_at),
        ended_at: reading.optional(ended_at),
        created_via: reading.optional(created_via),
        created_actor: reading.part(created_actor, actor),
        display_name: reading.optional(display_name),
        auto_label: reading.optional(auto_label),
        subject: reading.optional(subject),
        origin: reading.part(origin, self::origin),
        kind: reading.optional(kind),
        model_provider: reading.optional(model_provider),
        model: reading.optional(model),
        active_model_provider: reading.optional(active_model_provider),
        active_model: reading.optional(active_model),
        agent_runtime: reading.part(agent_runtime, runtime),
        goal: reading.part(goal, self::goal),
    };
    reading.end(read)
}

fn actor(actor: Value<'_>) -> Result<ActorFacts, Unreadable> {
    let [r#type] = actor.pick(["type"])?;
    Ok(ActorFacts {
        r#type: optional(r#type)?,
    })
}

fn origin(origin: Value<'_>) -> Result<OriginFacts, Unreadable> {
    let [label] = origin.pick(["label"])?;
    Ok(OriginFacts {
        label: optional(label)?,
    })
}

fn runtime(runtime: Value<'_>) -> Result<RuntimeFacts, Unreadable> {
    let [id, fallback] = runtime.pick(["id", "fallback"])?;
    Ok(RuntimeFacts {
        id: optional(id)?,
        fallback: optional(fallback)?,
    })
}

fn goal(goal: Value<'_>) -> Result<GoalFacts, Unreadable> {
    let [
        objective,
        status,
        tokens_used,
        token_budget,
        last_status_note,
    ] = goal.pick([
        "objective",
        "status",
        "tokensUsed",
        "tokenBudget",
        "lastStatusNote",
    ])?;
    let mut reading = Reading::default();
    let read = GoalFacts {
        objective: reading.or_default(objective),
        status: reading.or_default(status),
        tokens_used: reading.part(tokens_used, amount).unwrap_or_default(),
        token_budget: reading.part(token_budget, amount),
        last_status_note: reading.optional(last_status_note),
    };
    reading.end(read)
}

/// A number as it is told to people, who count in whole ones from 0. Reading all digits of fractions is large code.
#[expect(clippy::cast_precision_loss, reason = "people read two digits")]
fn amount(number: Value<'_>) -> Result<f64, Unreadable> {
    let text = number.get();
    if text.starts_with('-') {
        return Ok(0.0);
    }
    // Only what is beyond all amounts is written with a power of ten, or what is next to nothing.
    if let Some((_, power)) = text.split_once(['e', 'E']) {
        return Ok(match power.starts_with('-') {
            true => 0.0,
            false => u64::MAX as f64,
        });
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole = whole
        .bytes()
        .try_fold(0_u64, |whole, digit| match digit {
            b'0'..=b'9' => Some(
                whole
                    .saturating_mul(10)
                    .saturating_add((digit - b'0').into()),
            ),
            _ => None,
        })
        .ok_or(Unreadable("not a number"))?;
    let rounded = u64::from(fraction.starts_with(['5', '6', '7', '8', '9']));
    Ok(whole.saturating_add(rounded) as f64)
}

pub(crate) fn drain(payload: Value<'_>) -> Result<SocketDrain, Unreadable> {
    let [key, agent_id, session_id, revision, reason, next, ts] = payload.pick([
        "sessionKey",
        "agentId",
        "sessionId",
        "lifecycleRevision",
        "reason",
        "nextLifecycleRevision",
        "ts",
    ])?;
    let reason: Cow<'_, str> = required(reason)?;
    let mut reading = Reading::default();
    let read = SocketDrain {
        session_key: self::key(required(key)?)?,
        agent_id: reading.optional(agent_id),
        session_id: reading.required(session_id),
        lifecycle_revision: reading.required(revision),
        reason: match &*reason {
            "reset" => EvictionReason::Reset,
            "new" => EvictionReason::New,
            "deleted" => EvictionReason::Deleted,
            "expired" => EvictionReason::Expired,
            _ => EvictionReason::Unknown,
        },
        next_lifecycle_revision: reading.optional(next),
        ts: reading.required(ts),
    };
    reading.end(read)
}

pub(crate) fn cursor(value: Value<'_>) -> Result<Cursor, Unreadable> {
    let [epoch, offset] = value.pick(["epoch", "offset"])?;
    Ok(Cursor {
        epoch: required(epoch)?,
        offset: required(offset)?,
    })
}

/// What [`sessionwire_protocol::event::SessionsChanged`] says, with the row left as it is.
pub(crate) struct Changed<'a> {
    pub(crate) key: Option<SessionKey>,
    pub(crate) change: Option<RowChange>,
    pub(crate) reason: Option<ChangeReason>,
    pub(crate) ts: Option<u64>,
    pub(crate) session: Option<Value<'a>>,
}

pub(crate) fn changed(payload: Value<'_>) -> Result<Changed<'_>, Unreadable> {
    let [key, change, reason, ts, session] =
        payload.pick(["sessionKey", "change", "reason", "ts", "session"])?;
    let change: Option<Cow<'_, str>> = optional(change)?;
    let reason: Option<String> = optional(reason)?;
    let mut reading = Reading::default();
    let read = Changed {
        key: reading.part(key, self::key),
        change: match change.as_deref() {
            None => None,
            Some("upserted") => Some(RowChange::Upserted),
            Some("left") => Some(RowChange::Left),
            Some(_) => return Err(Unreadable("a change of an unknown kind")),
        },
        reason: reason.map(ChangeReason::from),
        ts: reading.optional(ts),
        session,
    };
    reading.end(read)
}

pub(crate) fn key(value: Value<'_>) -> Result<SessionKey, Unreadable> {
    let text = Cow::read(value)?;
    Ok(SessionKey::from(&*text))
}

pub(crate) fn scopes(value: Value<'_>) -> Result<Scopes, Unreadable> {
    value
        .items()?
        .map(|scope| String::read(scope).map(Scope::from))
        .collect()
}

pub(crate) fn server(value: Value<'_>) -> Result<ServerInfo, Unreadable> {
    let [version, conn_id, boot_id, source] =
        value.pick(["version", "connId", "bootId", "controlUiBuildSource"])?;
    let mut reading = Reading::default();
    let read = ServerInfo {
        version: reading.or_default(version),
        conn_id: reading.or_default(conn_id),
        boot_id: reading.optional(boot_id),
        control_ui_build_source: reading.optional(source),
    };
    reading.end(read)
}

pub(crate) fn policy(value: Value<'_>) -> Result<Policy, Unreadable> {
    let [max_payload, max_buffered_bytes, tick_interval_ms] =
        value.pick(["maxPayload", "maxBufferedBytes", "tickIntervalMs"])?;
    let usual = Policy::default();
    let mut reading = Reading::default();
    let read = Policy {
        max_payload: reading.optional(max_payload).unwrap_or(usual.max_payload),
        max_buffered_bytes: reading
            .optional(max_buffered_bytes)
            .unwrap_or(usual.max_buffered_bytes),
        tick_interval_ms: reading
            .optional(tick_interval_ms)
            .unwrap_or(usual.tick_interval_ms),
    };
    reading.end(read)
}
