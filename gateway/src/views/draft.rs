//! A live list before anybody is told of it.

use std::collections::VecDeque;
use std::sync::Arc;

use sessionwire_listing::{View, Window};

use super::live::{Kept, limited, step, unlimited};
use crate::journal::Entry;
use crate::state::{Catalog, State};

/// What a new list needs of a state, to be looked at while that changes.
pub struct Sight {
    catalog: Catalog,
    head: u64,
    tail: u64,
    /// What happened before, where the list is to tell of it.
    entries: Vec<Arc<Entry>>,
}

/// What a view shows of a state that may be another by now.
pub struct Draft {
    pub(super) view: View,
    pub(super) kept: Kept,
    head: u64,
}

impl Sight {
    /// Of this state.
    pub fn of(state: &State, view: &View) -> Self {
        let journal = state.journal();
        let entries = journal.iter().take(match view.limit {
            Some(_) => 0,
            None => usize::MAX,
        });
        Self {
            catalog: state.catalog().clone(),
            head: journal.head(),
            tail: journal.tail(),
            entries: entries.cloned().collect(),
        }
    }
}

impl Draft {
    /// What the view shows there. Where the journal tells what happened to it before, the steps reach back as far as
    /// the journal does.
    pub fn new(view: View, sight: &Sight) -> Self {
        let Sight { catalog, head, .. } = sight;
        let listed = &mut |from: Option<&_>, count| catalog.listed(&view, from, count);
        let window = view.limit.map(|limit| Window::new(limit, listed));
        let entries = sight.entries.iter();
        let steps = entries.filter_map(|entry| step(entry, unlimited(&view, entry)));
        Self {
            kept: Kept {
                since: if window.is_some() { *head } else { sight.tail },
                steps: steps.collect::<VecDeque<_>>(),
                window,
            },
            head: *head,
            view,
        }
    }

