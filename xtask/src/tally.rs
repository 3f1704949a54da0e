//! How many tests passed, read off what the test runners print.

use std::{
    fmt,
    io::{self, Write as _},
    ops::AddAssign,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result, bail};

use crate::{
    process::{self, sentence},
    step::Outcome,
};

/// Tests by how they ended.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u32,
    failed: u32,
    skipped: u32,
}

/// Whose closing lines to read. A test may print those of a runner that it runs itself.
#[derive(Clone, Copy)]
pub(crate) enum Runner {
    /// "test result: ok. 3 passed; 0 failed; 1 ignored; …"
    Cargo,
    /// "# pass 3" in TAP, "ℹ pass 3" for people
    Node,
}

/// Runs a test runner to its end. Failing tests are counted; a runner that fails for any other reason is an error.
pub(crate) fn run_tests(runner: Runner, command: &mut Command) -> Result<Outcome> {
    let mut tally = Tally::default();
    let status = process::watch(command, |line| tally.read_line(runner, line))?;
    if !status.success() && tally.failed == 0 {
        bail!(
            "{} failed ({status}) without a failing test",
            sentence(command)
        );
    }
    Ok(Outcome::Tested(tally))
}

impl Tally {
    /// Prints the closing line, which tools that watch test runs look for, and makes it the exit code.
    pub(crate) fn close(self) -> Result<ExitCode> {
        writeln!(io::stdout(), "{self}").context("cannot print")?;
        Ok(if self.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    /// Counts a closing line of the runner, and passes over any other.
    fn read_line(&mut self, runner: Runner, line: &str) {
        match runner {
            Runner::Cargo => {
                let result = line
                    .strip_prefix("test result: ")
                    .and_then(|result| result.split_once(". "));
                for count in result.map_or("", |(_, counts)| counts).split("; ") {
                    if let Some((number, name)) = count.split_once(' ') {
                        self.add(name, number);
                    }
                }
            }
            Runner::Node => {
                let count = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "));
                if let Some((name, number)) = count.and_then(|count| count.split_once(' ')) {
                    self.add(name, number);
                }
            }
        }
    }

    fn add(&mut self, name: &str, number: &str) {
        let Ok(number) = number.parse::<u32>() else {
            return;
        };
        match name {
            "passed" | "pass" => self.passed += number,
            "failed" | "fail" | "cancelled" => self.failed += number,
            "ignored" | "skipped" | "todo" => self.skipped += number,
            _ => {}
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;

    const LIBTEST: &str = "\
running 3 tests
test ends_well ... ok
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.00s
test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s";
    const SPEC: &str =
        "✔ connects (1.5ms)\nℹ tests 6\nℹ pass 4\nℹ fail 1\nℹ cancelled 1\nℹ duration_ms 89.1";
    const TAP: &str =
        "# Subtest: pass 9 on\nok 1 - pass 9 on\n1..1\n# tests 3\n# pass 1\n# fail 0\n# todo 2";

    #[test]
    fn counts_what_the_runner_prints() {
        assert_eq!(
            tally(Runner::Cargo, LIBTEST),
            "7 passed, 2 failed, 1 skipped"
        );
        assert_eq!(tally(Runner::Node, SPEC), "4 passed, 2 failed");
        assert_eq!(tally(Runner::Node, TAP), "1 passed, 0 failed, 2 skipped");
    }

    #[test]
    fn passes_over_all_else() {
        assert_eq!(tally(Runner::Cargo, SPEC), "0 passed, 0 failed");
        assert_eq!(tally(Runner::Cargo, TAP), "0 passed, 0 failed");
        assert_eq!(tally(Runner::Node, LIBTEST), "0 passed, 0 failed");
        assert_eq!(
            tally(Runner::Cargo, "3 passed; 1 failed\ntest result: unknown"),
            "0 passed, 0 failed"
        );
        assert_eq!(
            tally(Runner::Node, "ℹ 3 pass\nℹ pass many\nℹ"),
            "0 passed, 0 failed"
        );
    }

    #[test]
    fn a_runner_that_fails_without_a_failing_test_is_an_error() {
        let mut command = Command::new("cargo");
        command.arg("no-such-command").stderr(Stdio::null());
        assert!(run_tests(Runner::Cargo, &mut command).is_err());
    }

    fn tally(runner: Runner, output: &str) -> String {
        let mut tally = Tally::default();
        output
            .lines()
            .for_each(|line| tally.read_line(runner, line));
        tally.to_string()
    }
}
