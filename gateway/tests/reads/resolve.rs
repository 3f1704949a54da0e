//! Sessions are found by what is known of them.

use serde_json::json;

use crate::support::{ADMIN, Gateway};
use crate::{asked, made};

const FIRST: &str = "agent:main:dashboard:aaaaaaaa-1111-4111-8111-111111111111";
const SECOND: &str = "agent:main:dashboard:aaaaaaaa-2222-4222-8222-222222222222";

#[tokio::test]
async fn sessions_are_found_by_what_is_known_of_them() {
    let gateway = Gateway::start(&["--agent", "main", "--agent", "work"]).await;
    let mut admin = gateway.client(ADMIN, &[]).await;
    let lab = made(&mut admin, json!({"key": "agent:main:lab", "label": "Lab"})).await;
    made(
        &mut admin,
        json!({"key": "agent:work:lab", "label": "Twice"}),
    )
    .await;
    made(
        &mut admin,
        json!({"key": "agent:main:other", "label": "Twice", "parentSessionKey": "agent:main:lab"}),
    )
    .await;
    made(&mut admin, json!({"key": FIRST, "label": "Amb One"})).await;
    made(&mut admin, json!({"key": SECOND, "label": "Amb Two"})).await;

    // Lists begin with what is pinned, whatever the clock says.
    asked(
        &mut admin,
        "sessions.patch",
        json!({"key": SECOND, "pinned": true}),
    )
    .await;

    let bare = json!({"ok": true, "key": "agent:main:lab", "agentId": "main"});
    let one = json!({"ok": true, "key": FIRST, "agentId": "main", "displayName": "Amb One"});
    let two = json!({"ok": true, "key": SECOND, "agentId": "main", "displayName": "Amb Two"});
    let both = json!({"ok": false, "candidates": [
        {"key": SECOND, "agentId": "main", "displayName": "Amb Two"},
        {"key": FIRST, "agentId": "main", "displayName": "Amb One"},
    ]});
    let named =
        json!({"ok": true, "key": "agent:main:lab", "agentId": "main", "displayName": "Lab"});
    let other = json!({"ok": true, "key": "agent:main:other", "agentId": "main"});
    for (params, expected) in [
        (json!({"key": "agent:main:LAB"}), &bare),
        (json!({"key": "lab"}), &bare),
        (json!({"sessionId": lab["sessionId"]}), &bare),
        (json!({"label": " Lab "}), &bare),
        (json!({"label": "Lab", "agentId": "main"}), &bare),
        (json!({"label": "Twice", "agentId": "main"}), &other),
        (
            json!({"label": "Twice", "spawnedBy": "agent:main:lab"}),
            &other,
        ),
        (json!({"shortId": "AAAAAAAA"}), &both),
        (json!({"shortId": "aaaaaaaa", "allowMissing": true}), &both),
        (json!({"shortId": "aaaaaaaa", "slugHint": "amb-two"}), &two),
        (json!({"shortId": "aaaaaaaa", "slugHint": "neither"}), &both),
        (json!({"shortId": "aaaaaaaa1111"}), &one),
        (json!({"reference": {"key": "lab"}}), &named),
        (
            json!({"reference": {"key": "nope", "slug": "amb-one"}}),
            &one,
        ),
        (
            json!({"key": "nope", "allowMissing": true}),
            &json!({"ok": false}),
        ),
        (
            json!({"reference": {"key": "nope"}, "allowMissing": true}),
            &json!({"ok": false}),
        ),
    ] {
        let found = admin.request("sessions.resolve", params.clone()).await;
        assert_eq!(found.as_ref(), Ok(expected), "{params}");
    }
    for (params, message) in [
        (
            json!({}),
            "Either key, sessionId, label, shortId, or reference is required",
        ),
        (
            json!({"key": "lab", "label": "Lab"}),
            "Provide either key, sessionId, label, shortId, or reference (not multiple)",
        ),
        (
            json!({"key": "agent:main:missing"}),
            "No session found: agent:main:missing",
        ),
        (json!({"key": "main"}), "No session found: main"),
        (
            json!({"key": "agent:main:"}),
            "malformed session key \"agent:main:\"",
        ),
        (
            json!({"key": "agent:main:lab", "agentId": "ghost"}),
            "Unknown agent id \"ghost\"",
        ),
        (
            json!({"key": "agent:main:lab", "agentId": "work"}),
            "agent \"work\" does not match session key agent \"main\"",
        ),
        (
            json!({"key": "lab", "spawnedBy": "agent:main:main"}),
            "No session found: lab",
        ),
        (
            json!({"sessionId": "unknown-id"}),
            "No session found: unknown-id",
        ),
        (json!({"label": "lab"}), "No session found with label: lab"),
        (
            json!({"label": "Lab", "agentId": "work"}),
            "No session found with label: Lab",
        ),
        (
            json!({"label": "Twice"}),
            "Multiple sessions found with label: Twice (agent:main:other, agent:work:lab)",
        ),
        (json!({"shortId": "abcdef12"}), "No session found: abcdef12"),
        (
            json!({"shortId": "aaaaaaaa", "agentId": "work"}),
            "No session found: aaaaaaaa",
        ),
        (
            json!({"shortId": "9a4618a3-f315"}),
            "shortId must be 8-32 hexadecimal characters",
        ),
        (
            json!({"key": "lab", "slugHint": "x"}),
            "slugHint requires shortId",
        ),
        (
            json!({"reference": {"key": "nope", "slug": "lab"}}),
            "No session found: nope",
        ),
    ] {
        let error = admin.request("sessions.resolve", params.clone()).await;
        let error = error.expect_err("it is refused");
        assert_eq!(
            (&error["code"], &error["message"]),
            (&json!("INVALID_REQUEST"), &json!(message)),
            "{params}"
        );
    }
}
