use alloc::borrow::ToOwned as _;
use alloc::collections::VecDeque;
use alloc::string::String;
use core::time::Duration;

use sessionwire_json::{Document, Json, NotJson, Unreadable, Value};
use sessionwire_protocol::event;

use crate::backoff::Backoff;
use crate::error::{CloseReason, Error};
use crate::feed::Feed;
use crate::frame::{self, EventFrame, Frame, ResponseFrame};
use crate::identity::{Challenge, Identity};
use crate::link::{Greeting, Link};
use crate::messages::Messages;
use crate::mirror::Mirror;
use crate::output::{Event, Output, RequestId, Status, SubscriptionId};
use crate::renames::Renames;
use crate::requests::{Asker, Pending, Requests};
use crate::table::Table;
use crate::{Config, Instant};

/// Closed by the gateway: the credentials were revoked.
const CLOSE_REVOKED: u16 = 4001;

/// A client of one gateway, without IO. The crate's documentation tells how to drive it.
#[derive(Debug)]
pub struct ClientState {
    pub(crate) config: Config,
    pub(crate) link: Link,
    pub(crate) requests: Requests,
    pub(crate) feeds: Table<SubscriptionId, Feed>,
    pub(crate) messages: Messages,
    pub(crate) renames: Renames,
    pub(crate) mirror: Mirror,
    pub(crate) backoff: Backoff,
    pub(crate) identity: Identity,
    pub(crate) last_subscription: u64,
    pub(crate) outputs: VecDeque<Output>,
    /// Attempts that failed since the last greeting.
    pub(crate) failures: u32,
    /// The gateway has not greeted since the application asked to connect: requests wait for it.
    pub(crate) holding: bool,
    pub(crate) frames: u64,
    status: Status,
}

impl ClientState {
    /// A client that is not connected and does not want to be.
    pub fn new(config: Config) -> Self {
        Self {
            backoff: Backoff::new(config.backoff_min, config.backoff_max, config.seed),
            config,
            identity: Identity::default(),
            link: Link::Stopped,
            requests: Requests::default(),
            feeds: Table::default(),
            messages: Messages::default(),
            renames: Renames::default(),
            mirror: Mirror::default(),
            last_subscription: 0,
            failures: 0,
            holding: false,
            frames: 0,
            status: Status::Disconnected {
                retry_in: None,
                error: None,
            },
            outputs: VecDeque::new(),
        }
    }

    /// Connects, and again whenever the connection is lost. While the client waits for its next attempt, or
    /// after a refusal, it tries at once.
    pub fn connect(&mut self, now: Instant) {
        match self.link {
            Link::Stopped => {
                self.holding = true;
                self.failures = 0;
                self.open(now);
            }
            Link::Waiting { .. } => self.open(now),
            Link::Opening { .. } | Link::Greeting { .. } | Link::Ready(_) | Link::Closed => {}
        }
    }

    /// Ends everything for good: the connection, the requests (with [`Error::Closed`]), and, without a
    /// further event, the subscriptions.
    pub fn close(&mut self) {
        if matches!(self.link, Link::Closed) {
            return;
        }
        self.hang_up(1000, "closed by the client");
        self.link = Link::Closed;
        self.feeds.clear();
        self.messages = Messages::default();
        self.set_status(Status::Disconnected {
            retry_in: None,
            error: Some(Error::Closed),
        });
        let requests = self.requests.take_all();
        self.settle(&requests, &Error::Closed);
    }

    /// Asks for a method. The request settles once, with an [`Event::Response`].
    ///
    /// Before the gateway's first greeting the request waits for it, until its deadline; after that a
    /// request without a connection fails at once, both with [`Error::NotConnected`].
    pub fn request(&mut self, method: &str, params: Option<&Json>, now: Instant) -> RequestId {
        let id = self.requests.next_id();
        let deadline = now + self.config.request_timeout;
        match self.link {
            Link::Ready(_) => {
                self.requests.sent(id, Asker::Application, deadline);
                self.send(id, method, params);
            }
            Link::Opening { .. } | Link::Greeting { .. } | Link::Waiting { .. } if self.holding => {
                let frame = frame::request(id, method, params);
                self.requests.hold(id, frame, deadline);
            }
            Link::Closed => self.fail(id, Error::Closed),
            Link::Stopped | Link::Opening { .. } | Link::Greeting { .. } | Link::Waiting { .. } => {
                self.fail(id, Error::NotConnected);
            }
        }
        id
    }

