//! Who is connected.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use sessionwire_protocol::connect::ClientInfo;
use sessionwire_protocol::gateway::PresenceEntry;
use sessionwire_protocol::{Millis, Scopes, StateVersion};
use tokio::sync::watch;

use crate::auth::Principal;

/// The connections past their handshake.
#[derive(Debug)]
pub struct PresenceList {
    gateway: PresenceEntry,
    entries: Mutex<BTreeMap<String, PresenceEntry>>,
    version: watch::Sender<u64>,
}

impl PresenceList {
    /// Nobody but the gateway itself, which is named so.
    pub fn new(gateway: &str, now: Millis) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        Self {
            gateway: PresenceEntry {
                host: Some("sessionwire".to_owned()),
                version: Some(version.to_owned()),
                platform: Some(std::env::consts::OS.to_owned()),
                mode: Some("gateway".to_owned()),
                instance_id: Some(gateway.to_owned()),
                reason: Some("self".to_owned()),
                ts: now,
                text: Some(format!("Gateway: sessionwire {version}")),
                ..PresenceEntry::default()
            },
            entries: Mutex::default(),
            version: watch::Sender::default(),
        }
    }

    /// Adds a connection.
    pub fn enter(
        &self,
        connection: &str,
        client: &ClientInfo,
        principal: &Principal,
        scopes: &Scopes,
        now: Millis,
    ) {
        let entry = PresenceEntry {
            host: client
                .display_name
                .clone()
                .or_else(|| Some(client.id.clone())),
            version: Some(client.version.clone()),
            platform: Some(client.platform.clone()),
            mode: Some(client.mode.clone()),
            instance_id: client
                .instance_id
                .clone()
                .or_else(|| Some(connection.to_owned())),
            reason: Some("connect".to_owned()),
            device_id: principal.bond.as_ref().map(|bond| bond.device.clone()),
            roles: vec![principal.role.clone()],
            scopes: scopes
                .iter()
                .map(|scope| scope.as_str().to_owned())
                .collect(),
            ts: now,
            text: None,
        };
        self.lock().insert(connection.to_owned(), entry);
        self.version.send_modify(|version| *version += 1);
    }

    /// Takes a connection away.
    pub fn leave(&self, connection: &str) {
        self.lock().remove(connection);
        self.version.send_modify(|version| *version += 1);
    }

    /// The devices that are connected.
    pub fn devices(&self) -> HashSet<String> {
        let entries = self.lock();
        let devices = entries.values().filter_map(|entry| entry.device_id.clone());
        devices.collect()
    }

    /// How many connections there are.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// The gateway and all connections, and the version of that list.
    pub fn snapshot(&self) -> (Vec<PresenceEntry>, StateVersion) {
        let entries = self.lock();
        let version = StateVersion {
            presence: *self.version.borrow(),
            health: 1,
        };
        let all = std::iter::once(&self.gateway).chain(entries.values());
        (all.cloned().collect(), version)
    }

    /// The version of the list, and a way to wait for the next.
    pub fn version(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, PresenceEntry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
