use alloc::sync::Arc;
use alloc::vec::Vec;

use sessionwire_json::{Json, Record, Unreadable, Value, digits, required};
use sessionwire_listing::Filter;
use sessionwire_protocol::event::{self, RowChange};
use sessionwire_protocol::{Cursor, Place, SessionKey};

use crate::copy::{Change, Copy, Told};
use crate::frame::EventFrame;
use crate::list::LiveList;
use crate::list_params::ListParams;
use crate::output::{Evicted, RequestId, SubscriptionId};
use crate::params;
use crate::phase::Phase;
use crate::read::{self, Changed};
use crate::renames::Renames;
use crate::row::Row;

/// One subscription to a list: the subscriber's copy, where it stands in the gateway's journal, and what comes
/// next there.
#[derive(Debug)]
pub(crate) struct Feed {
    pub(crate) params: ListParams,
    pub(crate) copy: Copy,
    /// Where the client keeps the list by itself.
    pub(crate) chosen: Option<Chosen>,
    /// There was a snapshot.
    pub(crate) loaded: bool,
    phase: Phase,
    place: Option<Standing>,
    /// The asking that counts, and its limit.
    asked: Option<(RequestId, Option<u64>)>,
    /// The asking that was answered last.
    answered: Option<RequestId>,
    /// What belongs to one step of the list, of which the last frame has not come.
    step: Vec<Move>,
    /// How often it was asked for since something last came in order.
    fruitless: u32,
    /// The asking about a doubted session.
    pub(crate) doubt: Phase,
}

/// All rows that a filter chooses.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) filter: Filter,
    pub(crate) rows: LiveList<Arc<Row>>,
}

/// Where a copy stands, and the limit of the window that it shows.
#[derive(Debug)]
struct Standing {
    cursor: Cursor,
    limit: Option<u64>,
}

/// What a frame says to a feed.
pub(crate) enum Said<'a> {
    Event(&'a EventFrame<'a>),
    Change(Change),
}

#[derive(Debug)]
enum Move {
    Upserted(Change),
    Left(SessionKey),
    Evicted(Evicted),
}

/// What an event means for a feed.
#[derive(Debug)]
pub(crate) enum Reception {
    /// It was seen before, says nothing to this subscription, or is not the last of its step.
    Nothing,
    /// A step is complete.
    Next(Vec<Told>),
    /// Something is missing before it.
    Gap,
}

/// What an answer to `sessions.subscribe` means for a feed.
#[derive(Debug)]
pub(crate) enum Answer {
    /// What was missed follows as events.
    Resumed,
    /// The list, after the evictions that it brings to light.
    Snapshot(Vec<Told>),
    /// It resumes where the subscriber is not.
    Elsewhere,
}

impl Feed {
    pub(crate) fn new(params: ListParams) -> Self {
        Self {
            copy: Copy::new(params.order()),
            chosen: None,
            loaded: false,
            params,
            phase: Phase::default(),
            place: None,
            asked: None,
            answered: None,
            step: Vec::new(),
            fruitless: 0,
            doubt: Phase::default(),
        }
    }

    /// Shows so many more rows; `false` where all are shown.
    pub(crate) fn grow(&mut self, count: u64) -> bool {
        let limit = &mut self.params.limit;
        *limit = limit.map(|limit| limit.saturating_add(count));
        limit.is_some()
    }

    /// Whether it shows fewer rows than are wanted by now.
    pub(crate) fn is_short(&self) -> bool {
        let place = self.place.as_ref();
        place.is_some_and(|place| place.limit != self.params.limit)
    }

    /// The params of `sessions.subscribe` that ask for what follows the place of the copy, or for a snapshot where the
    /// copy is of a smaller window.
    pub(crate) fn ask(&mut self, request: RequestId, subscription: SubscriptionId) -> Json {
        self.asked = Some((request, self.params.limit));
        self.phase = Phase::Asking;
        self.step.clear();
        let since = self.place.as_ref().map(|place| &place.cursor);
        let snapshot = self.is_short().then_some(true);
        params::subscribe(&digits(subscription.0), since, snapshot, &self.params)
    }

    /// Whether this is the asking that counts.
    pub(crate) fn awaits(&self, request: RequestId) -> bool {
        self.asked.is_some_and(|(asked, _)| asked == request)
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    /// The subscription was asked for, rests, or went down with its connection.
    pub(crate) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.step.clear();
    }

    /// Whether a step has begun, and its last frame has not come.
    pub(crate) fn is_in_step(&self) -> bool {
        !self.step.is_empty()
    }

    /// Where this is the asking that was answered last, its events come again from their beginning.
    pub(crate) fn begin_again(&mut self, request: RequestId) {
        if self.answered == Some(request) {
            self.step.clear();
        }
    }

