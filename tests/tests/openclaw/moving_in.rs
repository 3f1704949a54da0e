//! OpenClaw's sessions move in: its gateway wrote the folder that is imported.

use std::path::Path;

use clap::Parser;
use serde_json::{Map, Value};
use sessionwire::protocol::chat::{ChatInject, ChatInjectParams};
use sessionwire::protocol::gateway::Empty;
use sessionwire::protocol::sessions::{
    Archived, GroupsList, GroupsPut, GroupsPutParams, SessionsCreateParams, SessionsListParams,
    SessionsPatchParams,
};
use sessionwire::protocol::{Patch, TranscriptMessage};
use sessionwire::{Client, SessionRow};
use sessionwire_gateway::import::{ImportArgs, ImportError, import};
use sessionwire_tests::TestGateway;

use crate::gateway::OpenClaw;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: ImportArgs,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_gateway_wrote_is_listed_the_same_here() {
    let mut theirs = OpenClaw::start().await;
    let actor = client(&theirs.url(), OpenClaw::TOKEN);
    make_sessions(&actor).await;
    let data = tempfile::tempdir().expect("a temporary folder");
    let error = take_over(&theirs, data.path()).await.expect_err("it runs");
    assert!(
        error
            .to_string()
            .ends_with("is in use; stop OpenClaw's gateway first"),
        "{error}"
    );

    theirs.stop().await;
    let summary = take_over(&theirs, data.path())
        .await
        .expect("it can be read");
    assert!(summary.contains("Sessions: 8 new, 0 updated"), "{summary}");
    assert!(summary.contains("0 skipped"), "{summary}");
    let repeated = take_over(&theirs, data.path())
        .await
        .expect("it can be read");
    assert!(
        repeated.contains("0 in a new generation, 8 unchanged"),
        "{repeated}"
    );

    theirs.start_again().await;
    let mut ours = TestGateway::start_on(data).await;
    compare(&theirs, &ours).await;

    let actor = client(&theirs.url(), OpenClaw::TOKEN);
    patch(&actor, "plain", |params| {
        params.patch.label = Patch::Set("Later".to_owned())
    })
    .await;
    actor.reset_session("talk").await.expect("it may");
    inject(&actor, "talk", "After the reset").await;
    inject(&actor, "reset", "One more").await;
    theirs.stop().await;
    ours.stop().await;
    let summary = take_over(&theirs, ours.data())
        .await
        .expect("it can be read");
    let expected = "Sessions: 0 new, 2 updated, 1 in a new generation, 5 unchanged";
    assert!(summary.contains(expected), "{summary}");
    theirs.start_again().await;
    ours.restart().await;
    compare(&theirs, &ours).await;
}

async fn make_sessions(actor: &Client) {
    for (key, label) in [
        ("plain", None),
        ("talk", Some("Talk")),
        ("settings", Some("Settings")),
        ("archived", Some("Archived")),
        ("reset", Some("Reset")),
        ("agent:other:work", Some("Talk")),
    ] {
        let params = SessionsCreateParams {
            key: Some(key.to_owned()),
            label: label.map(str::to_owned),
            ..SessionsCreateParams::default()
        };
        let created = actor.create_session(&params).await.expect("it may");
        if key == "archived" {
            let id = created.session_id.expect("it has one");
            let archived = actor.archive(key, &id, true).await;
            archived.expect("it may");
        }
    }
    let groups = GroupsPutParams {
        names: vec!["Home".to_owned(), "Work".to_owned()],
        section_order: Some(vec!["category:Work".to_owned(), "ungrouped".to_owned()]),
    };
    actor.call::<GroupsPut>(&groups).await.expect("it may");
    patch(actor, "settings", |params| {
        params.patch.category = Patch::Set("Work".to_owned());
        params.patch.icon = Patch::Set("🔥".to_owned());
        params.patch.color = Patch::Set("red".to_owned());
        params.patch.model = Patch::Set("anthropic/claude-opus-4-5".to_owned());
        params.patch.pinned = Some(true);
        params.patch.unread = Some(true);
        let level = Value::from("high");
        params
            .patch
            .options
            .insert("thinkingLevel".to_owned(), level);
    })
    .await;
    for key in ["main", "agent:ghost:x"] {
        patch(actor, key, |params| params.patch.pinned = Some(true)).await;
    }
    inject(actor, "talk", "A note").await;
    inject(
        actor,
        "talk",
        &format!("A long one: {}", "word ".repeat(1_000)),
    )
    .await;
    inject(actor, "reset", "Before the reset").await;
    actor.reset_session("reset").await.expect("it may");
    inject(actor, "reset", "After the reset").await;
}

