//! `cargo xtask start`.

use std::{
    ffi::OsString,
    process::{Command, ExitCode},
};

use anyhow::Result;
use clap::Args;

use crate::{build, gateway, picker, process, step, workspace::Workspace};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Passed on to `sessionwire serve`
    #[arg(last = true, value_name = "GATEWAY ARGUMENTS")]
    gateway: Vec<OsString>,
}

/// Builds everything and becomes the gateway.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    step::run(build::everything(workspace))?;
    let mut command = Command::new(gateway::binary(workspace));
    command.arg("serve");
    let data = workspace.target_directory.join("sessionwire-data");
    for (option, value) in [("--www", picker::DIST.into()), ("--data", data)] {
        if !gives(&arguments.gateway, option) {
            command.arg(option).arg(value);
        }
    }
    command.args(&arguments.gateway);
    eprintln!("starting {}", process::sentence(&command));
    become_program(command)
}

fn gives(arguments: &[OsString], option: &str) -> bool {
    arguments.iter().any(|argument| {
        argument
            .to_str()
            .and_then(|argument| argument.strip_prefix(option))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    })
}

/// Whoever stops or signals xtask by then stops or signals the program itself.
#[cfg(unix)]
fn become_program(mut command: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;

    let error = command.exec();
    Err(anyhow::Error::new(error).context(format!("cannot start {}", process::sentence(&command))))
}

#[cfg(not(unix))]
fn become_program(mut command: Command) -> Result<ExitCode> {
    use anyhow::Context as _;

    let status = command
        .status()
        .with_context(|| format!("cannot start {}", process::sentence(&command)))?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_given_with_its_value_behind_it_or_joined_to_it() {
        let arguments = ["--data", "/tmp/x", "--www=site", "--data-x"].map(OsString::from);
        assert!(gives(&arguments[..1], "--data"));
        assert!(gives(&arguments[2..3], "--www"));
        assert!(!gives(&arguments[1..], "--data"));
    }
}
