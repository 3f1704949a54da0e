use alloc::borrow::ToOwned as _;
use alloc::string::String;
use core::iter;

use sessionwire_protocol::sessions::{Archived, SessionsListParams, SortBy};
use sessionwire_protocol::{Millis, SessionKey};

use crate::facts::Listed;
use crate::kind;
use crate::lower::{contains, lower};
use crate::traits::{Sentinel, Traits};
use crate::unfit::asks_for_none;

/// Which sessions a list shows: every one, or what OpenClaw's gateway lists for the same params.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter(Option<Choice>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Choice {
    search: Option<String>,
    label: Option<String>,
    agent: Option<String>,
    group: Option<String>,
    spawned_by: Option<SessionKey>,
    board_face: Option<String>,
    pinned: Option<bool>,
    archived: Archived,
    global: bool,
    unknown: bool,
    without_subagents: bool,
    without_timed_jobs: bool,
    without_system: bool,
    only_active: bool,
    only_interactive: bool,
    /// By what happened in it, not by what changed.
    by_activity: bool,
    changed_since: Millis,
    now: Millis,
    nothing: bool,
}

impl Filter {
    /// Every session.
    pub const EVERYTHING: Self = Self(None);

    /// What the params of `sessions.list` choose at a time. No session that is looked at here has a project, a
    /// folder, a board or people.
    pub fn new(params: &SessionsListParams, now: Millis) -> Self {
        let said = |option: Option<bool>| option == Some(true);
        let text = |text: &Option<String>| {
            let text = text.as_deref().map(str::trim);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let minutes = params.active_minutes.unwrap_or_default();
        Self(Some(Choice {
            search: text(&params.search).as_deref().map(lower),
            label: text(&params.label),
            agent: params.agent_id.as_deref().map(kind::agent),
            group: params.group.clone(),
            spawned_by: params.spawned_by.as_deref().map(SessionKey::from),
            board_face: params.board_face.clone(),
            pinned: params.pinned,
            archived: params.archived.unwrap_or_default(),
            global: said(params.include_global),
            unknown: said(params.include_unknown),
            without_subagents: said(params.exclude_subagents),
            without_timed_jobs: said(params.exclude_cron),
            without_system: said(params.exclude_system),
            only_active: said(params.active_only),
            only_interactive: said(params.require_last_interaction),
            by_activity: params.sort_by == Some(SortBy::Activity),
            changed_since: match minutes {
                0 => 0,
                minutes => now.saturating_sub(minutes.saturating_mul(60_000)),
            },
            now,
            nothing: asks_for_none(params),
        }))
    }

    /// Whether the list shows the session.
    pub fn matches(&self, session: &impl Listed) -> bool {
        let search =
            |text: &str| session.any_text(&mut |found: &str| contains_in_lower_case(found, text));
        self.takes_traits(&Traits::of(session))
            && self.takes_itself(session)
            && self.search().is_none_or(search)
    }

    /// Whether the list may show sessions with these traits; without them it shows none.
    pub fn takes_traits(&self, traits: &Traits<'_>) -> bool {
        let choice = self.0.as_ref();
        choice.is_none_or(|choice| choice.takes_traits(traits))
    }

    /// Whether the list shows the session, if it has the right [traits](Self::takes_traits) and is found by the
    /// [search](Self::search).
    pub fn takes_itself(&self, session: &impl Listed) -> bool {
        let choice = self.0.as_ref();
        choice.is_none_or(|choice| choice.takes_itself(session))
    }

    /// Whether [`Self::takes_itself`] says yes to every session.
    pub fn takes_all_themselves(&self) -> bool {
        let choice = self.0.as_ref();
        choice.is_none_or(|choice| {
            choice.label.is_none() && choice.spawned_by.is_none() && choice.changed_since == 0
        })
    }

    /// Only the sessions with this label, where it says so.
    pub fn label(&self) -> Option<&str> {
        self.0.as_ref()?.label.as_deref()
    }

    /// Only the sessions of this agent, where it says so.
    pub fn agent(&self) -> Option<&str> {
        let choice = self.0.as_ref()?;
        // The sentinel is of any agent.
        choice.agent.as_deref().filter(|_| !choice.global)
    }

    /// Only the sessions in this group, where it says so; empty: in none.
    pub fn group(&self) -> Option<&str> {
        self.0.as_ref()?.group.as_deref()
    }

    /// Only the sessions that came from this one, where it says so.
    pub fn spawned_by(&self) -> Option<&SessionKey> {
        self.0.as_ref()?.spawned_by.as_ref()
    }

    /// Only the sessions that changed at this time or later, where it is that by which it chooses.
    pub fn changed_since(&self) -> Option<Millis> {
        let choice = self.0.as_ref()?;
        (choice.changed_since > 0 && !choice.by_activity).then_some(choice.changed_since)
    }

    /// Only sessions that are kept on top.
    pub fn only_pinned(&self) -> bool {
        let choice = self.0.as_ref();
        choice.is_some_and(|choice| choice.pinned == Some(true))
    }

    /// Only sessions that are put away.
    pub fn only_archived(&self) -> bool {
        let choice = self.0.as_ref();
        choice.is_some_and(|choice| choice.archived == Archived::Only)
    }

    /// Only the sessions of which a text contains this one in lower case, where it says so.
    pub fn search(&self) -> Option<&str> {
        self.0.as_ref()?.search.as_deref()
    }
}

impl Choice {
    /// By what it has in common with others.
    fn takes_traits(&self, traits: &Traits<'_>) -> bool {
        let marks = traits.marks;
        let is_sentinel_out = match marks.sentinel {
            Some(Sentinel::Global) => !self.global,
            Some(Sentinel::Unknown) => !self.unknown,
            None => false,
        };
        let is_out = self.nothing
            || marks.is_unlisted
            || is_sentinel_out
            || self.without_timed_jobs && marks.is_job
            || self.without_system && marks.is_system
            || self.without_subagents && marks.is_subagent
            || self.only_active && !marks.has_active_run
            || self.only_interactive && !marks.is_interactive;
        let archived = match self.archived {
            Archived::Without => !marks.is_archived,
            Archived::Only => marks.is_archived,
            Archived::All => true,
        };
        let fits = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        let (agent, pinned) = (self.agent.as_deref(), self.pinned);
        !is_out
            && archived
            && agent.is_none_or(|agent| traits.is_of(agent))
            && fits(&self.group, Some(traits.group))
            && fits(&self.board_face, traits.board_face)
            && pinned.is_none_or(|pinned| marks.is_pinned == pinned)
    }