async fn compare(theirs: &OpenClaw, ours: &TestGateway) {
    let theirs = client(&theirs.url(), OpenClaw::TOKEN);
    let ours = client(&ours.url(), TestGateway::TOKEN);
    let mut compared = 0;
    for archived in [Archived::Without, Archived::Only] {
        let (their_rows, our_rows) = (rows(&theirs, archived).await, rows(&ours, archived).await);
        let pairs = their_rows.iter().zip(&our_rows);
        for (their_row, our_row) in pairs {
            assert_eq!(shown(our_row), shown(their_row));
            let key = their_row.key.as_str();
            let their_messages = messages(&theirs, key).await;
            assert_eq!(messages(&ours, key).await, their_messages, "{key}");
            compared += 1;
        }
        assert_eq!(our_rows.len(), their_rows.len());
    }
    assert_eq!(compared, 8);
    let groups = ours.call::<GroupsList>(&Empty {}).await;
    assert_eq!(groups, theirs.call::<GroupsList>(&Empty {}).await);
    let settings = ours.describe_session("settings").await.expect("it answers");
    let settings = settings.expect("there is one");
    assert_eq!(settings.model.as_deref(), Some("claude-opus-4-5"));
}

/// The rows by their keys.
async fn rows(client: &Client, archived: Archived) -> Vec<SessionRow> {
    let params = SessionsListParams {
        archived: Some(archived),
        ..SessionsListParams::default()
    };
    let mut rows = client
        .list_sessions(&params)
        .await
        .expect("it answers")
        .sessions;
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    rows
}

/// A row without what each gateway works out for itself, and what only one of them tells.
fn shown(row: &SessionRow) -> Map<String, Value> {
    const OWN: [&str; 7] = [
        "derivedTitle",
        "lastMessagePreview",
        "lifecycleRevision",
        "markedUnreadAt",
        "model",
        "modelProvider",
        "visibility",
    ];
    let Ok(Value::Object(mut shown)) = serde_json::to_value(row) else {
        unreachable!("a row is an object");
    };
    shown.retain(|field, _| !OWN.contains(&field.as_str()));
    shown
}

/// The messages by their ids, without the notice of a reset that stands before them at OpenClaw.
async fn messages(client: &Client, key: &str) -> Vec<TranscriptMessage> {
    let history = client.chat_history(key).await.expect("it answers");
    let mut messages = history.messages;
    messages.retain(|message| message.role != "system");
    for message in &mut messages {
        if let Some(marks) = &mut message.marks {
            marks.seq = None;
        }
    }
    messages
}

async fn patch(client: &Client, key: &str, change: impl FnOnce(&mut SessionsPatchParams)) {
    let mut params = SessionsPatchParams {
        key: key.to_owned(),
        ..SessionsPatchParams::default()
    };
    change(&mut params);
    let patched = client.patch_session(&params).await;
    patched.unwrap_or_else(|error| panic!("{key}: {error}"));
}

async fn inject(client: &Client, key: &str, message: &str) {
    let params = ChatInjectParams {
        session_key: key.to_owned(),
        message: message.to_owned(),
        agent_id: None,
        label: None,
    };
    let injected = client.call::<ChatInject>(&params).await;
    injected.unwrap_or_else(|error| panic!("{key}: {error}"));
}

async fn take_over(openclaw: &OpenClaw, data: &Path) -> Result<String, ImportError> {
    let words = [
        "import".as_ref(),
        "--openclaw".as_ref(),
        openclaw.home().as_os_str(),
    ];
    let words = words
        .into_iter()
        .chain(["--data".as_ref(), data.as_os_str()]);
    import(Cli::parse_from(words).args).await
}

fn client(url: &str, token: &str) -> Client {
    Client::connect(url, token).expect("it is an address")
}
