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

/// Runs a test runner to its end. Failing tests are counted; a runner that fails for any other reason is an error.
pub(crate) fn run_tests(command: &mut Command) -> Result<Outcome> {
    let mut tally = Tally::default();
    let status = process::watch(command, |line| tally.read_line(line))?;
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

    /// Counts a closing line of libtest ("test result: ok. 3 passed; 0 failed; 1 ignored; …") or of Node's test runner
    /// ("# pass 3" in TAP, "ℹ pass 3" for people), and passes over any other.
    fn read_line(&mut self, line: &str) {
        let of_node = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "));
        if let Some(result) = line.strip_prefix("test result: ") {
            let counts = result.split_once(". ").map_or("", |(_, counts)| counts);
            for count in counts.split("; ") {
                if let Some((number, name)) = count.split_once(' ') {
                    self.add(name, number);
                }
            }
        } else if let Some((name, number)) = of_node.and_then(|count| count.split_once(' ')) {
            self.add(name, number);
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

    #[test]
    fn counts_what_cargo_test_and_node_print() {
        assert_eq!(
            tally(
                "running 3 tests\n\
                 test ends_well ... ok\n\
                 test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.00s\n\
                 test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s"
            ),
            "7 passed, 2 failed, 1 skipped"
        );
        assert_eq!(
            tally(
                "✔ connects (1.5ms)\nℹ tests 6\nℹ suites 0\nℹ pass 4\nℹ fail 1\nℹ cancelled 1\nℹ duration_ms 89.1"
            ),
            "4 passed, 2 failed"
        );
        assert_eq!(
            tally(
                "# Subtest: pass 9 on\nok 1 - pass 9 on\n1..1\n# tests 3\n# pass 1\n# fail 0\n# skipped 1\n# todo 1"
            ),
            "1 passed, 0 failed, 2 skipped"
        );
    }

    #[test]
    fn passes_over_lines_that_only_look_alike() {
        assert_eq!(
            tally("3 passed; 1 failed\nℹ 3 pass\nℹ pass many\ntest result: unknown\nℹ"),
            "0 passed, 0 failed"
        );
    }

    #[test]
    fn a_runner_that_fails_without_a_failing_test_is_an_error() {
        let mut command = Command::new("cargo");
        command.arg("no-such-command").stderr(Stdio::null());
        assert!(run_tests(&mut command).is_err());
    }

    fn tally(output: &str) -> String {
        let mut tally = Tally::default();
        output.lines().for_each(|line| tally.read_line(line));
        tally.to_string()
    }
}
