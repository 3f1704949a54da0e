//! A gateway for live lists of agent sessions that never lie.
//!
//! Every change of a session, whoever asks for it, is one [`sessions::Sessions::commit`]: durable in the
//! [`store`], then an entry of the [`journal`], then visible in memory, then told. A subscriber is an offset
//! in the journal ([`feed`]), so subscribing, resuming and recovering from lag are one function.

pub mod access;
pub mod admission;
pub mod answers;
pub mod aside;
pub mod auth;
pub mod change;
pub mod clock;
pub mod command;
pub mod commands;
pub mod committer;
pub mod config;
pub mod connection;
pub mod conversation;
pub mod crier;
pub mod device;
pub mod dispatch;
pub mod effort;
pub mod encoded;
pub mod eviction;
pub mod farewell;
pub mod feed;
pub mod field;
pub mod gateway;
pub mod goal;
pub mod greeting;
pub mod groups;
pub mod guesses;
pub mod handshake;
pub mod http;
pub mod id;
pub mod import;
pub mod journal;
pub mod limit;
pub mod list;
pub mod memory;
pub mod methods;
pub mod metrics;
pub mod mirror;
pub mod mirrored;
pub mod origin;
pub mod pairing;
pub mod patience;
pub mod payload;
pub mod presence;
pub mod request;
pub mod row;
pub mod schema;
pub mod server;
pub mod session;
pub mod sessions;
pub mod socket;
pub mod state;
pub mod store;
pub mod text;
pub mod tombstones;
pub mod transaction;
pub mod upstream;
pub mod views;
pub mod watch;

pub use server::{Server, StartError};
