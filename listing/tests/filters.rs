//! Which rows the params of `sessions.list` choose. `cargo xtask test openclaw filters` asks OpenClaw's gateway the same.

use sessionwire_listing::{Facts, Filter, Listed, NotLive, Ranked, View, any_text_of_row};
use sessionwire_protocol::sessions::{Archived, ProfileRelation, SessionsListParams, SortBy};
use sessionwire_protocol::{
    ActorFacts, GoalFacts, Millis, OriginFacts, RowFacts, RowHead, RuntimeFacts, SessionKey,
};

const MINUTE: Millis = 60_000;
const NOW: Millis = 1_000 * MINUTE;
const MAIN: &str = "agent:main:main";

struct Row {
    head: RowHead,
    facts: RowFacts,
}

type Params = SessionsListParams;

#[test]
fn timed_jobs_are_listed_and_their_runs_are_not() {
    let rows = [
        row("agent:main:cron:job"),
        row("agent:main:cron:job:run:1"),
        row("agent:main:cronies"),
    ];
    assert_eq!(chosen(&rows, |_| {}), ["cron:job", "cronies"]);
    assert_eq!(
        chosen(&rows, |params| params.exclude_cron = Some(true)),
        ["cronies"]
    );
    assert_eq!(
        rows.iter()
            .filter(|row| Filter::EVERYTHING.matches(*row))
            .count(),
        3
    );
}

#[test]
fn sentinels_and_phantoms_are_none_of_the_sessions() {
    let mut of_main = row("global");
    of_main.facts.agent_id = Some("main".into());
    let mut phantom = row("agent:main:sessions");
    phantom.head.updated_at = None;
    phantom.head.session_id = None;
    let rows = [
        of_main,
        row("unknown"),
        phantom,
        row("agent:main:a"),
        row("agent:other:b"),
    ];
    assert_eq!(chosen(&rows, |_| {}), ["a", "b"]);
    let with_both = |agent: &'static str| {
        move |params: &mut Params| {
            params.include_global = Some(true);
            params.include_unknown = Some(true);
            params.agent_id = Some(agent.to_owned());
        }
    };
    assert_eq!(chosen(&rows, with_both(" MAIN ")), ["global", "a"]);
    assert_eq!(chosen(&rows, with_both("other")), ["b"]);
    assert_eq!(
        chosen(&rows, |params| params.include_unknown = Some(true)),
        ["unknown", "a", "b"]
    );
    let mut child = row("global");
    child.facts.spawned_by = Some(MAIN.into());
    let of_main = |params: &mut Params| {
        params.include_global = Some(true);
        params.spawned_by = Some(MAIN.to_owned());
    };
    assert_eq!(chosen(&[child], of_main), [""; 0]);
}

#[test]
fn helpers_are_those_that_were_started_and_put_nowhere() {
    let started = |key: &str, group: Option<&str>| {
        let mut row = row(key);
        row.facts.spawned_by = Some(MAIN.into());
        row.facts.category = group.map(Box::from);
        row
    };
    let rows = [
        row("agent:main:subagent:x"),
        started("agent:main:helper", None),
        started("agent:main:blank", Some(" ")),
        started("agent:main:put", Some("Work")),
        started("agent:main:dashboard:d", None),
        row("agent:main:a"),
    ];
    let without = |params: &mut Params| params.exclude_subagents = Some(true);
    assert_eq!(chosen(&rows, without), ["put", "dashboard:d", "a"]);
}

#[test]
fn what_programs_made_for_themselves_can_be_left_out() {
    let made = |key: &str, via: &str, change: fn(&mut Row)| {
        let mut row = row(key);
        row.facts.created_via = Some(via.into());
        change(&mut row);
        row
    };
    let by = |name: &str| {
        Some(ActorFacts {
            r#type: Some(name.into()),
        })
    };
    let mut system = row("agent:main:system");
    system.facts.created_actor = by("system");
    let mut person = made("agent:main:person", "run", |_| {});
    person.facts.created_actor = by("human");
    let rows = [
        system,
        person,
        made("agent:main:probe", "run", |_| {}),
        made("agent:main:cron:job", "internal", |_| {}),
        made("agent:main:operator", "operator", |_| {}),
        made("agent:main:named", "run", |row| {
            row.head.label = Some("Named".into())
        }),
        made("agent:main:titled", "run", |row| {
            row.facts.display_name = Some("Titled".into())
        }),
        made("agent:main:derived", "run", |row| {
            row.facts.display_name = Some("Derived".into());
            row.facts.auto_label = Some("Derived".into());
        }),
    ];
    assert_eq!(
        chosen(&rows, |params| params.exclude_system = Some(true)),
        ["person", "cron:job", "operator", "named", "titled"]
    );
}

