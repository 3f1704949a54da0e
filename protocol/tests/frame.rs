//! Frames say the same after being written and read, whatever their names and payloads are.

use std::borrow::Cow;

use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use sessionwire_protocol::{
    ErrorBody, ErrorCode, EventFrame, Frame, Place, RequestFrame, ResponseFrame, StateVersion,
};

#[test]
fn requests_keep_odd_texts() {
    for text in odd_texts() {
        let params = to_raw_value(&json!({ text.as_str(): text })).expect("an object");
        for params in [None, Some(&*params)] {
            let written = RequestFrame {
                id: text.as_str().into(),
                method: text.as_str().into(),
                params,
            }
            .to_json();
            let Ok(Frame::Request(read)) = Frame::parse(&written) else {
                panic!("{written} is a request")
            };
            assert_eq!((&*read.id, &*read.method), (&*text, &*text));
            assert_eq!(read.params.map(RawValue::get), params.map(RawValue::get));
        }
    }
}

#[test]
fn responses_keep_odd_texts() {
    for text in odd_texts() {
        let payload = to_raw_value(&text).expect("a string");
        let refusal = ErrorBody {
            retry_after_ms: Some(u64::MAX),
            ..ErrorBody::unavailable(text.as_str()).with_details(json!({ "code": text }))
        };
        for result in [Ok(Some(&*payload)), Ok(None), Err(refusal)] {
            let id = text.as_str().into();
            let written = ResponseFrame {
                id,
                result: result.clone(),
            }
            .to_json();
            let Ok(Frame::Response(read)) = Frame::parse(&written) else {
                panic!("{written} is a response")
            };
            assert_eq!(read.id, text);
            assert_eq!(
                read.result.map(|payload| payload.map(RawValue::get)),
                result.map(|payload| payload.map(RawValue::get))
            );
        }
    }
}

#[test]
fn events_keep_odd_texts_and_large_numbers() {
    for text in odd_texts() {
        let payload = to_raw_value(&text).expect("a string");
        let place = Place {
            subscription: text.as_str().into(),
            prev: u64::MAX - 1,
            cursor: u64::MAX,
        };
        let state_version = StateVersion {
            presence: u64::MAX,
            health: 0,
        };
        let written = EventFrame {
            event: text.as_str().into(),
            payload: Some(&payload),
            seq: Some(u64::MAX),
            state_version: Some(state_version),
            place: Some(place.clone()),
        }
        .to_json();
        let Ok(Frame::Event(read)) = Frame::parse(&written) else {
            panic!("{written} is an event")
        };
        assert_eq!(read.event, text);
        assert_eq!(read.payload.map(RawValue::get), Some(payload.get()));
        assert_eq!(
            (read.seq, read.state_version, read.place),
            (Some(u64::MAX), Some(state_version), Some(place))
        );
    }
}

#[test]
fn escapes_mean_what_they_stand_for() {
    let text = r#"{"type":"\u0072eq","id":"\"\ud83e\udd80\" \u00e9\/\\","method":"a\u002eb"}"#;
    let Ok(Frame::Request(request)) = Frame::parse(text) else {
        panic!("it is a request")
    };
    assert_eq!((&*request.id, &*request.method), ("\"🦀\" é/\\", "a.b"));
}

#[test]
fn texts_without_escapes_are_borrowed() {
    let text = r#"{"type":"req","id":"1 é","method":"a.b"}"#;
    let Ok(Frame::Request(request)) = Frame::parse(text) else {
        panic!("it is a request")
    };
    assert!(matches!(
        (request.id, request.method),
        (Cow::Borrowed("1 é"), Cow::Borrowed("a.b"))
    ));
}

#[test]
fn payloads_stay_the_text_that_they_are() {
    for payload in [
        r#"{ "b":1,  "a":1.0, "a":2 }"#,
        "1e400",
        "123456789012345678901234567890.10",
        r#""\u00e9 \ud800""#,
        "[[[]]]",
        "false",
    ] {
        let text = format!(r#"{{"payload": {payload} ,"event":"x","type":"event"}}"#);
        let Ok(Frame::Event(event)) = Frame::parse(&text) else {
            panic!("{text} is an event")
        };
        assert_eq!(event.payload.map(RawValue::get), Some(payload));
        assert!(event.to_json().contains(payload), "{payload}");
    }
}

#[test]
fn null_is_as_good_as_absent() {
    let text = r#"{"type":"req","id":"1","method":"health","params":null}"#;
    let Ok(Frame::Request(request)) = Frame::parse(text) else {
        panic!("it is a request")
    };
    assert!(request.params.is_none());
    let text = r#"{"type":"event","event":"tick","payload":null,"seq":null,"subscription":null,"prev":null,"cursor":null}"#;
    let Ok(Frame::Event(event)) = Frame::parse(text) else {
        panic!("it is an event")
    };
    assert!(event.payload.is_none() && event.seq.is_none() && event.place.is_none());
}

#[test]
fn unknown_fields_are_passed_over_and_unknown_codes_kept() {
    let text = r#"{"type":"res","id":"1","ok":false,"trace":[{}],"error":{"code":"TEAPOT","message":"short and stout","hint":1}}"#;
    let Ok(Frame::Response(response)) = Frame::parse(text) else {
        panic!("it is a response")
    };
    let refusal = response.result.expect_err("it is a refusal");
    assert_eq!(
        refusal,
        ErrorBody::new(ErrorCode::from("TEAPOT"), "short and stout")
    );
}

#[test]
fn what_is_almost_a_frame_is_refused() {
    for text in [
        r#"{"type":"req","id":1,"method":"health"}"#,
        r#"{"type":"req","id":null,"method":"health"}"#,
        r#"{"type":"req","id":"\ud800","method":"health"}"#,
        r#"{"type":"req","id":"1","id":"2","method":"health"}"#,
        r#"{"type":"req","id":"1","method":"health"} {}"#,
        r#"{"type":"REQ","id":"1","method":"health"}"#,
        r#"{"type":"event","event":"tick","seq":-1}"#,
        r#"{"type":"event","event":"tick","seq":1.5}"#,
        r#"{"type":"event","event":"tick","seq":18446744073709551616}"#,
        r#"{"type":"event","event":"tick","payload":01}"#,
        "\u{feff}{\"type\":\"event\",\"event\":\"tick\"}",
    ] {
        assert!(Frame::parse(text).is_err(), "{text}");
    }
}

fn odd_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "null",
        r#"{"type":"res"}"#,
        "\"",
        "\\",
        r"\u0041",
        "\\\"\\",
        "line\nbreak\r\n\ttab",
        "\u{0}\u{1}\u{1f}\u{7f}",
        "\u{2028}\u{2029}\u{feff}",
        "é e\u{301} ß İ",
        "🦀👩‍👩‍👧‍👦\u{10ffff}",
        "\u{202e}right to left",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("\"\\\u{1}é🦀".repeat(20_000));
    texts
}
