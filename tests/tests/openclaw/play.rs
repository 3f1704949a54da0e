use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use sessionwire_tests::{Conversation, Program};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Tests in JavaScript, listened to while they run.
pub(crate) struct Play {
    program: Conversation,
    said: Vec<String>,
    failed: bool,
}

/// What is heard of them.
pub(crate) enum Heard {
    /// How a test ended that was not skipped.
    Outcome { test: String, passed: bool },
    /// What is to be done before they go on, which is to be answered by [`Play::done`].
    Wish(String),
}

impl Play {
    /// What runs tests of `tests/js` such that they can be listened to: Node.js with these arguments.
    pub(crate) fn program(node: impl AsRef<OsStr>, test: &[&str]) -> Program {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("js");
        let reporter = ["--test-reporter=tap"];
        Program::new(node, reporter.iter().chain(test)).folder(&folder)
    }

    /// Starts them.
    pub(crate) fn start(program: Program) -> Self {
        Self {
            program: program.talk(),
            said: Vec::new(),
            failed: false,
        }
    }

    /// What comes next, if anything does.
    pub(crate) async fn hear(&mut self) -> Option<Heard> {
        loop {
            let line = self.program.hear_until_the_end(PATIENCE).await?;
            let heard = match line.strip_prefix('@') {
                Some(wish) => Some(Heard::Wish(wish.to_owned())),
                None => outcome(&line),
            };
            self.failed |= matches!(heard, Some(Heard::Outcome { passed: false, .. }));
            self.said.push(line);
            if heard.is_some() {
                return heard;
            }
        }
    }

    /// Answers a wish.
    pub(crate) async fn done(&mut self) {
        self.program.say("done").await;
    }

    /// Waits for the end, which must be a good one.
    pub(crate) async fn end(self) {
        assert!(!self.failed, "{}", self.said.join("\n"));
        self.program.end(PATIENCE).await;
    }
}

/// Reads a line such as "ok 3 - renames".
fn outcome(line: &str) -> Option<Heard> {
    let (result, rest) = line.split_once("ok ")?;
    let passed = match result {
        "" => true,
        "not " => false,
        _ => return None,
    };
    let (_, test) = rest.split_once(" - ")?;
    (!test.contains(" # SKIP")).then(|| Heard::Outcome {
        test: test.to_owned(),
        passed,
    })
}
