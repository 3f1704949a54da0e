use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Access, Method, Millis, SessionRow};

/// `sessions.list`: one page of the list.
pub enum SessionsList {}

impl Method for SessionsList {
    const NAME: &'static str = "sessions.list";
    const ACCESS: Access = Access::Read;
    type Params = SessionsListParams;
    type Result = SessionsListed;
}

/// Which sessions, in which order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsListParams {
    /// At most so many, 100 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Leaves out so many first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// Text that the key, a name, the group, the model, the state or the goal of the session contains, in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Exactly this label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Of this agent; with `includeGlobal` also the sentinel `global`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Started by the agent of this session, or made from it, as long as that is of interest: a list that is asked for
    /// shows them half an hour after their run has ended, or an hour after they last changed. A live list keeps them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spawned_by: Option<String>,
    /// Changed within so many minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_minutes: Option<u64>,
    /// With a run in progress.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_only: Option<bool>,
    /// Archived ones: not, only, or too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", tsify(type = "boolean | \"all\""))]
    pub archived: Option<Archived>,
    /// Also the sentinel `global`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_global: Option<bool>,
    /// Also the sentinel `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_unknown: Option<bool>,
    /// Without those started by agents, unless they stand in a group or are dashboards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude_subagents: Option<bool>,
    /// Without those of timed jobs. The sessions of single runs of such jobs are never listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude_cron: Option<bool>,
    /// With `derivedTitle` in the rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_derived_titles: Option<bool>,
    /// With `lastMessagePreview` in the rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_last_message: Option<bool>,
    /// The order; what is pinned stands first by `updatedAt`, `createdAt` and `label`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort_by: Option<SortBy>,
    /// Only those that a person wrote to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_last_interaction: Option<bool>,
    /// In this group; empty: in none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Pinned or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// With this face on top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub board_face: Option<String>,
    /// Without those that programs made for themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude_system: Option<bool>,
    /// Only those of agents that the gateway is configured with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configured_agents_only: Option<bool>,
    /// Of this project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    /// At work in this folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_dir: Option<String>,
    /// With a board or without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_board: Option<bool>,
    /// Made by this person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_id: Option<String>,
    /// Owned by this person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// That involve whoever asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub involving_me: Option<bool>,
    /// That involve this person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub involving_profile_id: Option<String>,
    /// With which a person has to do in this way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_relation: Option<ProfileRelation>,
    /// With those of whoever asks before all others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_first: Option<bool>,
    /// With `activitySummary` in the rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_activity_summary: Option<bool>,
    /// With `people` beside the rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_people: Option<bool>,
}

/// What a person has to do with a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct ProfileRelation {
    /// The person.
    pub profile_id: String,
    /// `owned`, `created` or `involving`.
    pub relationship: String,
}

/// Which of the archived sessions a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub enum Archived {
    /// None (`false`).
    #[default]
    Without,
    /// No others (`true`).
    Only,
    /// Both (`"all"`).
    All,
}

impl TryFrom<Value> for Archived {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match (value.as_bool(), value.as_str()) {
            (Some(false), _) => Ok(Self::Without),
            (Some(true), _) => Ok(Self::Only),
            (None, Some("all")) => Ok(Self::All),
            _ => Err("neither a boolean nor \"all\""),
        }
    }
}

impl From<Archived> for Value {
    fn from(archived: Archived) -> Self {
        match archived {
            Archived::Without => Self::Bool(false),
            Archived::Only => Self::Bool(true),
            Archived::All => Self::String("all".to_owned()),
        }
    }
}

/// By what a list is ordered: newest first by a time, or by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub enum SortBy {
    /// When anything last changed.
    #[default]
    UpdatedAt,
    /// When a person last wrote.
    LastInteractionAt,
    /// The later of when a person last wrote and an agent last did something; without either, when anything last
    /// changed.
    Activity,
    /// When it came to be. Only lists that are kept live with cursors know it.
    CreatedAt,
    /// By label in any case, those without one last. Only lists that are kept live with cursors know it.
    Label,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct SessionsListed {
    /// When it was made.
    pub ts: Millis,
    /// Where the sessions are stored.
    #[serde(default)]
    pub path: String,
    /// How many rows follow.
    pub count: u64,
    /// How many there are without a limit.
    #[serde(default)]
    pub total_count: u64,
    /// The limit that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_applied: Option<u64>,
    /// The offset that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// The offset of the next page, `null` after the last one.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", tsify(type = "number | null"))]
    pub next_offset: Option<u64>,
    /// Whether there is a next page.
    #[serde(default)]
    pub has_more: bool,
    /// People who own sessions; this gateway knows none.
    #[serde(default)]
    #[cfg_attr(feature = "typescript", tsify(type = "unknown[]"))]
    pub owners: Vec<Value>,
    /// What holds for sessions that say nothing else.
    #[serde(default)]
    pub defaults: ListDefaults,
    /// The rows.
    pub sessions: Vec<SessionRow>,
}

/// What holds for sessions that say nothing else; `null` where the gateway runs no model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase", default)]
pub struct ListDefaults {
    /// Who serves the model.
    #[cfg_attr(feature = "typescript", tsify(type = "string | null"))]
    pub model_provider: Option<String>,
    /// The model.
    #[cfg_attr(feature = "typescript", tsify(type = "string | null"))]
    pub model: Option<String>,
    /// How many tokens fit into its context.
    #[cfg_attr(feature = "typescript", tsify(type = "number | null"))]
    pub context_tokens: Option<u64>,
}
