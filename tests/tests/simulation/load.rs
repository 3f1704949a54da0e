//! What happens to the sessions: by requests of clients, and by the gateway itself.

use serde_json::{Value, json};
use sessionwire_gateway::transaction::Transaction;
use sessionwire_protocol::sessions::{
    Archived, SessionsDescribe, SessionsDescribeParams, SessionsListParams, SortBy,
};
use sessionwire_protocol::{ChangeReason, EvictionReason, Frame, Method as _, SessionKey};

use crate::random::Random;

const LABELS: [&str; 6] = ["zulu", "Yolk", "xylo", "wound", "Victor", "tulip"];
const GROUPS: [&str; 2] = ["upper", "lower"];
/// Nothing that a random id may contain.
const SEARCHES: [&str; 5] = ["zul", "s1", "upper", "what", "agent:ops"];

/// Names of sessions: few, so that much happens to each.
pub(crate) fn key(random: &mut Random) -> String {
    let agent = if random.chance(75) { "main" } else { "ops" };
    format!("agent:{agent}:s{}", random.below(7))
}

/// A method and its params.
pub(crate) fn request(random: &mut Random) -> (&'static str, Value) {
    let key = key(random);
    match random.below(20) {
        0..3 => ("sessions.create", create(&key, random)),
        3..10 => {
            let mut params = change(random);
            params["key"] = key.into();
            ("sessions.patch", params)
        }
        10 => {
            let targets: Vec<_> = (0..3)
                .map(|_| json!({ "key": self::key(random) }))
                .collect();
            let patch = change(random);
            (
                "sessions.patchMany",
                json!({ "targets": targets, "patch": patch }),
            )
        }
        11..13 => ("sessions.delete", json!({ "key": key })),
        13 => ("sessions.reset", json!({ "key": key })),
        14 => ("sessions.reset", json!({ "key": key, "reason": "new" })),
        15 => ("sessions.cleanup", json!({})),
        _ => {
            let text = match random.below(6) {
                0..3 => format!("/name {}", label(random)),
                3 => "/new".to_owned(),
                4 => "/reset".to_owned(),
                _ => "what is there to do?".to_owned(),
            };
            let run = format!("run {}", random.next());
            let params = json!({ "sessionKey": key, "message": text, "idempotencyKey": run });
            ("chat.send", params)
        }
    }
}

/// A change of a session by the gateway itself.
pub(crate) fn deed(
    key: SessionKey,
    random: &mut Random,
) -> impl FnOnce(&mut Transaction<'_>) + Send + use<> {
    let (kind, pinned) = (random.below(10), random.chance(50));
    let reason = match random.below(4) {
        0 => EvictionReason::Reset,
        1 => EvictionReason::New,
        2 => EvictionReason::Deleted,
        _ => EvictionReason::Expired,
    };
    move |transaction| match (kind, transaction.get(&key)) {
        (0..3, Some(session)) => drop(transaction.evict(&session, reason)),
        (3, _) => drop(transaction.maintain(&key, ChangeReason::PATCH, |entry| {
            let now = entry.updated_at;
            entry.pinned_at = pinned.then_some(now);
        })),
        _ => drop(transaction.update(&key, ChangeReason::PATCH, |entry| {
            entry.last_interaction_at = Some(entry.updated_at);
        })),
    }
}

/// The session about which a frame of a client asks, if that is what it does.
pub(crate) fn session_asked_about(frame: &str) -> Option<SessionKey> {
    let Ok(Frame::Request(request)) = Frame::parse(frame) else {
        return None;
    };
    let params = request
        .params
        .filter(|_| request.method == SessionsDescribe::NAME)?;
    let params: SessionsDescribeParams = serde_json::from_str(params.get()).ok()?;
    Some(SessionKey::from(params.key.as_str()))
}

/// The params of a list: often every session, else a part of them, some of those with a limit.
pub(crate) fn list(random: &mut Random) -> SessionsListParams {
    let mut params = SessionsListParams::default();
    if random.chance(30) {
        return params;
    }
    if random.chance(50) {
        params.limit = Some(1 + random.below(6));
    }
    params.sort_by = match random.below(8) {
        0 => Some(SortBy::Label),
        1 => Some(SortBy::CreatedAt),
        2 => Some(SortBy::Activity),
        3 => Some(SortBy::LastInteractionAt),
        _ => Some(SortBy::UpdatedAt),
    };
    match random.below(10) {
        0 => params.agent_id = Some("ops".to_owned()),
        1 => params.label = Some(label(random).to_owned()),
        2 => params.group = Some(group(random).to_owned()),
        3 => params.pinned = Some(random.chance(50)),
        4 => params.spawned_by = Some("agent:main:main".to_owned()),
        5 => params.search = random.pick(&SEARCHES).map(|text| (*text).to_owned()),
        6 => params.archived = Some(Archived::Only),
        7 => params.archived = Some(Archived::All),
        _ => {}
    }
    params
}

fn create(key: &str, random: &mut Random) -> Value {
    let mut params = json!({ "key": key });
    if random.chance(40) {
        params["label"] = label(random).into();
    }
    if random.chance(40) {
        params["category"] = group(random).into();
    }
    if random.chance(40) {
        params["parentSessionKey"] = "agent:main:main".into();
    }
    params
}

fn change(random: &mut Random) -> Value {
    match random.below(12) {
        0..4 => json!({ "label": label(random) }),
        4 => json!({ "label": null }),
        5 => json!({ "pinned": true }),
        6 => json!({ "pinned": false }),
        7 => json!({ "archived": true }),
        8 => json!({ "archived": false }),
        9 => json!({ "category": group(random) }),
        10 => json!({ "category": null }),
        _ => json!({ "unread": random.chance(50) }),
    }
}

pub(crate) fn label(random: &mut Random) -> &'static str {
    random.pick(&LABELS).expect("there are labels")
}

fn group(random: &mut Random) -> &'static str {
    random.pick(&GROUPS).expect("there are groups")
}
