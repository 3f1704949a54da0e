//! The command line: `openclaw gateway call`, `health` and `probe`.

use serde_json::{Value, json};
use sessionwire_tests::TestGateway;

use super::report::{Report, THEIRS_HERE, THEIRS_IN_FRONT};
use super::script::Socket;
use super::stage::Stage;
use crate::cli::Cli;

const KEY: &str = "agent:main:cli";
const BUSY: &str = "agent:main:busy";

const NAME: &str = "command line";

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line() {
    play(Report::of(THEIRS_HERE, NAME), Stage::alone(&[]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; `cargo xtask conformance` runs it"]
async fn the_command_line_in_front() {
    let stage = Stage::in_front(&[]).await;
    play(Report::of(THEIRS_IN_FRONT, NAME), stage).await;
}

async fn play(report: Report, stage: Stage) {
    let (cli, url) = (Cli::new(), stage.tap.url());
    let watcher = Socket::connect(&stage.gateway().url(), TestGateway::TOKEN, &[]).await;
    let mut watcher = watcher.unwrap_or_else(|error| panic!("{error}"));
    let address = (url.as_str(), TestGateway::TOKEN);
    let call = async |method: &str, params: Value| cli.call(address, method, &params).await;
    let patch = async |change: Value| {
        let mut params = json!({"key": KEY});
        let members = change.as_object().expect("an object").clone();
        params.as_object_mut().expect("an object").extend(members);
        call("sessions.patch", params).await["entry"].clone()
    };

    let looks = async {
        assert_eq!(cli.look(address, "health").await["ok"], true);
        let probed = cli.look(address, "probe").await;
        assert_eq!(probed["ok"], true, "{probed}");
    };
    report.shows("connects", looks).await;
    let renames = async {
        let entry = patch(json!({"label": "From the command line"})).await;
        assert_eq!(entry["label"], "From the command line");
        entry["sessionId"].clone()
    };
    let id = report.shows("renames", renames).await;
    let lists = async {
        let list = call("sessions.list", json!({"limit": 2})).await;
        let row = &list["sessions"][0];
        assert_eq!(
            (&row["key"], &list["limitApplied"]),
            (&json!(KEY), &json!(2))
        );
    };
    report.shows("lists sessions", lists).await;
    let pins = async { assert!(patch(json!({"pinned": true})).await["pinnedAt"].is_number()) };
    report.shows("pins", pins).await;
    let archives = async {
        for archived in [true, false] {
            let change = json!({"archived": archived, "expectedSessionId": id});
            let entry = patch(change).await;
            assert_eq!(entry["archivedAt"].is_number(), archived, "{entry}");
        }
    };
    report.shows("archives", archives).await;
    let commands = async {
        watcher.call("sessions.subscribe", json!({})).await;
        // A goal begins a run where there is a model, which is not to be reset.
        call("sessions.patch", json!({"key": BUSY, "label": "Busy"})).await;
        for (key, message) in [(KEY, "/name By a command"), (BUSY, "/goal start Ship it")] {
            let params = json!({"sessionKey": key, "message": message, "idempotencyKey": message});
            let sent = call("chat.send", params).await;
            assert_eq!(sent, json!({"runId": message, "status": "started"}));
        }
        let named = |row: &Value| row["label"] == "By a command";
        watcher.becomes(KEY, named).await;
        let pursues = |row: &Value| row["goal"]["objective"] == "Ship it";
        watcher.becomes(BUSY, pursues).await;
    };
    report.shows("sends /name and /goal", commands).await;
    let opens = async {
        let history = call("chat.history", json!({"sessionKey": KEY})).await;
        let messages = history["messages"].to_string();
        assert!(messages.contains("renamed to “By a command”"), "{messages}");
    };
    report.shows("opens a session", opens).await;
    let resets = async {
        let reset = call("sessions.reset", json!({"key": KEY})).await;
        assert_eq!(reset["entry"]["label"], "By a command");
        let history = call("chat.history", json!({"sessionKey": KEY})).await;
        // OpenClaw's own gateway leaves a note there that says so.
        let messages = history["messages"].to_string();
        assert!(!messages.contains("By a command"), "{messages}");
    };
    report.shows("resets", resets).await;
    let deletes = async {
        let deleted = call("sessions.delete", json!({"key": KEY})).await;
        assert_eq!(deleted["deleted"], true);
        let row = call("sessions.describe", json!({"key": KEY})).await;
        assert_eq!(row["session"], Value::Null);
    };
    report.shows("deletes", deletes).await;
    let refusals = async {
        for (token, params, words) in [
            (
                TestGateway::TOKEN,
                json!({"limit": 0}),
                "at /limit: must be >= 1",
            ),
            ("another", json!({}), "gateway token mismatch"),
        ] {
            let refused = cli.run((&url, token), "sessions.list", &params).await;
            let told = format!("{}{}", refused.stdout, refused.stderr);
            assert!(!refused.success && told.contains(words), "{told}");
        }
    };
    report.shows("is told of refusals", refusals).await;
    stage.end(report).await;
}
