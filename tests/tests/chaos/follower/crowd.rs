//! Who follows what.

use sessionwire_tests::Dice;

use super::{Client, Follower, Follows, Foreign, HEARD, Native, View};

impl Follower {
    /// Quick and slow ones in Rust, some in Node and in a page, and a reader of server-sent events. They hold their
    /// first snapshots.
    ///
    /// `sockets` and `pages` are the same gateway, for those with a socket and those without one.
    pub(crate) async fn all(sockets: &str, pages: &str, dice: &mut Dice) -> Vec<Self> {
        let mut followers = natives(sockets, dice);
        followers.extend(foreigners(sockets, pages));
        for follower in &mut followers {
            follower.ready().await;
        }
        followers
    }
}

fn natives(url: &str, dice: &mut Dice) -> Vec<Follower> {
    let native = |name, follows: Follows, pace: Option<Dice>| Follower {
        client: Client::Native(Native::start(url, &follows, pace)),
        name,
        follows,
    };
    vec![
        native(
            "Rust, first",
            Follows {
                messages: HEARD.to_vec(),
                ..whole_and([
                    View::newest().growing(),
                    View::by_label(),
                    View::of_agent(),
                    View::archived(),
                ])
            },
            None,
        ),
        native(
            "Rust, parts only",
            Follows {
                messages: HEARD.to_vec(),
                views: vec![
                    View::newest(),
                    View::youngest().growing(),
                    View::found(),
                    View::pinned(),
                ],
            },
            None,
        ),
        native(
            "Rust, slow",
            whole_and([View::newest(), View::found(), View::of_agent()]),
            Some(dice.fork()),
        ),
        native(
            "Rust, slow too",
            whole_and([
                View::youngest().growing(),
                View::by_label().growing(),
                View::of_group(),
                View::archived(),
            ]),
            Some(dice.fork()),
        ),
    ]
}

fn foreigners(sockets: &str, pages: &str) -> Vec<Follower> {
    let foreign = |name, host, url, follows: Follows| Follower {
        client: Client::Foreign(Box::new(Foreign::start(host, url, &follows))),
        name,
        follows,
    };
    vec![
        foreign(
            "Node, first",
            "node",
            sockets,
            Follows {
                messages: HEARD.to_vec(),
                ..whole_and([
                    View::newest().growing(),
                    View::found(),
                    View::by_label().growing(),
                ])
            },
        ),
        foreign(
            "Node, second",
            "node",
            sockets,
            whole_and([View::pinned(), View::of_group(), View::archived()]),
        ),
        foreign(
            "Chromium",
            "chromium",
            sockets,
            whole_and([
                View::newest().growing(),
                View::youngest().growing(),
                View::of_agent(),
            ]),
        ),
        foreign(
            "server-sent events",
            "events",
            pages,
            whole_and([
                View::newest(),
                View::by_label(),
                View::found(),
                View::of_agent(),
            ]),
        ),
    ]
}

fn whole_and<const N: usize>(parts: [View; N]) -> Follows {
    let mut views = vec![View::everything()];
    views.extend(parts);
    Follows {
        views,
        ..Follows::default()
    }
}
