//! Frames as a client reads and writes them: the same as [`sessionwire_protocol::Frame`], without types for what no
//! client looks at.

use alloc::borrow::Cow;
use alloc::string::String;

use sessionwire_json::{Json, Object, Unreadable, Value, digits, optional, required};
use sessionwire_protocol::Place;

use crate::output::RequestId;
use crate::refusal::Refusal;

/// What a gateway sends.
pub(crate) enum Frame<'a> {
    Response(ResponseFrame<'a>),
    Event(EventFrame<'a>),
    /// Gateways ask nothing.
    Request,
}

/// The answer to a request.
pub(crate) struct ResponseFrame<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) result: Result<Value<'a>, Refusal>,
}

/// Something happened.
pub(crate) struct EventFrame<'a> {
    pub(crate) event: Cow<'a, str>,
    pub(crate) payload: Option<Value<'a>>,
    pub(crate) seq: Option<u64>,
    pub(crate) place: Option<Place<'a>>,
}

impl<'a> Frame<'a> {
    /// Reads one frame; fields that this version does not know are ignored.
    pub(crate) fn read(value: Value<'a>) -> Result<Self, Unreadable> {
        let [
            kind,
            id,
            ok,
            payload,
            error,
            event,
            seq,
            subscription,
            prev,
            cursor,
        ] = value.pick([
            "type",
            "id",
            "ok",
            "payload",
            "error",
            "event",
            "seq",
            "subscription",
            "prev",
            "cursor",
        ])?;
        let kind: Cow<'_, str> = required(kind)?;
        match &*kind {
            "res" => Ok(Self::Response(ResponseFrame {
                id: required(id)?,
                result: match required(ok)? {
                    true => Ok(payload.unwrap_or(Value::NULL)),
                    false => Err(Refusal::read(required(error)?)?),
                },
            })),
            "event" => Ok(Self::Event(EventFrame {
                event: required(event)?,
                payload,
                seq: optional(seq)?,
                place: match (subscription, prev, cursor) {
                    (None, None, None) => None,
                    (subscription, prev, cursor) => {
                        let (subscription, prev) = (required(subscription)?, required(prev)?);
                        Some(Place::new(subscription, prev, optional(cursor)?))
                    }
                },
            })),
            "req" => Ok(Self::Request),
            _ => Err(Unreadable("its type is unknown")),
        }
    }
}

/// A request as text.
pub(crate) fn request(id: RequestId, method: &str, params: Option<&Json>) -> String {
    Object::default()
        .text("type", "req")
        .text("id", &*digits(id.0))
        .text("method", method)
        .json("params", params.map(Json::value))
        .end()
        .into()
}
