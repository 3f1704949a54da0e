//! Talking in sessions, and what everybody is told of it.

mod support;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;
use serde_json::{Value, json};
use sessionwire_gateway::Server;
use sessionwire_gateway::config::Config;
use support::{ADMIN, CURSORS, Client, Gateway, READ, TOKEN};

const WRITE: &[&str] = &["operator.read", "operator.write"];
const KEY: &str = "agent:main:talk";

trait Asking {
    /// Asks for something that must be granted.
    async fn ask(&mut self, method: &str, params: Value) -> Value;
    /// Asks for something that must be refused; returns the sentence.
    async fn refusal(&mut self, method: &str, params: Value) -> String;
    /// Every event about sessions that is due to what has happened so far.
    async fn events(&mut self) -> Vec<Value>;
}

impl Asking for Client {
    async fn ask(&mut self, method: &str, params: Value) -> Value {
        match self.request(method, params).await {
            Ok(payload) => payload,
            Err(error) => panic!("{method} is refused: {error}"),
        }
    }

    async fn refusal(&mut self, method: &str, params: Value) -> String {
        match self.request(method, params).await {
            Ok(payload) => panic!("{method} is granted: {payload}"),
            Err(error) => error["message"].as_str().unwrap_or_default().to_owned(),
        }
    }

    async fn events(&mut self) -> Vec<Value> {
        // Events that are due when an answer is written come before the next answer at the latest.
        let mut events = self.events_so_far().await;
        events.extend(self.events_so_far().await);
        events.retain(|event| {
            let name = event["event"].as_str().unwrap_or_default();
            !matches!(name, "tick" | "presence" | "health")
        });
        events
    }
}

/// Says something in the session; returns the reply's text, if there is one.
async fn say(client: &mut Client, text: &str) -> Option<String> {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let run = format!("run-{}", RUNS.fetch_add(1, Ordering::Relaxed));
    let params = json!({"sessionKey": KEY, "message": text, "idempotencyKey": run});
    let started = client.ask("chat.send", params).await;
    assert_eq!(started, json!({"runId": run, "status": "started"}));
    loop {
        let event = client.next_event("chat").await;
        if event["payload"]["runId"] == run {
            let payload = &event["payload"];
            assert_eq!(
                (&payload["state"], &payload["seq"]),
                (&json!("final"), &json!(1))
            );
            return payload["message"]["content"][0]["text"]
                .as_str()
                .map(str::to_owned);
        }
    }
}

/// The same gateway after a stop and a start.
async fn restart(gateway: Gateway) -> Gateway {
    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        config: Config,
    }
    let Gateway { server, data } = gateway;
    server.stop().await;
    let path = data.path().display().to_string();
    let args = [
        "gateway",
        "--bind",
        "127.0.0.1:0",
        "--data",
        &path,
        "--token",
        TOKEN,
    ];
    let Cli { config } = Cli::parse_from(args);
    let server = Server::start(config).await.expect("the gateway starts");
    Gateway { server, data }
}

async fn subscribe_with_cursors(client: &mut Client) {
    let subscribed = client
        .ask("sessions.subscribe", json!({"subscription": "s"}))
        .await;
    assert_eq!(subscribed["resumed"], false);
}

async fn history(client: &mut Client) -> Vec<Value> {
    let transcript = client.ask("chat.history", json!({"sessionKey": KEY})).await;
    transcript["messages"].as_array().expect("a list").clone()
}

/// The names of events with their reasons or roles, for assertions about order.
fn outline(events: &[Value]) -> Vec<String> {
    events
        .iter()
        .map(|event| {
            let payload = &event["payload"];
            let of = [
                &payload["reason"],
                &payload["message"]["role"],
                &payload["state"],
            ];
            let of = of.into_iter().find_map(Value::as_str).unwrap_or_default();
            format!("{} {of}", event["event"].as_str().unwrap_or_default())
        })
        .collect()
}

/// A row without what every message changes.
fn lasting(row: &Value) -> Value {
    let mut row = row.clone();
    let fields = row.as_object_mut().expect("a row is an object");
    for field in ["updatedAt", "lastInteractionAt", "lastMessagePreview"] {
        assert!(fields.remove(field).is_some(), "{field} is told");
    }
    row
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.expect("it is after 1970").as_millis()).expect("and before long")
}

