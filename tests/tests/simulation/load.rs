//! What happens to the sessions: by requests of clients, and by the gateway itself.

use serde_json::{Value, json};
use sessionwire_dice::Dice;
use sessionwire_gateway::transaction::Transaction;
use sessionwire_protocol::sessions::{
    Archived, SessionsDescribe, SessionsDescribeParams, SessionsListParams, SortBy,
};
use sessionwire_protocol::{ChangeReason, EvictionReason, Frame, Method as _, SessionKey};

const LABELS: [&str; 6] = ["zulu", "Yolk", "xylo", "wound", "Victor", "tulip"];
const GROUPS: [&str; 2] = ["upper", "lower"];
/// Nothing that a random id may contain.
const SEARCHES: [&str; 5] = ["zul", "s1", "upper", "idle", "agent:ops"];

/// Names of sessions: few, so that much happens to each.
pub(crate) fn key(dice: &mut Dice) -> String {
    let agent = if dice.chance(75) { "main" } else { "ops" };
    match dice.below(9) {
        7 => format!("agent:{agent}:cron:s1"),
        8 => format!("agent:{agent}:cron:s1:run:2"),
        number => format!("agent:{agent}:s{number}"),
    }
}

/// A method and its params.
pub(crate) fn request(dice: &mut Dice) -> (&'static str, Value) {
    let key = key(dice);
    match dice.below(20) {
        0..3 => ("sessions.create", create(&key, dice)),
        3..10 => {
            let mut params = change(dice);
            params["key"] = key.into();
            ("sessions.patch", params)
        }
        10 => {
            let targets: Vec<_> = (0..3).map(|_| json!({ "key": self::key(dice) })).collect();
            let patch = change(dice);
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
            let text = match dice.below(6) {
                0..3 => format!("/name {}", label(dice)),
                3 => "/new".to_owned(),
                4 => "/reset".to_owned(),
                _ => "what is there to do?".to_owned(),
            };
            let run = format!("run {}", dice.roll());
            let params = json!({ "sessionKey": key, "message": text, "idempotencyKey": run });
            ("chat.send", params)
        }
    }
}

/// A change of a session by the gateway itself.
pub(crate) fn deed(
    key: SessionKey,
    dice: &mut Dice,
) -> impl FnOnce(&mut Transaction<'_>) + Send + use<> {
    let (kind, pinned) = (dice.below(10), dice.chance(50));
    let reason = match dice.below(4) {
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
pub(crate) fn list(dice: &mut Dice) -> SessionsListParams {
    let mut params = SessionsListParams::default();
    if dice.chance(30) {
        return params;
    }
    if dice.chance(50) {
        params.limit = Some(1 + dice.below(6));
    }
    params.sort_by = match dice.below(8) {
        0 => Some(SortBy::Label),
        1 => Some(SortBy::CreatedAt),
        2 => Some(SortBy::Activity),
        3 => Some(SortBy::LastInteractionAt),
        _ => Some(SortBy::UpdatedAt),
    };
    match dice.below(12) {
        0 => params.agent_id = Some("ops".to_owned()),
        1 => params.label = Some(label(dice).to_owned()),
        2 => params.group = Some(group(dice).to_owned()),
        3 => params.pinned = Some(dice.chance(50)),
        4 => params.spawned_by = Some("agent:main:main".to_owned()),
        5 => params.search = Some((*dice.pick(&SEARCHES)).to_owned()),
        6 => params.archived = Some(Archived::Only),
        7 => params.archived = Some(Archived::All),
        8 => params.group = Some(String::new()),
        9 => params.exclude_cron = Some(true),
        _ => {}
    }
    params
}

fn create(key: &str, dice: &mut Dice) -> Value {
    let mut params = json!({ "key": key });
    if dice.chance(40) {
        params["label"] = label(dice).into();
    }
    if dice.chance(40) {
        params["category"] = group(dice).into();
    }
    if dice.chance(40) {
        params["parentSessionKey"] = "agent:main:main".into();
    }
    params
}

fn change(dice: &mut Dice) -> Value {
    match dice.below(12) {
        0..4 => json!({ "label": label(dice) }),
        4 => json!({ "label": null }),
        5 => json!({ "pinned": true }),
        6 => json!({ "pinned": false }),
        7 => json!({ "archived": true }),
        8 => json!({ "archived": false }),
        9 => json!({ "category": group(dice) }),
        10 => json!({ "category": null }),
        _ => json!({ "unread": dice.chance(50) }),
    }
}

pub(crate) fn label(dice: &mut Dice) -> &'static str {
    dice.pick::<&str>(&LABELS)
}

fn group(dice: &mut Dice) -> &'static str {
    dice.pick::<&str>(&GROUPS)
}
