//! Where a subscriber stands, as one can tell from outside who sees every frame between client and gateway.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use sessionwire_protocol::sessions::{
    SessionsListParams, SessionsSubscribe, SessionsSubscribeParams, SessionsUnsubscribe,
    SessionsUnsubscribeParams,
};
use sessionwire_protocol::{Cursor, Frame, Method, Place, ResponseFrame};

/// The places of all subscriptions of one client.
#[derive(Debug, Default)]
pub(crate) struct Places(BTreeMap<String, Standing>);

#[derive(Debug)]
struct Standing {
    place: Option<Cursor>,
    phase: Phase,
    /// The list that was asked for last.
    asked: SessionsListParams,
}

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    /// Events that follow are due.
    Live,
    /// The answer to this request is.
    Asking(String),
    /// Something is missing, and was not asked for yet.
    Lost,
}

/// What a frame means for the places.
#[derive(Debug)]
pub(crate) enum Reception {
    Nothing,
    Step(Box<Move>),
    /// Something is missing, and the gateway does not seem to know it.
    Gap,
    /// The gateway says that it cannot tell what follows a place up to an offset, of a list with or without a limit.
    StartsOver {
        from: Cursor,
        to: u64,
        limited: bool,
    },
}

/// A subscription came to a place.
#[derive(Debug)]
pub(crate) struct Move {
    pub(crate) subscription: String,
    pub(crate) from: Option<Cursor>,
    pub(crate) to: Cursor,
    /// By a list, of what was asked for, and not by events.
    pub(crate) snapshot: Option<SessionsListParams>,
}

#[derive(Deserialize)]
struct Subscribed {
    cursor: Cursor,
    resumed: bool,
}

impl Places {
    pub(crate) fn of(&self, subscription: &str) -> Option<&Cursor> {
        self.0.get(subscription)?.place.as_ref()
    }

    /// Whether the subscription follows, on this connection and without a gap.
    pub(crate) fn is_live(&self, subscription: &str) -> bool {
        let standing = self.0.get(subscription);
        standing.is_some_and(|standing| standing.phase == Phase::Live)
    }

    /// The connection is gone.
    pub(crate) fn down(&mut self) {
        for standing in self.0.values_mut() {
            standing.phase = Phase::Lost;
        }
    }

    /// The client sends a frame.
    pub(crate) fn sent(&mut self, text: &str) {
        let Ok(Frame::Request(request)) = Frame::parse(text) else {
            panic!("a client sends requests, not {text}");
        };
        match request.method.as_ref() {
            SessionsSubscribe::NAME => {
                let params: SessionsSubscribeParams = read(request.params);
                let subscription = params.subscription.expect("it is named");
                let phase = Phase::Asking(request.id.into_owned());
                let standing = self.0.entry(subscription).or_insert(Standing {
                    place: None,
                    phase: Phase::Lost,
                    asked: SessionsListParams::default(),
                });
                (standing.phase, standing.asked) = (phase, params.list);
            }
            SessionsUnsubscribe::NAME => {
                let params: SessionsUnsubscribeParams = read(request.params);
                self.0.remove(&params.subscription);
            }
            _ => {}
        }
    }

    /// The client is about to receive a frame.
    pub(crate) fn received(&mut self, text: &str) -> Reception {
        match Frame::parse(text) {
            Ok(Frame::Response(response)) => self
                .answered(response)
                .map_or(Reception::Nothing, |step| Reception::Step(Box::new(step))),
            Ok(Frame::Event(event)) => {
                let Some(place) = event.place else {
                    return Reception::Nothing;
                };
                let standing = self.0.get_mut(place.subscription.as_ref());
                standing.map_or(Reception::Nothing, |standing| standing.follow(&place))
            }
            Ok(Frame::Request(_)) | Err(_) => panic!("a gateway does not send {text}"),
        }
    }

    fn answered(&mut self, response: ResponseFrame<'_>) -> Option<Move> {
        let (subscription, standing) = self
            .0
            .iter_mut()
            .find(|(_, standing)| standing.awaits(&response.id))?;
        standing.phase = Phase::Lost;
        let answer: Subscribed = read(response.result.ok()?);
        let to = answer.cursor;
        if answer.resumed {
            if standing.place.as_ref() == Some(&to) {
                standing.phase = Phase::Live;
            }
            return None;
        }
        standing.phase = Phase::Live;
        Some(Move {
            subscription: subscription.clone(),
            from: standing.place.replace(to.clone()),
            to,
            snapshot: Some(standing.asked.clone()),
        })
    }
}

impl Standing {
    fn awaits(&self, id: &str) -> bool {
        matches!(&self.phase, Phase::Asking(asked) if asked == id)
    }

    fn follow(&mut self, place: &Place<'_>) -> Reception {
        let (Phase::Live, Some(own)) = (&self.phase, &mut self.place) else {
            return Reception::Nothing;
        };
        if place.cursor <= own.offset {
            return Reception::Nothing;
        }
        if place.prev != own.offset {
            self.phase = Phase::Lost;
            return match place.prev == place.cursor {
                true => Reception::StartsOver {
                    from: own.clone(),
                    to: place.cursor,
                    limited: self.asked.limit.is_some(),
                },
                false => Reception::Gap,
            };
        }
        let from = own.clone();
        own.offset = place.cursor;
        Reception::Step(Box::new(Move {
            subscription: place.subscription.to_string(),
            from: Some(from),
            to: own.clone(),
            snapshot: None,
        }))
    }
}

fn read<T: for<'a> Deserialize<'a>>(json: Option<&RawValue>) -> T {
    serde_json::from_str(json.map_or("null", RawValue::get)).expect("it is what the method says")
}
