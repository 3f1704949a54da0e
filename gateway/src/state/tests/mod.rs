//! Whatever changed before: the indexes choose what the filter chooses of all sessions one by one, in the same order.

mod draw;
mod model;

use sessionwire_listing::Order;
use sessionwire_protocol::Millis;
use sessionwire_protocol::sessions::{SessionsListParams, SortBy};

use model::{Model, check, check_names};

use crate::change::Change;
use crate::groups::Groups;

const NOW: Millis = 100_000_000;

#[test]
fn what_is_chosen_by_indexes_is_what_filters_take() {
    for seed in 0..6 {
        let mut model = Model::new(seed, 700);
        for _ in 0..150 {
            for _ in 0..model.draw.below(20) {
                model.change_one();
            }
            model.ask();
        }
        check_names(model.state.catalog(), &model.plain);
        model.empty();
        model.ask();
    }
}

#[test]
fn the_journal_does_not_keep_all_groups_for_each_that_came() {
    let mut model = Model::new(1, 0);
    for count in 1..4 {
        let names: Vec<_> = (0..count).map(|name: usize| name.to_string()).collect();
        let groups = Groups::default().arranged(&names, None);
        let change = || Change::Groups {
            groups: groups.clone(),
        };
        model.apply(change());
        assert_eq!(model.state.groups(), &groups);
        let stored = serde_json::to_string(&change());
        assert_eq!(stored.expect("it serialises"), r#"{"kind":"groups"}"#);
    }
    assert_eq!(model.state.journal().remembered(), 3);
    for entry in model.state.journal().iter() {
        let Change::Groups { groups } = &entry.change else {
            panic!("only groups changed");
        };
        assert_eq!(groups, &Groups::default());
    }
}

#[test]
fn a_search_by_several_threads_finds_the_same() {
    let mut model = Model::new(1, 70_000);
    for _ in 0..50 {
        model.change_one();
    }
    for search in ["tea", "kettle 1", "gone", "a:b", "über"] {
        let params = SessionsListParams {
            search: Some(search.to_owned()),
            ..SessionsListParams::default()
        };
        model.check(&params, None);
    }
}

#[test]
fn a_copy_stays_as_it_is_and_its_order_is_taken_over() {
    for (seed, field) in (10..).zip([
        SortBy::UpdatedAt,
        SortBy::LastInteractionAt,
        SortBy::Activity,
        SortBy::CreatedAt,
        SortBy::Label,
    ]) {
        let mut model = Model::new(seed, 3_000);
        let order = Order::by(field);
        let (copy, plain) = (model.state.catalog().clone(), model.plain.clone());
        copy.make(order);
        for _ in 0..300 {
            model.change_one();
        }
        model.state.take_order(order, &copy);
        assert!(model.state.catalog().has(order));
        for _ in 0..300 {
            model.change_one();
        }
        check_names(&copy, &plain);
        check_names(model.state.catalog(), &model.plain);
        for _ in 0..10 {
            let params = SessionsListParams {
                sort_by: Some(field),
                ..model.draw.params()
            };
            check(&copy, &plain, &params, None);
            model.check(&params, None);
        }
    }
}
