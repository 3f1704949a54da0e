//! The npm package `sessionwire`: live lists of agent sessions, for browsers and Node.
//!
//! [`Client`] and the subscriptions are what JavaScript holds; `driver` lends the sans-IO client core the
//! host's event loop; `host` and `transport` are all that is known of the host. Rows and messages are read by
//! JavaScript's own parser, once, and mostly as they stand in their frame; only their heads are decoded here. Every type
//! of `index.d.ts` comes from this crate and `sessionwire-protocol`.

#![cfg_attr(not(feature = "typescript"), no_std)]

extern crate alloc;

#[cfg(not(feature = "typescript"))]
mod bare;
mod client;
mod device;
mod driver;
mod encoding;
mod error;
mod event;
mod feed;
mod hooks;
mod host;
mod iterator;
mod options;
mod params;
mod subscription;
mod table;
mod transport;

pub use client::{Client, open};
pub use iterator::SessionEvents;
pub use subscription::{MessageSubscription, SessionSubscription};

use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const ENTRY: &str = r#"
/**
 * Loads the package's WebAssembly once, and starts to connect. Resolves at once: how the connection goes is in
 * `options.onStatus`, in {@link Client.status} and in {@link Client.ready}. Rejects where the options are wrong.
 */
export function connect(options: ConnectOptions): Promise<Client>;

declare global {
    interface SymbolConstructor {
        // As in the library `esnext.disposable`, for those who compile without it.
        readonly dispose: unique symbol;
    }
}
"#;
