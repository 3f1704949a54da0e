use serde::Deserialize;
use serde_json::value::RawValue;
use sessionwire_protocol::event::{self, RowChange, SocketDrain};
use sessionwire_protocol::sessions::SessionsSubscribeParams;
use sessionwire_protocol::{ChangeReason, Cursor, EventFrame, Millis, Place, SessionKey};

use crate::generations::Generations;
use crate::output::{Row, SessionEvent, SubscriptionId};
use crate::phase::Phase;

/// One subscription to the list: where the subscriber's copy stands in the gateway's journal, and what comes
/// next there.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    place: Option<Cursor>,
    phase: Phase,
    generations: Generations,
    /// How often it was asked for since something last came in order.
    fruitless: u32,
}

/// What an event means for a feed.
#[derive(Debug)]
pub(crate) enum Reception {
    /// It was seen before, or says nothing to this subscription.
    Nothing,
    /// It follows.
    Next(SessionEvent),
    /// Something is missing before it.
    Gap,
}

/// What an answer to `sessions.subscribe` means for a feed.
#[derive(Debug)]
pub(crate) enum Answer {
    /// What was missed follows as events.
    Resumed,
    /// The list, after the evictions that are found by comparing it with what was held.
    Snapshot(Vec<SessionEvent>),
    /// It resumes at a place where the subscriber is not.
    Elsewhere,
}

#[derive(Deserialize)]
struct Subscribed<'a> {
    cursor: Cursor,
    #[serde(default)]
    resumed: bool,
    #[serde(borrow, default)]
    list: Option<List<'a>>,
}

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    sessions: Vec<&'a RawValue>,
}

/// [`event::SessionsChanged`] with the row left as it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changed<'a> {
    session_key: Option<SessionKey>,
    change: Option<RowChange>,
    reason: Option<ChangeReason>,
    ts: Option<Millis>,
    #[serde(borrow)]
    session: Option<&'a RawValue>,
}

/// The payload of a known event is not what it should be.
struct Unreadable;

impl Feed {
    /// The params that ask for what follows the place of the copy.
    pub(crate) fn params(&self, subscription: SubscriptionId) -> SessionsSubscribeParams {
        SessionsSubscribeParams {
            subscription: Some(subscription.to_string()),
            since: self.place.clone(),
            ..SessionsSubscribeParams::default()
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    /// The subscription was asked for, rests, or went down with its connection.
    pub(crate) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
    }

    /// It has to be asked for again; returns how often it was, beyond once, without anything coming of it.
    pub(crate) fn failed(&mut self) -> u32 {
        self.fruitless = self.fruitless.saturating_add(1);
        self.fruitless - 1
    }

    /// Takes the gateway's answer to the asking.
    pub(crate) fn answered(&mut self, payload: &RawValue) -> Result<Answer, serde_json::Error> {
        let answer: Subscribed<'_> = serde_json::from_str(payload.get())?;
        if answer.resumed {
            if self.place.as_ref() != Some(&answer.cursor) {
                self.place = None;
                return Ok(Answer::Elsewhere);
            }
            self.phase = Phase::Live;
            return Ok(Answer::Resumed);
        }
        let list = answer
            .list
            .ok_or_else(|| serde::de::Error::missing_field("list"))?;
        let rows = list
            .sessions
            .into_iter()
            .map(Row::read)
            .collect::<Result<Vec<_>, _>>()?;
        let evicted = self.generations.replaced(&rows).into_iter();
        self.place = Some(answer.cursor.clone());
        self.phase = Phase::Live;
        let snapshot = SessionEvent::Snapshot {
            rows,
            cursor: answer.cursor,
        };
        Ok(Answer::Snapshot(
            evicted
                .map(SessionEvent::Evicted)
                .chain([snapshot])
                .collect(),
        ))
    }

    /// Takes an event that stands at a place of this subscription.
    pub(crate) fn receive(&mut self, frame: &EventFrame<'_>, place: &Place<'_>) -> Reception {
        let (Phase::Live, Some(own)) = (&self.phase, &mut self.place) else {
            return Reception::Nothing;
        };
        if place.cursor < own.offset {
            return Reception::Nothing;
        }
        if place.prev != own.offset {
            return match place.cursor == own.offset {
                true => Reception::Nothing,
                false => Reception::Gap,
            };
        }
        // The last of the frames that one entry makes is the one that moves the place.
        let moves = place.cursor > own.offset;
        let told = match self.apply(frame) {
            Ok(told) => told,
            Err(Unreadable) => {
                // The same event would come again; a snapshot leads past it.
                self.place = None;
                return Reception::Gap;
            }
        };
        if let (true, Some(own)) = (moves, &mut self.place) {
            own.offset = place.cursor;
            self.generations.moved();
        }
        self.fruitless = 0;
        told.map_or(Reception::Nothing, Reception::Next)
    }

    fn apply(&mut self, frame: &EventFrame<'_>) -> Result<Option<SessionEvent>, Unreadable> {
        match frame.event.as_ref() {
            event::SESSIONS_CHANGED => self.changed(read(frame)?),
            event::SOCKET_DRAIN => {
                let drain: SocketDrain = read(frame)?;
                Ok(self.generations.drained(drain).map(SessionEvent::Evicted))
            }
            _ => Ok(None),
        }
    }

    fn changed(&mut self, changed: Changed<'_>) -> Result<Option<SessionEvent>, Unreadable> {
        let Some(key) = changed.session_key else {
            return Ok(None);
        };
        match (changed.change, changed.session) {
            (Some(RowChange::Left), _) => Ok(self
                .generations
                .left(&key)
                .then_some(SessionEvent::Left { key })),
            (Some(RowChange::Upserted) | None, Some(row)) => {
                let row = Row::read(row).map_err(|_| Unreadable)?;
                self.generations.upserted(&row.head);
                Ok(Some(SessionEvent::Changed {
                    row,
                    reason: changed.reason,
                    ts: changed.ts,
                }))
            }
            (Some(RowChange::Upserted) | None, None) => Err(Unreadable),
        }
    }
}

fn read<'a, T: Deserialize<'a>>(frame: &EventFrame<'a>) -> Result<T, Unreadable> {
    let payload = frame.payload.ok_or(Unreadable)?;
    serde_json::from_str(payload.get()).map_err(|_| Unreadable)
}
