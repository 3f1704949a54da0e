//! What a Sessionwire client decides, as a state machine without IO.
//!
//! [`ClientState`] owns no socket, clock, task or future: time is an argument, randomness is a seed, and what
//! is to be done comes out as plain data. A *driver* lends it those things. After everything that it puts in,
//! a driver drains what comes out, and then waits for whatever happens first:
//!
//! ```no_run
//! # use sessionwire_client_core::{CloseReason, Config, ClientState, Event, Instant, Output};
//! # use sessionwire_protocol::{connect::ClientInfo, sessions::SessionsListParams};
//! # enum Happening { Opened, Frame(String), Closed(Option<CloseReason>), Timeout }
//! # fn open() {} fn send(text: String) {} fn close(code: u16, reason: &str) {} fn tell(event: Event) {}
//! # fn wait(deadline: Option<Instant>) -> Happening { Happening::Timeout }
//! # fn now() -> Instant { Instant::default() }
//! # fn drive(config: Config) {
//! let mut client = ClientState::new(config);
//! let list = client.subscribe_sessions(SessionsListParams::default(), now());
//! client.connect(now());
//! loop {
//!     while let Some(output) = client.poll_output() {
//!         match output {
//!             Output::Open => open(),
//!             Output::Send(text) => send(text),
//!             Output::Close { code, reason } => close(code, reason),
//!             Output::Identify | Output::Sign(_) => {} // where there is a device
//!             Output::Keep(_) | Output::Forget(_) => {} // its token
//!             Output::Event(event) => tell(event),
//!         }
//!     }
//!     match wait(client.poll_timeout()) {
//!         Happening::Opened => client.transport_opened(now()),
//!         Happening::Frame(text) => client.frame_received(&text, now()),
//!         Happening::Closed(close) => client.transport_closed(close, now()),
//!         Happening::Timeout => client.handle_timeout(now()),
//!     }
//! }
//! # }
//! ```
//!
//! # What a driver promises
//!
//! - It carries out outputs in their order. Between two inputs it may leave some for later, so a listener
//!   may put in more while it is told of an event.
//! - There is at most one transport. After [`Output::Close`] it reports nothing more of it, neither frames
//!   nor its end; an [`Output::Open`] that comes later asks for a new one.
//! - Opening a transport can be called off: the connect timeout passes inside the machine.
//! - It drops events of subscriptions that it has unsubscribed.
//! - Where frames have come and the timeout has passed, it puts in the frames first.
//!
//! # What the machine promises
//!
//! - **Identity.** Where the driver has a device ([`Config::has_device`]), the client proves it to gateways that have no
//!   cursors, to those that ask for it, and where it has nothing else to show. The token that such a gateway issues is
//!   kept and shown the next time, and given up for the shared secret once it is refused.
//! - **Connection.** It waits for the challenge, sends `connect`, and reads the greeting leniently. It connects again
//!   after a loss, a timeout, silence of two ticks, and refusals that may pass; the waits grow and are drawn at random
//!   ([`Config::backoff_min`]), and are never shorter than the gateway asked. Refused credentials, pairing, origins and
//!   protocols end the attempts, unless the gateway says to wait, until [`ClientState::connect`] is called again.
//! - **Requests.** Each settles exactly once; its [`Error`] says whether it may have been carried out.
//! - **Lists.** Events come in the order of the gateway's journal. Each carries the place that it follows
//!   and the place that it leads to; equality with the subscriber's own place proves that nothing is
//!   missing. What came before is dropped, and what leaves a gap is asked for again from the own place, as
//!   after a reconnect. Where the gateway's journal does not reach back, a snapshot follows. The events of one
//!   step of the list, such as a row that enters and another that has to make room, are told together.
//! - **Evictions.** Every eviction of a generation that a subscriber holds is told to it exactly once, before
//!   the row that follows it: as the gateway told it, or found by comparing a snapshot with what was held
//!   ([`Evicted::inferred`]). Where a session is missing in a snapshot of a part of the list, and nothing says
//!   whether it was evicted or has only left, the gateway is asked; such an eviction is told after the snapshot.
//! - **Renames** show at once ([`ClientState::rename`]). Whatever comes meanwhile keeps the new label, until the
//!   answer, or the lists after it, tell what is true.
//! - **Messages.** They follow while there is a connection. Subscriptions of one client to the same session
//!   share one at the gateway.
//! - **Peers.** Towards a gateway without the capability `session-cursor` only fields and methods of plain
//!   protocol 4 are sent. Lists are kept there all the same: all sessions are listed once for all of them, kept by
//!   events where those say enough, and listed again where they do not, after a gap, and after a reconnect.
//!   Filters, orders and limits are applied here. What such a gateway does not tell cannot be known: a reset while
//!   there was no connection leaves the transcript's name as it was, and is not found.

#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod backoff;
mod change;
mod client;
mod config;
mod connection;
mod copy;
mod error;
mod feed;
mod fields;
mod frame;
mod identity;
mod link;
mod list;
mod list_params;
mod lists;
mod local;
mod messages;
mod mirror;
mod output;
mod params;
mod phase;
mod plain;
mod read;
mod read_row;
mod readable;
mod refusal;
mod renames;
mod requests;
mod row;
mod subscriptions;
mod table;
mod time;

pub use change::ChangeFrame;
pub use client::ClientState;
pub use config::Config;
pub use error::{CloseReason, Error};
pub use identity::Device;
pub use list::LiveList;
pub use list_params::ListParams;
pub use output::{
    Event, Evicted, FrameEvent, MessageEvent, Output, RequestId, SessionEvent, Splice, Status,
    SubscriptionId,
};
pub use refusal::Refusal;
pub use row::Row;
pub use sessionwire_json::{Document, Json};
pub use sessionwire_listing::Order;
pub use time::Instant;
