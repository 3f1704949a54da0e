//! Scripted conversations: what goes in, and exactly what comes out, in order.

mod changes;
mod connection;
mod frames;
mod gaps;
mod identity;
mod lists;
mod messages;
mod odd_rows;
#[path = "../parsed/mod.rs"]
mod parsed;
mod plain;
mod refresh;
mod renames;
mod requests;
mod script;
mod steps;
mod windows;
