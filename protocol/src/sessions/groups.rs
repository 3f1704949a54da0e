use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::{Access, Method};

/// `sessions.groups.list`: the groups that sessions can be put in.
pub enum GroupsList {}

impl Method for GroupsList {
    const NAME: &'static str = "sessions.groups.list";
    const ACCESS: Access = Access::Read;
    type Params = crate::gateway::Empty;
    type Result = Groups;
}

/// `sessions.groups.put`: sets the groups and their order.
pub enum GroupsPut {}

impl Method for GroupsPut {
    const NAME: &'static str = "sessions.groups.put";
    const ACCESS: Access = Access::Write;
    type Params = GroupsPutParams;
    type Result = GroupsChanged;
}

/// `sessions.groups.rename`: renames a group, also in its sessions.
pub enum GroupsRename {}

impl Method for GroupsRename {
    const NAME: &'static str = "sessions.groups.rename";
    const ACCESS: Access = Access::Write;
    type Params = GroupsRenameParams;
    type Result = GroupsChanged;
}

/// `sessions.groups.delete`: takes a group away; its sessions stay.
pub enum GroupsDelete {}

impl Method for GroupsDelete {
    const NAME: &'static str = "sessions.groups.delete";
    const ACCESS: Access = Access::Write;
    type Params = GroupsDeleteParams;
    type Result = GroupsChanged;
}

/// `sessions.groups.update`: sets what sessions of a group begin with.
pub enum GroupsUpdate {}

impl Method for GroupsUpdate {
    const NAME: &'static str = "sessions.groups.update";
    const ACCESS: Access = Access::Write;
    type Params = GroupsUpdateParams;
    type Result = GroupsUpdated;
}

/// `sessions.groups.defaults`: what sessions of each group begin with.
pub enum GroupsDefaults {}

impl Method for GroupsDefaults {
    const NAME: &'static str = "sessions.groups.defaults";
    const ACCESS: Access = Access::Write;
    type Params = crate::gateway::Empty;
    type Result = GroupsDefaultsListed;
}

/// A group: the text that the `category` of its sessions holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its place, from 0.
    pub position: u64,
}

/// The groups in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[serde(rename_all = "camelCase")]
pub struct Groups {
    /// The groups.
    pub groups: Vec<Group>,
    /// The order of the sections around them, as the client put it.
    #[serde(default)]
    pub section_order: Vec<String>,
}

/// The groups as they are to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupsPutParams {
    /// Their names in order.
    pub names: Vec<String>,
    /// The order of the sections around them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section_order: Option<Vec<String>>,
}

/// From and to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupsRenameParams {
    /// The group.
    pub name: String,
    /// Its new name.
    pub to: String,
}

/// Which group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupsDeleteParams {
    /// The group.
    pub name: String,
}

/// Which group, and what its sessions begin with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupsUpdateParams {
    /// The group.
    pub name: String,
    /// The folder that agents work in, an absolute path; `null` for none. Needs `operator.admin`.
    pub cwd: Option<String>,
    /// Whether each session gets a worktree of its own.
    pub worktree: bool,
}

/// What sessions of a group begin with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupDefaults {
    /// The group.
    pub name: String,
    /// The folder that agents work in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Whether each session gets a worktree of its own; absent until it was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worktree: Option<bool>,
}

/// Result of `sessions.groups.defaults`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupsDefaultsListed {
    /// One for each group, in their order.
    pub defaults: Vec<GroupDefaults>,
}

/// Result of `sessions.groups.update`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupsUpdated {
    /// Always `true`.
    pub ok: bool,
    /// One for each group, in their order.
    pub defaults: Vec<GroupDefaults>,
}

/// The groups after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupsChanged {
    /// Always `true`.
    pub ok: bool,
    /// The groups.
    #[serde(flatten)]
    pub groups: Groups,
    /// How many sessions changed with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_sessions: Option<u64>,
}
