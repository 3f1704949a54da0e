use std::iter;

use sessionwire_protocol::sessions::{Archived, SessionsListParams};
use sessionwire_protocol::{Millis, SessionKey};

use crate::order::Ranked;

/// What it depends on whether a list shows a session.
pub trait Listed: Ranked {
    /// The group that it was put in.
    fn category(&self) -> Option<&str>;
    /// The session whose agent started it, or else the one that it was made from.
    fn spawned_by(&self) -> Option<&SessionKey>;
    /// Which face of it is on top; `None` means `chat`.
    fn board_face(&self) -> Option<&str>;
    /// Whether it is put away.
    fn is_archived(&self) -> bool;
    /// Whether an agent is at work in it.
    fn has_active_run(&self) -> bool;
    /// Calls with every text by which a search finds the session, until one fits.
    fn any_text(&self, fits: &mut dyn FnMut(&str) -> bool) -> bool;
}

/// Which sessions a list shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    search: Option<String>,
    label: Option<String>,
    agent: Option<String>,
    group: Option<String>,
    spawned_by: Option<SessionKey>,
    board_face: Option<String>,
    pinned: Option<bool>,
    archived: Choice,
    sentinels: Sentinels,
    subagents: bool,
    timed_jobs: bool,
    only_active: bool,
    only_interactive: bool,
    changed_since: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Choice {
    Without,
    Only,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Sentinels {
    global: bool,
    unknown: bool,
}

impl Filter {
    /// Every session.
    pub const EVERYTHING: Self = Self {
        search: None,
        label: None,
        agent: None,
        group: None,
        spawned_by: None,
        board_face: None,
        pinned: None,
        archived: Choice::All,
        sentinels: Sentinels {
            global: true,
            unknown: true,
        },
        subagents: true,
        timed_jobs: true,
        only_active: false,
        only_interactive: false,
        changed_since: 0,
    };

    /// What the params of `sessions.list` choose at a time.
    pub fn new(params: &SessionsListParams, now: Millis) -> Self {
        let said = |option: Option<bool>| option == Some(true);
        let minutes = params.active_minutes.unwrap_or_default();
        Self {
            search: params
                .search
                .as_deref()
                .map(|text| text.trim().to_lowercase())
                .filter(|text| !text.is_empty()),
            label: params.label.clone(),
            agent: params.agent_id.clone(),
            group: params.group.clone(),
            spawned_by: params.spawned_by.as_deref().map(SessionKey::from),
            board_face: params.board_face.clone(),
            pinned: params.pinned,
            archived: match params.archived.unwrap_or_default() {
                Archived::Without => Choice::Without,
                Archived::Only => Choice::Only,
                Archived::All => Choice::All,
            },
            sentinels: Sentinels {
                global: said(params.include_global),
                unknown: said(params.include_unknown),
            },
            subagents: !said(params.exclude_subagents),
            timed_jobs: false,
            only_active: said(params.active_only),
            only_interactive: said(params.require_last_interaction),
            changed_since: match minutes {
                0 => 0,
                minutes => now.saturating_sub(minutes.saturating_mul(60_000)),
            },
        }
    }

    /// Whether the list shows the session.
    pub fn matches(&self, session: &impl Listed) -> bool {
        let key = session.key();
        let fits = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        let archived = match self.archived {
            Choice::Without => !session.is_archived(),
            Choice::Only => session.is_archived(),
            Choice::All => true,
        };
        archived
            && (self.sentinels.global || key.as_str() != "global")
            && (self.sentinels.unknown || key.as_str() != "unknown")
            && (self.subagents || !key.rest().starts_with("subagent:"))
            && (self.timed_jobs || !key.rest().starts_with("cron:"))
            && (!self.only_active || session.has_active_run())
            && (!self.only_interactive || session.last_interaction_at().is_some())
            && session.updated_at() >= self.changed_since
            && fits(&self.agent, key.agent_id())
            && fits(&self.label, session.label())
            && fits(&self.group, session.category())
            && fits(&self.board_face, session.board_face().or(Some("chat")))
            && self
                .pinned
                .is_none_or(|pinned| session.is_pinned() == pinned)
            && self
                .spawned_by
                .as_ref()
                .is_none_or(|parent| session.spawned_by() == Some(parent))
            && self.search.as_deref().is_none_or(|search| {
                session.any_text(&mut |text| contains_in_lower_case(text, search))
            })
    }

    /// Only the sessions with this label, where it says so.
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// Only the sessions of this agent, where it says so.
    pub fn agent(&self) -> Option<&str> {
        self.agent.as_deref()
    }

    /// Only the sessions in this group, where it says so.
    pub fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// Only the sessions that were started from this one, where it says so.
    pub fn spawned_by(&self) -> Option<&SessionKey> {
        self.spawned_by.as_ref()
    }

    /// Only sessions that are kept on top.
    pub fn only_pinned(&self) -> bool {
        self.pinned == Some(true)
    }

    /// Only sessions that are put away.
    pub fn only_archived(&self) -> bool {
        self.archived == Choice::Only
    }

    /// Only the sessions of which a text contains this one in lower case, where it says so.
    pub fn search(&self) -> Option<&str> {
        self.search.as_deref()
    }
}

/// Whether the text in lower case contains `part`, which is in lower case already.
fn contains_in_lower_case(text: &str, part: &str) -> bool {
    match text.is_ascii() && part.is_ascii() {
        true => text
            .as_bytes()
            .windows(part.len().max(1))
            .any(|bytes| iter::zip(bytes, part.as_bytes()).all(|(a, b)| a.eq_ignore_ascii_case(b))),
        false => text.to_lowercase().contains(part),
    }
}
