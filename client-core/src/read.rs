//! What a client reads of what gateways send, as plain data of the protocol.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use sessionwire_json::{Read, Record, Target, Unreadable, Value, required, whole};
use sessionwire_protocol::connect::{Policy, ServerInfo};
use sessionwire_protocol::event::RowChange;
use sessionwire_protocol::{
    ActorFacts, ChangeReason, Cursor, EvictionReason, GoalFacts, Millis, OriginFacts, RowFacts,
    RowHead, RuntimeFacts, Scope, Scopes, SessionKey,
};

use crate::output::Evicted;

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
    let mut head = RowHead::new(self::key(required(key)?)?);
    told(session_id, &mut head.session_id);
    told(lifecycle_revision, &mut head.lifecycle_revision);
    told(label, &mut head.label);
    head.pinned_at = time(pinned_at);
    head.updated_at = time(updated_at);
    head.created_at = time(created_at);
    head.last_interaction_at = time(last_interaction_at);
    head.last_activity_at = time(last_activity_at);
    Ok(head)
}

/// A field that says what it should not is as good as absent: one odd row is no reason to show no list.
fn told<'a>(field: Option<Value<'a>>, target: &mut dyn Target<'a>) {
    let _unreadable = field.map(|value| target.take(value));
}

fn time(field: Option<Value<'_>>) -> Option<Millis> {
    millis(field?).ok()
}

/// What stands behind the point is less than a millisecond.
fn millis(value: Value<'_>) -> Result<Millis, Unreadable> {
    let text = value.get();
    let before_point = || {
        let (before, after) = text.split_once('.')?;
        whole(before).filter(|_| !after.contains(['e', 'E']))
    };
    whole(text)
        .or_else(before_point)
        .ok_or(Unreadable("not a time"))
}

/// As far as they can be read. In a box: to move so many fields is large code.
pub(crate) fn facts(row: Value<'_>) -> Box<RowFacts> {
    let mut said = Record::of(row);
    let mut facts = Box::<RowFacts>::default();
    let RowFacts {
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
    } = &mut *facts;
    said.read("agentId", agent_id)
        .read("classification", classification)
        .part("spawnedBy", spawned_by, key)
        .part("parentSessionKey", parent_session_key, key)
        .read("archived", archived)
        .read("category", category)
        .read("boardFace", board_face)
        .read("hasActiveRun", has_active_run)
        .read("hasActiveSubagentRun", has_active_subagent_run)
        .read("subagentRunState", subagent_run_state)
        .read("status", status)
        .part("startedAt", started_at, millis)
        .part("endedAt", ended_at, millis)
        .read("createdVia", created_via)
        .part("createdActor", created_actor, actor)
        .read("displayName", display_name)
        .read("autoLabel", auto_label)
        .read("subject", subject)
        .part("origin", origin, self::origin)
        .read("kind", kind)
        .read("modelProvider", model_provider)
        .read("model", model)
        .read("activeModelProvider", active_model_provider)
        .read("activeModel", active_model)
        .part("agentRuntime", agent_runtime, runtime)
        .part("goal", goal, self::goal);
    facts
}

