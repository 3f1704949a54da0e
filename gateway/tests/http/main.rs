//! The HTTP side of the port.

#![allow(unreachable_pub, reason = "the support of tests is shared by several")]

#[path = "../support/mod.rs"]
mod support;

mod files;
mod metrics;
mod patience;
mod probes;
mod refusals;
mod sessions;
mod sockets;

const SESSIONS: &str = "/v1/chat/sessions";
