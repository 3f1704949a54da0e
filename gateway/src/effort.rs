//! How much reads may cost. What takes longer than others can wait, about a millisecond, is done [aside](crate::aside);
//! a usual page takes less, and no detour.
//!
//! What is counted are steps: to pass one session on the way through all of them, some 20 ns.

use sessionwire_listing::{Filter, Order, View};
use sessionwire_protocol::sessions::SessionsListParams;

use crate::gateway::Gateway;
use crate::list::{matching, order, range};
use crate::state::{Catalog, State};

/// So many steps are long.
const LONG: usize = 50_000;
/// To write a row.
const ROW: usize = 100;
/// To put one session into an order.
const PLACE: usize = 25;
/// To see what an entry of the journal did to a list.
const ENTRY: usize = 8;

/// Whether a page may take long.
pub fn is_long_page(gateway: &Gateway, catalog: &Catalog, params: &SessionsListParams) -> bool {
    let (offset, limit) = range(params);
    let rows = rows(limit, catalog);
    let filter = Filter::new(params, gateway.clock.now());
    let finding = || match params.configured_agents_only {
        Some(true) => catalog.len(),
        Some(false) | None => {
            matching(gateway, catalog, params).cost(order(params), offset.saturating_add(limit))
        }
    };
    rows >= LONG || rows + looking(&filter, order(params), catalog, finding) >= LONG
}

/// Whether it may take long to show what a view shows, after all that happened since if the list is `new`.
pub fn is_long_view(state: &State, view: &View, is_new: bool) -> bool {
    let catalog = state.catalog();
    let limit = view.limit.unwrap_or(usize::MAX);
    let entries = match view.limit {
        None if is_new => state.journal().remembered() * ENTRY,
        None | Some(_) => 0,
    };
    let rows = rows(limit, catalog) + entries;
    let finding = || catalog.choose(&view.filter).cost(view.order, limit);
    rows >= LONG || rows + looking(&view.filter, view.order, catalog, finding) >= LONG
}

/// Whether it takes long to look at every session.
pub fn is_long_look(catalog: &Catalog) -> bool {
    catalog.len() >= LONG
}

fn rows(limit: usize, catalog: &Catalog) -> usize {
    limit.min(catalog.len()).saturating_mul(ROW)
}

/// To find the sessions; what that takes by indexes is asked only where they know them.
fn looking(
    filter: &Filter,
    order: Order,
    catalog: &Catalog,
    finding: impl FnOnce() -> usize,
) -> usize {
    let ordering = match catalog.has(order) {
        true => 0,
        false => catalog.len().saturating_mul(PLACE),
    };
    let finding = match catalog.knows(filter) {
        true => finding(),
        false => catalog.len(),
    };
    ordering.saturating_add(finding)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use sessionwire_protocol::SessionEntry;

    use super::*;
    use crate::change::Change;
    use crate::groups::Groups;
    use crate::journal::{Entry, Journal, Retention};
    use crate::session::Session;
    use crate::tombstones::Tombstones;

    #[test]
    fn usual_views_are_short_in_any_store_and_the_others_where_it_has_many_sessions() {
        let (few, many) = (state(100, 7_000), state(60_000, 10));
        for (params, is_long) in [
            (json!({"limit": 200}), [false, false]),
            (
                json!({"limit": 200, "agentId": "a", "pinned": true}),
                [false, false],
            ),
            (json!({"limit": 200, "label": "l"}), [false, false]),
            (json!({"limit": 500}), [false, true]),
            (json!({"limit": 50, "search": "tea"}), [false, true]),
            (json!({"limit": 50, "sortBy": "label"}), [false, true]),
            (json!({"agentId": "a"}), [false, true]),
            (json!({}), [false, true]),
        ] {
            let params: SessionsListParams = serde_json::from_value(params).expect("they are");
            let view = View::new(&params).expect("it can be kept live");
            let found = [&few, &many].map(|state| is_long_view(state, &view, false));
            assert_eq!(found, is_long, "{params:?}");
            let of_all_entries = view.limit.is_none();
            assert_eq!(
                is_long_view(&few, &view, true),
                of_all_entries,
                "{params:?}"
            );
            many.catalog().make(view.order);
            let by_search = view.filter.search().is_some();
            let is_short = view.limit.is_some_and(|limit| limit < 500) && !by_search;
            assert_eq!(is_long_view(&many, &view, false), !is_short, "{params:?}");
        }
        assert!(is_long_look(many.catalog()) && !is_long_look(few.catalog()));
    }

    fn state(sessions: usize, entries: u64) -> State {
        let session = |number| {
            let key = format!("agent:{}:{number}", ["a", "b"][number % 2]);
            Arc::new(Session::new(key.as_str().into(), SessionEntry::default()))
        };
        let retention = Retention {
            entries: 10_000,
            age: 1_000,
        };
        let mut journal = Journal::new("e".to_owned(), 0, retention);
        for offset in 1..=entries {
            let change = Change::Groups {
                groups: Groups::default(),
            };
            journal.push(Arc::new(Entry::new(offset, 0, change)));
        }
        let gone = Tombstones::new(retention);
        State::new(
            (0..sessions).map(session).collect(),
            Groups::default(),
            journal,
            gone,
        )
    }
}
