//! The live list as server-sent events.

mod support;

use serde_json::{Value, json};
use support::{ADMIN, Client, Gateway, TOKEN};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Duration, timeout};

#[tokio::test]
async fn a_snapshot_then_what_happens_and_a_way_back() {
    let gateway = Gateway::start(&["--agent", "main", "--agent", "other"]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    patch(&mut admin, json!({"key": "a", "label": "A"})).await;
    let mut reader = Reader::open(&gateway, "?agentId=main", None).await;
    let snapshot = reader.next().await;
    assert_eq!(snapshot.name, "snapshot");
    assert_eq!(snapshot.data["list"]["sessions"][0]["label"], "A");
    patch(&mut admin, json!({"key": "agent:other:x"})).await;
    patch(&mut admin, json!({"key": "b"})).await;
    let changed = reader.next().await;
    assert_eq!(changed.name, "sessions.changed");
    assert_eq!(changed.data["session"]["key"], "agent:main:b");
    drop(reader);
    ask(&mut admin, "sessions.delete", json!({"key": "a"})).await;
    patch(&mut admin, json!({"key": "c"})).await;

    let mut reader = Reader::open(&gateway, "?agentId=main", changed.id.as_deref()).await;
    let drain = reader.next().await;
    assert_eq!(
        (drain.name.as_str(), &drain.data["reason"]),
        ("socket.drain", &json!("deleted"))
    );
    let changed = reader.next().await;
    assert_eq!(changed.data["session"]["key"], "agent:main:c");
}

#[tokio::test]
async fn only_the_end_of_a_step_has_an_id() {
    let gateway = Gateway::start(&[]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    for key in ["a", "b"] {
        patch(&mut admin, json!({"key": key, "label": key})).await;
    }
    let mut reader = Reader::open(&gateway, "?sortBy=label&limit=1", None).await;
    let snapshot = reader.next().await;
    patch(&mut admin, json!({"key": "a", "label": "z"})).await;
    let (left, entered) = (reader.next().await, reader.next().await);
    assert_eq!((&left.data["change"], left.id), (&json!("left"), None));
    assert_eq!(entered.data["session"]["key"], "agent:main:b");
    assert!(entered.id.is_some() && entered.id != snapshot.id);
}

#[tokio::test]
async fn an_id_that_leads_nowhere_gets_a_snapshot() {
    let gateway = Gateway::start(&[]).await;
    for id in ["", "junk", "other:1", ":", "e:18446744073709551616"] {
        let mut reader = Reader::open(&gateway, "", Some(id)).await;
        assert_eq!(reader.next().await.name, "snapshot", "{id:?}");
    }
}

#[tokio::test]
async fn who_falls_out_of_the_journal_is_sent_to_come_back() {
    let gateway = Gateway::start(&["--journal-entries", "5"]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let mut reader = Reader::open(&gateway, "", None).await;
    let snapshot = reader.next().await;
    // More than sockets hold, so that the gateway has to wait for its reader.
    let long = "long".repeat(10_000);
    for round in 0..400 {
        patch(&mut admin, json!({"key": format!("s{}", round % 7), "label": format!("{round}"), "model": long.clone()})).await;
    }
    let mut last = snapshot.id;
    while let Some(event) = reader.read().await {
        last = event.id.or(last);
    }
    let mut reader = Reader::open(&gateway, "", last.as_deref()).await;
    let snapshot = reader.next().await;
    assert_eq!(snapshot.name, "snapshot");
    assert_eq!(snapshot.data["list"]["count"], 7);
}

#[tokio::test]
async fn quiet_readers_get_ticks_and_all_end_with_the_gateway() {
    let gateway = Gateway::start(&[
        "--tick-interval",
        "20ms",
        "--agent",
        "main",
        "--agent",
        "other",
    ])
    .await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let mut reader = Reader::open(&gateway, "?agentId=main", None).await;
    let snapshot = reader.next().await;
    patch(&mut admin, json!({"key": "agent:other:x"})).await;
    loop {
        let tick = reader.next().await;
        assert_eq!(tick.name, "tick");
        if tick.id.is_some() && tick.id != snapshot.id {
            break;
        }
    }
    gateway.server.stop().await;
    while reader.read().await.is_some() {}
}

#[tokio::test]
async fn bad_requests_are_answered_in_json() {
    let gateway = Gateway::start(&[]).await;
    let path = "/v1/chat/sessions/events";
    for (query, message) in [
        ("?offset=3", "a live list takes no offset"),
        (
            "?subscription=x",
            "subscription is not asked for in a query",
        ),
    ] {
        let answer = gateway.http("GET", &format!("{path}{query}"), None).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json()["error"]["message"], message);
    }
    assert_eq!(gateway.raw("GET", path, &[], "").await.status, 401);
    assert_eq!(gateway.http("POST", path, Some("{}")).await.status, 405);
}

struct Event {
    name: String,
    id: Option<String>,
    data: Value,
}

/// One who reads events; HTTP 1.0 has no chunks between them.
struct Reader(BufReader<TcpStream>);

impl Reader {
    async fn open(gateway: &Gateway, query: &str, last: Option<&str>) -> Self {
        let mut stream = TcpStream::connect(gateway.server.address())
            .await
            .expect("it listens");
        let last = last.map_or_else(String::new, |id| format!("Last-Event-ID: {id}\r\n"));
        let request = format!(
            "GET /v1/chat/sessions/events{query} HTTP/1.0\r\nAuthorization: Bearer {TOKEN}\r\n{last}\r\n"
        );
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it is sent");
        let mut reader = Self(BufReader::new(stream));
        let status = reader.line().await.expect("a status");
        assert!(status.contains(" 200 "), "{status}");
        let mut is_stream = false;
        while let Some(line) = reader.line().await.filter(|line| !line.is_empty()) {
            is_stream |= line.eq_ignore_ascii_case("content-type: text/event-stream");
        }
        assert!(is_stream);
        reader
    }

    async fn next(&mut self) -> Event {
        self.read().await.expect("an event")
    }

    /// The next event; `None` after the last one.
    async fn read(&mut self) -> Option<Event> {
        let (mut name, mut id, mut data) = (None, None, None);
        loop {
            let line = self.line().await?;
            match line.split_once(": ") {
                Some(("event", text)) => name = Some(text.to_owned()),
                Some(("id", text)) => id = Some(text.to_owned()),
                Some(("data", text)) => data = Some(serde_json::from_str(text).expect("JSON")),
                Some(("retry", _)) => {}
                _ if line.is_empty() => {
                    if let (Some(name), Some(data)) = (name.take(), data.take()) {
                        return Some(Event { name, id, data });
                    }
                }
                _ => panic!("no event has this line: {line}"),
            }
        }
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let reading = timeout(Duration::from_secs(20), self.0.read_line(&mut line));
        let bytes = reading
            .await
            .expect("it comes in time")
            .expect("it is text");
        (bytes > 0).then(|| line.trim_end().to_owned())
    }
}

async fn patch(client: &mut Client, params: Value) {
    ask(client, "sessions.patch", params).await;
}

async fn ask(client: &mut Client, method: &str, params: Value) -> Value {
    let answer = client.request(method, params.clone()).await;
    answer.unwrap_or_else(|error| panic!("{method}: {error}"))
}
