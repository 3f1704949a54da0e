//! Which sessions a list shows, and in which order.
//!
//! A list is a [`Filter`], an [`Order`] and a limit, all of them from the params of `sessions.list`. The gateway
//! decides by it what enters and leaves the live lists of its subscribers; a client decides the same by itself
//! where the gateway cannot.

#![cfg_attr(not(test), no_std)]

extern crate alloc;

mod facts;
mod filter;
mod kind;
mod lower;
mod order;
mod texts;
mod traits;
mod unfit;
mod view;
mod window;

pub use facts::{Facts, Listed, Run};
pub use filter::Filter;
pub use kind::agent;
pub use order::{Level, Order, Rank, Ranked};
pub use texts::{IDLE, any_text_of_model, any_text_of_row, goal_text};
pub use traits::{Marks, Traits};
pub use unfit::{Unfit, unfit, unshown};
pub use view::{NotLive, View};
pub use window::{Beyond, Shift, Window};
