//! Changes that are carried to an upstream.

use serde_json::{Value, json};

use super::support::{ADMIN, CURSORS, READ};
use super::{follower, rows, stage};

const A: &str = "agent:main:a";

#[tokio::test]
async fn who_awaits_a_change_has_been_told_of_it() {
    let (upstream, gateway) = stage(&[(A, json!({"label": "A", "totalTokens": 7}))]).await;
    let (mut client, _) = follower(&gateway).await;

    let patched = client
        .request(
            "sessions.patch",
            json!({"key": A, "label": "New", "odd": [1]}),
        )
        .await;
    assert_eq!(
        patched.expect("it is done")["further"],
        json!({"not": ["known"]})
    );
    assert_eq!(
        upstream.asked("sessions.patch"),
        [json!({"key": A, "label": "New", "odd": [1]})]
    );
    let events = client.unread_events();
    let told = events.last().expect("it was told");
    assert_eq!(
        (
            &told["payload"]["session"]["label"],
            &told["payload"]["reason"]
        ),
        (&json!("New"), &json!("patch"))
    );

    client
        .request("sessions.reset", json!({"key": A}))
        .await
        .expect("it is done");
    let events = client.unread_events();
    let names: Vec<_> = events
        .iter()
        .map(|event| event["event"].as_str().expect("a name"))
        .collect();
    assert_eq!(names, ["socket.drain", "sessions.changed"]);
    assert_eq!(
        (
            &events[0]["payload"]["reason"],
            &events[1]["payload"]["reason"]
        ),
        (&json!("reset"), &json!("reset"))
    );
    assert_eq!(events[1]["payload"]["session"]["totalTokens"], 0);

    client
        .request("sessions.delete", json!({"key": A}))
        .await
        .expect("it is done");
    let events = client.unread_events();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["payload"]["reason"], "deleted");

    // What the upstream told after its answers changes nothing any more.
    client
        .request(
            "sessions.patch",
            json!({"key": "agent:main:b", "label": "B"}),
        )
        .await
        .expect("it is done");
    let events = client.events_so_far().await;
    assert!(
        events.iter().all(|event| event["event"] != "socket.drain"),
        "{events:?}"
    );
    assert_eq!(rows(&mut client).await, upstream.rows());
}

#[tokio::test]
async fn a_refusal_of_the_upstream_is_the_callers() {
    let (upstream, gateway) = stage(&[]).await;
    let mut client = gateway.client(ADMIN, CURSORS).await;
    let refusal = json!({
        "code": "UNAVAILABLE",
        "message": "not now",
        "details": {"reason": "busy", "n": [1, 2]},
        "retryable": true,
        "retryAfterMs": 250,
    });
    upstream.refuse("sessions.patch", refusal.clone());
    let answer = client
        .request("sessions.patch", json!({"key": A, "label": "x"}))
        .await;
    assert_eq!(answer, Err(refusal));
}

#[tokio::test]
async fn methods_that_are_not_known_here_are_passed_on_after_the_scopes_were_checked() {
    let (upstream, gateway) = stage(&[]).await;
    let mut client = gateway.client(ADMIN, CURSORS).await;
    let params = json!({"any": {"thing": [1, null, "ü"]}});
    let answer = client.request("plugin.echo", params.clone()).await;
    assert_eq!(answer.expect("it answers")["echo"], params);
    let answer = client.request("no.such.method", json!({})).await;
    assert_eq!(
        answer.expect_err("nobody knows it")["message"],
        "unknown method: no.such.method"
    );

    // What a plugin's method needs only the upstream knows, which is asked with the scopes of the reader.
    let mut reader = gateway.client(READ, CURSORS).await;
    let answer = reader.request("plugin.echo", params.clone()).await;
    assert_eq!(answer.expect("it answers")["echo"], params);
    let connections = upstream.asked("connect");
    let last = connections.last().expect("it connected");
    assert_eq!(last["scopes"], json!(["operator.read"]));

    let mut plain = gateway.client(READ, &[]).await;
    for (method, scope) in [
        ("sessions.patch", "operator.write"),
        ("sessions.reset", "operator.admin"),
        ("chat.send", "operator.write"),
    ] {
        let params = match method {
            "chat.send" => json!({"sessionKey": A, "message": "x"}),
            _ => json!({"key": A, "label": "x"}),
        };
        let refusal = plain.request(method, params).await.expect_err("it may not");
        assert_eq!(
            (&refusal["code"], &refusal["details"]["missingScope"]),
            (&json!("FORBIDDEN"), &json!(scope))
        );
        assert!(upstream.asked(method).is_empty());
    }
    assert!(
        upstream.asked("sessions.messages.subscribe").is_empty(),
        "a refused request leads to nothing there"
    );
}

