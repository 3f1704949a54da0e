//! What the methods do, one file per family.

pub mod create;
pub mod list;
pub mod patch;
pub mod remove;
pub mod subscribe;
