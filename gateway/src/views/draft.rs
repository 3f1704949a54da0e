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