    /// The transport that [`Output::Open`] asked for is open.
    pub fn transport_opened(&mut self, _now: Instant) {
        if let Link::Opening { deadline } = self.link {
            self.link = Link::Greeting {
                deadline,
                step: Greeting::Challenge,
                noise: None,
            };
        }
    }

    /// The transport could not be opened, and the driver knows why.
    pub fn transport_failed(&mut self, cause: String, now: Instant) {
        if self.link.has_transport() {
            self.lost(Error::Unreachable(cause), Duration::ZERO, now);
        }
    }

    /// The transport is closed, or could not be opened; not to be told after [`Output::Close`].
    pub fn transport_closed(&mut self, close: Option<CloseReason>, now: Instant) {
        if !self.link.has_transport() {
            return;
        }
        match (close, self.link.noise()) {
            (Some(close), _) if close.code == CLOSE_REVOKED => {
                self.stopped(&Error::Revoked(close));
            }
            (_, Some(noise)) => self.lost(Error::Unreadable(noise), Duration::ZERO, now),
            (Some(close), None) => self.lost(Error::Lost(close), Duration::ZERO, now),
            (None, None) => self.lost(Error::Interrupted, Duration::ZERO, now),
        }
    }

    /// A text frame has come. One that is no JSON ends the connection: nobody knows what was lost with it. One of an
    /// unknown kind is ignored; what was wrong with it is told where no greeting follows.
    pub fn frame_received(&mut self, text: &str, now: Instant) {
        match Document::parse(text) {
            Ok(frame) => self.json_received(&frame, now),
            Err(NotJson) => self.garbage_received(now),
        }
    }

    /// A text frame has come that the driver knows to be JSON.
    pub fn json_received(&mut self, frame: &Document<'_>, now: Instant) {
        if !self.hears(now) {
            return;
        }
        match Frame::read(frame.value()) {
            Ok(Frame::Response(frame)) => self.response(frame, now),
            Ok(Frame::Event(frame)) => self.event(&frame, now),
            Ok(Frame::Request) => {}
            Err(Unreadable(problem)) => self.link.disturbed(no_frame(problem)),
        }
    }

    /// A text frame has come that the driver knows to be none.
    pub fn garbage_received(&mut self, now: Instant) {
        if self.hears(now) {
            self.hang_up(1000, "unreadable frame");
            let error = Error::Unreadable(no_frame("it is no JSON"));
            self.lost(error, Duration::ZERO, now);
        }
    }