#[test]
fn places_are_compared_as_they_are_stored() {
    let mut put = row("agent:main:put");
    put.head.label = Some("Tea".into());
    put.facts.category = Some("Work".into());
    put.facts.board_face = Some("chat".into());
    let rows = [put, row("agent:main:loose")];
    let in_group = |group: &str| chosen(&rows, |params| params.group = Some(group.to_owned()));
    assert_eq!(in_group("Work"), ["put"]);
    assert_eq!(in_group(""), ["loose"]);
    let labelled = |label: &str| chosen(&rows, |params| params.label = Some(label.to_owned()));
    assert_eq!(labelled(" Tea "), ["put"]);
    assert_eq!(labelled("tea"), [""; 0]);
    assert_eq!(labelled(" "), ["put", "loose"]);
    let face = |face: &str| chosen(&rows, |params| params.board_face = Some(face.to_owned()));
    assert_eq!(face("chat"), ["put"]);
    assert_eq!(face("dashboard"), [""; 0]);
}

#[test]
fn children_count_while_they_are_of_interest() {
    let child = |key: &str, change: fn(&mut Row)| {
        let mut row = row(key);
        row.facts.parent_session_key = Some(MAIN.into());
        row.facts.spawned_by = Some("agent:main:other".into());
        change(&mut row);
        row
    };
    let rows = [
        child("agent:main:recent", |_| {}),
        child("agent:main:quiet", |row| {
            row.head.updated_at = Some(NOW - 61 * MINUTE)
        }),
        child("agent:main:runs", |row| {
            row.head.updated_at = Some(NOW - 61 * MINUTE);
            row.facts.status = Some("running".into());
        }),
        child("agent:main:done", |row| {
            row.facts.status = Some("done".into());
            row.facts.ended_at = Some(NOW - 31 * MINUTE);
        }),
        child("agent:main:just-done", |row| {
            row.facts.ended_at = Some(NOW - 29 * MINUTE)
        }),
        child("agent:main:awaited", |row| {
            row.facts.subagent_run_state = Some("active".into());
            row.facts.has_active_subagent_run = true;
            row.facts.ended_at = Some(NOW - 31 * MINUTE);
        }),
        child(MAIN, |_| {}),
        row("agent:main:else"),
    ];
    let of = |parent: &str| chosen(&rows, |params| params.spawned_by = Some(parent.to_owned()));
    assert_eq!(of(MAIN), ["recent", "runs", "just-done", "awaited"]);
    assert_eq!(of("agent:main:other").len(), 5);
    let params = Params {
        spawned_by: Some(MAIN.to_owned()),
        ..Params::default()
    };
    let live = View::new(&params).expect("it can be kept live").filter;
    assert!(live.matches(&rows[1]), "a live list keeps it");
}

#[test]
fn times_are_those_of_people_or_of_the_order() {
    let mut person = row("agent:main:person");
    person.head.last_interaction_at = Some(NOW - 50 * MINUTE);
    let mut woken = row("agent:main:woken");
    woken.head.last_interaction_at = Some(NOW);
    woken.facts.classification = Some("heartbeat".into());
    let mut never = row("agent:main:never");
    never.head.last_interaction_at = Some(0);
    let rows = [person, woken, never];
    let by_people = |params: &mut Params| params.require_last_interaction = Some(true);
    assert_eq!(chosen(&rows, by_people), ["person"]);
    let within = |sort_by| {
        chosen(&rows, |params| {
            params.active_minutes = Some(40);
            params.sort_by = sort_by;
        })
    };
    assert_eq!(within(None), ["person", "woken", "never"]);
    assert_eq!(within(Some(SortBy::Activity)), ["woken", "never"]);
}

#[test]
fn a_search_may_be_as_long_as_the_texts() {
    let long = "Aa".repeat(100_000);
    let mut rows = [row("agent:main:ascii"), row("agent:main:other")];
    for (row, end) in rows.iter_mut().zip(["b", "ß"]) {
        row.head.label = Some(format!("{long}{end}").into());
    }
    let lower = long.to_lowercase();
    for (search, expected) in [
        (format!("{}b", &lower[lower.len() / 2..]), [true, false]),
        (format!("{}ß", &lower[lower.len() / 2..]), [false, true]),
        (format!("{}c", &lower[lower.len() / 2..]), [false, false]),
        (lower.clone(), [true, true]),
        (lower.repeat(2), [false, false]),
    ] {
        let params = Params {
            search: Some(search),
            ..Params::default()
        };
        let filter = Filter::new(&params, NOW);
        assert_eq!(rows.each_ref().map(|row| filter.matches(row)), expected);
    }
}

