//! The command `sessionwire`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    sessionwire_gateway::command::run().await
}
