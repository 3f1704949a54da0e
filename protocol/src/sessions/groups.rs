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

/// `sessions.groups.update`: changes the place of one group.
pub enum GroupsUpdate {}

impl Method for GroupsUpdate {
    const NAME: &'static str = "sessions.groups.update";
    const ACCESS: Access = Access::Write;
    type Params = GroupsUpdateParams;
    type Result = GroupsChanged;
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

/// Which group, and its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupsUpdateParams {
    /// The group.
    pub name: String,
    /// Its new place, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
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
