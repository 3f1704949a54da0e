//! The faults that the simulation has to catch, as changes to the text of the product.

use super::fault::{Edit, Fault};

pub(super) const SIMULATED: &[Fault] = &[
    Fault {
        name: "gap-ignored",
        meaning: "a client applies what does not follow its place",
        edits: &[Edit {
            file: "client-core/src/feed.rs",
            from: "if place.prev != *offset {",
            to: "if place.prev > place.cursor {",
        }],
    },
    Fault {
        name: "step-torn",
        meaning: "a client applies the frames of a step one by one",
        edits: &[Edit {
            file: "client-core/src/feed.rs",
            from: "if place.cursor == *offset {\n            return Reception::Nothing;\n        }\n",
            to: "",
        }],
    },
    Fault {
        name: "doubt-dropped",
        meaning: "a session that a snapshot does not show is not asked about",
        edits: &[Edit {
            file: "client-core/src/copy.rs",
            from: "None => self.doubts.push(row),",
            to: "None => {}",
        }],
    },
    Fault {
        name: "eviction-told-twice",
        meaning: "a client forgets that it told of the generation that a reset ended",
        edits: &[Edit {
            file: "client-core/src/copy.rs",
            from: "self.evicted.insert(evicted.key.clone(), ());",
            to: "",
        }],
    },
    Fault {
        name: "told-ahead-forgotten",
        meaning: "an eviction that an answer told is told by the events again",
        edits: &[Edit {
            file: "client-core/src/copy.rs",
            from: "let mut evicted = self.is_told_ahead(&row.head);",
            to: "let mut evicted = false && self.is_told_ahead(&row.head);",
        }],
    },
    Fault {
        name: "rename-kept",
        meaning: "a refused name stays",
        edits: &[Edit {
            file: "client-core/src/renames.rs",
            from: "Some(_) => false,",
            to: "Some(_) => return,",
        }],
    },
    Fault {
        name: "eviction-coalesced",
        meaning: "a laggard is told rows only",
        edits: &[Edit {
            file: "gateway/src/feed/subscription.rs",
            from: "if is_listed(entry) && !(lags && entry.is_superseded_by(end)) {",
            to: "if is_listed(entry) && !(lags && (entry.change.drain().is_some() || entry.is_superseded_by(end))) {",
        }],
    },
    Fault {
        name: "resume-off-by-one",
        meaning: "a subscription begins one entry late",
        edits: &[Edit {
            file: "gateway/src/feed/subscription.rs",
            from: "            offset,\n            told: offset,",
            to: "            offset: offset + 1,\n            told: offset,",
        }],
    },
    Fault {
        name: "cursor-moved-by-first-frame",
        meaning: "the first frame of a step moves the place, not the last",
        edits: &[Edit {
            file: "gateway/src/feed/subscription.rs",
            from: "let cursor = if is_last && !lags { step.offset } else { *told };",
            to: "let cursor = if is_last || !lags { step.offset } else { *told };",
        }],
    },
    Fault {
        name: "always-start-over",
        meaning: "whoever is behind gets a snapshot, though the journal remembers all",
        edits: &[Edit {
            file: "gateway/src/feed/subscription.rs",
            from: "let Some(behind) = self.source.behind(self.offset, journal) else {",
            to: "let Some(behind) = self.source.behind(self.offset, journal).filter(|_| false) else {",
        }],
    },
    Fault {
        name: "tick-ahead",
        meaning: "a tick names a place that was not reached",
        edits: &[Edit {
            file: "gateway/src/feed/subscription.rs",
            from: "let place = place(&self.id, &mut self.told, self.offset);",
            to: "let place = place(&self.id, &mut self.told, self.offset + 1);",
        }],
    },
    Fault {
        name: "tick-forgets",
        meaning: "a tick moves the client, and the gateway does not remember it",
        edits: &[Edit {
            file: "gateway/src/feed/subscription.rs",
            from: "let place = place(&self.id, &mut self.told, self.offset);",
            to: "let place = place(&self.id, &mut self.told.clone(), self.offset);",
        }],
    },
    Fault {
        name: "answer-before-announcement",
        meaning: "an answer to a change is written before the change is told",
        edits: &[Edit {
            file: "gateway/src/conversation.rs",
            from: "self.last.extend(responses.map(|response| (mark, response)));",
            to: "let _ = mark;\n        self.first.extend(responses);",
        }],
    },
    Fault {
        name: "snapshot-apart",
        meaning: "a snapshot is of another place than it says",
        edits: &[Edit {
            file: "gateway/src/methods/subscribe.rs",
            from: "resumed.map_or(journal.head(), |since| since.offset)",
            to: "resumed.map_or(journal.tail(), |since| since.offset)",
        }],
    },
    Fault {
        name: "evicted-cut",
        meaning: "a snapshot comes with some of the evictions before it",
        edits: &[Edit {
            file: "gateway/src/methods/subscribe.rs",
            from: ".filter_map(|entry| entry.change.drain())\n",
            to: ".filter_map(|entry| entry.change.drain())\n        .skip(1)\n",
        }],
    },
    Fault {
        name: "reasons-lost",
        meaning: "a snapshot of a part leaves it to the client to find out what was evicted",
        edits: &[Edit {
            file: "gateway/src/methods/subscribe.rs",
            from: "let missed: Option<Vec<_>> = entries.map(",
            to: "let entries = entries.filter(|_| source.view().is_everything());\n        let missed: Option<Vec<_>> = entries.map(",
        }],
    },
    Fault {
        name: "epoch-ignored",
        meaning: "offsets of another journal count as places of this one, at both ends",
        edits: &[
            Edit {
                file: "gateway/src/methods/subscribe.rs",
                from: "since.filter(|since| since.epoch == journal.epoch())",
                to: "since.filter(|_| true)",
            },
            Edit {
                file: "client-core/src/feed.rs",
                from: "own.cursor != cursor ||",
                to: "own.cursor.offset != cursor.offset ||",
            },
        ],
    },
    Fault {
        name: "read-without-scope",
        meaning: "whoever may not read can subscribe",
        edits: &[Edit {
            file: "protocol/src/sessions/subscribe.rs",
            from: "\"sessions.subscribe\";\n    const ACCESS: Access = Access::Read;",
            to: "\"sessions.subscribe\";\n    const ACCESS: Access = Access::Open;",
        }],
    },
    Fault {
        name: "journal-trimmed-unnoticed",
        meaning: "the journal claims to reach back further than it does",
        edits: &[Edit {
            file: "gateway/src/journal.rs",
            from: "if offset == self.tail {",
            to: "if offset <= self.tail {",
        }],
    },
    Fault {
        name: "told-before-durable",
        meaning: "what the store refused is announced",
        edits: &[Edit {
            file: "gateway/src/committer.rs",
            from: "if stored.is_ok() && !entries.is_empty() {",
            to: "if !entries.is_empty() {",
        }],
    },
    Fault {
        name: "part-not-cried",
        meaning: "who listens to a part of the list is not told of commits",
        edits: &[Edit {
            file: "gateway/src/committer.rs",
            from: "concerned.push(Arc::clone(live.listeners()));",
            to: "let _ = live;",
        }],
    },
    Fault {
        name: "repeated-elsewhere",
        meaning: "what one subscription was told is told to others that stand in another place",
        edits: &[Edit {
            file: "gateway/src/crier/turn.rs",
            from: "telling.from == from && telling.name == name",
            to: "telling.name == name",
        }],
    },
    Fault {
        name: "repeated-for-another-list",
        meaning: "what a list is told is told to others of the same name",
        edits: &[Edit {
            file: "gateway/src/feed/subscription.rs",
            from: "list: self.source.number(),",
            to: "list: 0,",
        }],
    },
    Fault {
        name: "place-not-moved-by-repeating",
        meaning: "who is told what another was told stays where it was",
        edits: &[Edit {
            file: "gateway/src/feed/subscription.rs",
            from: "(self.offset, self.told) = (from.head, telling.told);",
            to: "self.offset = from.head;",
        }],
    },
    Fault {
        name: "left-not-told",
        meaning: "a session that a filter no longer chooses stays in copies",
        edits: &[Edit {
            file: "gateway/src/views/live.rs",
            from: "if was_shown => vec![left(&session.key, entry.at)],",
            to: "if was_shown => vec![],",
        }],
    },
    Fault {
        name: "place-not-filled",
        meaning: "the row that takes a freed place of a window is not told",
        edits: &[Edit {
            file: "gateway/src/views/live.rs",
            from: "        .chain(filled_by)\n",
            to: "        .chain(filled_by.filter(|_| false))\n",
        }],
    },
    Fault {
        name: "filter-looks-back",
        meaning: "a filter decides by what a session was before the change",
        edits: &[Edit {
            file: "gateway/src/views/live.rs",
            from: "if view.rank(session.as_ref()).is_some() => {",
            to: "if was_shown => {",
        }],
    },
    Fault {
        name: "window-floor-off-by-one",
        meaning: "a change right below a window counts as shown",
        edits: &[Edit {
            file: "listing/src/window.rs",
            from: "let is_shown = stands.is_some_and(|index| index < self.limit);",
            to: "let is_shown = stands.is_some_and(|index| index <= self.limit);",
        }],
    },
    Fault {
        name: "pins-ignored",
        meaning: "pinned sessions do not stand first",
        edits: &[Edit {
            file: "listing/src/order.rs",
            from: "let pinned_at = session.pinned_at();",
            to: "let pinned_at = None;",
        }],
    },
];