#[tokio::test]
async fn a_name_given_in_chat_is_told_like_one_given_by_patch() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    assert_eq!(say(&mut writer, "hello there").await, None);
    let mut plain = gateway.client(READ, &[]).await;
    plain.ask("sessions.subscribe", json!({})).await;
    let mut cursors = gateway.client(READ, CURSORS).await;
    subscribe_with_cursors(&mut cursors).await;

    let mut shapes = Vec::new();
    for label in ["By patch", "By command"] {
        let reason = match label {
            "By patch" => {
                writer
                    .ask("sessions.patch", json!({"key": KEY, "label": label}))
                    .await;
                "patch"
            }
            _ => {
                let reply = say(&mut writer, &format!("/name {label}")).await;
                assert_eq!(reply, Some(format!("✅ Session renamed to “{label}”.")));
                "command-metadata"
            }
        };
        let events = plain.events().await;
        let told = events
            .iter()
            .find(|event| event["event"] == "sessions.changed")
            .expect("a plain subscriber is told");
        assert_eq!(told["payload"]["reason"], reason);
        assert_eq!(told["payload"]["label"], label);
        let row = &told["payload"]["session"];

        let events = cursors.events().await;
        let told = events
            .iter()
            .find(|event| event["event"] == "sessions.changed")
            .expect("a subscriber with cursors is told");
        assert_eq!(
            (
                &told["subscription"],
                &told["payload"]["change"],
                &told["payload"]["reason"]
            ),
            (&json!("s"), &json!("upserted"), &json!(reason))
        );
        assert!(told["prev"].as_u64() < told["cursor"].as_u64());
        assert_eq!(&told["payload"]["session"], row, "both are told one row");

        let kept = lasting(row);
        for field in ["label", "displayName", "derivedTitle"] {
            assert_eq!(kept[field], label);
        }
        shapes.push(
            kept.as_object()
                .expect("a row")
                .keys()
                .cloned()
                .collect::<Vec<_>>(),
        );
        let described = writer.ask("sessions.describe", json!({"key": KEY})).await;
        assert_eq!(&described["session"], row);
    }
    assert_eq!(shapes[0], shapes[1], "both ways tell the same shape");
}

#[tokio::test]
async fn a_name_in_use_is_refused_in_words_and_changes_nothing() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    writer
        .ask(
            "sessions.create",
            json!({"key": "agent:main:other", "label": "Taken"}),
        )
        .await;
    writer.ask("sessions.subscribe", json!({})).await;
    assert_eq!(
        say(&mut writer, "/name Taken").await.as_deref(),
        Some("Couldn't rename the session: label already in use: Taken")
    );
    let long = "🦞".repeat(257);
    assert_eq!(
        say(&mut writer, &format!("/name {long}")).await.as_deref(),
        Some("Couldn't rename the session: invalid label: too long (max 512)")
    );
    let described = writer.ask("sessions.describe", json!({"key": KEY})).await;
    assert_eq!(described["session"]["label"], Value::Null);
}

#[tokio::test]
async fn a_first_message_makes_the_session() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    writer.ask("sessions.subscribe", json!({})).await;
    let params = json!({"sessionKey": KEY, "message": "/name Fresh", "idempotencyKey": "r"});
    writer.ask("chat.send", params).await;
    let events = writer.events().await;
    assert_eq!(
        outline(&events),
        [
            "session.message user",
            "session.message assistant",
            "sessions.changed create",
            "chat assistant",
        ]
    );
    assert_eq!(events[2]["payload"]["session"]["label"], "Fresh");
    assert_eq!(events[0]["payload"]["session"]["label"], "Fresh");
    assert_eq!(events[0]["payload"]["message"]["idempotencyKey"], "r:user");
    assert_eq!(events[1]["payload"]["message"]["idempotencyKey"], "r");
    assert_eq!(events[1]["payload"]["messageSeq"], 2);
}

