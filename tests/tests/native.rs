//! The Rust SDK against a real gateway.

use std::collections::BTreeMap;
use std::time::Duration;

use sessionwire::protocol::sessions::{SessionsList, SessionsListParams};
use sessionwire::protocol::{ErrorCode, EvictionReason, Scope};
use sessionwire::{Client, Error, MessageEvent, SessionEvent, SessionRow, Sessions};
use sessionwire_tests::TestGateway;
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_change_a_session_reaches_the_stream_and_the_copy() {
    let gateway = TestGateway::start().await;
    let (actor, watcher) = (connect(&gateway), connect(&gateway));
    let mut sessions = watcher.sessions();
    assert!(matches!(
        next(&mut sessions).await,
        SessionEvent::Snapshot { .. }
    ));
    let mut reasons = Vec::new();
    for step in 0..4 {
        match step {
            0 => drop(actor.rename("a", Some("One")).await.expect("it is renamed")),
            1 => drop(
                actor
                    .send_message("a", "/name Two")
                    .await
                    .expect("it is sent"),
            ),
            2 => drop(
                actor
                    .send_message("a", "/goal Ship it")
                    .await
                    .expect("it is sent"),
            ),
            _ => drop(actor.pin("a", true).await.expect("it is pinned")),
        }
        let SessionEvent::Changed { reason, .. } = next(&mut sessions).await else {
            panic!("a change")
        };
        reasons.extend(reason.map(|reason| reason.as_str().to_owned()));
    }
    assert_eq!(
        reasons,
        ["patch", "command-metadata", "command-metadata", "patch"]
    );
    assert_eq!(copy(&sessions), listed(&actor).await);
    let row = &copy(&sessions)["agent:main:a"];
    assert_eq!(row.label.as_deref(), Some("Two"));
    assert_eq!(
        row.goal.as_ref().map(|goal| goal.objective.as_str()),
        Some("Ship it")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_while_a_client_is_away_is_told_once_it_is_back() {
    let mut gateway = TestGateway::start().await;
    let watcher = connect(&gateway);
    let mut sessions = watcher.sessions();
    for key in ["kept", "deleted", "reset"] {
        watcher.rename(key, Some(key)).await.expect("it is made");
    }
    while copy(&sessions).len() < 3 {
        next(&mut sessions).await;
    }
    gateway.restart().await;
    let actor = connect(&gateway);
    actor
        .delete_session("deleted")
        .await
        .expect("it is deleted");
    actor.reset_session("reset").await.expect("it is reset");
    actor
        .rename("kept", Some("renamed"))
        .await
        .expect("it is renamed");
    let mut evicted = Vec::new();
    while copy(&sessions) != listed(&actor).await {
        match next(&mut sessions).await {
            SessionEvent::Evicted(gone) => {
                evicted.push((gone.key.to_string(), gone.reason, gone.inferred))
            }
            SessionEvent::Failed(error) => panic!("{error}"),
            SessionEvent::Snapshot { .. }
            | SessionEvent::Changed { .. }
            | SessionEvent::Left { .. } => {}
        }
    }
    let told = |key: &str, reason| (format!("agent:main:{key}"), reason, false);
    assert_eq!(
        evicted,
        [
            told("deleted", EvictionReason::Deleted),
            told("reset", EvictionReason::Reset)
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_evicts_with_its_reason() {
    let gateway = TestGateway::start_with(&["--max-sessions", "2"]).await;
    let client = connect(&gateway);
    let mut sessions = client.sessions();
    for key in ["first", "second", "third"] {
        client.rename(key, Some(key)).await.expect("it is made");
    }
    loop {
        if let SessionEvent::Evicted(gone) = next(&mut sessions).await {
            assert_eq!(gone.reason, EvictionReason::Expired);
            break;
        }
    }
    assert_eq!(listed(&client).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_followed_through_a_reset() {
    let gateway = TestGateway::start().await;
    let client = connect(&gateway);
    client.rename("a", Some("A")).await.expect("it is made");
    let mut messages = client.messages("a");
    client
        .send_message("a", "before")
        .await
        .expect("it is sent");
    client.reset_session("a").await.expect("it is reset");
    client.send_message("a", "after").await.expect("it is sent");
    let (mut said, mut evicted) = (Vec::new(), 0);
    while said.len() < 2 {
        match timeout(LIMIT, messages.next())
            .await
            .expect("something comes")
        {
            Some(MessageEvent::Evicted(gone)) => {
                assert_eq!(gone.reason, EvictionReason::Reset);
                evicted += 1;
            }
            Some(MessageEvent::Message(message)) => said.push((message.message.text(), evicted)),
            Some(MessageEvent::Failed(error)) => panic!("{error}"),
            Some(_) => {}
            None => panic!("the subscription stands"),
        }
    }
    assert_eq!(said, [("before".to_owned(), 0), ("after".to_owned(), 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_typed() {
    let gateway = TestGateway::start().await;
    let stranger = Client::connect(&gateway.url(), "another").expect("the address is right");
    let Err(Error::Refused(refusal)) = stranger.ready().await else {
        panic!("it is refused")
    };
    assert_eq!(
        refusal.detail_code().as_deref(),
        Some("AUTH_TOKEN_MISMATCH")
    );
    let reader = Client::builder(&gateway.url())
        .token(TestGateway::TOKEN)
        .scopes([Scope::READ])
        .connect()
        .expect("the address is right");
    let Err(Error::Refused(refusal)) = reader.delete_session("a").await else {
        panic!("it is refused")
    };
    assert_eq!(
        (&refusal.code, refusal.detail_code().as_deref()),
        (&ErrorCode::Forbidden, Some("MISSING_SCOPE"))
    );
}

fn connect(gateway: &TestGateway) -> Client {
    Client::connect(&gateway.url(), TestGateway::TOKEN).expect("the address is right")
}

async fn next(sessions: &mut Sessions) -> SessionEvent {
    timeout(LIMIT, sessions.next())
        .await
        .expect("something comes")
        .expect("the subscription stands")
}

fn copy(sessions: &Sessions) -> BTreeMap<String, SessionRow> {
    sessions
        .list()
        .iter()
        .map(|row| (row.key.to_string(), row.as_ref().clone()))
        .collect()
}

async fn listed(client: &Client) -> BTreeMap<String, SessionRow> {
    let params = SessionsListParams {
        include_derived_titles: Some(true),
        include_last_message: Some(true),
        ..SessionsListParams::default()
    };
    let list = client
        .call::<SessionsList>(&params)
        .await
        .expect("it is listed");
    list.sessions
        .into_iter()
        .map(|row| (row.key.to_string(), row))
        .collect()
}
