use std::collections::HashMap;
use std::sync::Arc;

use sessionwire_protocol::SessionKey;

use crate::device::DeviceChanges;
use crate::goal::Operation;
use crate::groups::Groups;
use crate::session::Session;

/// Labels are unique among the sessions of an agent, case-sensitively.
pub(super) type LabelOwner = (Option<String>, String);

/// Sessions as they will be when what is staged so far is committed.
#[derive(Default)]
pub struct Overlay {
    pub(super) sessions: HashMap<SessionKey, Option<Arc<Session>>>,
    pub(super) labels: HashMap<LabelOwner, Option<SessionKey>>,
    pub(super) sent: Vec<(SessionKey, String)>,
    pub(super) operations: Vec<Arc<Operation>>,
    pub(super) groups: Option<Groups>,
    pub(super) devices: DeviceChanges,
}

impl Overlay {
    /// Lays newer changes over these.
    pub fn merge(&mut self, newer: Self) {
        self.sessions.extend(newer.sessions);
        self.labels.extend(newer.labels);
        self.sent.extend(newer.sent);
        self.operations.extend(newer.operations);
        self.groups = newer.groups.or(self.groups.take());
        self.devices.extend(newer.devices);
    }

    /// What becomes of devices.
    pub fn into_devices(self) -> DeviceChanges {
        self.devices
    }
}

/// Who a label belongs to if a session has it.
pub(super) fn label_owner(key: &SessionKey, label: &str) -> LabelOwner {
    (key.agent_id().map(str::to_owned), label.to_owned())
}