#[tokio::test]
async fn a_goal_lives_in_every_list() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    say(&mut writer, "hello").await;
    let mut watcher = gateway.client(READ, CURSORS).await;
    subscribe_with_cursors(&mut watcher).await;
    let mut plain = gateway.client(READ, &[]).await;
    plain.ask("sessions.subscribe", json!({})).await;
    for (command, reply, objective, status) in [
        (
            "/goal start Ship it",
            "Goal started: Ship it",
            "Ship it",
            "active",
        ),
        (
            "/goal pause lunch",
            "Goal paused: Ship it",
            "Ship it",
            "paused",
        ),
        (
            "/goal edit Ship it well",
            "Goal updated: Ship it well",
            "Ship it well",
            "paused",
        ),
        (
            "/goal resume",
            "Goal resumed: Ship it well",
            "Ship it well",
            "active",
        ),
        (
            "/goal block",
            "Goal blocked: Ship it well",
            "Ship it well",
            "blocked",
        ),
        (
            "/goal done",
            "Goal complete: Ship it well\nTokens used: 0",
            "Ship it well",
            "complete",
        ),
    ] {
        assert_eq!(say(&mut writer, command).await.as_deref(), Some(reply));
        let event = watcher.next_event("sessions.changed").await;
        let payload = &event["payload"];
        assert_eq!(payload["reason"], "command-metadata", "{command}");
        let goal = &payload["session"]["goal"];
        assert_eq!(
            (&goal["objective"], &goal["status"]),
            (&json!(objective), &json!(status))
        );
    }
    plain.events().await;
    assert_eq!(
        say(&mut writer, "/goal clear").await.as_deref(),
        Some("Goal cleared.")
    );
    let events = plain.events().await;
    let told = events
        .iter()
        .find(|event| event["event"] == "sessions.changed")
        .expect("the clear is told");
    assert_eq!(told["payload"]["goal"], Value::Null);
    assert!(told["payload"].get("goal").is_some(), "as a tombstone");
    assert!(told["payload"]["session"].get("goal").is_none());
    assert_eq!(
        say(&mut writer, "/goal clear").await.as_deref(),
        Some("No goal to clear.")
    );
    let events = plain.events().await;
    let told = events
        .iter()
        .find(|event| event["event"] == "sessions.changed")
        .expect("the message is told");
    assert_eq!(told["payload"]["reason"], "send");
}

#[tokio::test]
async fn options_are_told_with_reason_patch() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    say(&mut admin, "hello").await;
    admin.ask("sessions.subscribe", json!({})).await;
    for (command, field, value) in [
        ("/think high", "thinkingLevel", json!("high")),
        ("/verbose full", "verboseLevel", json!("full")),
        ("/usage tokens", "responseUsage", json!("tokens")),
        ("/model openai/gpt-6", "model", json!("gpt-6")),
        ("/think default", "thinkingLevel", Value::Null),
    ] {
        let params = json!({"sessionKey": KEY, "message": command, "idempotencyKey": command});
        admin.ask("chat.send", params).await;
        let events = admin.events().await;
        let told = events
            .iter()
            .find(|event| event["event"] == "sessions.changed")
            .expect("a change is told");
        assert_eq!(told["payload"]["reason"], "patch", "{command}");
        assert_eq!(told["payload"][field], value, "{command}");
        assert_eq!(told["payload"]["session"][field], value, "{command}");
    }
}

#[tokio::test]
async fn without_admin_a_reset_is_refused_in_words() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    say(&mut writer, "hello").await;
    writer.ask("sessions.subscribe", json!({})).await;
    for command in ["/reset", "/new"] {
        let reply = say(&mut writer, command).await.expect("a reply");
        assert!(
            reply.starts_with("⚠️ You are not authorized to reset this session. Gateway resets require operator.admin"),
            "{reply}"
        );
    }
    let events = writer.events().await;
    assert!(events.iter().all(|event| event["event"] != "socket.drain"));
    assert_eq!(history(&mut writer).await.len(), 5);
}