#[tokio::test]
async fn a_refusal_with_a_code_of_a_plugin_stays_as_it_is() {
    let (upstream, gateway) = stage(&[]).await;
    let mut client = gateway.client(ADMIN, CURSORS).await;
    let refusal = json!({"code": "workboard_conflict", "message": "moved", "details": {"n": 1}});
    upstream.refuse("plugin.echo", refusal.clone());
    let answer = client.request("plugin.echo", json!({})).await;
    assert_eq!(answer, Err(refusal));
}

#[tokio::test]
async fn changes_over_http_go_there_too_and_lists_by_what_rows_do_not_show() {
    let (upstream, gateway) = stage(&[(A, json!({"label": "A"}))]).await;
    let mut client = gateway.client(ADMIN, CURSORS).await;
    let answer = gateway
        .http("PATCH", "/v1/chat/sessions/a", Some(r#"{"label": "New"}"#))
        .await;
    assert_eq!((answer.status, &answer.json()["key"]), (200, &json!(A)));
    let row = gateway.http("GET", "/v1/chat/sessions/a", None).await;
    assert_eq!(row.json()["label"], "New");
    let answer = gateway.http("DELETE", "/v1/chat/sessions/a", None).await;
    assert_eq!(answer.json()["deleted"], true);
    let gone = gateway.http("GET", "/v1/chat/sessions/a", None).await;
    assert_eq!(
        (gone.status, &gone.json()["error"]["reason"]),
        (410, &json!("deleted"))
    );

    let before = upstream.asked("sessions.list").len();
    let params = json!({"projectId": "p"});
    let mut plain = gateway.client(ADMIN, &[]).await;
    let list = client.request("sessions.list", params.clone()).await;
    let at_once = plain.request("sessions.subscribe", params.clone()).await;
    assert_eq!(
        at_once.expect("it subscribes")["list"],
        list.expect("a list")
    );
    let answer = gateway
        .http("GET", "/v1/chat/sessions?projectId=p", None)
        .await;
    assert_eq!(answer.status, 200);
    let asked = [params.clone(), params.clone(), params];
    assert_eq!(upstream.asked("sessions.list")[before..], asked);
    let here = json!({"involvingMe": false, "ownerFirst": false});
    let list = client.request("sessions.list", here).await;
    assert_eq!(list.expect("a list")["count"], 0);
    assert_eq!(upstream.asked("sessions.list").len(), before + 3);
}

#[tokio::test]
async fn live_lists_by_what_rows_do_not_show_are_refused() {
    let (_upstream, gateway) = stage(&[(A, json!({"label": "A"}))]).await;
    let mut client = gateway.client(ADMIN, CURSORS).await;
    for (name, value) in [
        ("projectId", json!("p")),
        ("hasBoard", json!(false)),
        ("involvingMe", json!(true)),
        ("includePeople", json!(true)),
    ] {
        let params = json!({"subscription": "s", name: value});
        let refusal = client.request("sessions.subscribe", params).await;
        let refusal = refusal.expect_err("it would show what it should not");
        assert_eq!(
            (&refusal["code"], &refusal["message"], &refusal["details"]),
            (
                &json!("INVALID_REQUEST"),
                &json!(format!("a live list takes no {name}")),
                &json!({"code": "NOT_LIVE", "param": name}),
            )
        );
        let text = value.as_str().map_or(value.to_string(), str::to_owned);
        let path = format!("/v1/chat/sessions/events?{name}={text}");
        let answer = gateway.http("GET", &path, None).await;
        assert_eq!(answer.status, 400, "{path}");
    }
}

#[tokio::test]
async fn groups_are_those_of_the_upstream() {
    let (upstream, gateway) = stage(&[]).await;
    upstream.set_groups(&["Work"]);
    let mut client = gateway.subscriber(ADMIN).await;
    let put = json!({"names": ["Work", "Play"]});
    client
        .request("sessions.groups.put", put)
        .await
        .expect("it is done");
    let groups = client.request("sessions.groups.list", json!({})).await;
    let names = |groups: &Value| -> Vec<_> {
        let groups = groups["groups"].as_array().expect("groups").iter();
        groups.map(|group| group["name"].clone()).collect()
    };
    assert_eq!(names(&groups.expect("groups")), ["Work", "Play"]);
    upstream.set_groups(&["Play"]);
    upstream.tell("sessions.changed", &json!({"reason": "groups", "ts": 1}));
    loop {
        let event = client.next_event("sessions.changed").await;
        let groups = client.request("sessions.groups.list", json!({})).await;
        if event["payload"]["reason"] == "groups" && names(&groups.expect("groups")) == ["Play"] {
            break;
        }
    }
}

#[tokio::test]
async fn a_reset_is_told_once_whether_the_upstream_answers_or_tells_first() {
    let (upstream, gateway) = stage(&[(A, json!({"label": "A", "totalTokens": 7}))]).await;
    let (mut client, _) = follower(&gateway).await;
    let drains = |events: &[Value]| -> Vec<_> {
        let drains = events
            .iter()
            .filter(|event| event["event"] == "socket.drain");
        drains
            .map(|event| event["payload"]["reason"].clone())
            .collect()
    };
    upstream.hold();
    for reason in ["reset", "new"] {
        let params = json!({"key": A, "reason": reason});
        client
            .request("sessions.reset", params)
            .await
            .expect("it is done");
        assert_eq!(drains(&client.unread_events()), [reason]);
    }
    upstream.release();
    upstream.change(A, "patch", json!({"label": "later"}));
    while client.next_event("sessions.changed").await["payload"]["session"]["label"] != "later" {}
    assert_eq!(drains(&client.unread_events()), [""; 0]);
    upstream.change(A, "reset", json!({"totalTokens": 0}));
    upstream.change(A, "patch", json!({"label": "last"}));
    while client.next_event("sessions.changed").await["payload"]["session"]["label"] != "last" {}
    assert_eq!(drains(&client.unread_events()), ["reset"]);
    assert_eq!(rows(&mut client).await, upstream.rows());
}

#[tokio::test]
async fn nobody_may_do_there_what_they_may_not_do_here() {
    let (upstream, gateway) = stage(&[(A, json!({"label": "A"}))]).await;
    let mut admin = gateway.client(ADMIN, CURSORS).await;
    let writer = ["operator.write", "operator.bogus"];
    let (mut one, mut two) = (
        gateway.client(&writer, CURSORS).await,
        gateway.client(&writer, CURSORS).await,
    );
    for (client, run) in [(&mut one, "1"), (&mut two, "2"), (&mut admin, "3")] {
        let message = json!({"sessionKey": A, "message": "/config show", "idempotencyKey": run});
        let sent = client.request("chat.send", message).await;
        sent.expect("it is passed on");
    }
    let asked = upstream.scopes_of("chat.send");
    assert_eq!(asked[0], json!(["operator.read", "operator.write"]));
    assert_eq!(asked[1], asked[0]);
    assert!(asked[2].to_string().contains("operator.admin"));
    let connected = upstream.asked("connect").len();
    assert_eq!(connected, 2, "those who may do the same share a connection");
}
