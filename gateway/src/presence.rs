//! Who is connected.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use sessionwire_protocol::connect::ClientInfo;
use sessionwire_protocol::gateway::PresenceEntry;
use sessionwire_protocol::{Millis, Scopes, StateVersion, Written};
use tokio::sync::watch;

use crate::auth::Principal;

/// How many entries are told, as at OpenClaw's gateway: every greeting has them, and so has every change of presence.
const MOST_TOLD: usize = 200;

/// The connections past their handshake.
#[derive(Debug)]
pub struct PresenceList {
    gateway: Written<PresenceEntry>,
    connections: Mutex<Connections>,
    version: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Connections {
    /// In the order in which they came.
    entries: BTreeMap<u64, Entry>,
    next: u64,
}

#[derive(Debug)]
struct Entry {
    device: Option<String>,
    told: Written<PresenceEntry>,
}

impl PresenceList {
    /// Nobody but the gateway itself, which is named so.
    pub fn new(gateway: &str, now: Millis) -> Self {
        let version = env!("CARGO_PKG_VERSION");
        Self {
            gateway: written(&PresenceEntry {
                host: Some("sessionwire".to_owned()),
                version: Some(version.to_owned()),
                platform: Some(std::env::consts::OS.to_owned()),
                mode: Some("gateway".to_owned()),
                instance_id: Some(gateway.to_owned()),
                reason: Some("self".to_owned()),
                ts: now,
                text: Some(format!("Gateway: sessionwire {version}")),
                ..PresenceEntry::default()
            }),
            connections: Mutex::default(),
            version: watch::Sender::default(),
        }
    }

    /// Adds a connection, for as long as what is returned is kept.
    #[must_use]
    pub fn enter(
        self: &Arc<Self>,
        connection: &str,
        client: &ClientInfo,
        principal: &Principal,
        scopes: &Scopes,
        now: Millis,
    ) -> Present {
        let device = principal.bond.as_ref().map(|bond| bond.device.clone());
        let told = written(&PresenceEntry {
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
            device_id: device.clone(),
            roles: vec![principal.role.clone()],
            scopes: scopes.clone(),
            ts: now,
            text: None,
        });
        let mut connections = self.lock();
        let place = connections.next;
        connections.next += 1;
        connections.entries.insert(place, Entry { device, told });
        drop(connections);
        self.version.send_modify(|version| *version += 1);
        Present {
            list: Arc::clone(self),
            place,
        }
    }

    /// The devices that are connected.
    pub fn devices(&self) -> HashSet<String> {
        let connections = self.lock();
        let entries = connections.entries.values();
        let devices = entries.filter_map(|entry| entry.device.clone());
        devices.collect()
    }

    /// How many connections there are.
    pub fn len(&self) -> usize {
        self.lock().entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lock().entries.is_empty()
    }

    /// The gateway and the connections that came last, newest first, and the version of that list.
    pub fn snapshot(&self) -> (Vec<Written<PresenceEntry>>, StateVersion) {
        let connections = self.lock();
        let newest = connections.entries.values().rev().map(|entry| &entry.told);
        let told = std::iter::once(&self.gateway).chain(newest).take(MOST_TOLD);
        (told.cloned().collect(), self.state_version())
    }

    /// The version of the list, as events tell it.
    pub fn state_version(&self) -> StateVersion {
        StateVersion {
            presence: *self.version.borrow(),
            health: 1,
        }
    }

    /// The version of the list, and a way to wait for the next.
    pub fn version(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Connections> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn written(entry: &PresenceEntry) -> Written<PresenceEntry> {
    Written::new(entry).expect("an entry is JSON")
}

/// A connection is present until this is dropped, whatever it ends by.
#[derive(Debug)]
pub struct Present {
    list: Arc<PresenceList>,
    place: u64,
}

impl Drop for Present {
    fn drop(&mut self) {
        self.list.lock().entries.remove(&self.place);
        self.list.version.send_modify(|version| *version += 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Method;

    #[test]
    fn those_who_came_last_are_told() {
        let presence = Arc::new(PresenceList::new("gateway", 0));
        let mut present = Vec::new();
        let principal = Principal {
            role: "operator".to_owned(),
            method: Method::Shared,
            bond: None,
        };
        for number in 0..300 {
            let client = ClientInfo {
                id: format!("client {number}"),
                version: "1".to_owned(),
                platform: "linux".to_owned(),
                mode: "backend".to_owned(),
                display_name: None,
                device_family: None,
                instance_id: None,
            };
            let connection = number.to_string();
            let scopes = Scopes::default();
            present.push(presence.enter(&connection, &client, &principal, &scopes, number));
        }
        drop(present.pop());
        let (told, _) = presence.snapshot();
        assert_eq!((presence.len(), told.len()), (299, MOST_TOLD));
        let told: Vec<_> = told
            .iter()
            .map(|entry| entry.read().expect("it is an entry").host)
            .collect();
        let first = ["sessionwire", "client 298", "client 297"];
        assert_eq!(told[..3], first.map(|host| Some(host.to_owned())));
        assert_eq!(told[MOST_TOLD - 1].as_deref(), Some("client 100"));
    }
}
