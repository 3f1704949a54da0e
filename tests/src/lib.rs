//! What end-to-end tests need: a real gateway on a free port, a proxy that treats its connections badly, and programs
//! that run against them.

mod gateway;
mod process;
mod program;
mod proxy;

pub use gateway::TestGateway;
pub use process::GatewayProcess;
pub use program::{Conversation, Finished, Program};
pub use proxy::{Proxy, Wrongs};
pub use sessionwire_dice::Dice;
