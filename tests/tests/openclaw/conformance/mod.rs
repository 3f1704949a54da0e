//! OpenClaw's clients on this gateway. What each of them does is recorded for the table of `cargo xtask conformance`,
//! and every frame that it was sent is held to the protocol's schema.

mod command_line;
mod contract;
mod control_ui;
mod device;
mod reference;
pub(crate) mod report;
mod script;
mod sockets;
mod stage;
mod tap;
mod terminal;
mod terminal_ui;
