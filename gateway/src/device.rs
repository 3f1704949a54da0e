//! A paired device, as it is stored: who it is, what it may do, and by which tokens it is known again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sessionwire_protocol::device::{DeviceTokenSummary, PairRequest, PairedDevice};
use sessionwire_protocol::{Millis, Scope, Scopes};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::id::new_id;

/// The role of those who see and change sessions.
pub const OPERATOR: &str = "operator";
/// How many tokens of a device are good at the same time. A program that lost its token gets another; its
/// neighbours on the same device keep theirs.
const TOKENS: usize = 4;
const TOKEN_BYTES: usize = 32;

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

/// What a program says of itself and its machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// What it calls itself.
    pub display_name: Option<String>,
    /// What it runs on.
    pub platform: Option<String>,
    /// The kind of machine.
    pub device_family: Option<String>,
    /// Which program it is.
    pub client_id: String,
    /// How it connects.
    pub client_mode: String,
    /// Where it connects from, unless from this machine.
    pub remote_ip: Option<String>,
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

/// What a device may do in one role, and the tokens that show it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// What its tokens are good for.
    pub scopes: Scopes,
    created_at: Millis,
    rotated_at: Option<Millis>,
    revoked_at: Option<Millis>,
    last_used_at: Option<Millis>,
    /// The oldest first.
    tokens: Vec<KeptToken>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeptToken {
    /// SHA-256, base64url. A token is random, so nothing is to be gained from its hash.
    hash: String,
    issued_at: Millis,
}

/// A token as its device gets it.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceToken {
    /// The secret.
    pub secret: String,
    /// When it was made.
    pub issued_at: Millis,
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
        grant.revoked_at.is_none().then_some(grant)
    }

    /// Takes what a request says of the program for what is known of it.
    pub fn describe(&mut self, request: &PairRequest) {
        self.about = About {
            display_name: request.display_name.clone(),
            platform: request.platform.clone(),
            device_family: request.device_family.clone(),
            client_id: request.client_id.clone().unwrap_or_default(),
            client_mode: request.client_mode.clone().unwrap_or_default(),
            remote_ip: request.remote_ip.clone(),
        };
    }

    /// Lets the device do more in a role; it can do it with the tokens that it has, too.
    pub fn approve(&mut self, role: &str, scopes: &Scopes, via: Approval, now: Millis) {
        self.approved = union(&self.approved, scopes);
        self.approved_via = via;
        self.approved_at = now;
        let grant = self.grants.entry(role.to_owned()).or_insert_with(|| Grant {
            created_at: now,
            ..Grant::default()
        });
        if grant.revoked_at.take().is_some() {
            grant.scopes = Scopes::default();
        }
        grant.scopes = union(&grant.scopes, scopes);
    }

    /// Makes a token for a role, good for these scopes at least; the oldest one gives way where there are too many.
    pub fn issue(&mut self, role: &str, scopes: &Scopes, now: Millis) -> Option<DeviceToken> {
        let grant = self.grants.get_mut(role)?;
        if missing(role, scopes, &grant.scopes).is_some() {
            grant.scopes = scopes.clone();
            grant.tokens.clear();
        }
        let token = DeviceToken::random(now);
        if grant.tokens.len() >= TOKENS {
            grant.tokens.remove(0);
        }
        grant.tokens.push(KeptToken {
            hash: hash(&token.secret),
            issued_at: now,
        });
        Some(token)
    }

    /// Puts a new token for a role, good for these scopes, in the place of those before. Its connections end.
    pub fn rotate(&mut self, role: &str, scopes: Scopes, now: Millis) -> Option<DeviceToken> {
        let grant = self.grants.get_mut(role)?;
        grant.scopes = scopes.clone();
        grant.tokens.clear();
        grant.rotated_at = Some(now);
        grant.revoked_at = None;
        self.authority = new_id();
        self.issue(role, &scopes, now)
    }

    /// Takes a role and its tokens from the device. Its connections end.
    pub fn revoke(&mut self, role: &str, now: Millis) {
        if let Some(grant) = self.grants.get_mut(role) {
            grant.tokens.clear();
            grant.revoked_at = Some(now);
            self.authority = new_id();
        }
    }

    /// Notes that the device connected.
    pub fn seen(&mut self, role: &str, about: &About, by_token: bool, now: Millis) {
        self.last_seen_at = Some(now);
        self.about = about.clone();
        if let Some(grant) = self.grants.get_mut(role).filter(|_| by_token) {
            grant.last_used_at = Some(now);
        }
    }

    /// The device as others may see it.
    pub fn to_wire(&self, connected: bool) -> PairedDevice {
        let about = &self.about;
        PairedDevice {
            device_id: self.id.clone(),
            public_key: self.public_key.clone(),
            display_name: about.display_name.clone(),
            platform: about.platform.clone(),
            device_family: about.device_family.clone(),
            client_id: Some(about.client_id.clone()),
            client_mode: Some(about.client_mode.clone()),
            role: self.grants.keys().next().cloned(),
            roles: self.grants.keys().cloned().collect(),
            scopes: self.approved.iter().cloned().collect(),
            remote_ip: about.remote_ip.clone(),
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

impl Grant {
    /// When the token that has this secret was made, if there is one. That takes a time that tells nothing of it.
    pub fn issued_at(&self, secret: &str) -> Option<Millis> {
        let given = hash(secret);
        let mut found = None;
        for token in &self.tokens {
            if token.hash.as_bytes().ct_eq(given.as_bytes()).into() {
                found = Some(token.issued_at);
            }
        }
        found
    }

    fn to_wire(&self, role: &str) -> DeviceTokenSummary {
        DeviceTokenSummary {
            role: role.to_owned(),
            scopes: self.scopes.iter().cloned().collect(),
            created_at_ms: self.created_at,
            rotated_at_ms: self.rotated_at,
            revoked_at_ms: self.revoked_at,
            last_used_at_ms: self.last_used_at,
        }
    }
}

impl DeviceToken {
    fn random(now: Millis) -> Self {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes).expect("the system has random numbers");
        Self {
            secret: URL_SAFE_NO_PAD.encode(bytes),
            issued_at: now,
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

fn hash(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret))
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
        let tokens: Vec<_> = (0..=TOKENS as u64)
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
