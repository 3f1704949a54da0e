use crate::facts::Listed;
use crate::kind;

/// What filters look at that many sessions have in common, so that a filter can be asked once for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Traits<'a> {
    /// The agent of the key; of the sentinel `global` the one that its row names.
    pub owner: Option<&'a str>,
    /// The group that it was put in; empty: none.
    pub group: &'a str,
    /// Which face of it is on top.
    pub board_face: Option<&'a str>,
    /// What it is or is not.
    pub marks: Marks,
}

/// The traits that need no words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Marks {
    pub(crate) sentinel: Option<Sentinel>,
    pub(crate) is_pinned: bool,
    pub(crate) is_archived: bool,
    pub(crate) is_job: bool,
    pub(crate) is_system: bool,
    pub(crate) is_subagent: bool,
    pub(crate) has_active_run: bool,
    /// Whether a person wrote to it, and it is not where an agent wakes up by itself.
    pub(crate) is_interactive: bool,
    /// Whether it is a run of a timed job, or a row that no session made.
    pub(crate) is_unlisted: bool,
}

impl Marks {
    /// Whether it is kept on top.
    pub fn is_pinned(self) -> bool {
        self.is_pinned
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sentinel {
    Global,
    Unknown,
}

impl<'a> Traits<'a> {
    /// The traits of a session.
    pub fn of(session: &'a impl Listed) -> Self {
        let (key, facts) = (session.key(), session.facts());
        let sentinel = match key.as_str() {
            "global" => Some(Sentinel::Global),
            "unknown" => Some(Sentinel::Unknown),
            _ => None,
        };
        let is_job = kind::is_timed_job(key);
        let is_phantom = session.updated_at() == 0
            && facts.session_id.is_none_or(|id| id.trim().is_empty())
            && key.agent_id().is_some()
            && key.rest() == "sessions";
        Self {
            owner: match sentinel {
                Some(Sentinel::Global) => facts.agent_id,
                Some(Sentinel::Unknown) | None => key.agent_id(),
            },
            group: facts.category.unwrap_or_default(),
            board_face: facts.board_face,
            marks: Marks {
                sentinel,
                is_pinned: session.is_pinned(),
                is_archived: facts.is_archived,
                is_job,
                is_system: facts.is_system && !is_job,
                is_subagent: facts.is_subagent(key),
                has_active_run: facts.has_active_run,
                is_interactive: session.last_interaction_at().is_some_and(|at| at > 0)
                    && !facts.is_heartbeat,
                is_unlisted: is_phantom || kind::is_timed_run(key),
            },
        }
    }

    /// Whether a session with them is one of an agent. Without agents in their keys, `global` is of the one that its
    /// row names, or of any, and `unknown` of none.
    pub(crate) fn is_of(&self, agent: &str) -> bool {
        match (self.owner, self.marks.sentinel) {
            (Some(owner), _) => owner == agent || kind::agent(owner) == agent,
            (None, sentinel) => sentinel == Some(Sentinel::Global),
        }
    }
}
