//! The command `sessionwire` on a disk that fails on demand.
//!
//! Everything is the gateway's own, down to the database; only the functions in `disk` stand in the place of
//! the C library's, because the linker finds them first.

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod disk;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    sessionwire_gateway::command::run().await
}
