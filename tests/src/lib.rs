//! What end-to-end tests need: a real gateway on a free port, and programs that run against it.

mod gateway;
mod program;

pub use gateway::TestGateway;
pub use program::{Finished, Program};
