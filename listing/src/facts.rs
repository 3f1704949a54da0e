use alloc::boxed::Box;

use sessionwire_protocol::{Millis, RowFacts, SessionKey};

use crate::kind;
use crate::order::Ranked;

/// What it depends on whether a list shows a session.
pub trait Listed: Ranked {
    /// What is known of it beside its place.
    fn facts(&self) -> Facts<'_>;
    /// Calls with every text by which a search finds the session, until one fits.
    fn any_text(&self, fits: &mut dyn FnMut(&str) -> bool) -> bool;
}

/// What filters look at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// Names the transcript.
    pub session_id: Option<&'a str>,
    /// The agent that it belongs to, where the key does not say it.
    pub agent_id: Option<&'a str>,
    /// The session whose agent started it.
    pub spawned_by: Option<&'a SessionKey>,
    /// The session that it was made from.
    pub parent: Option<&'a SessionKey>,
    /// The group that it was put in.
    pub category: Option<&'a str>,
    /// Which face of it is on top, where one was chosen.
    pub board_face: Option<&'a str>,
    /// Whether it is put away.
    pub is_archived: bool,
    /// Whether an agent is at work in it.
    pub has_active_run: bool,
    /// Whether it is where an agent wakes up by itself.
    pub is_heartbeat: bool,
    /// Whether a program made it for itself.
    pub is_system: bool,
    /// How its last run stands.
    pub run: Run<'a>,
}

/// How the last run of a session stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run<'a> {
    /// How it ended, or that it runs.
    pub status: Option<&'a str>,
    /// When it began.
    pub started_at: Option<Millis>,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// Whether an agent started it that still waits for it; `None` where no agent is known to have started it.
    pub is_awaited: Option<bool>,
}

impl<'a> Facts<'a> {
    /// What a row says.
    pub fn of_row(session_id: Option<&'a str>, row: &'a RowFacts, label: Option<&str>) -> Self {
        let text = |text: &'a Option<Box<str>>| text.as_deref();
        Self {
            session_id,
            agent_id: text(&row.agent_id),
            spawned_by: row.spawned_by.as_ref(),
            parent: row.parent_session_key.as_ref(),
            category: text(&row.category),
            board_face: text(&row.board_face),
            is_archived: row.archived,
            has_active_run: row.has_active_run,
            is_heartbeat: text(&row.classification) == Some("heartbeat"),
            is_system: is_system(row, label),
            run: Run {
                status: text(&row.status),
                started_at: row.started_at,
                ended_at: row.ended_at,
                is_awaited: row
                    .subagent_run_state
                    .is_some()
                    .then_some(row.has_active_subagent_run),
            },
        }
    }

    /// Whether a session is an agent's helper: by its key, or as one that was started and put nowhere.
    pub(crate) fn is_subagent(&self, key: &SessionKey) -> bool {
        let is_put = self.category.is_some_and(|group| !is_blank(group));
        let is_helper = self.spawned_by.is_some() && !key.rest().starts_with("dashboard:");
        kind::is_subagent(key) || is_helper && !is_put
    }

    /// Whether the session still counts as one of those from which it came.
    pub(crate) fn is_child(&self, updated_at: Millis, now: Millis) -> bool {
        const ENDED: Millis = 30 * 60_000;
        const QUIET: Millis = 60 * 60_000;
        let within = |time: Millis, age| time > 0 && now.saturating_sub(time) <= age;
        let Run {
            status,
            started_at,
            ended_at,
            is_awaited,
        } = self.run;
        let ended_at = ended_at.filter(|at| *at > 0);
        if let Some(is_awaited) = is_awaited {
            return is_awaited || ended_at.is_none_or(|at| within(at, ENDED));
        }
        let has_ended = matches!(
            status,
            Some("done" | "failed" | "interrupted" | "killed" | "timeout")
        );
        if has_ended || ended_at.is_some() {
            return within(ended_at.unwrap_or(updated_at), ENDED);
        }
        status == Some("running")
            || started_at.is_some_and(|at| at > 0)
            || within(updated_at, QUIET)
    }
}

/// Whether a program made the session of a row for itself.
fn is_system(row: &RowFacts, label: Option<&str>) -> bool {
    let actor = row.created_actor.as_ref();
    let actor = actor.and_then(|actor| actor.r#type.as_deref());
    if actor == Some("system") {
        return true;
    }
    let by_program = matches!(row.created_via.as_deref(), Some("run" | "internal"));
    // Rows show such a name as well; it is not one that somebody gave.
    let origin = row.origin.as_ref();
    let derived = [
        row.auto_label.as_deref(),
        origin.and_then(|origin| origin.label.as_deref()),
    ];
    let name = row.display_name.as_deref();
    let given = name.filter(|_| !derived.contains(&name));
    let names = [label, given, row.subject.as_deref()];
    by_program && actor != Some("human") && names.iter().all(|name| name.is_none_or(is_blank))
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}
