//! A paired device, as it is stored: who it is, what it may do, and by which tokens it is known again.

mod grant;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sessionwire_protocol::device::{About, PairedDevice};
use sessionwire_protocol::{Millis, Scope, Scopes};

use crate::id::new_id;

pub use grant::{DeviceToken, Grant};

/// The role of those who see and change sessions.
pub const OPERATOR: &str = "operator";
/// Devices as they will be after a change; `None` for one that is gone.
pub type DeviceChanges = HashMap<String, Option<Arc<Device>>>;

/// A device that was let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// SHA-256 of its raw public key, in hexadecimal.
    pub id: String,
    /// The raw public key, base64url.
    pub public_key: String,
    /// What its program says of itself.
    pub about: About,
    /// What it may do at the most, whatever its tokens are good for.
    pub approved: Scopes,
    /// How it was let in.
    pub approved_via: Approval,
    /// When it was let in first.
    pub created_at: Millis,
    /// When it was let in last.
    pub approved_at: Millis,
    /// When it last connected.
    pub last_seen_at: Option<Millis>,
    /// Names what its connections rest on. It changes when they are to end.
    pub authority: String,
    /// Its grants, by role.
    pub grants: BTreeMap<String, Grant>,
}

/// Who let a device in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Approval {
    /// A person.
    Owner,
    /// The shared token, on this machine.
    Silent,
}

impl Device {
    /// A device that is about to be let in, without any grant.
    pub fn new(id: String, public_key: String, now: Millis) -> Self {
        Self {
            id,
            public_key,
            about: About::default(),
            approved: Scopes::default(),
            approved_via: Approval::Owner,
            created_at: now,
            approved_at: now,
            last_seen_at: None,
            authority: new_id(),
            grants: BTreeMap::new(),
        }
    }

    /// What the device may do in a role that was not taken from it.
    pub fn grant(&self, role: &str) -> Option<&Grant> {
        let grant = self.grants.get(role)?;
        (!grant.is_revoked()).then_some(grant)
    }

    /// Lets the device do more in a role; it can do it with the tokens that it has, too.
    pub fn approve(&mut self, role: &str, scopes: &Scopes, via: Approval, now: Millis) {
        self.approved = union(&self.approved, scopes);
        self.approved_via = via;
        self.approved_at = now;
        let grant = self.grants.entry(role.to_owned());
        grant.or_insert_with(|| Grant::new(now)).widen(scopes);
    }

    /// Makes a token for a role, good for these scopes at least.
    pub fn issue(&mut self, role: &str, scopes: &Scopes, now: Millis) -> Option<DeviceToken> {
        let grant = self.grants.get_mut(role)?;
        if missing(role, scopes, &grant.scopes).is_some() {
            grant.begin_anew(scopes);
        }
        Some(grant.issue(now))
    }

    /// Puts a new token for a role, good for these scopes, in the place of those before. Its connections end.
    pub fn rotate(&mut self, role: &str, scopes: &Scopes, now: Millis) -> Option<DeviceToken> {
        let grant = self.grants.get_mut(role)?;
        self.authority = new_id();
        Some(grant.rotate(scopes, now))
    }

    /// Takes a role with its scopes and tokens from the device. Its connections end.
    pub fn revoke(&mut self, role: &str, now: Millis) {
        let Some(grant) = self.grants.get_mut(role) else {
            return;
        };
        grant.revoke(now);
        let others = self.approved.iter().filter(|scope| !scope.is_of(role));
        self.approved = others.cloned().collect();
        self.authority = new_id();
    }

    /// Notes that the device connected.
    pub fn seen(&mut self, role: &str, about: &About, by_token: bool, now: Millis) {
        self.last_seen_at = Some(now);
        self.about = about.clone();
        if let Some(grant) = self.grants.get_mut(role).filter(|_| by_token) {
            grant.used(now);
        }
    }

    /// The device as others may see it.
    pub fn to_wire(&self, connected: bool) -> PairedDevice {
        PairedDevice {
            device_id: self.id.clone(),
            public_key: self.public_key.clone(),
            about: self.about.clone(),
            role: self.grants.keys().next().cloned(),
            roles: self.grants.keys().cloned().collect(),
            scopes: self.approved.iter().cloned().collect(),
            approved_via: Some(self.approved_via.as_str().to_owned()),
            created_at_ms: self.created_at,
            approved_at_ms: self.approved_at,
            last_seen_at_ms: self.last_seen_at,
            connected: Some(connected),
            tokens: self
                .grants
                .iter()
                .map(|(role, grant)| grant.to_wire(role))
                .collect(),
        }
    }
}

impl Approval {
    fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Silent => "silent",
        }
    }
}

/// The first of the scopes that a role with others does not have. Scopes of other roles are never had.
pub fn missing<'a>(role: &str, asked: &'a Scopes, had: &Scopes) -> Option<&'a Scope> {
    asked
        .iter()
        .find(|scope| !scope.is_of(role) || !had.allow(scope))
}

fn union(one: &Scopes, other: &Scopes) -> Scopes {
    one.iter().chain(other.iter()).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paired() -> Device {
        let mut device = Device::new("id".to_owned(), "key".to_owned(), 1);
        let scopes = [Scope::READ].into_iter().collect();
        device.approve(OPERATOR, &scopes, Approval::Owner, 1);
        device
    }

    #[test]
    fn the_newest_tokens_are_good() {
        let mut device = paired();
        let tokens: Vec<_> = (0..5)
            .map(|now| {
                device
                    .issue(OPERATOR, &Scopes::default(), now)
                    .expect("it has the role")
                    .secret
            })
            .collect();
        let grant = device.grant(OPERATOR).expect("it has the role");
        let good: Vec<_> = tokens.iter().map(|token| grant.issued_at(token)).collect();
        assert_eq!(good, [None, Some(1), Some(2), Some(3), Some(4)]);
        let stored = serde_json::to_string(&device).expect("it serialises");
        assert!(tokens.iter().all(|token| !stored.contains(token)));
    }

    #[test]
    fn what_is_revoked_comes_back_only_by_another_approval() {
        let mut device = paired();
        let token = device.issue(OPERATOR, &Scopes::default(), 2);
        let token = token.expect("it has the role").secret;
        let authority = device.authority.clone();
        device.revoke(OPERATOR, 3);
        assert!(device.grant(OPERATOR).is_none());
        assert_ne!(device.authority, authority);
        let scopes = [Scope::PAIRING].into_iter().collect();
        device.approve(OPERATOR, &scopes, Approval::Silent, 4);
        let grant = device.grant(OPERATOR).expect("it was approved");
        assert_eq!(grant.issued_at(&token), None);
        assert_eq!(grant.scopes, scopes);
    }

    #[test]
    fn scopes_of_another_role_are_never_had() {
        let admin = [Scope::ADMIN].into_iter().collect();
        let asked = [Scope::READ, Scope::from("bogus.scope".to_owned())];
        let asked = asked.into_iter().collect();
        let lacking = missing(OPERATOR, &asked, &admin).map(Scope::as_str);
        assert_eq!(lacking, Some("bogus.scope"));
    }
}