#[tokio::test]
async fn a_reset_in_chat_is_told_to_lists_and_to_message_subscribers() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    say(&mut admin, "hello").await;
    say(&mut admin, "/goal start Ship it").await;
    let before = admin.ask("sessions.describe", json!({"key": KEY})).await["session"].clone();

    let mut plain = gateway.client(READ, &[]).await;
    plain.ask("sessions.subscribe", json!({})).await;
    let mut cursors = gateway.client(READ, CURSORS).await;
    subscribe_with_cursors(&mut cursors).await;
    let mut follower = gateway.client(READ, &[]).await;
    follower
        .ask("sessions.messages.subscribe", json!({"key": KEY}))
        .await;

    let mut revision = before["lifecycleRevision"].clone();
    for (command, reason, reply) in [
        ("/reset", "reset", "✅ Session reset."),
        ("/new", "new", "✅ New session started."),
    ] {
        assert_eq!(say(&mut admin, command).await.as_deref(), Some(reply));
        let drain_outline = format!("socket.drain {reason}");
        let changed_outline = format!("sessions.changed {reason}");
        let events = plain.events().await;
        assert_eq!(
            outline(&events),
            [
                drain_outline.as_str(),
                "session.message user",
                "session.message assistant",
                changed_outline.as_str(),
                "chat assistant",
            ]
        );
        let drain = events[0]["payload"].clone();
        assert_eq!(drain["sessionKey"], KEY);
        assert_eq!(drain["sessionId"], before["sessionId"]);
        assert_eq!(drain["lifecycleRevision"], revision);
        assert_eq!(
            events[1]["payload"]["messageSeq"], 1,
            "of the next generation"
        );
        let row = &events[3]["payload"]["session"];
        assert_eq!(row["lifecycleRevision"], drain["nextLifecycleRevision"]);
        assert_ne!(row["lifecycleRevision"], drain["lifecycleRevision"]);
        assert!(row.get("goal").is_none(), "a reset clears the goal");

        let events = cursors.events().await;
        let listed: Vec<_> = events
            .iter()
            .filter(|event| event["subscription"] == "s")
            .cloned()
            .collect();
        assert_eq!(
            outline(&listed),
            [drain_outline.as_str(), changed_outline.as_str()]
        );
        assert_eq!(listed[0]["payload"], drain);
        assert_eq!(listed[1]["prev"], listed[0]["cursor"]);

        let events = follower.events().await;
        assert_eq!(
            outline(&events),
            [
                drain_outline.as_str(),
                "session.message user",
                "session.message assistant",
                "chat assistant",
            ]
        );
        assert_eq!(events[0]["payload"], drain);
        revision = drain["nextLifecycleRevision"].clone();

        let texts: Vec<_> = history(&mut admin)
            .await
            .into_iter()
            .map(|m| m["role"].clone())
            .collect();
        assert_eq!(texts, ["user", "assistant"], "the old transcript is gone");
    }

    say(&mut admin, "and on it goes").await;
    let events = follower.events().await;
    assert_eq!(outline(&events), ["session.message user", "chat final"]);
    assert_eq!(events[0]["payload"]["messageSeq"], 3);
}

#[tokio::test]
async fn what_follows_a_reset_is_the_first_message() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    say(&mut admin, "hello").await;
    assert_eq!(say(&mut admin, "/new fix the build").await, None);
    let messages = history(&mut admin).await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["content"], "fix the build");
    let described = admin.ask("sessions.describe", json!({"key": KEY})).await;
    assert_eq!(described["session"]["derivedTitle"], "fix the build");
    assert!(say(&mut admin, "/reset soft").await.is_some());
    assert_eq!(
        history(&mut admin).await.len(),
        3,
        "a soft reset keeps the messages"
    );
}

#[tokio::test]
async fn a_reset_of_a_session_that_was_not_there_evicts_nothing() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    admin.ask("sessions.subscribe", json!({})).await;
    let params = json!({"sessionKey": KEY, "message": "/reset", "idempotencyKey": "r"});
    admin.ask("chat.send", params).await;
    assert_eq!(
        outline(&admin.events().await),
        [
            "session.message user",
            "session.message assistant",
            "sessions.changed create",
            "chat assistant",
        ]
    );
}

#[tokio::test]
async fn a_repeated_key_sends_nothing_twice() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    for (run, text) in [("plain", "hello"), ("command", "/reset")] {
        let params = json!({"sessionKey": KEY, "message": text, "idempotencyKey": run});
        let started = admin.ask("chat.send", params).await;
        assert_eq!(started, json!({"runId": run, "status": "started"}));
    }
    drop(admin);
    let gateway = restart(gateway).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    admin.ask("sessions.subscribe", json!({})).await;
    let params = json!({"key": KEY, "message": "/reset", "idempotencyKey": "command"});
    for method in ["sessions.send", "sessions.send"] {
        let repeated = admin.ask(method, params.clone()).await;
        assert_eq!(repeated, json!({"runId": "command", "status": "ok"}));
    }
    // A key that would make the same mark as another run's message is taken for a repetition.
    let params = json!({"key": KEY, "message": "hello", "idempotencyKey": "command:user"});
    assert_eq!(admin.ask("sessions.send", params).await["status"], "ok");
    assert!(admin.events().await.is_empty());
    assert_eq!(history(&mut admin).await.len(), 2);
}

