//! What a client reads of what gateways send, as plain data of the protocol.

use alloc::borrow::Cow;
use alloc::string::String;

use sessionwire_json::{Read, Record, Unreadable, Value, required, whole};
use sessionwire_protocol::connect::{Policy, ServerInfo};
use sessionwire_protocol::event::{RowChange, SocketDrain};
use sessionwire_protocol::{
    ActorFacts, ChangeReason, Cursor, EvictionReason, GoalFacts, Millis, OriginFacts, RowFacts,
    RowHead, RuntimeFacts, Scope, Scopes, SessionKey,
};

/// A field that says what it should not is as good as absent: one odd row is no reason to show no list.
fn told<'a, T: Read<'a>>(field: Option<Value<'a>>) -> Option<T> {
    T::read(field?).ok()
}

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
    Ok(RowHead {
        key: self::key(required(key)?)?,
        session_id: told(session_id),
        lifecycle_revision: told(lifecycle_revision),
        pinned_at: time(pinned_at),
        updated_at: time(updated_at),
        created_at: time(created_at),
        last_interaction_at: time(last_interaction_at),
        last_activity_at: time(last_activity_at),
        label: told(label),
    })
}

/// What stands behind the point is less than a millisecond.
fn time(field: Option<Value<'_>>) -> Option<Millis> {
    let text = field?.get();
    whole(text).or_else(|| {
        let (millis, fraction) = text.split_once('.')?;
        whole(millis).filter(|_| !fraction.contains(['e', 'E']))
    })
}

pub(crate) fn facts(row: Value<'_>) -> Result<RowFacts, Unreadable> {
    let mut said = Record::of(row)?;
    Ok(RowFacts {
        agent_id: said.optional("agentId"),
        classification: said.optional("classification"),
        spawned_by: said.part("spawnedBy", key),
        parent_session_key: said.part("parentSessionKey", key),
        archived: said.or_default("archived"),
        category: said.optional("category"),
        board_face: said.optional("boardFace"),
        has_active_run: said.or_default("hasActiveRun"),
        has_active_subagent_run: said.or_default("hasActiveSubagentRun"),
        subagent_run_state: said.optional("subagentRunState"),
        status: said.optional("status"),
        started_at: time(said.get("startedAt")),
        ended_at: time(said.get("endedAt")),
        created_via: said.optional("createdVia"),
        created_actor: said.part("createdActor", actor),
        display_name: said.optional("displayName"),
        auto_label: said.optional("autoLabel"),
        subject: said.optional("subject"),
        origin: said.part("origin", origin),
        kind: said.optional("kind"),
        model_provider: said.optional("modelProvider"),
        model: said.optional("model"),
        active_model_provider: said.optional("activeModelProvider"),
        active_model: said.optional("activeModel"),
        agent_runtime: said.part("agentRuntime", runtime),
        goal: said.part("goal", goal),
    })
}

fn actor(actor: Value<'_>) -> Result<ActorFacts, Unreadable> {
    let [r#type] = actor.pick(["type"])?;
    Ok(ActorFacts {
        r#type: told(r#type),
    })
}

fn origin(origin: Value<'_>) -> Result<OriginFacts, Unreadable> {
    let [label] = origin.pick(["label"])?;
    Ok(OriginFacts { label: told(label) })
}

fn runtime(runtime: Value<'_>) -> Result<RuntimeFacts, Unreadable> {
    let mut said = Record::of(runtime)?;
    Ok(RuntimeFacts {
        id: said.optional("id"),
        fallback: said.optional("fallback"),
    })
}

fn goal(goal: Value<'_>) -> Result<GoalFacts, Unreadable> {
    let mut said = Record::of(goal)?;
    Ok(GoalFacts {
        objective: said.or_default("objective"),
        status: said.or_default("status"),
        tokens_used: said.part("tokensUsed", amount).unwrap_or_default(),
        token_budget: said.part("tokenBudget", amount),
        last_status_note: said.optional("lastStatusNote"),
    })
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
    let mut said = Record::of(payload)?;
    let key = required(said.get("sessionKey"))?;
    let reason: Cow<'_, str> = said.required("reason");
    let read = SocketDrain {
        session_key: self::key(key)?,
        agent_id: said.optional("agentId"),
        session_id: said.required("sessionId"),
        lifecycle_revision: said.required("lifecycleRevision"),
        reason: match &*reason {
            "reset" => EvictionReason::Reset,
            "new" => EvictionReason::New,
            "deleted" => EvictionReason::Deleted,
            "expired" => EvictionReason::Expired,
            _ => EvictionReason::Unknown,
        },
        next_lifecycle_revision: said.optional("nextLifecycleRevision"),
        ts: said.required("ts"),
    };
    said.end(read)
}

pub(crate) fn cursor(value: Value<'_>) -> Result<Cursor, Unreadable> {
    let mut said = Record::of(value)?;
    let read = Cursor {
        epoch: said.required("epoch"),
        offset: said.required("offset"),
    };
    said.end(read)
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
    let mut said = Record::of(payload)?;
    let change: Option<Cow<'_, str>> = said.optional("change");
    let reason: Option<String> = said.optional("reason");
    let read = Changed {
        key: said.part("sessionKey", key),
        change: match change.as_deref() {
            None => None,
            Some("upserted") => Some(RowChange::Upserted),
            Some("left") => Some(RowChange::Left),
            Some(_) => return Err(Unreadable("a change of an unknown kind")),
        },
        reason: reason.map(ChangeReason::from),
        ts: said.optional("ts"),
        session: said.get("session"),
    };
    said.end(read)
}

/// The row that an event tells.
pub(crate) fn session(event: Value<'_>) -> Option<Value<'_>> {
    let [payload] = event.pick(["payload"]).ok()?;
    let [session] = payload?.pick(["session"]).ok()?;
    session
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
    let mut said = Record::of(value)?;
    let read = ServerInfo {
        version: said.or_default("version"),
        conn_id: said.or_default("connId"),
        boot_id: said.optional("bootId"),
        control_ui_build_source: said.optional("controlUiBuildSource"),
    };
    said.end(read)
}

pub(crate) fn policy(value: Value<'_>) -> Result<Policy, Unreadable> {
    let mut said = Record::of(value)?;
    let usual = Policy::default();
    let read = Policy {
        max_payload: said.optional("maxPayload").unwrap_or(usual.max_payload),
        max_buffered_bytes: said
            .optional("maxBufferedBytes")
            .unwrap_or(usual.max_buffered_bytes),
        tick_interval_ms: said
            .optional("tickIntervalMs")
            .unwrap_or(usual.tick_interval_ms),
    };
    said.end(read)
}
