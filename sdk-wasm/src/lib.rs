//! The wasm of the npm package `sessionwire`: the client core, for the JavaScript of the package (`npm/src`).
//!
//! [`Core`](client::Core) lends the sans-IO client core a clock and a socket. What applications hold, the rows of live
//! lists, timers, promises and the checks of arguments are JavaScript: there they are small. Frames are parsed by
//! JavaScript, once, and rows are mostly given to listeners as they stand there; only their heads are decoded here.
//! `index.d.ts` comes from `declarations` and, for what travels, from `sessionwire-protocol`.

#![cfg_attr(not(feature = "typescript"), no_std)]

extern crate alloc;

#[cfg(not(feature = "typescript"))]
mod bare;
mod client;
#[cfg(feature = "typescript")]
mod declarations;
mod error;
mod event;
mod heard;
mod settings;
mod transport;