#[tokio::test]
async fn text_can_be_kept_from_being_a_command() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    let params = json!({
        "sessionKey": KEY, "message": "/name X", "idempotencyKey": "r",
        "suppressCommandInterpretation": true,
    });
    writer.ask("chat.send", params).await;
    let messages = history(&mut writer).await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["content"], "/name X");
    let described = writer.ask("sessions.describe", json!({"key": KEY})).await;
    assert!(described["session"].get("label").is_none());
}

#[tokio::test]
async fn an_integration_answers_by_inject() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let missing = json!({"sessionKey": KEY, "message": "x"});
    assert_eq!(
        admin.refusal("chat.inject", missing).await,
        "session not found"
    );
    say(&mut admin, "hello").await;
    let mut follower = gateway.client(READ, &[]).await;
    follower
        .ask("sessions.messages.subscribe", json!({"key": "talk"}))
        .await;
    let params = json!({"sessionKey": KEY, "message": "hi yourself", "label": "note"});
    let injected = admin.ask("chat.inject", params).await;
    assert_eq!(injected["ok"], true);
    let id = injected["messageId"].as_str().expect("an id");
    let events = follower.events().await;
    assert_eq!(
        outline(&events),
        ["session.message assistant", "chat assistant"]
    );
    let (message, chat) = (&events[0]["payload"], &events[1]["payload"]);
    assert_eq!(message["messageId"], id);
    assert_eq!(
        message["message"]["content"][0]["text"],
        "[note]\n\nhi yourself"
    );
    assert_eq!(message["message"]["stopReason"], "stop");
    assert_eq!(chat["runId"], format!("inject-{id}"));
    assert_eq!((&chat["seq"], &chat["state"]), (&json!(0), &json!("final")));

    let mut writer = gateway.client(WRITE, &[]).await;
    let params = json!({"sessionKey": KEY, "message": "x"});
    assert_eq!(
        writer.refusal("chat.inject", params).await,
        "missing scope: operator.admin"
    );
}

#[tokio::test]
async fn a_history_is_read_in_pages() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    let none = writer.ask("chat.startup", json!({"sessionKey": KEY})).await;
    assert_eq!(none["sessionKey"], KEY);
    assert!(none.get("sessionId").is_none());
    assert_eq!(none["messages"], json!([]));
    assert_eq!(none["sessionInfo"]["key"], KEY);
    assert_eq!(none["sessionInfo"]["updatedAt"], Value::Null);
    for text in ["one", "two", "three", "/think high"] {
        say(&mut writer, text).await;
    }
    let page = writer
        .ask(
            "chat.history",
            json!({"sessionKey": KEY, "limit": 2, "offset": 1}),
        )
        .await;
    let messages = page["messages"].as_array().expect("a list");
    let seqs: Vec<_> = messages
        .iter()
        .map(|m| m["__openclaw"]["seq"].clone())
        .collect();
    assert_eq!(seqs, [3, 4]);
    assert_eq!(
        (
            &page["hasMore"],
            &page["nextOffset"],
            &page["totalMessages"]
        ),
        (&json!(true), &json!(3), &json!(5))
    );
    let whole = writer
        .ask("chat.startup", json!({"sessionKey": "talk"}))
        .await;
    assert_eq!(whole["hasMore"], false);
    assert!(whole.get("nextOffset").is_none());
    assert_eq!(whole["thinkingLevel"], "high");
    assert_eq!(whole["pendingInputs"], json!({"items": [], "total": 0}));
    let described = writer.ask("sessions.describe", json!({"key": KEY})).await;
    assert_eq!(whole["sessionInfo"], described["session"]);
    assert_eq!(whole["sessionId"], described["session"]["sessionId"]);
    say(&mut writer, &"x".repeat(2000)).await;
    let short = writer
        .ask("chat.history", json!({"sessionKey": KEY, "maxBytes": 1024}))
        .await;
    assert_eq!(
        short["messages"].as_array().map(Vec::len),
        Some(1),
        "the newest is always there"
    );
    assert_eq!(
        (&short["hasMore"], &short["nextOffset"]),
        (&json!(true), &json!(1))
    );
}

