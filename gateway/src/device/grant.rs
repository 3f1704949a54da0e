//! What a device may do in one role, and the tokens that show it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sessionwire_protocol::device::DeviceTokenSummary;
use sessionwire_protocol::{Millis, Scopes};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::union;

/// How many tokens of a device are good at the same time. A program that lost its token gets another; its
/// neighbours on the same device keep theirs.
const TOKENS: usize = 4;
const TOKEN_BYTES: usize = 32;

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

impl Grant {
    /// A grant of nothing yet.
    pub(super) fn new(now: Millis) -> Self {
        Self {
            created_at: now,
            ..Self::default()
        }
    }

    /// Whether it was taken back.
    pub fn is_revoked(&self) -> bool {
        self.revoked_at.is_some()
    }

    /// Makes its tokens good for more; after it was taken back, for that only.
    pub(super) fn widen(&mut self, scopes: &Scopes) {
        self.scopes = match self.revoked_at.take() {
            Some(_) => scopes.clone(),
            None => union(&self.scopes, scopes),
        };
    }

    /// Makes it good for other scopes, and its tokens for nothing.
    pub(super) fn begin_anew(&mut self, scopes: &Scopes) {
        self.scopes = scopes.clone();
        self.tokens.clear();
    }

    /// Makes a token; the oldest one gives way where there are too many.
    pub(super) fn issue(&mut self, now: Millis) -> DeviceToken {
        let token = DeviceToken::random(now);
        if self.tokens.len() >= TOKENS {
            self.tokens.remove(0);
        }
        self.tokens.push(KeptToken {
            hash: hash(&token.secret),
            issued_at: now,
        });
        token
    }

    /// Puts a token for these scopes in the place of those before.
    pub(super) fn rotate(&mut self, scopes: &Scopes, now: Millis) -> DeviceToken {
        self.begin_anew(scopes);
        self.rotated_at = Some(now);
        self.revoked_at = None;
        self.issue(now)
    }

    /// Takes it back.
    pub(super) fn revoke(&mut self, now: Millis) {
        self.tokens.clear();
        self.revoked_at = Some(now);
    }

    /// Notes that one of its tokens was used.
    pub(super) fn used(&mut self, now: Millis) {
        self.last_used_at = Some(now);
    }

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

    /// What may be known of it.
    pub(super) fn to_wire(&self, role: &str) -> DeviceTokenSummary {
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

fn hash(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret))
}