#[test]
fn a_search_looks_at_every_text() {
    let mut found = row("agent:main:found");
    found.head.session_id = Some("0c1d".into());
    found.head.label = Some("Größe".into());
    let facts = &mut found.facts;
    facts.display_name = Some("Shown".into());
    facts.category = Some("Garden".into());
    facts.subject = Some("Roses".into());
    facts.kind = Some("direct".into());
    facts.model_provider = Some("openai".into());
    facts.model = Some("gpt".into());
    facts.status = Some("failed".into());
    facts.agent_runtime = Some(RuntimeFacts {
        id: Some("codex".into()),
        fallback: Some("pi".into()),
    });
    facts.goal = Some(GoalFacts {
        objective: "Win".into(),
        status: "complete".into(),
        ..GoalFacts::default()
    });
    let mut named = row("agent:main:other");
    named.facts.has_active_run = true;
    named.facts.origin = Some(OriginFacts {
        label: Some("Hallway".into()),
    });
    let rows = [found, named];
    for (text, expected) in [
        (" FOUND ", &["found"] as &[_]),
        ("0c1d", &["found"]),
        ("GRÖSSE", &[]),
        ("größe", &["found"]),
        ("shown", &["found"]),
        ("garden", &["found"]),
        ("roses", &["found"]),
        ("direct", &["found"]),
        ("openai/gpt", &["found"]),
        ("failed", &["found"]),
        ("idle", &["found"]),
        ("codex (fallback pi)", &["found"]),
        ("win complete goal achieved", &["found"]),
        ("live", &["other"]),
        ("hallway", &["other"]),
        ("agent:main", &["found", "other"]),
        (" ", &["found", "other"]),
    ] {
        assert_eq!(
            chosen(&rows, |params| params.search = Some(text.to_owned())),
            expected,
            "{text:?}"
        );
    }
}

#[test]
fn sessions_without_people_and_places_are_not_what_is_asked_for() {
    let text = || Some("x".to_owned());
    let relation = ProfileRelation {
        profile_id: "x".to_owned(),
        relationship: "owned".to_owned(),
    };
    let asked = |change: &dyn Fn(&mut Params)| {
        let mut params = Params::default();
        change(&mut params);
        params
    };
    let cases: [(&str, bool, Params); 11] = [
        (
            "projectId",
            false,
            asked(&|params| params.project_id = text()),
        ),
        (
            "workspaceDir",
            false,
            asked(&|params| params.workspace_dir = text()),
        ),
        (
            "creatorId",
            false,
            asked(&|params| params.creator_id = text()),
        ),
        ("ownerId", false, asked(&|params| params.owner_id = text())),
        (
            "involvingProfileId",
            false,
            asked(&|params| params.involving_profile_id = text()),
        ),
        (
            "profileRelation",
            false,
            asked(&|params| params.profile_relation = Some(relation.clone())),
        ),
        (
            "hasBoard",
            true,
            asked(&|params| params.has_board = Some(false)),
        ),
        (
            "involvingMe",
            true,
            asked(&|params| params.involving_me = Some(true)),
        ),
        (
            "ownerFirst",
            true,
            asked(&|params| params.owner_first = Some(true)),
        ),
        (
            "includePeople",
            true,
            asked(&|params| params.include_people = Some(true)),
        ),
        (
            "configuredAgentsOnly",
            true,
            asked(&|params| params.configured_agents_only = Some(true)),
        ),
    ];
    for (name, listed, params) in cases {
        assert_eq!(View::new(&params), Err(NotLive(name)));
        assert_eq!(
            Filter::new(&params, NOW).matches(&row("agent:main:a")),
            listed,
            "{name}"
        );
    }
    let board = asked(&|params| params.has_board = Some(true));
    assert!(!Filter::new(&board, NOW).matches(&row("agent:main:a")));
    let nothing = asked(&|params| {
        params.involving_me = Some(false);
        params.owner_first = Some(false);
        params.archived = Some(Archived::Without);
    });
    assert!(View::new(&nothing).is_ok());
}

/// What follows the agent in the keys of the rows that the params choose.
fn chosen(rows: &[Row], change: impl FnOnce(&mut Params)) -> Vec<&str> {
    let mut params = Params::default();
    change(&mut params);
    let filter = Filter::new(&params, NOW);
    let rows = rows.iter().filter(|row| filter.matches(*row));
    rows.map(|row| row.head.key.rest()).collect()
}

fn row(key: &str) -> Row {
    Row {
        head: RowHead {
            key: key.into(),
            session_id: Some("id".to_owned()),
            lifecycle_revision: None,
            pinned_at: None,
            updated_at: Some(NOW - MINUTE),
            created_at: None,
            last_interaction_at: None,
            last_activity_at: None,
            label: None,
        },
        facts: RowFacts::default(),
    }
}

impl Ranked for Row {
    fn key(&self) -> &SessionKey {
        &self.head.key
    }

    fn pinned_at(&self) -> Option<Millis> {
        self.head.pinned_at
    }

    fn updated_at(&self) -> Millis {
        self.head.updated_at.unwrap_or_default()
    }

    fn created_at(&self) -> Option<Millis> {
        self.head.created_at
    }

    fn last_interaction_at(&self) -> Option<Millis> {
        self.head.last_interaction_at
    }

    fn last_activity_at(&self) -> Option<Millis> {
        self.head.last_activity_at
    }

    fn label(&self) -> Option<&str> {
        self.head.label.as_deref()
    }
}

impl Listed for Row {
    fn facts(&self) -> Facts<'_> {
        Facts::of_row(self.head.session_id.as_deref(), &self.facts, self.label())
    }

    fn any_text(&self, fits: &mut dyn FnMut(&str) -> bool) -> bool {
        any_text_of_row(self, &self.facts, fits)
    }
}
