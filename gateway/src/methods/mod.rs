//! What the methods do, one file per family.

pub mod chat;
pub mod cleanup;
pub mod create;
pub mod devices;
pub mod follow;
pub mod gateway;
pub mod goal;
pub mod groups;
pub mod list;
pub mod patch;
pub mod read;
pub mod remove;
pub mod resolve;
pub mod search;
pub mod send;
pub mod subscribe;
