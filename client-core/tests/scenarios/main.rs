//! Scripted conversations: what goes in, and exactly what comes out, in order.

mod connection;
mod frames;
mod gaps;
mod identity;
mod lists;
mod messages;
mod plain;
mod refresh;
mod renames;
mod requests;
mod script;
mod steps;
mod windows;
