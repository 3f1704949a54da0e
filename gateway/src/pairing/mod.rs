//! Letting devices in: what they ask for, and what comes of it.

mod candidate;
mod join;
mod requests;

pub use join::{Joined, join};
pub use requests::{News, Requests};