    /// Takes in what has happened since; `false` where that takes another look at all sessions.
    pub(super) fn catch_up(&mut self, state: &State) -> bool {
        let Some(entries) = state.journal().since(self.head) else {
            return false;
        };
        for entry in entries {
            let Some(window) = &mut self.kept.window else {
                let told = unlimited(&self.view, entry);
                self.kept.steps.extend(step(entry, told));
                continue;
            };
            let mut looked = false;
            limited(&self.view, window, entry, &mut |_, _| {
                looked = true;
                Vec::new()
            });
            if looked {
                return false;
            }
            self.kept.since = entry.offset;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sessionwire_dice::Dice;
    use sessionwire_protocol::event::SocketDrain;
    use sessionwire_protocol::sessions::SessionsListParams;
    use sessionwire_protocol::{ChangeReason, EvictionReason, SessionEntry, SessionKey};

    use super::*;
    use crate::change::Change;
    use crate::groups::Groups;
    use crate::journal::{Journal, Retention};
    use crate::session::Session;
    use crate::tombstones::Tombstones;
    use crate::views::{LiveView, Views};

    #[test]
    fn a_draft_tells_what_a_list_tells_that_was_there_before() {
        let (mut opened, mut given_up) = (0, 0);
        for seed in 0..12 {
            for entries in [0, 1, 8, 1_000] {
                for params in [
                    json!({"agentId": "a"}),
                    json!({"agentId": "a", "limit": 2}),
                    json!({"limit": 40, "sortBy": "label"}),
                    json!({"group": "g", "search": "l3"}),
                ] {
                    let params: SessionsListParams =
                        serde_json::from_value(params).expect("they are params");
                    let view = View::new(&params).expect("it can be kept live");
                    match World::new(seed, entries).draft(&view) {
                        true => opened += 1,
                        false => given_up += 1,
                    }
                }
            }
        }
        assert!(opened > 40 && given_up > 40, "{opened}, {given_up}");
    }

    /// Sessions that change at random, and lists that follow them.
    struct World {
        dice: Dice,
        state: State,
        views: Vec<Views>,
    }

    impl World {
        fn new(seed: u64, entries: usize) -> Self {
            let retention = Retention {
                entries,
                age: 1_000_000,
            };
            let journal = Journal::new("e".to_owned(), 0, retention);
            let gone = Tombstones::new(retention);
            Self {
                dice: Dice::new(seed),
                state: State::new(Vec::new(), Groups::default(), journal, gone),
                views: Vec::new(),
            }
        }

        /// Whether a draft that was made while sessions changed became a list.
        fn draft(mut self, view: &View) -> bool {
            self.change(100);
            let before = Views::default();
            let draft = Draft::new(view.clone(), &Sight::of(&self.state, view));
            let held = before.open(draft, &self.state).expect("nothing happened");
            self.views.push(before);
            self.change(20);
            let sight = Sight::of(&self.state, view);
            let head = self.state.journal().head();
            let meanwhile = self.dice.below(12);
            self.change(meanwhile);
            let late = Views::default();
            let draft = Draft::new(view.clone(), &sight);
            let Some(live) = late.open(draft, &self.state) else {
                let has_forgotten = self.state.journal().since(head).is_none();
                assert!(has_forgotten || view.limit.is_some());
                return false;
            };
            self.views.push(late);
            let journal = self.state.journal();
            let since = view.limit.map_or(journal.tail(), |_| journal.head());
            for _ in 0..10 {
                assert_eq!(shown(&live), shown(&held));
                assert_eq!(told(&live, since), told(&held, since));
                self.change(3);
            }
            true
        }

        fn change(&mut self, times: u64) {
            for _ in 0..times {
                let agent = ["a", "b"][self.dice.below(2) as usize];
                let key = format!("agent:{agent}:{}", self.dice.below(40));
                let key = SessionKey::from(key.as_str());
                let held = self.state.catalog().get(&key).cloned();
                match (self.dice.below(6), held) {
                    (0, Some(held)) => self.evict(&held, None),
                    (1, Some(held)) => {
                        let next = self.dice.below(1_000).to_string();
                        self.evict(&held, Some(next.clone()));
                        self.upsert(key, next);
                    }
                    (_, held) => {
                        let revision = held.map(|held| held.entry.lifecycle_revision.clone());
                        self.upsert(key, revision.unwrap_or_default());
                    }
                }
            }
        }

        fn evict(&mut self, session: &Session, next: Option<String>) {
            self.apply(Change::Evicted {
                drain: SocketDrain {
                    session_key: session.key.clone(),
                    agent_id: None,
                    session_id: String::new(),
                    lifecycle_revision: session.entry.lifecycle_revision.clone(),
                    reason: match next {
                        Some(_) => EvictionReason::Reset,
                        None => EvictionReason::Deleted,
                    },
                    next_lifecycle_revision: next,
                    ts: 0,
                },
            });
        }

        fn upsert(&mut self, key: SessionKey, lifecycle_revision: String) {
            let entry = SessionEntry {
                lifecycle_revision,
                label: Some(format!("l{}", self.dice.below(50)).into()),
                category: (self.dice.below(2) == 0).then(|| "g".into()),
                pinned_at: (self.dice.below(9) == 0).then_some(1),
                archived_at: (self.dice.below(9) == 0).then_some(1),
                updated_at: self.dice.below(1_000),
                ..SessionEntry::default()
            };
            self.apply(Change::Upserted {
                session: Arc::new(Session::new(key, entry)),
                reason: ChangeReason::PATCH,
                operation: None,
            });
        }

        fn apply(&mut self, change: Change) {
            let entry = Arc::new(Entry::new(self.state.journal().next(), 0, change));
            self.state.apply(Arc::clone(&entry));
            for views in &self.views {
                views.apply(&entry, &self.state);
            }
        }
    }

    fn shown(live: &LiveView) -> Option<Vec<*const Session>> {
        Some(live.shown()?.iter().map(Arc::as_ptr).collect())
    }

    /// The steps of a list after an offset, as on the wire.
    fn told(live: &LiveView, since: u64) -> Option<Vec<(u64, Vec<String>)>> {
        let mut steps = Vec::new();
        let reaches = live.steps_since(since, |step| {
            let told = step.told.iter().map(|told| told.payload().json.to_string());
            steps.push((step.offset, told.collect()));
            true
        });
        reaches.then_some(steps)
    }
}