#[tokio::test]
async fn a_session_can_begin_with_a_message() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    let params = json!({"key": KEY, "message": "/name By create", "idempotencyKey": "first"});
    let created = writer.ask("sessions.create", params.clone()).await;
    assert_eq!(
        (&created["runStarted"], &created["runId"]),
        (&json!(true), &json!("first"))
    );
    assert_eq!(created["entry"]["label"], "By create");
    let again = writer.ask("sessions.create", params).await;
    assert_eq!(
        (&again["runStarted"], &again["runId"]),
        (&json!(false), &json!("first"))
    );
    assert_eq!(history(&mut writer).await.len(), 2);
    let created = writer
        .ask("sessions.create", json!({"task": "do it"}))
        .await;
    assert_eq!(created["runStarted"], true);
    let bare = writer.ask("sessions.create", json!({"message": " "})).await;
    assert_eq!(bare["runStarted"], false);
    assert!(bare.get("runId").is_none());
}

#[tokio::test]
async fn sends_that_make_no_sense_are_refused() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    say(&mut writer, "hello").await;
    let target = "session mutation target is unavailable";
    for (method, params, sentence) in [
        ("chat.send", json!({}), target),
        ("chat.send", json!("x"), target),
        (
            "chat.send",
            json!({"sessionKey": 5, "message": "x"}),
            target,
        ),
        (
            "sessions.send",
            json!({"key": "  ", "message": "x"}),
            target,
        ),
        (
            "chat.send",
            json!({"sessionKey": "agent:main:", "message": "x", "idempotencyKey": "r"}),
            "malformed session key \"agent:main:\"",
        ),
        (
            "chat.send",
            json!({"sessionKey": "agent:work:x", "message": "x", "idempotencyKey": "r"}),
            "Agent \"work\" no longer exists in configuration",
        ),
        (
            "chat.send",
            json!({"sessionKey": KEY, "message": "  ", "idempotencyKey": "r"}),
            "message or attachment required",
        ),
        (
            "chat.send",
            json!({"sessionKey": KEY, "message": "x", "idempotencyKey": "r", "attachments": [{"type": "image"}]}),
            "attachments are not supported by this gateway",
        ),
        (
            "chat.send",
            json!({"sessionKey": KEY, "message": "x", "idempotencyKey": "r", "sessionId": "another"}),
            "Session agent:main:talk changed before send. Retry.",
        ),
        (
            "sessions.send",
            json!({"key": KEY, "message": ""}),
            "message or attachment required",
        ),
        (
            "sessions.send",
            json!({"key": "agent:main:missing", "message": "hi"}),
            "session not found: agent:main:missing",
        ),
        ("sessions.abort", json!({}), "key required"),
        (
            "sessions.abort",
            json!({"key": "agent:main:"}),
            "malformed session key \"agent:main:\"",
        ),
        (
            "chat.abort",
            json!({"sessionKey": "agent:main:"}),
            "malformed session key \"agent:main:\"",
        ),
    ] {
        let refusal = writer.refusal(method, params.clone()).await;
        assert_eq!(refusal, sentence, "{method} {params}");
    }
    for (method, params) in [
        ("chat.send", json!({"sessionKey": KEY, "message": "x"})),
        (
            "chat.send",
            json!({"sessionKey": KEY, "message": 5, "idempotencyKey": "r"}),
        ),
        ("chat.history", json!({})),
        ("sessions.goal.update", json!({"sessionKey": KEY})),
    ] {
        let refusal = writer.refusal(method, params.clone()).await;
        assert!(
            refusal.starts_with(&format!("invalid {method} params: ")),
            "{refusal}"
        );
    }
    let error = writer
        .request("chat.send", json!({}))
        .await
        .expect_err("there is no target");
    assert_eq!(
        error["details"],
        json!({"code": "SESSION_MUTATION_TARGET_REQUIRED", "method": "chat.send"})
    );
    let mut reader = gateway.client(READ, &[]).await;
    assert_eq!(
        reader.refusal("chat.send", json!({})).await,
        "missing scope: operator.write"
    );
    assert_eq!(
        history(&mut writer).await.len(),
        1,
        "none of it left a trace"
    );
}

#[tokio::test]
async fn there_is_never_a_run_to_abort() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    let none = json!({"ok": true, "abortedRunId": null, "status": "no-active-run"});
    for params in [json!({"key": "agent:main:nokey"}), json!({"runId": "none"})] {
        assert_eq!(writer.ask("sessions.abort", params).await, none);
    }
    assert_eq!(
        writer.ask("chat.abort", json!({"sessionKey": KEY})).await,
        json!({"ok": true, "aborted": false, "runIds": []})
    );
}

