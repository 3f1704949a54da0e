//! OpenClaw's clients on this gateway. What each of them does is recorded for the table of `cargo xtask conformance`,
//! and every frame that it was sent is held to the protocol's schema.

mod command_line;
pub(crate) mod contract;
mod control_ui;
mod device;
mod reference;
pub(crate) mod report;
pub(crate) mod script;
mod sockets;
mod stage;
pub(crate) mod tap;
mod terminal;
mod terminal_ui;
