//! The wire between an agent gateway and those who show its sessions.
//!
//! A conversation is JSON text frames on one WebSocket:
//!
//! 1. gateway: event `connect.challenge` with a nonce ([`connect::Challenge`]);
//! 2. client: request `connect` ([`connect::Connect`]), answered by [`connect::HelloOk`];
//! 3. client: requests, each a [`Method`] answered once by a response with the same id;
//! 4. gateway: events ([`event`]) whenever something changes, and a `tick` while nothing does.
//!
//! The base is protocol 4 of OpenClaw's gateway as of release 2026.9.6. A client that sends the
//! capability [`connect::SESSION_CURSOR`] gets more: events of a subscription carry their place in the
//! journal ([`Place`]), so that it can prove that it missed nothing.
//!
//! This crate is plain data: it knows serde and nothing of sockets, clocks or tasks.

#![cfg_attr(not(any(test, feature = "typescript")), no_std)]

extern crate alloc;

pub mod chat;
pub mod connect;
pub mod device;
pub mod event;
pub mod gateway;
pub mod goal;
pub mod sessions;
pub mod statement;

mod cursor;
mod entry;
mod error;
mod facts;
mod frame;
mod key;
mod message;
mod method;
mod patch;
mod reason;
mod row;
mod scope;
mod written;

pub use cursor::{Cursor, Place};
pub use entry::SessionEntry;
pub use error::{ErrorBody, ErrorCode};
pub use facts::{ActorFacts, GoalFacts, OriginFacts, RowFacts, RuntimeFacts};
pub use frame::{EventFrame, Frame, FrameError, RequestFrame, ResponseFrame, StateVersion};
pub use key::{InvalidKey, SessionKey};
pub use message::{ContentBlock, MessageContent, MessageMarks, TranscriptMessage};
pub use method::{Access, Method};
pub use patch::Patch;
pub use reason::{ChangeReason, EvictionReason};
pub use row::{RowHead, SessionKind, SessionRow};
pub use scope::{Scope, Scopes};
pub use written::Written;

/// The protocol number of every frame here.
pub const PROTOCOL: u64 = 4;

/// Milliseconds since the Unix epoch, as every time on the wire.
#[cfg_attr(feature = "typescript", tsify::declare)]
pub type Millis = u64;