    /// How many text frames have come.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Time has passed; harmless at any time. Frames that have come by then are to be given first.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.link.deadline().is_some_and(|deadline| deadline <= now) {
            match self.link {
                Link::Waiting { .. } => self.open(now),
                Link::Opening { .. } | Link::Greeting { .. } => {
                    self.give_up("connect timeout", now);
                }
                Link::Ready(_) => self.give_up("tick timeout", now),
                Link::Stopped | Link::Closed => {}
            }
        }
        let expired = self.requests.expire(now);
        if expired.values().any(Pending::is_own) {
            self.link.unanswered();
        }
        for (id, pending) in expired.iter() {
            match &pending.asker {
                Asker::Application if pending.is_held() => self.fail(*id, Error::NotConnected),
                Asker::Application | Asker::Refresh(_) => self.fail(*id, Error::TimedOut),
                Asker::Sessions(subscription) => self.sessions_unanswered(*id, *subscription, now),
                Asker::Doubt(subscription, _) => self.doubt_unanswered(*subscription, now),
                Asker::Proof(_) => self.renames_unproved(),
                Asker::Events => self.ask_for_events(now),
                Asker::List => self.list_answered(Err(Error::TimedOut), now),
                Asker::Messages(key) => self.messages_unanswered(key, now),
            }
        }
        self.ask_for_what_is_due(now);
    }

    /// What to do next; `None` when there is nothing.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Self::handle_timeout`], if nothing else happens before.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let mut soonest = None;
        let mut may_be = |due: Option<Instant>| {
            if due.is_some() && (soonest.is_none() || due < soonest) {
                soonest = due;
            }
        };
        may_be(self.link.deadline());
        may_be(self.requests.next_deadline());
        for feed in self.feeds.values() {
            may_be(feed.phase().rests_until());
            may_be(feed.doubt.rests_until());
        }
        may_be(self.mirror.events.rests_until());
        may_be(self.mirror.listing.rests_until());
        may_be(self.messages.next_deadline());
        soonest
    }

    /// The state of the connection, as told last by [`Event::Status`].
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// Sends a request on behalf of the client itself.
    pub(crate) fn ask(&mut self, asker: Asker, method: &str, params: &Json, now: Instant) {
        let id = self.requests.next_id();
        self.ask_as(id, asker, method, params, now);
    }

    /// The same with an id that the params were written for.
    pub(crate) fn ask_as(
        &mut self,
        id: RequestId,
        asker: Asker,
        method: &str,
        params: &Json,
        now: Instant,
    ) {
        let patience = self.config.request_timeout.max(self.config.backoff_min);
        // To multiply a `Duration` is large code.
        let deadline = (0..self.link.leniency()).fold(now, |deadline, _| deadline + patience);
        self.requests.sent(id, asker, deadline);
        self.send(id, method, Some(params));
    }

    /// Sends a request whose answer does not matter.
    pub(crate) fn tell(&mut self, method: &str, params: &Json) {
        let id = self.requests.next_id();
        self.send(id, method, Some(params));
    }

    /// Whether the gateway of the moment names places in its journal.
    pub(crate) fn has_cursors(&self) -> bool {
        matches!(&self.link, Link::Ready(ready) if ready.cursors)
    }

    pub(crate) fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    pub(crate) fn send(&mut self, id: RequestId, method: &str, params: Option<&Json>) {
        let frame = frame::request(id, method, params);
        self.outputs.push_back(Output::Send(frame));
    }

    pub(crate) fn fail(&mut self, id: RequestId, error: Error) {
        self.rename_settled(id, Some(&error));
        let result = Err(error);
        self.emit(Event::Response { id, result });
    }

    /// Only what the application asked for is told to it; the client's own requests end in silence.
    pub(crate) fn settle(&mut self, requests: &Table<RequestId, Pending>, error: &Error) {
        for (id, pending) in requests.iter() {
            if !pending.is_own() {
                self.fail(*id, error.clone());
            }
        }
    }

    /// Counts a frame; whether anything is expected of the gateway.
    pub(crate) fn hears(&mut self, now: Instant) -> bool {
        self.frames += 1;
        self.link.heard(now);
        matches!(self.link, Link::Greeting { .. } | Link::Ready(_))
    }

    fn response(&mut self, frame: ResponseFrame<'_>, now: Instant) {
        if matches!(self.link, Link::Greeting { .. }) {
            let asked = self.link.asked().map(|asked| asked.id);
            if asked.is_some() && asked == RequestId::read(&frame.id) {
                match frame.result {
                    Ok(hello) => self.greeted(hello, now),
                    Err(refusal) => self.refused(refusal, now),
                }
            }
            return;
        }
        let Some(id) = RequestId::read(&frame.id) else {
            return;
        };
        let Some(asker) = self.requests.settle(id) else {
            return self.answered_again(id);
        };
        match asker {
            Asker::Application => {
                let result = frame.result.map(Value::to_json).map_err(Error::Refused);
                self.rename_settled(id, result.as_ref().err());
                self.prove_renames(now);
                self.emit(Event::Response { id, result });
            }
            Asker::Refresh(key) => {
                let result = frame.result.map(Value::to_json).map_err(Error::Refused);
                if let Ok(payload) = &result {
                    self.refreshed(&key, payload.value());
                }
                self.emit(Event::Response { id, result });
            }
            Asker::Sessions(subscription) => {
                self.sessions_answered(id, subscription, frame.result, now);
            }
            Asker::Doubt(subscription, key) => {
                self.doubt_answered(subscription, &key, frame.result, now);
            }
            Asker::Proof(request) => {
                self.rename_proved(request, frame.result.ok());
            }
            Asker::Events => self.events_answered(frame.result.err(), now),
            Asker::List => self.list_answered(frame.result.map_err(Error::Refused), now),
            Asker::Messages(key) => self.messages_answered(&key, frame.result, now),
        }
    }

    fn event(&mut self, frame: &EventFrame<'_>, now: Instant) {
        match &self.link {
            Link::Greeting {
                step: Greeting::Challenge,
                ..
            } if frame.event == event::CHALLENGE => {
                let challenge = frame
                    .payload
                    .map_or(Ok(Challenge::default()), Challenge::read);
                match challenge {
                    Ok(challenge) => self.challenged(challenge),
                    Err(problem) => self.link.disturbed(problem.0.to_owned()),
                }
            }
            Link::Ready(_) => self.told(frame, now),
            Link::Stopped
            | Link::Opening { .. }
            | Link::Greeting { .. }
            | Link::Waiting { .. }
            | Link::Closed => {}
        }
    }

    pub(crate) fn set_status(&mut self, status: Status) {
        self.status = status.clone();
        self.emit(Event::Status(status));
    }
}

fn no_frame(problem: &str) -> String {
    ["not a frame: ", problem].concat()
}
