//! How much reads may cost. What takes longer than others can wait, about a millisecond, is done [aside](crate::aside);
//! a usual page takes less, and no detour.
//!
//! What is counted are steps: to pass one session on the way through all of them, some 20 ns.

use sessionwire_listing::{Filter, Order, View};
use sessionwire_protocol::sessions::SessionsListParams;

use crate::gateway::Gateway;
use crate::list::{matching, order, range};
use crate::state::Catalog;

/// So many steps are long.
const LONG: usize = 50_000;
/// To write a row.
const ROW: usize = 100;
/// To ask a filter about a session.
const ASKED: usize = 20;
/// To ask it about all that have their traits in common.
const SHELF: usize = 5;
/// To put one session into an order.
const PLACE: usize = 25;

/// Whether a page may take long.
pub fn is_long_page(gateway: &Gateway, catalog: &Catalog, params: &SessionsListParams) -> bool {
    let (offset, limit) = range(params);
    let filter = Filter::new(params, gateway.clock.now());
    let finding = || match params.configured_agents_only {
        Some(true) => catalog.len().saturating_mul(ASKED),
        Some(false) | None => {
            matching(gateway, catalog, params).cost(order(params), offset.saturating_add(limit))
        }
    };
    is_long(&filter, order(params), limit, catalog, finding)
}

/// Whether it may take long to show all of a view.
pub fn is_long_snapshot(catalog: &Catalog, view: &View) -> bool {
    let limit = view.limit.unwrap_or(usize::MAX);
    let finding = || catalog.choose(&view.filter).cost(view.order, limit);
    is_long(&view.filter, view.order, limit, catalog, finding)
}

/// Whether it takes long to look at every session.
pub fn is_long_look(catalog: &Catalog) -> bool {
    catalog.len().saturating_mul(ASKED) >= LONG
}

fn is_long(
    filter: &Filter,
    order: Order,
    limit: usize,
    catalog: &Catalog,
    finding: impl FnOnce() -> usize,
) -> bool {
    let rows = limit.min(catalog.len()).saturating_mul(ROW);
    let asked = catalog.asked(filter);
    let sure = rows + asked.sessions.saturating_mul(ASKED) + asked.shelves.saturating_mul(SHELF);
    sure >= LONG || sure + looking(filter, order, catalog, finding) >= LONG
}

/// To find the sessions that are asked about; what that takes by indexes is looked up only where they know it.
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

    use serde::Deserialize;
    use serde_json::{Value, json};
    use sessionwire_protocol::{Millis, SessionEntry};

    use super::*;
    use crate::groups::Groups;
    use crate::journal::{Journal, Retention};
    use crate::session::Session;
    use crate::state::State;
    use crate::tombstones::Tombstones;

    const NOW: Millis = 4_000_000_000_000;

    #[test]
    fn usual_pages_are_short_in_any_store_and_the_others_where_it_has_many_sessions() {
        let (few, many) = (state(100, 1), state(60_000, 1));
        for (params, is_long) in [
            (json!({"limit": 200}), false),
            (json!({"limit": 200, "agentId": "a", "pinned": true}), false),
            (json!({"limit": 200, "label": "l"}), false),
            (json!({"limit": 5, "spawnedBy": "agent:a:main"}), true),
            (json!({"limit": 500}), true),
            (json!({"limit": 50, "search": "tea"}), true),
            (json!({"limit": 5, "activeMinutes": 5}), false),
            (
                json!({"limit": 5, "activeMinutes": 5, "sortBy": "activity"}),
                true,
            ),
            (json!({"limit": 50, "sortBy": "label"}), true),
            (json!({"limit": 10_000, "agentId": "a"}), true),
            (json!({"limit": 10_000}), true),
            (json!({}), false),
        ] {
            let found = [&few, &many].map(|state| is_long_of(state, &params));
            assert_eq!(found, [false, is_long], "{params:?}");
        }
        assert!(is_long_look(many.catalog()) && !is_long_look(few.catalog()));
    }

    #[test]
    fn where_hardly_any_sessions_have_something_in_common_only_those_with_names_are_found_soon() {
        let state = state(30_000, 30_000);
        for (params, is_long) in [
            (json!({"limit": 1}), true),
            (json!({"limit": 1, "group": "group 1"}), true),
            (json!({"limit": 1, "label": "l"}), false),
        ] {
            assert_eq!(is_long_of(&state, &params), is_long, "{params:?}");
        }
    }

    #[test]
    fn what_takes_long_to_find_is_not_found_to_know_that() {
        let state = state(30_000, 30_000);
        for params in [
            json!({"limit": 1}),
            json!({"limit": 1, "spawnedBy": "agent:a:main"}),
            json!({"limit": 1, "label": "many"}),
            json!({"limit": 500}),
        ] {
            let never = |_: &Filter, _| panic!("{params:?}");
            assert!(is_long_by(&state, &params, never));
        }
    }

    fn is_long_of(state: &State, params: &Value) -> bool {
        is_long_by(state, params, |filter, limit| {
            state.catalog().choose(filter).cost(Order::default(), limit)
        })
    }

    fn is_long_by(
        state: &State,
        params: &Value,
        finding: impl FnOnce(&Filter, usize) -> usize,
    ) -> bool {
        let params = SessionsListParams::deserialize(params).expect("they are");
        let (filter, (_, limit)) = (Filter::new(&params, NOW), range(&params));
        let finding = || finding(&filter, limit);
        is_long(&filter, order(&params), limit, state.catalog(), finding)
    }

    fn state(sessions: usize, groups: usize) -> State {
        let session = |number| {
            let key = format!("agent:{}:subagent:{number}", ["a", "b"][number % 2]);
            let entry = SessionEntry {
                category: Some(format!("group {}", number % groups).into()),
                spawned_by: Some("agent:a:main".into()),
                label: Some("many".into()),
                // As children that are long done are none.
                updated_at: NOW,
                ..SessionEntry::default()
            };
            Arc::new(Session::new(key.as_str().into(), entry))
        };
        let retention = Retention {
            entries: 10_000,
            age: 1_000,
        };
        let journal = Journal::new("e".to_owned(), 0, retention);
        let gone = Tombstones::new(retention);
        State::new(
            (0..sessions).map(session).collect(),
            Groups::default(),
            journal,
            gone,
        )
    }
}
