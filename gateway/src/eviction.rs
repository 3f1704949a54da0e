//! Which sessions must go, and the task that sees to it.

use std::sync::Arc;
use std::time::Duration;

use sessionwire_protocol::{ErrorBody, EvictionReason, Millis};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::config::Config;
use crate::gateway::Gateway;
use crate::session::Session;
use crate::transaction::Transaction;

/// How many sessions one commit evicts at most, so that changes by others need not wait for all.
const BATCH: usize = 128;

/// How long and how many sessions are kept.
///
/// Main sessions, the sentinels and pinned sessions are always kept, although they count. All others go in the
/// order in which anything last happened in them. Archived ones have no turn of their own: archiving says that
/// one is done with a session, not that one will not need it, and it counts as something that happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    idle_ttl: Option<Millis>,
    max_sessions: Option<usize>,
}

impl Policy {
    /// The policy that was asked for.
    pub fn of(config: &Config) -> Self {
        let millis = |ttl: Duration| Millis::try_from(ttl.as_millis()).unwrap_or(Millis::MAX);
        Self {
            idle_ttl: config.session_idle_ttl.map(millis),
            max_sessions: config.max_sessions,
        }
    }

    /// Whether sessions are kept without bounds.
    pub fn keeps_all(&self) -> bool {
        self.idle_ttl.is_none() && self.max_sessions.is_none()
    }

    /// Whether nothing happened in a session for too long.
    pub fn is_idle(&self, session: &Session, now: Millis) -> bool {
        let idle = now.saturating_sub(session.entry.updated_at);
        self.idle_ttl.is_some_and(|ttl| idle >= ttl)
    }

    /// The sessions that must go, the longest idle first, of `count` sessions in all.
    ///
    /// `sessions` are in list order: pinned ones first, then the most recently changed.
    pub fn due<'a>(
        self,
        now: Millis,
        count: usize,
        sessions: impl DoubleEndedIterator<Item = &'a Arc<Session>>,
    ) -> impl Iterator<Item = &'a Arc<Session>> {
        let excess = self
            .max_sessions
            .map_or(0, |most| count.saturating_sub(most));
        sessions
            .rev()
            .take_while(|session| session.entry.pinned_at.is_none())
            .filter(|session| !session.key.is_main() && session.key.agent_id().is_some())
            .enumerate()
            .take_while(move |(place, session)| *place < excess || self.is_idle(session, now))
            .map(|(_, session)| session)
    }

    /// Whether any session must go.
    pub fn is_due(self, gateway: &Gateway) -> bool {
        let state = gateway.sessions.read();
        let sessions = state.catalog();
        self.due(gateway.clock.now(), sessions.len(), sessions.iter())
            .next()
            .is_some()
    }

    /// How often it is worth looking for idle sessions: they go at most a tenth late, and a minute.
    fn pace(self) -> Duration {
        const LONGEST: Duration = Duration::from_secs(60);
        const SHORTEST: Duration = Duration::from_millis(10);
        let tenth = self.idle_ttl.map(|ttl| Duration::from_millis(ttl / 10));
        tenth.map_or(LONGEST, |tenth| tenth.clamp(SHORTEST, LONGEST))
    }
}

/// How many sessions were evicted, and by which bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evicted {
    /// Nothing had happened in them for too long.
    pub idle: usize,
    /// There were too many.
    pub excess: usize,
}

impl Evicted {
    /// All of them.
    pub fn total(self) -> usize {
        self.idle + self.excess
    }

    /// Counts one more.
    pub fn count(&mut self, idle: bool) {
        match idle {
            true => self.idle += 1,
            false => self.excess += 1,
        }
    }
}

/// Evicts in bounded commits until no session is due that `may_go`.
///
/// Each commit decides anew: what was changed in the meantime is not idle, and stays.
pub async fn enforce(
    gateway: &Gateway,
    policy: Policy,
    may_go: impl Fn(&Session) -> bool + Clone + Send + 'static,
) -> Result<Evicted, ErrorBody> {
    let mut evicted = Evicted::default();
    loop {
        let may_go = may_go.clone();
        let batch = gateway
            .sessions
            .commit(move |transaction| Ok(evict(transaction, policy, may_go)))
            .await?;
        evicted.idle += batch.idle;
        evicted.excess += batch.excess;
        if batch.total() < BATCH {
            return Ok(evicted);
        }
    }
}

