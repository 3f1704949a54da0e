use alloc::borrow::Cow;
use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString as _};
use core::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{ErrorBody, Place};

/// One text message on the socket. Payloads stay JSON text until somebody needs them, so an event that
/// nobody knows costs nothing and loses nothing.
#[derive(Clone, Debug)]
pub enum Frame<'a> {
    /// Asked by a client.
    Request(RequestFrame<'a>),
    /// The answer to a request.
    Response(ResponseFrame<'a>),
    /// Told without being asked.
    Event(EventFrame<'a>),
}

/// A client asks for a method.
#[derive(Clone, Debug)]
pub struct RequestFrame<'a> {
    /// Chosen by the client; the response carries it again.
    pub id: Cow<'a, str>,
    /// The method's name.
    pub method: Cow<'a, str>,
    /// The method's params; absent and `null` mean `{}`.
    pub params: Option<&'a RawValue>,
}

/// The one answer to a request.
#[derive(Clone, Debug)]
pub struct ResponseFrame<'a> {
    /// The request's id.
    pub id: Cow<'a, str>,
    /// The method's result, or why there is none.
    pub result: Result<Option<&'a RawValue>, ErrorBody>,
}

/// Something happened.
#[derive(Clone, Debug)]
pub struct EventFrame<'a> {
    /// The event's name.
    pub event: Cow<'a, str>,
    /// What the name says it is.
    pub payload: Option<&'a RawValue>,
    /// Counts the events of this connection from 1; absent on `connect.challenge`, and where the place proves as much:
    /// on events that are a step by themselves.
    pub seq: Option<u64>,
    /// Versions of the presence list and of the health report, on the events that carry those.
    pub state_version: Option<StateVersion>,
    /// Where the event stands in a subscription, for clients that asked for cursors.
    pub place: Option<Place<'a>>,
}

/// Versions of what `presence` and `health` events carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateVersion {
    /// Goes up when a connection comes or goes.
    pub presence: u64,
    /// Goes up with every new health report.
    pub health: u64,
}

/// The text is not a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameError {
    problem: String,
    is_garbage: bool,
}

impl FrameError {
    /// Whether the text is no JSON. Anything else may be a frame of a later version.
    pub fn is_garbage(&self) -> bool {
        self.is_garbage
    }
}

impl From<String> for FrameError {
    fn from(problem: String) -> Self {
        Self {
            problem,
            is_garbage: false,
        }
    }
}

impl From<serde_json::Error> for FrameError {
    fn from(error: serde_json::Error) -> Self {
        Self {
            problem: error.to_string(),
            is_garbage: error.is_syntax() || error.is_eof(),
        }
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a frame: {}", self.problem)
    }
}

impl core::error::Error for FrameError {}

/// All three kinds in one flat struct: an internally tagged enum would buffer every payload.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    id: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    method: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    params: Option<&'a RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ok: Option<bool>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    event: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    payload: Option<&'a RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<ErrorBody>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state_version: Option<StateVersion>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    subscription: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prev: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<u64>,
}

/// In a struct of its own, as serde borrows a `Cow` only where it is a whole field.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Frame<'a> {
    /// Reads one frame; fields that this version does not know are ignored.
    pub fn parse(text: &'a str) -> Result<Self, FrameError> {
        let envelope: Envelope<'a> = serde_json::from_str(text)?;
        match envelope.kind.as_ref() {
            "req" => Ok(Self::Request(RequestFrame {
                id: required(envelope.id, "id")?.0,
                method: required(envelope.method, "method")?.0,
                params: envelope.params,
            })),
            "res" => Ok(Self::Response(ResponseFrame {
                id: required(envelope.id, "id")?.0,
                result: match required(envelope.ok, "ok")? {
                    true => Ok(envelope.payload),
                    false => Err(required(envelope.error, "error")?),
                },
            })),
            "event" => Ok(Self::Event(EventFrame {
                event: required(envelope.event, "event")?.0,
                payload: envelope.payload,
                seq: envelope.seq,
                state_version: envelope.state_version,
                place: match (envelope.subscription, envelope.prev, envelope.cursor) {
                    (Some(Text(subscription)), Some(prev), cursor) => {
                        Some(Place::new(subscription, prev, cursor))
                    }
                    (None, None, None) => None,
                    _ => {
                        let problem = "subscription and prev go together";
                        return Err(problem.to_owned().into());
                    }
                },
            })),
            other => Err(format!("unknown type {other:?}").into()),
        }
    }
}

impl RequestFrame<'_> {
    /// The frame as text.
    pub fn to_json(&self) -> String {
        write(&Envelope {
            kind: "req".into(),
            id: Some(Text(self.id.as_ref().into())),
            method: Some(Text(self.method.as_ref().into())),
            params: self.params,
            ..Envelope::default()
        })
    }
}

impl ResponseFrame<'_> {
    /// The frame as text.
    pub fn to_json(&self) -> String {
        let (payload, error) = match &self.result {
            Ok(payload) => (*payload, None),
            Err(error) => (None, Some(error.clone())),
        };
        write(&Envelope {
            kind: "res".into(),
            id: Some(Text(self.id.as_ref().into())),
            ok: Some(self.result.is_ok()),
            payload,
            error,
            ..Envelope::default()
        })
    }
}

impl EventFrame<'_> {
    /// The frame as text.
    pub fn to_json(&self) -> String {
        let place = self.place.as_ref();
        write(&Envelope {
            kind: "event".into(),
            event: Some(Text(self.event.as_ref().into())),
            payload: self.payload,
            seq: self.seq,
            state_version: self.state_version,
            subscription: place.map(|place| Text(place.subscription.as_ref().into())),
            prev: place.map(|place| place.prev),
            cursor: place.and_then(Place::cursor_unless_next),
            ..Envelope::default()
        })
    }
}

fn required<T>(field: Option<T>, name: &str) -> Result<T, FrameError> {
    field.ok_or_else(|| format!("{name} is missing").into())
}

fn write(envelope: &Envelope<'_>) -> String {
    serde_json::to_string(envelope).expect("strings, numbers and raw JSON always serialise")
}
