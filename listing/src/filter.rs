use alloc::borrow::ToOwned as _;
use alloc::string::String;
use core::iter;

use sessionwire_protocol::sessions::{Archived, SessionsListParams, SortBy};
use sessionwire_protocol::{Millis, SessionKey};

use crate::facts::{Facts, Listed};
use crate::kind;
use crate::lower::{contains, lower};
use crate::unshown::asks_for_none;

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
        let chosen = self.0.as_ref();
        chosen.is_none_or(|choice| choice.matches(session))
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
    fn matches(&self, session: &impl Listed) -> bool {
        let facts = session.facts();
        self.takes_kind(session, &facts)
            && self.takes_place(session, &facts)
            && self.takes_times(session, &facts)
            && self.search.as_deref().is_none_or(|search| {
                session.any_text(&mut |text| contains_in_lower_case(text, search))
            })
    }

    /// By what it is.
    fn takes_kind(&self, session: &impl Listed, facts: &Facts<'_>) -> bool {
        let key = session.key();
        let is_job = kind::is_timed_job(key);
        let is_phantom = session.updated_at() == 0
            && facts.session_id.is_none_or(|id| id.trim().is_empty())
            && key.agent_id().is_some()
            && key.rest() == "sessions";
        let is_sentinel_out = match key.as_str() {
            "global" => !self.global,
            "unknown" => !self.unknown,
            _ => false,
        };
        let is_out = self.nothing
            || is_phantom
            || is_sentinel_out
            || kind::is_timed_run(key)
            || self.without_timed_jobs && is_job
            || self.without_system && facts.is_system && !is_job
            || self.without_subagents && facts.is_subagent(key);
        !is_out
    }

    /// By where somebody put it, and where it comes from.
    fn takes_place(&self, session: &impl Listed, facts: &Facts<'_>) -> bool {
        let key = session.key();
        let fits = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        let archived = match self.archived {
            Archived::Without => !facts.is_archived,
            Archived::Only => facts.is_archived,
            Archived::All => true,
        };
        let pinned = self.pinned;
        archived
            && self
                .agent
                .as_deref()
                .is_none_or(|agent| is_of(agent, key, facts))
            && fits(&self.label, session.label())
            && fits(&self.group, facts.category.or(Some("")))
            && fits(&self.board_face, facts.board_face)
            && pinned.is_none_or(|pinned| session.is_pinned() == pinned)
            && self.spawned_by.as_ref().is_none_or(|parent| {
                key.agent_id().is_some()
                    && key != parent
                    && [facts.spawned_by, facts.parent].contains(&Some(parent))
                    && facts.is_child(session.updated_at(), self.now)
            })
    }

    /// By what happens in it.
    fn takes_times(&self, session: &impl Listed, facts: &Facts<'_>) -> bool {
        let interaction = session.last_interaction_at().filter(|at| *at > 0);
        let active_at = match self.by_activity {
            true => interaction.max(session.last_activity_at()),
            false => None,
        };
        (!self.only_active || facts.has_active_run)
            && (!self.only_interactive || interaction.is_some() && !facts.is_heartbeat)
            && active_at.unwrap_or(session.updated_at()) >= self.changed_since
    }
}

/// Whether a session is one of an agent. Without agents in their keys, `global` is of the one that its row names, or of
/// any, and `unknown` of none.
fn is_of(agent: &str, key: &SessionKey, facts: &Facts<'_>) -> bool {
    let owner = match key.as_str() {
        "global" => facts.agent_id.or(Some(agent)),
        _ => key.agent_id(),
    };
    owner.is_some_and(|owner| owner == agent || kind::agent(owner) == agent)
}

/// Whether the text in lower case contains `part`, which is in lower case already.
fn contains_in_lower_case(text: &str, part: &str) -> bool {
    match text.is_ascii() && part.is_ascii() {
        true => text
            .as_bytes()
            .windows(part.len().max(1))
            .any(|bytes| iter::zip(bytes, part.as_bytes()).all(|(a, b)| a.eq_ignore_ascii_case(b))),
        false => contains(&lower(text), part),
    }
}
