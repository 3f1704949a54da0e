//! What the methods do, one file per family.

pub mod chat;
pub mod create;
pub mod goal;
pub mod list;
pub mod patch;
pub mod remove;
pub mod send;
pub mod subscribe;
