use std::sync::Arc;

use sessionwire_listing::View;
use sessionwire_protocol::Place;
use sessionwire_protocol::event::{self, Tick};

use super::frames::{Beside, Frames};
use crate::change::Change;
use crate::crier::{Listening, Position, Telling, Turn};
use crate::journal::{Entry, Journal};
use crate::session::Session;
use crate::views::LiveView;

/// A subscriber that is so many changes behind is told only the newest row of each generation.
const LAG: usize = 512;

/// A subscription with cursors.
#[derive(Debug)]
pub(super) struct Subscription {
    id: String,
    source: Source,
    /// What stands up to here is not told.
    began: u64,
    /// Everything up to here was looked at.
    offset: u64,
    /// The cursor that the client was told last.
    told: u64,
    /// While a laggard catches up: the place to which all that it is told leads in one step.
    until: Option<u64>,
    /// Whether it fell out of the journal.
    adrift: bool,
}

/// Where the events of a subscription come from.
#[derive(Debug)]
pub enum Source {
    /// Every session: the journal itself.
    Journal,
    /// A live list, which others may share, and to which the connection listens.
    Live(Arc<LiveView>, Listening),
}

impl Source {
    /// What it shows.
    pub fn view(&self) -> &View {
        match self {
            Self::Journal => &View::EVERYTHING,
            Self::Live(live, _) => live.view(),
        }
    }

    /// The rows that it shows, where there is a limit to them.
    pub fn shown(&self) -> Option<Vec<Arc<Session>>> {
        match self {
            Self::Journal => None,
            Self::Live(live, _) => live.shown(),
        }
    }

    /// Whether it can tell everything after the offset that a client names.
    pub fn reaches_back_to(&self, offset: u64, journal: &Journal) -> bool {
        journal.count_since(offset).is_some() && self.behind(offset, journal).is_some()
    }

    /// How much there is to tell after an offset. A list to which nothing happened tells all, however much else did.
    fn behind(&self, offset: u64, journal: &Journal) -> Option<usize> {
        match self {
            Self::Journal => journal.count_since(offset),
            Self::Live(live, _) => live.count_since(offset),
        }
    }

    fn number(&self) -> u64 {
        match self {
            Self::Journal => 0,
            Self::Live(live, _) => live.number(),
        }
    }
}

