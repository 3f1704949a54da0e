//! Live lists of agent sessions for Rust programs.
//!
//! A [`Client`] keeps one connection to a gateway, in a task of its own, and makes it again whenever it is
//! lost. [`Client::sessions`] is a stream of what happens to the list of sessions, in the gateway's order,
//! with nothing missing and every eviction told once, also when it happened while the client was away. The
//! same stream holds a copy of the list. [`Client::sessions_with`] follows a part of the list: filtered, in
//! another order, or the first rows only.
//!
//! ```no_run
//! use sessionwire::{Client, SessionEvent};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::connect("ws://127.0.0.1:18789", "TOKEN")?;
//! client.ready().await?;
//!
//! let mut sessions = client.sessions();
//! // Shows in the list at once, and is taken back if the gateway refuses.
//! client.rename("agent:main:main", Some("Inbox")).await?;
//!
//! while let Some(event) = sessions.next().await {
//!     if let SessionEvent::Evicted(evicted) = &event {
//!         println!("{} is gone: {:?}", evicted.key, evicted.reason);
//!     }
//!     for row in sessions.list().iter() {
//!         println!("{} {}", row.key, row.label.as_deref().unwrap_or(""));
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Every [`Method`] of the protocol can be asked for with [`Client::call`]; the most used ones have short
//! names of their own. An [`Error`] says whether the request may have been carried out all the same.
//!
//! A gateway like OpenClaw's lets programs on other machines in by device, once somebody has approved it there.
//! [`DeviceFile`] is one that is kept in a file; give it to [`Builder::device`].
//!
//! Connections are plain `ws://`.

mod address;
mod builder;
mod client;
mod device_file;
mod driver;
mod identity;
mod inbox;
mod messages;
mod methods;
pub mod raw;
mod sessions;
mod shared;
mod taken;
mod transport;
mod unread;

pub use address::AddressError;
pub use builder::Builder;
pub use client::Client;
pub use device_file::{DeviceFile, DeviceFileError};
pub use identity::DeviceIdentity;
pub use messages::{MessageEvent, Messages};
pub use sessions::{SessionEvent, Sessions};

pub use sessionwire_client_core::{CloseReason, Device, Error, Evicted, LiveList, Refusal, Status};
pub use sessionwire_protocol as protocol;
pub use sessionwire_protocol::{Method, SessionKey, SessionRow};

#[doc = include_str!("../../README.md")]
#[cfg(doctest)]
struct Readme;