#[tokio::test]
async fn a_goal_operation_is_carried_out_once() {
    let gateway = Gateway::start(&[]).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    let mut params = json!({
        "sessionKey": KEY, "goalId": "none", "operationId": "one", "issuedAtMs": now(),
        "action": "pause", "note": "why",
    });
    assert_eq!(
        writer.refusal("sessions.goal.update", params.clone()).await,
        "Session changed or was removed; refresh its Goal."
    );
    let start = json!({
        "sessionKey": KEY, "message": "Ship it", "idempotencyKey": "r",
        "intent": {"kind": "session-goal-start", "version": 1, "issuedAtMs": now()},
    });
    writer.ask("sessions.subscribe", json!({})).await;
    writer.ask("chat.send", start).await;
    writer.events().await;
    let described = writer.ask("sessions.describe", json!({"key": KEY})).await;
    let goal = described["session"]["goal"].clone();
    assert_eq!(
        (&goal["objective"], &goal["status"]),
        (&json!("Ship it"), &json!("active"))
    );

    let rebound = writer
        .request("sessions.goal.update", params.clone())
        .await
        .expect_err("it is another goal");
    assert_eq!(
        rebound["message"],
        "Goal changed or was cleared; refresh before trying again."
    );
    assert_eq!(
        rebound["details"],
        json!({"code": "GOAL_OPERATION_REJECTED", "reason": "goal-rebound"})
    );

    params["goalId"] = goal["id"].clone();
    let receipt = writer.ask("sessions.goal.update", params.clone()).await;
    assert_eq!(receipt["status"], "updated");
    assert_eq!(receipt["goal"]["status"], "paused");
    assert_eq!(receipt["goal"]["lastStatusNote"], "why");
    assert!(receipt.get("replayed").is_none());
    let events = writer.events().await;
    assert_eq!(outline(&events), ["sessions.changed goal"]);
    assert_eq!(events[0]["payload"]["session"]["goal"], receipt["goal"]);

    drop(writer);
    let gateway = restart(gateway).await;
    let mut writer = gateway.client(WRITE, &[]).await;
    writer.ask("sessions.subscribe", json!({})).await;
    let mut replayed = writer.ask("sessions.goal.update", params.clone()).await;
    assert_eq!(replayed["replayed"].take(), json!(true));
    replayed
        .as_object_mut()
        .expect("a receipt")
        .remove("replayed");
    assert_eq!(replayed, receipt);
    assert!(writer.events().await.is_empty());

    let with = |field: &str, value: Value| {
        let mut params = params.clone();
        params["operationId"] = json!(format!("with {field}"));
        params[field] = value;
        params
    };
    for (params, reason, sentence) in [
        (with("operationId", json!("one")), None, ""),
        (
            {
                let mut other = with("note", json!("different"));
                other["operationId"] = json!("one");
                other
            },
            Some("operation-conflict"),
            "Goal operation ID was already used for a different request.",
        ),
        (
            with("issuedAtMs", json!(1)),
            Some("expired"),
            "Goal operation expired; review the current Goal before trying again.",
        ),
        (
            with("issuedAtMs", json!(now() + 3_600_000)),
            Some("invalid"),
            "Goal operation time is invalid; refresh and try again.",
        ),
    ] {
        match (reason, writer.request("sessions.goal.update", params).await) {
            (None, answer) => assert!(answer.is_ok()),
            (Some(reason), answer) => {
                let error = answer.expect_err(reason);
                assert_eq!(error["message"], sentence);
                assert_eq!(error["details"]["reason"], reason);
            }
        }
    }
    assert_eq!(
        writer
            .refusal("sessions.goal.update", with("sessionId", json!("x")))
            .await,
        "Session changed or was removed; refresh its Goal."
    );
    let mut edit = with("action", json!("edit"));
    edit["objective"] = json!("   ");
    edit.as_object_mut().expect("params").remove("note");
    assert_eq!(
        writer.refusal("sessions.goal.update", edit).await,
        "objective required"
    );

    let clear = json!({
        "sessionKey": KEY, "goalId": goal["id"], "operationId": "last", "issuedAtMs": now(),
    });
    for _ in 0..2 {
        let cleared = writer.ask("sessions.goal.clear", clear.clone()).await;
        assert_eq!(
            (&cleared["action"], &cleared["status"]),
            (&json!("clear"), &json!("cleared"))
        );
        assert!(cleared.get("goal").is_none());
    }
    let described = writer.ask("sessions.describe", json!({"key": KEY})).await;
    assert!(described["session"].get("goal").is_none());
}