fn actor(actor: Value<'_>) -> Result<ActorFacts, Unreadable> {
    let mut said = Record::of(actor);
    let mut facts = ActorFacts::default();
    let ActorFacts { r#type } = &mut facts;
    said.read("type", r#type);
    Ok(facts)
}

fn origin(origin: Value<'_>) -> Result<OriginFacts, Unreadable> {
    let mut said = Record::of(origin);
    let mut facts = OriginFacts::default();
    let OriginFacts { label } = &mut facts;
    said.read("label", label);
    Ok(facts)
}

fn runtime(runtime: Value<'_>) -> Result<RuntimeFacts, Unreadable> {
    let mut said = Record::of(runtime);
    let mut facts = RuntimeFacts::default();
    let RuntimeFacts { id, fallback } = &mut facts;
    said.read("id", id).read("fallback", fallback);
    Ok(facts)
}

fn goal(goal: Value<'_>) -> Result<GoalFacts, Unreadable> {
    let mut said = Record::of(goal);
    let mut facts = GoalFacts::default();
    let GoalFacts {
        objective,
        status,
        tokens_used,
        token_budget,
        last_status_note,
    } = &mut facts;
    said.read("objective", objective)
        .read("status", status)
        .part("tokensUsed", tokens_used, amount)
        .part("tokenBudget", token_budget, amount)
        .read("lastStatusNote", last_status_note);
    Ok(facts)
}

/// A number as it is told to people, who count in whole ones from 0. Reading all digits of fractions is large code.
#[expect(clippy::cast_precision_loss, reason = "people read two digits")]
fn amount(number: Value<'_>) -> Result<f64, Unreadable> {
    let mut bytes = number.get().bytes();
    let (mut amount, mut is_whole) = (0.0, true);
    while let Some(byte) = bytes.next() {
        match byte {
            b'0'..=b'9' if is_whole => amount = amount * 10.0 + f64::from(byte - b'0'),
            b'0'..=b'9' => {}
            b'.' => {
                is_whole = false;
                amount += f64::from(u8::from(bytes.clone().next() >= Some(b'5')));
            }
            // Only what is beyond all amounts is written with a power of ten, or what is next to nothing.
            b'e' | b'E' if bytes.next() != Some(b'-') => return Ok(u64::MAX as f64),
            b'e' | b'E' | b'-' => return Ok(0.0),
            _ => return Err(Unreadable("not a number")),
        }
    }
    Ok(amount)
}

/// A [`sessionwire_protocol::event::SocketDrain`].
pub(crate) fn drain(payload: Value<'_>) -> Result<Evicted, Unreadable> {
    let mut said = Record::of(payload);
    let mut reason = Cow::default();
    let mut evicted = Evicted {
        key: key(required(said.get("sessionKey"))?)?,
        agent_id: None,
        session_id: None,
        lifecycle_revision: None,
        next_lifecycle_revision: None,
        reason: EvictionReason::Unknown,
        inferred: false,
        ts: None,
    };
    said.read("agentId", &mut evicted.agent_id)
        .require("sessionId", &mut evicted.session_id)
        .require("lifecycleRevision", &mut evicted.lifecycle_revision)
        .read(
            "nextLifecycleRevision",
            &mut evicted.next_lifecycle_revision,
        )
        .require("reason", &mut reason)
        .require("ts", &mut evicted.ts);
    evicted.reason = match &*reason {
        "reset" => EvictionReason::Reset,
        "new" => EvictionReason::New,
        "deleted" => EvictionReason::Deleted,
        "expired" => EvictionReason::Expired,
        _ => EvictionReason::Unknown,
    };
    said.end()?;
    Ok(evicted)
}

pub(crate) fn cursor(value: Value<'_>) -> Result<Cursor, Unreadable> {
    let mut said = Record::of(value);
    let mut cursor = Cursor {
        epoch: String::new(),
        offset: 0,
    };
    said.require("epoch", &mut cursor.epoch)
        .require("offset", &mut cursor.offset);
    said.end()?;
    Ok(cursor)
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
    let mut said = Record::of(payload);
    let mut change: Option<Cow<'_, str>> = None;
    let mut reason = None;
    let mut changed = Changed {
        key: None,
        change: None,
        reason: None,
        ts: None,
        session: said.get("session"),
    };
    said.part("sessionKey", &mut changed.key, key)
        .read("change", &mut change)
        .read("reason", &mut reason)
        .read("ts", &mut changed.ts);
    changed.change = match change.as_deref() {
        None => None,
        Some("upserted") => Some(RowChange::Upserted),
        Some("left") => Some(RowChange::Left),
        Some(_) => return Err(Unreadable("a change of an unknown kind")),
    };
    changed.reason = reason.map(String::into);
    said.end()?;
    Ok(changed)
}

/// The row that an event tells.
pub(crate) fn session(event: Value<'_>) -> Option<Value<'_>> {
    event.field("payload")?.field("session")
}

pub(crate) fn key(value: Value<'_>) -> Result<SessionKey, Unreadable> {
    let text = Cow::read(value)?;
    Ok(SessionKey::from(&*text))
}

pub(crate) fn scopes(value: Value<'_>) -> Result<Scopes, Unreadable> {
    let scopes: Vec<String> = Read::read(value)?;
    Ok(scopes.into_iter().map(Scope::from).collect())
}

pub(crate) fn server(value: Value<'_>) -> Result<ServerInfo, Unreadable> {
    let mut said = Record::of(value);
    let mut server = ServerInfo::default();
    let ServerInfo {
        version,
        conn_id,
        boot_id,
        control_ui_build_source,
    } = &mut server;
    said.read("version", version)
        .read("connId", conn_id)
        .read("bootId", boot_id)
        .read("controlUiBuildSource", control_ui_build_source);
    said.end()?;
    Ok(server)
}

pub(crate) fn policy(value: Value<'_>) -> Result<Policy, Unreadable> {
    let mut said = Record::of(value);
    let mut policy = Policy::default();
    let Policy {
        max_payload,
        max_buffered_bytes,
        tick_interval_ms,
    } = &mut policy;
    said.read("maxPayload", max_payload)
        .read("maxBufferedBytes", max_buffered_bytes)
        .read("tickIntervalMs", tick_interval_ms);
    said.end()?;
    Ok(policy)
}
