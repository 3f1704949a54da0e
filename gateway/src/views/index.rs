//! Which live lists a change may concern, without looking at the others.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Weak};

use sessionwire_listing::{Filter, Listed, Ranked, agent};
use sessionwire_protocol::SessionKey;

use super::LiveView;
use crate::change::Change;
use crate::journal::Entry;
use crate::session::Session;

/// Live lists by the one thing that all their sessions have in common.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_facet: HashMap<Facet, Vec<Weak<LiveView>>>,
    /// Lists of sessions that need have nothing in common.
    others: Vec<Weak<LiveView>>,
    /// How many lists stand under trigrams; without any, no session is cut into its own.
    searches: usize,
}

/// What the sessions of a list may have in common, the rarest first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Facet {
    Label(String),
    SpawnedBy(SessionKey),
    /// Three characters in a row of one of its texts, in lower case.
    Trigram([char; 3]),
    Group(String),
    Pinned,
    Archived,
    Agent(String),
}

impl Index {
    pub(super) fn insert(&mut self, live: &Arc<LiveView>) {
        self.forget_the_gone();
        let place = match Facet::of_all(&live.view().filter) {
            Some(facet) => {
                self.searches += usize::from(matches!(facet, Facet::Trigram(_)));
                self.by_facet.entry(facet).or_default()
            }
            None => &mut self.others,
        };
        place.push(Arc::downgrade(live));
    }

    /// The lists that the entry may concern, each once.
    pub(super) fn concerned(&self, entry: &Entry) -> Vec<Arc<LiveView>> {
        let (before, after) = match &entry.change {
            Change::Upserted { session, .. } => (entry.replaced(), Some(session)),
            Change::Evicted { .. } => (entry.replaced(), None),
            Change::Message { .. } | Change::Chat { .. } | Change::Groups { .. } => {
                return Vec::new();
            }
        };
        let mut facets = HashSet::new();
        for session in before.into_iter().chain(after) {
            self.collect_facets(session, &mut facets);
        }
        let found = facets.iter().filter_map(|facet| self.by_facet.get(facet));
        let lists = found.flatten().chain(&self.others);
        // By address, because a list is the same only as itself, and each is to be looked at once.
        let by_address: BTreeMap<_, _> = lists
            .filter_map(Weak::upgrade)
            .map(|live| (Arc::as_ptr(&live), live))
            .collect();
        by_address.into_values().collect()
    }

    fn collect_facets(&self, session: &Session, facets: &mut HashSet<Facet>) {
        if self.by_facet.is_empty() {
            return;
        }
        let said = session.facts();
        let own = [
            session.label().map(|label| Facet::Label(label.to_owned())),
            said.spawned_by.cloned().map(Facet::SpawnedBy),
            said.parent.cloned().map(Facet::SpawnedBy),
            Some(Facet::Group(said.category.unwrap_or_default().to_owned())),
            session.key.agent_id().map(|name| Facet::Agent(agent(name))),
        ];
        facets.extend(own.into_iter().flatten());
        facets.extend(session.is_pinned().then_some(Facet::Pinned));
        facets.extend(said.is_archived.then_some(Facet::Archived));
        if self.searches > 0 {
            session.any_text(&mut |text| {
                facets.extend(trigrams(&text.to_lowercase()).map(Facet::Trigram));
                false
            });
        }
    }

    fn forget_the_gone(&mut self) {
        let is_held = |live: &Weak<LiveView>| live.strong_count() > 0;
        self.others.retain(is_held);
        self.by_facet.retain(|_, lists| {
            lists.retain(is_held);
            !lists.is_empty()
        });
        let facets = self.by_facet.iter();
        self.searches = facets
            .filter(|(facet, _)| matches!(facet, Facet::Trigram(_)))
            .map(|(_, lists)| lists.len())
            .sum();
    }
}

impl Facet {
    /// The rarest facet that all sessions have which the filter chooses.
    fn of_all(filter: &Filter) -> Option<Self> {
        None.or_else(|| filter.label().map(|label| Self::Label(label.to_owned())))
            .or_else(|| filter.spawned_by().cloned().map(Self::SpawnedBy))
            .or_else(|| {
                filter
                    .search()
                    .and_then(|text| trigrams(text).next())
                    .map(Self::Trigram)
            })
            .or_else(|| filter.group().map(|group| Self::Group(group.to_owned())))
            .or_else(|| filter.only_pinned().then_some(Self::Pinned))
            .or_else(|| filter.only_archived().then_some(Self::Archived))
            .or_else(|| filter.agent().map(|agent| Self::Agent(agent.to_owned())))
    }
}

fn trigrams(text: &str) -> impl Iterator<Item = [char; 3]> {
    let (second, third) = (text.chars().skip(1), text.chars().skip(2));
    text.chars()
        .zip(second)
        .zip(third)
        .map(|((first, second), third)| [first, second, third])
}

#[cfg(test)]
mod tests {
    use sessionwire_listing::View;
    use sessionwire_protocol::sessions::SessionsListParams;
    use sessionwire_protocol::{ChangeReason, SessionEntry};

    use super::*;
    use crate::groups::Groups;
    use crate::journal::{Journal, Retention};
    use crate::state::State;
    use crate::tombstones::Tombstones;
    use crate::views::{Draft, Sight};

    #[test]
    fn a_change_is_looked_at_only_by_lists_that_it_may_concern() {
        let retention = Retention {
            entries: 10,
            age: 1_000,
        };
        let journal = Journal::new("e".to_owned(), 0, retention);
        let mut state = State::new(
            Vec::new(),
            Groups::default(),
            journal,
            Tombstones::new(retention),
        );
        let mut index = Index::default();
        let mut held = Vec::new();
        let mut keep = |params: SessionsListParams| {
            let view = View::new(&params).expect("it can be kept live");
            let sight = Sight::of(&state, &view);
            let live = Arc::new(LiveView::new(0, Draft::new(view, &sight)));
            index.insert(&live);
            held.push(live);
        };
        for number in 0..300 {
            keep(SessionsListParams {
                agent_id: Some(format!("a{number}")),
                ..SessionsListParams::default()
            });
            keep(SessionsListParams {
                agent_id: Some("a7".to_owned()),
                label: Some(format!("l{number}")),
                ..SessionsListParams::default()
            });
            keep(SessionsListParams {
                search: Some(format!("{number:03} in the text")),
                ..SessionsListParams::default()
            });
        }
        keep(SessionsListParams {
            limit: Some(5),
            ..SessionsListParams::default()
        });
        let session = |label: &str, offset| {
            let entry = SessionEntry {
                label: Some(label.into()),
                ..SessionEntry::default()
            };
            let change = Change::Upserted {
                session: Arc::new(Session::new("agent:a7:s".into(), entry)),
                reason: ChangeReason::PATCH,
                operation: None,
            };
            Arc::new(Entry::new(offset, 0, change))
        };
        let concerned = |entry: &Entry| {
            let lists = index.concerned(entry);
            let mut names: Vec<_> = lists
                .iter()
                .map(|live| {
                    let filter = &live.view().filter;
                    let facet = filter.label().or(filter.search()).or(filter.agent());
                    facet.unwrap_or("any").to_owned()
                })
                .collect();
            names.sort_unstable();
            names
        };
        let first = session("l3", 1);
        state.apply(Arc::clone(&first));
        assert_eq!(concerned(&first), ["a7", "any", "l3"]);
        let second = session("x042 in the text", 2);
        state.apply(Arc::clone(&second));
        assert_eq!(
            concerned(&second),
            ["042 in the text", "a7", "any", "l3"],
            "also those that it left"
        );
    }
}
