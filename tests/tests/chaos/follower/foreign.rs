use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use sessionwire_tests::{Conversation, GatewayProcess, Program};
use tokio::time::Instant;

use super::{Follows, Generation, Report, Row};

/// How long a browser may take to start, and a report to be written, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client in JavaScript: `tests/js/follow.mjs`.
pub(crate) struct Foreign(Conversation);

impl Foreign {
    /// Starts one in `node` or `chromium`, or as a reader of server-sent `events`.
    pub(super) fn start(host: &str, url: &str, follows: &Follows) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("js");
        let follows = serde_json::to_string(follows).expect("it is JSON");
        let program = Program::new("node", [PathBuf::from("follow.mjs"), host.into()])
            .folder(&folder)
            .env("SESSIONWIRE_URL", url)
            .env("SESSIONWIRE_TOKEN", GatewayProcess::TOKEN)
            .env("SESSIONWIRE_FOLLOWS", follows);
        Self(program.talk())
    }

    /// As [`super::Follower::ready`].
    pub(super) async fn ready(&mut self) {
        assert_eq!(self.0.hear(PATIENCE).await, r#""ready""#);
    }

    /// Shows so many more rows of a list.
    pub(super) async fn grow(&mut self, list: usize, growth: u64) {
        let wish = json!({ "grow": { "list": list, "count": growth } });
        assert_eq!(self.wish(&wish, PATIENCE).await, r#""grown""#);
    }

    /// As [`super::Follower::rest`].
    pub(super) async fn rest(
        &mut self,
        expected: &Vec<Vec<Row>>,
        gone: &BTreeSet<Generation>,
        deadline: Instant,
    ) -> Report {
        let left = deadline.saturating_duration_since(Instant::now());
        let within = left.as_millis() as u64;
        let wish = json!({ "rest": { "expected": expected, "gone": gone, "withinMs": within } });
        let report = self.wish(&wish, left + PATIENCE).await;
        serde_json::from_str(&report).expect("it reports")
    }

    /// As [`super::Follower::end`].
    pub(super) async fn end(self) {
        self.0.end(PATIENCE).await;
    }

    async fn wish(&mut self, wish: &Value, patience: Duration) -> String {
        self.0.say(&wish.to_string()).await;
        self.0.hear(patience).await
    }
}