    /// By what is its own, but for the search.
    fn takes_itself(&self, session: &impl Listed) -> bool {
        let label = self.label.as_deref();
        label.is_none_or(|label| session.label() == Some(label))
            && self
                .spawned_by
                .as_ref()
                .is_none_or(|parent| self.is_child(parent, session))
            && self.is_recent(session)
    }

    fn is_child(&self, parent: &SessionKey, session: &impl Listed) -> bool {
        let (key, facts) = (session.key(), session.facts());
        key.agent_id().is_some()
            && key != parent
            && [facts.spawned_by, facts.parent].contains(&Some(parent))
            && facts.is_child(session.updated_at(), self.now)
    }

    fn is_recent(&self, session: &impl Listed) -> bool {
        let active_at = match self.by_activity {
            true => session
                .last_interaction_at()
                .filter(|at| *at > 0)
                .max(session.last_activity_at()),
            false => None,
        };
        active_at.unwrap_or(session.updated_at()) >= self.changed_since
    }
}

/// Whether the text in lower case contains `part`, which is in lower case already.
fn contains_in_lower_case(text: &str, part: &str) -> bool {
    /// To look for longer ones at every place may take for ever.
    const SHORT: usize = 64;
    match text.is_ascii() {
        true if part.len() > text.len() => false,
        true if part.len() <= SHORT => text
            .as_bytes()
            .windows(part.len().max(1))
            .any(|bytes| iter::zip(bytes, part.as_bytes()).all(|(a, b)| a.eq_ignore_ascii_case(b))),
        _ => contains(&lower(text), part),
    }
}