impl Subscription {
    pub(super) fn new(id: String, source: Source, offset: u64) -> Self {
        Self {
            id,
            source,
            began: offset,
            offset,
            told: offset,
            until: None,
            adrift: false,
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Whether every session is shown.
    pub(super) fn is_to_everything(&self) -> bool {
        matches!(self.source, Source::Journal)
    }

    /// Whether it tells of any eviction at a place.
    pub(super) fn tells_each_eviction(&self, offset: u64) -> bool {
        self.is_to_everything() && offset > self.began
    }

    /// Whether it fell out of the journal since it began.
    pub(super) fn is_adrift(&self) -> bool {
        self.adrift
    }

    /// Whether everything up to a place is told. A step is when its last frame is.
    pub(super) fn has_told(&self, offset: u64) -> bool {
        self.told >= offset || self.until.is_none() && self.offset >= offset
    }

    /// Adds the frames that are due: those that somebody else was told in this turn, where they are the same.
    pub(super) fn catch_up(&mut self, journal: &Journal, turn: &mut Turn, frames: &mut Frames<'_>) {
        if self.until.is_some() || self.offset >= journal.head() {
            return self.put_into_words(journal, frames);
        }
        let from = Position {
            list: self.source.number(),
            head: journal.head(),
            told: self.told,
            offset: self.offset,
        };
        let telling = turn.telling(from, &self.id);
        if let Some(telling) = telling.filter(|telling| frames.have_room_for(telling)) {
            frames.repeat(telling);
            (self.offset, self.told) = (from.head, telling.told);
            return;
        }
        let before = frames.mark();
        self.put_into_words(journal, frames);
        if self.offset == from.head
            && !self.adrift
            && let Some((frames, bytes)) = frames.since(before)
        {
            turn.remember(Telling {
                from,
                name: self.id.clone(),
                frames,
                bytes,
                told: self.told,
            });
        }
    }

    /// Encodes the frames that are due.
    fn put_into_words(&mut self, journal: &Journal, frames: &mut Frames<'_>) {
        while self.offset < journal.head() && !frames.are_enough() {
            let Some(behind) = self.source.behind(self.offset, journal) else {
                return self.start_over(journal, frames);
            };
            if behind > LAG && self.until.is_none() {
                self.until = Some(journal.head());
            }
            let end = self.until.unwrap_or(journal.head());
            let done = match self.source {
                Source::Journal => self.follow_journal(journal, end, frames),
                Source::Live(..) => self.follow_list(end, frames),
            };
            if done {
                self.offset = end;
                if self.until.take().is_some() {
                    self.put_tick(0, Beside::Part, frames);
                }
            }
        }
    }

    /// A tick at the place that was reached proves that nothing is missing before it.
    pub(super) fn tick(&mut self, now: u64, frames: &mut Frames<'_>) {
        if self.until.is_none() {
            self.put_tick(now, Beside::Place, frames);
        }
    }

    fn put_tick<'a>(
        &'a mut self,
        now: u64,
        beside: fn(Place<'a>) -> Beside<'a>,
        frames: &mut Frames<'_>,
    ) {
        let payload = serde_json::to_string(&Tick { ts: now }).expect("a tick always serialises");
        let place = place(&self.id, &mut self.told, self.offset);
        frames.put(event::TICK, &payload, &beside(place));
    }

    /// Adds frames up to `end`; `false` when there is no room for all.
    fn follow_journal(&mut self, journal: &Journal, end: u64, frames: &mut Frames<'_>) -> bool {
        for entry in journal.since(self.offset).into_iter().flatten() {
            if entry.offset > end {
                break;
            }
            if frames.are_enough() {
                return false;
            }
            self.offset = entry.offset;
            let lags = self.until.is_some();
            if is_listed(entry) && !(lags && entry.is_superseded_by(end)) {
                let cursor = if lags { self.told } else { entry.offset };
                let place = place(&self.id, &mut self.told, cursor);
                let beside = match lags {
                    true => Beside::Part(place),
                    false => Beside::Place(place),
                };
                frames.put(entry.lean().event, &entry.lean().json, &beside);
            }
        }
        true
    }

    fn follow_list(&mut self, end: u64, frames: &mut Frames<'_>) -> bool {
        let Self {
            id,
            source: Source::Live(live, _),
            offset,
            told,
            until,
            ..
        } = self
        else {
            return true;
        };
        let lags = until.is_some();
        let all = live.can_coalesce() && lags;
        let mut room = true;
        live.steps_since(*offset, |step| {
            room = !frames.are_enough();
            if !room || step.offset > end {
                return false;
            }
            *offset = step.offset;
            for (index, part) in step.told.iter().enumerate() {
                if all && part.is_superseded_by(end) {
                    continue;
                }
                let is_last = index + 1 == step.told.len();
                let cursor = if is_last && !lags { step.offset } else { *told };
                let place = place(id, told, cursor);
                let beside = match lags || step.told.len() > 1 {
                    true => Beside::Part(place),
                    false => Beside::Place(place),
                };
                frames.put(part.payload().event, &part.payload().json, &beside);
            }
            true
        });
        room
    }

    /// A tick from a place where the client is not makes it subscribe again, from where it is.
    fn start_over(&mut self, journal: &Journal, frames: &mut Frames<'_>) {
        let head = journal.head();
        (self.began, self.offset, self.told, self.until) = (head, head, head, None);
        self.adrift = true;
        self.tick(0, frames);
    }
}

/// Whether an entry says something about the list.
fn is_listed(entry: &Entry) -> bool {
    match entry.change {
        Change::Upserted { .. } | Change::Evicted { .. } | Change::Groups { .. } => true,
        Change::Message { .. } | Change::Chat { .. } => false,
    }
}

/// The place of the next frame, which leads to `cursor`.
fn place<'a>(id: &'a str, told: &mut u64, cursor: u64) -> Place<'a> {
    Place {
        subscription: id.into(),
        prev: std::mem::replace(told, cursor),
        cursor,
    }
}