    /// It has to be asked for again; returns how often it was, beyond once, without anything coming of it.
    pub(crate) fn failed(&mut self) -> u32 {
        self.fruitless = self.fruitless.saturating_add(1);
        self.fruitless - 1
    }

    /// Takes the gateway's answer to the asking that counts.
    pub(crate) fn answered(
        &mut self,
        payload: Value<'_>,
        number: u64,
        renames: &Renames,
    ) -> Result<Answer, Unreadable> {
        let mut said = Record::of(payload);
        let cursor = read::cursor(required(said.get("cursor"))?)?;
        let mut resumed = false;
        said.read("resumed", &mut resumed);
        let evicted = said.get("evicted");
        let list = said.get("list");
        said.end()?;
        self.answered = self.asked.map(|(request, _)| request);
        let limit = self.asked.take().and_then(|(_, limit)| limit);
        if resumed {
            let place = self.place.as_ref();
            if place.is_none_or(|own| own.cursor != cursor || own.limit != limit) {
                self.place = None;
                return Ok(Answer::Elsewhere);
            }
            self.enter(Phase::Live);
            return Ok(Answer::Resumed);
        }
        let evicted = evicted.map(|evicted| evicted.each(&mut read::drain));
        let evicted = evicted.transpose()?;
        let list = Record::of(required(list)?);
        list.end()?;
        let mut rows = Vec::new();
        let take = &mut |row: Row| rows.push(Arc::new(row.told_by(number)));
        if !Row::read_each(required(list.get("sessions"))?, take)? {
            // They do not stand as they do in the frame.
            for row in rows.iter_mut().filter_map(Arc::get_mut) {
                row.frame = 0;
            }
        }
        self.place = Some(Standing {
            cursor: cursor.clone(),
            limit,
        });
        self.enter(Phase::Live);
        self.loaded = true;
        let whole = self.params.show_everything();
        let events = self
            .copy
            .replace(&rows, Some(cursor), evicted, whole, renames);
        Ok(Answer::Snapshot(events))
    }

    /// The gateway of the moment names no places.
    pub(crate) fn forget_place(&mut self) {
        self.place = None;
    }

    /// Takes an event that stands at a place of this subscription.
    pub(crate) fn receive(
        &mut self,
        said: Said<'_>,
        number: u64,
        place: &Place<'_>,
        renames: &Renames,
    ) -> Reception {
        let (Phase::Live, Some(own)) = (self.phase, &mut self.place) else {
            return Reception::Nothing;
        };
        let offset = &mut own.cursor.offset;
        if place.cursor < *offset {
            return Reception::Nothing;
        }
        if place.prev != *offset {
            return match place.cursor == *offset {
                true => Reception::Nothing,
                false => Reception::Gap,
            };
        }
        let next = match said {
            Said::Event(frame) => read_move(frame, number),
            Said::Change(change) => Ok(Some(Move::Upserted(change))),
        };
        match next {
            Ok(Some(next)) => self.step.push(next),
            Ok(None) => {}
            Err(_) => {
                // The same event would come again; a snapshot leads past it.
                self.place = None;
                return Reception::Gap;
            }
        }
        self.fruitless = 0;
        if place.cursor == *offset {
            return Reception::Nothing;
        }
        *offset = place.cursor;
        let mut events = Vec::new();
        for next in self.step.drain(..) {
            match next {
                Move::Upserted(change) => self.copy.upsert(change, renames, &mut events),
                Move::Left(key) => events.extend(self.copy.left(key)),
                Move::Evicted(evicted) => events.extend(self.copy.evict(evicted)),
            }
        }
        Reception::Next(events)
    }
}

fn read_move(frame: &EventFrame<'_>, number: u64) -> Result<Option<Move>, Unreadable> {
    let payload = frame.payload.unwrap_or(Value::NULL);
    match frame.event.as_ref() {
        event::SESSIONS_CHANGED => read_change(read::changed(payload)?, number),
        event::SOCKET_DRAIN => Ok(Some(Move::Evicted(read::drain(payload)?))),
        _ => Ok(None),
    }
}

fn read_change(changed: Changed<'_>, number: u64) -> Result<Option<Move>, Unreadable> {
    match (changed.change, changed.session, changed.key) {
        (Some(RowChange::Left), _, Some(key)) => Ok(Some(Move::Left(key))),
        (change @ (Some(RowChange::Upserted) | None), Some(row), key) => {
            let is_lean = change.is_none() && key.is_none();
            let row = Row::read(row)?.told_by(if is_lean { number } else { 0 });
            Ok(Some(Move::Upserted(Change {
                ts: changed.ts.or(row.head.updated_at),
                row: Arc::new(row),
                reason: changed.reason,
            })))
        }
        // Something about the list as a whole.
        (None, None, None) => Ok(None),
        (_, None, _) | (Some(RowChange::Left), Some(_), None) => {
            Err(Unreadable("a change without its session"))
        }
    }
}
