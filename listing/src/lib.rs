//! Which sessions a list shows, and in which order.
//!
//! A list is a [`Filter`], an [`Order`] and a limit, all of them from the params of `sessions.list`. The gateway
//! decides by it what enters and leaves the live lists of its subscribers; a client decides the same by itself
//! where the gateway cannot.

mod filter;
mod order;
mod view;
mod window;

pub use filter::{Filter, Listed};
pub use order::{Order, Rank, Ranked};
pub use view::{NotLive, View};
pub use window::{Beyond, Shift, Window};