/// Enforces the policy until the gateway stops: on idle sessions at a steady pace, on their number at once.
pub async fn keep(gateway: Arc<Gateway>) {
    let policy = Policy::of(&gateway.config);
    if policy.keeps_all() {
        return;
    }
    let mut head = gateway.sessions.head();
    let mut stopping = gateway.stopping.subscribe();
    loop {
        if policy.is_due(&gateway)
            && let Ok(evicted) = enforce(&gateway, policy, |_| true).await
            && evicted.total() > 0
        {
            tracing::info!(evicted.idle, evicted.excess, "evicted sessions");
        }
        tokio::select! {
            () = sleep(policy.pace()) => {}
            () = moved(&mut head), if policy.max_sessions.is_some() => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
    }
}

fn evict(
    transaction: &mut Transaction<'_>,
    policy: Policy,
    may_go: impl Fn(&Session) -> bool,
) -> Evicted {
    let (now, count) = (transaction.now(), transaction.count());
    let due: Vec<_> = policy
        .due(now, count, transaction.untouched())
        .filter(|session| may_go(session))
        .take(BATCH)
        .cloned()
        .collect();
    let mut evicted = Evicted::default();
    for session in due {
        evicted.count(policy.is_idle(&session, now));
        transaction.evict(&session, EvictionReason::Expired);
    }
    evicted
}

async fn moved(head: &mut watch::Receiver<u64>) {
    if head.changed().await.is_err() {
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups::Groups;
    use crate::journal::{Journal, Retention};
    use crate::state::State;
    use crate::tombstones::Tombstones;
    use sessionwire_dice::Dice;
    use sessionwire_protocol::{SessionEntry, SessionKey};

    const NOW: Millis = 1_000_000;

    struct Row {
        key: &'static str,
        idle: Millis,
        pinned: bool,
        archived: bool,
    }

    fn row(key: &'static str, idle: Millis) -> Row {
        Row {
            key,
            idle,
            pinned: false,
            archived: false,
        }
    }

    fn state(rows: impl IntoIterator<Item = (String, Millis, bool, bool)>) -> State {
        let session = |(key, idle, pinned, archived): (String, Millis, bool, bool)| {
            let entry = SessionEntry {
                session_id: format!("id of {key}"),
                updated_at: NOW - idle,
                pinned_at: pinned.then_some(1),
                archived_at: archived.then_some(1),
                ..SessionEntry::default()
            };
            Arc::new(Session::new(SessionKey::from(key.as_str()), entry))
        };
        let sessions = rows.into_iter().map(session).collect();
        let retention = Retention {
            entries: 1,
            age: 1_000,
        };
        State::new(
            sessions,
            Groups::default(),
            Journal::new("e".to_owned(), 0, retention),
            Tombstones::new(retention),
        )
    }

    fn due(state: &State, idle_ttl: Option<Millis>, max_sessions: Option<usize>) -> Vec<&str> {
        let policy = Policy {
            idle_ttl,
            max_sessions,
        };
        let sessions = state.catalog();
        policy
            .due(NOW, sessions.len(), sessions.iter())
            .map(|session| session.key.as_str())
            .collect()
    }

    fn of(rows: &[Row]) -> State {
        state(
            rows.iter()
                .map(|row| (row.key.to_owned(), row.idle, row.pinned, row.archived)),
        )
    }

    #[test]
    fn idle_sessions_go_at_their_time() {
        let state = of(&[
            row("agent:main:a", 99),
            row("agent:main:b", 100),
            row("agent:main:c", 101),
        ]);
        assert_eq!(
            due(&state, Some(100), None),
            ["agent:main:c", "agent:main:b"]
        );
        assert_eq!(due(&state, Some(200), None), [""; 0]);
        assert_eq!(due(&state, None, None), [""; 0]);
    }

    #[test]
    fn the_longest_idle_go_first_until_the_number_is_right() {
        let state = of(&[
            row("agent:main:a", 10),
            row("agent:main:b", 30),
            row("agent:main:c", 20),
        ]);
        assert_eq!(due(&state, None, Some(3)), [""; 0]);
        assert_eq!(due(&state, None, Some(1)), ["agent:main:b", "agent:main:c"]);
        assert_eq!(due(&state, Some(25), Some(2)), ["agent:main:b"]);
    }

    #[test]
    fn some_never_go_although_they_count() {
        let state = of(&[
            row("agent:main:main", 500),
            row("global", 500),
            row("unknown", 500),
            Row {
                pinned: true,
                ..row("agent:main:pinned", 500)
            },
            row("agent:main:a", 10),
        ]);
        assert_eq!(due(&state, Some(1), Some(0)), ["agent:main:a"]);
        assert_eq!(due(&state, None, Some(4)), ["agent:main:a"]);
    }

    #[test]
    fn archived_ones_have_no_turn_of_their_own() {
        let archived = Row {
            archived: true,
            ..row("agent:main:a", 10)
        };
        let state = of(&[archived, row("agent:main:b", 20)]);
        assert_eq!(due(&state, None, Some(1)), ["agent:main:b"]);
    }

    #[test]
    fn whatever_the_sessions_only_the_right_ones_go() {
        for seed in 0..500 {
            let mut dice = Dice::new(seed);
            let rows: Vec<_> = (0..dice.below(40))
                .map(|number| {
                    let key = match dice.below(12) {
                        0 => format!("agent:{number}:main"),
                        _ => format!("agent:main:{number}"),
                    };
                    (key, dice.below(200), dice.below(6) == 0, dice.below(4) == 0)
                })
                .collect();
            let state = state(rows.clone());
            let idle_ttl = (dice.below(3) > 0).then(|| dice.below(200));
            let max_sessions = (dice.below(3) > 0).then(|| dice.below(40) as usize);
            let gone = due(&state, idle_ttl, max_sessions);

            let row_of = |key: &str| rows.iter().find(|row| row.0 == key).expect("it is one");
            let may_go = |row: &(String, Millis, bool, bool)| !row.2 && !row.0.ends_with(":main");
            let kept: Vec<_> = rows
                .iter()
                .filter(|row| may_go(row) && !gone.contains(&row.0.as_str()))
                .collect();
            assert!(gone.iter().all(|key| may_go(row_of(key))), "seed {seed}");
            let too_idle = |idle: Millis| idle_ttl.is_some_and(|ttl| idle >= ttl);
            assert!(kept.iter().all(|row| !too_idle(row.1)), "seed {seed}");
            let left = rows.len() - gone.len();
            let most = max_sessions.unwrap_or(usize::MAX);
            assert!(left <= most || kept.is_empty(), "seed {seed}");
            let idle: Vec<_> = gone.iter().map(|key| row_of(key).1).collect();
            assert!(idle.is_sorted_by(|a, b| a >= b), "seed {seed}");
            let shortest = idle.last().copied().unwrap_or(Millis::MAX);
            assert!(kept.iter().all(|row| row.1 <= shortest), "seed {seed}");
            let for_number = idle.iter().any(|idle| !too_idle(*idle));
            assert!(left >= most || !for_number, "seed {seed}");
        }
    }
}
