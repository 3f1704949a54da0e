//! Who may connect, and with which scopes.

mod origin;
pub mod proof;
pub mod refusal;
mod token;

use std::net::IpAddr;

use crate::device::{Device, OPERATOR};

pub use origin::origin_allowed;
pub use token::Token;

/// Where a connection comes from.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// The `Origin` header, which browsers always send.
    pub origin: Option<String>,
    /// The `Host` header.
    pub host: Option<String>,
    /// Whether somebody in between says that it only forwards.
    pub forwarded: bool,
}

impl Peer {
    /// Whether it is a program of this machine.
    pub fn is_local(&self) -> bool {
        self.address.is_loopback() && !self.forwarded
    }
}

/// Who a connection is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// `operator`, `node` or `worker`.
    pub role: String,
    /// How that was found out.
    pub method: Method,
    /// The paired device that it rests on, if it does.
    pub bond: Option<Bond>,
}

/// How a connection showed that it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// By the shared token.
    Shared,
    /// By the token of its device.
    Device,
}

/// What a connection of a device rests on: when the device has another authority, or is gone, it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bond {
    /// The device.
    pub device: String,
    /// Its authority when the connection began.
    pub authority: String,
}

impl Bond {
    /// Whether the device still has the authority.
    pub fn holds(&self, device: Option<&Device>) -> bool {
        device.is_some_and(|device| device.authority == self.authority)
    }
}

impl Principal {
    /// Whoever has the shared token.
    pub fn owner() -> Self {
        Self {
            role: OPERATOR.to_owned(),
            method: Method::Shared,
            bond: None,
        }
    }

    /// The device whose token the connection came with, and beyond which it has no say without `operator.admin`.
    pub fn own_device(&self) -> Option<&str> {
        let bond = self.bond.as_ref().filter(|_| self.method == Method::Device);
        bond.map(|bond| bond.device.as_str())
    }
}

impl Method {
    /// As `hello-ok` names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "token",
            Self::Device => "device-token",
        }
    }
}
