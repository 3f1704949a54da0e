//! From what an upstream tells to what is committed here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sessionwire::Evicted;
use sessionwire::raw::{Row, RowEvent, raw_value};
use sessionwire_protocol::{ChangeReason, EvictionReason, RowHead, SessionKey};

use crate::id::new_id;
use crate::session::Session;
use crate::transaction::Transaction;

/// Makes a part of what the upstream told true here.
///
/// An eviction and the next row of the session belong together: the row shows in which generation the session lives on.
pub(super) fn mirror(events: Vec<RowEvent>, transaction: &mut Transaction<'_>) {
    let mut ended = BTreeMap::new();
    for event in events {
        match event {
            RowEvent::Evicted(evicted) => {
                if let Some(earlier) = ended.insert(evicted.key.clone(), evicted) {
                    end(earlier, transaction);
                }
            }
            RowEvent::Changed { row, reason, .. } => {
                let ended = ended.remove(&row.head.key);
                put(&row, reason, ended, transaction);
            }
            RowEvent::Snapshot { rows, .. } => replace(&rows, &mut ended, transaction),
            // Of the list of all sessions none leaves but by an eviction.
            RowEvent::Left { .. } | RowEvent::Failed(_) => {}
        }
    }
    for evicted in ended.into_values() {
        end(evicted, transaction);
    }
}

/// The whole list. What it does not show is gone.
fn replace(
    rows: &[Arc<Row>],
    ended: &mut BTreeMap<SessionKey, Evicted>,
    transaction: &mut Transaction<'_>,
) {
    let listed: BTreeSet<_> = rows.iter().map(|row| &row.head.key).collect();
    let missing = transaction
        .sessions()
        .filter(|session| !listed.contains(&session.key));
    for session in missing.cloned().collect::<Vec<_>>() {
        let reason = ended.remove(&session.key).map(|evicted| evicted.reason);
        transaction.end(&session, reason.unwrap_or(EvictionReason::Unknown), None);
    }
    for row in rows {
        let ended = ended.remove(&row.head.key);
        put(row, None, ended, transaction);
    }
}

/// A row is new, or differs.
fn put(
    row: &Row,
    reason: Option<ChangeReason>,
    ended: Option<Evicted>,
    transaction: &mut Transaction<'_>,
) {
    let held = transaction.get(&row.head.key);
    let ended = ended.filter(|ended| held.as_deref().is_some_and(|held| concerns(ended, held)));
    let told = row.head.lifecycle_revision.clone();
    let next = match &held {
        None => true,
        Some(held) => ended.is_some() || is_another(held, &row.head),
    };
    let revision = match &held {
        Some(held) if !next => held.entry.lifecycle_revision.clone(),
        Some(_) | None => told.unwrap_or_else(new_id),
    };
    let json = raw_value(row.json().to_json());
    let Ok(session) = Session::mirrored(&row.head, &json, revision.clone()) else {
        tracing::warn!(session = %row.head.key, "the upstream gateway sent a row that is no object");
        return;
    };
    match held {
        Some(held) if next => {
            let why = ended.map_or(EvictionReason::Unknown, |ended| ended.reason);
            transaction.end(&held, why, Some(revision));
            transaction.mirror(session, reason.unwrap_or(renewal(why)));
        }
        Some(held) if held.says_the_same(&session) => {}
        Some(_) => transaction.mirror(session, reason.unwrap_or(update())),
        None => transaction.mirror(session, reason.unwrap_or(ChangeReason::CREATE)),
    }
}

/// A generation was evicted, and no row follows.
fn end(evicted: Evicted, transaction: &mut Transaction<'_>) {
    let Some(held) = transaction.get(&evicted.key) else {
        return;
    };
    if !concerns(&evicted, &held) {
        return;
    }
    if !evicted.lives_on() {
        return transaction.end(&held, evicted.reason, None);
    }
    let next = evicted.next_lifecycle_revision.unwrap_or_else(new_id);
    if let Some(session) = held.renewed(next.clone()) {
        transaction.end(&held, evicted.reason, Some(next));
        transaction.mirror(session, renewal(evicted.reason));
    }
}

/// Whether an eviction is that of the generation that is held.
fn concerns(evicted: &Evicted, held: &Session) -> bool {
    let is_it = |told: &Option<String>, held: &str| told.as_deref().is_none_or(|told| told == held);
    is_it(&evicted.session_id, &held.entry.session_id)
        && is_it(&evicted.lifecycle_revision, &held.entry.lifecycle_revision)
}

/// Whether a row is of another generation, as far as it shows that.
fn is_another(held: &Session, head: &RowHead) -> bool {
    let entry = &held.entry;
    match (&head.lifecycle_revision, &head.session_id) {
        (Some(revision), _) => *revision != entry.lifecycle_revision,
        (None, Some(session_id)) => !entry.session_id.is_empty() && *session_id != entry.session_id,
        (None, None) => false,
    }
}

fn renewal(why: EvictionReason) -> ChangeReason {
    match why {
        EvictionReason::New => ChangeReason::NEW,
        EvictionReason::Reset => ChangeReason::RESET,
        EvictionReason::Deleted | EvictionReason::Expired | EvictionReason::Unknown => update(),
    }
}

/// Something changed, and nothing says what.
fn update() -> ChangeReason {
    ChangeReason::from("update".to_owned())
}
