//! Connections to the upstream.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sessionwire::{AddressError, Builder, Client};
use sessionwire_protocol::{Scope, Scopes};

/// The scopes that a connection may have here and there. What somebody here has beside them is unknown there.
const KNOWN: [&str; 7] = [
    "operator.approvals",
    "operator.pairing",
    "operator.questions",
    "operator.read",
    "operator.talk",
    "operator.talk.secrets",
    "operator.write",
];

/// The connection that mirrors, and for each set of lesser scopes one that has no others.
///
/// The upstream lets a chat command, or an agent, do what the connection may do that talks to it. So nobody may talk
/// over a connection that may do more than they.
pub(super) struct Clients {
    builder: Builder,
    own: Client,
    lesser: Mutex<HashMap<Vec<Scope>, Client>>,
}

impl Clients {
    pub(super) fn connect(builder: Builder) -> Result<Self, AddressError> {
        Ok(Self {
            own: builder.clone().keep_frames().connect()?,
            builder,
            lesser: Mutex::default(),
        })
    }

    /// The connection that mirrors, and may do everything.
    pub(super) fn own(&self) -> &Client {
        &self.own
    }

    /// The connection that may do what somebody with these scopes may do.
    pub(super) fn with(&self, scopes: &Scopes) -> Client {
        if scopes.allow(&Scope::ADMIN) {
            return self.own.clone();
        }
        let known = KNOWN.map(|scope| Scope::from(scope.to_owned()));
        let granted: Vec<_> = known
            .into_iter()
            .filter(|scope| scopes.allow(scope))
            .collect();
        let mut lesser = self.lesser.lock().unwrap_or_else(PoisonError::into_inner);
        let client = lesser.entry(granted).or_insert_with_key(|granted| {
            let builder = self.builder.clone().scopes(granted.iter().cloned());
            builder.connect().expect("the address was read before")
        });
        client.clone()
    }
}
