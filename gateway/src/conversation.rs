//! One connection after its handshake, without its socket: what comes of its requests, and in which order
//! everything is written.

use std::collections::VecDeque;
use std::sync::Arc;

use sessionwire_protocol::Scope;
use sessionwire_protocol::event::{self, Shutdown};
use sessionwire_protocol::gateway::Presence;

use crate::answers::{Answers, Asker, Awaited, Look};
use crate::config::MAX_WAITING_REQUESTS;
use crate::crier::{Listening, Turn};
use crate::device::OPERATOR;
use crate::dispatch::{self, Answer};
use crate::feed::{Feed, Mark};
use crate::gateway::Gateway;
use crate::greeting::Agreement;
use crate::methods::subscribe::Beginning;
use crate::pairing::News;
use crate::request::Caller;
use crate::text::Text;
use crate::upstream::Heard;

/// A conversation with one client. It queues nothing that the journal holds: whoever does not take its frames
/// costs a place in the journal.
pub struct Conversation {
    caller: Caller,
    feed: Feed,
    /// While every entry of the journal may have to be told.
    listening: Option<Listening>,
    asker: Asker,
    answers: Answers,
    /// A subscription that begins when its answer is there.
    beginning: Option<Awaited<(Text, Beginning)>>,
    /// Frames to write before the events that are due.
    first: Vec<Text>,
    /// Answers to write after the events that were due when they came.
    last: VecDeque<(Mark, Text)>,
    /// Whether every event is written that was due when the newest of `last` came.
    caught_up: bool,
    /// Plain protocol 4 is told of presence and health; with cursors nobody asked for that.
    tells_state: bool,
    may_read: bool,
    tick_is_due: bool,
    ticks_told: u64,
}

impl Conversation {
    /// The conversation that was agreed on, with nothing said yet that stands after `head` in the journal. The listener
    /// is told when there is something to tell.
    pub fn new(gateway: Arc<Gateway>, agreement: Agreement, head: u64, asker: Asker) -> Self {
        let may_read = agreement.scopes.allow(&Scope::READ);
        let feed = Feed::new(
            may_read,
            agreement.cursors,
            agreement.session_scoped,
            head,
            asker.listener.clone(),
        );
        let mut conversation = Self {
            feed,
            listening: None,
            asker,
            answers: Answers::default(),
            beginning: None,
            first: Vec::new(),
            last: VecDeque::new(),
            caught_up: false,
            tells_state: !agreement.cursors,
            may_read,
            tick_is_due: false,
            ticks_told: 0,
            caller: Caller {
                aside: gateway.aside.for_another(),
                gateway,
                scopes: Arc::new(agreement.scopes),
                principal: Arc::new(agreement.principal),
                cursors: agreement.cursors,
            },
        };
        conversation.listen();
        conversation
    }

    /// Whether anything that an upstream tells may have to be told.
    pub fn hears_upstream(&self) -> bool {
        self.caller.principal.role == OPERATOR && self.feed.hears_upstream()
    }

    /// Whether more is to be heard before what was heard is told.
    pub fn has_room_to_hear(&self) -> bool {
        self.feed.has_room_to_hear()
    }

    /// An upstream has told something, after what stood in the journal then.
    pub fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Event(told) if !told.is_for(&self.caller.scopes) => {}
            heard @ (Heard::Event(_) | Heard::Missed) => {
                self.feed.hear(heard);
                self.caught_up = false;
            }
        }
    }

    /// Whether a further request may come now. What follows a subscription may be about it.
    pub fn has_room(&self) -> bool {
        let waiting = self.answers.len() + self.last.len();
        waiting < MAX_WAITING_REQUESTS && self.beginning.is_none()
    }

    /// Takes in a text frame; answers at once what needs no waiting.
    pub fn receive(&mut self, text: &str) {
        match dispatch::dispatch(text, &self.caller, &mut self.feed) {
            Answer::None => {}
            Answer::Ready(response) => self.first.push(response),
            // At once: the order in which requests arrive is the order of their commits.
            Answer::Waiting(response) => {
                let answer = self.answers.begin(response, &self.asker);
                self.answer(answer);
            }
            Answer::Beginning(beginning) => {
                self.beginning = Some(Awaited::new(beginning, &self.asker));
                self.take_beginning(Look::AtAll);
            }
        }
        self.listen();
    }

    /// Time for a sign of life.
    pub fn tick(&mut self) {
        self.tick_is_due = true;
    }

    /// Whether the client is told of presence.
    pub fn tells_presence(&self) -> bool {
        self.tells_state && self.may_read
    }

    /// Whether the client is told which devices ask to be paired.
    pub fn tells_pairing(&self) -> bool {
        self.caller.scopes.allow(&Scope::PAIRING) && self.caller.principal.role == OPERATOR
    }

    /// Tells of a device that asks to be paired, or of what was decided.
    pub fn tell_pairing(&mut self, news: &News) {
        let frame = self.feed.frame_of(news.event, &news.json);
        self.first.push(frame);
    }

    /// Lets the client know that it was not told something.
    pub fn miss_event(&mut self) {
        self.feed.leave_one_out();
    }

    /// Whether the connection ends when its device is gone.
    pub fn rests_on_device(&self) -> bool {
        self.caller.principal.bond.is_some()
    }

    /// Whether what the connection rests on is still there.
    pub fn may_go_on(&self) -> bool {
        self.caller.may_go_on()
    }

    /// Who asks, where the connection ends when their device is gone.
    pub fn bonded(&self) -> Option<Caller> {
        self.rests_on_device().then(|| self.caller.clone())
    }

    /// The answers that are there; nothing is to be written after them.
    pub fn last_answers(&mut self) -> Vec<Text> {
        self.take_answers(Look::AtAll);
        self.last.drain(..).map(|(_, answer)| answer).collect()
    }

    /// Tells who is connected.
    pub fn tell_presence(&mut self) {
        let (presence, version) = self.caller.gateway.presence.snapshot();
        let payload =
            serde_json::to_string(&Presence { presence }).expect("presence always serialises");
        let frame = self.feed.frame_of_state(event::PRESENCE, &payload, version);
        self.first.push(frame);
    }

    /// Tells how the gateway is.
    pub fn tell_health(&mut self) {
        let frame = self.health_frame();
        self.first.push(frame);
    }

    /// The frame that says that the gateway stops; nothing is to be written after it.
    pub fn shutdown_frame(&mut self) -> Text {
        let payload = Shutdown {
            reason: "gateway stopping".to_owned(),
            restart_expected_ms: None,
        };
        let payload = serde_json::to_string(&payload).expect("a shutdown always serialises");
        self.feed.frame_of(event::SHUTDOWN, &payload)
    }

    /// The frames to write next, some at a time; `None` when everything is said.
    ///
    /// What came at once is first, such as what a subscription begins with; then every event that is due; then a tick,
    /// which proves that those were all; then answers about sessions: who awaits one has been told before of all that
    /// it shows, its own change among it. An answer waits for no later event: to a slow peer there may always be more to
    /// tell.
    pub fn next_frames(&mut self, look: Look, turn: &mut Turn) -> Option<Vec<Text>> {
        self.take_beginning(look);
        self.take_answers(look);
        if !self.first.is_empty() {
            return Some(std::mem::take(&mut self.first));
        }
        // One by one, as each may be long.
        let is_told = |(mark, _): &mut (Mark, Text)| self.feed.has_told(*mark);
        if let Some((_, answer)) = self.last.pop_front_if(is_told) {
            return Some(vec![answer]);
        }
        while !self.caught_up {
            let mut frames = Vec::new();
            let sessions = &self.caller.gateway.sessions;
            self.caught_up = self
                .feed
                .catch_up(sessions.read().journal(), turn, &mut frames);
            if !frames.is_empty() {
                self.caller.gateway.metrics.events(frames.len());
                return Some(frames);
            }
        }
        if std::mem::take(&mut self.tick_is_due) {
            return Some(self.tick_frames());
        }
        if let Some((_, answer)) = self.last.pop_front() {
            return Some(vec![answer]);
        }
        self.caught_up = false;
        None
    }

    fn tick_frames(&mut self) -> Vec<Text> {
        let mut frames = Vec::new();
        self.feed.tick(self.caller.gateway.clock.now(), &mut frames);
        self.ticks_told += 1;
        if self.tells_state && self.ticks_told.is_multiple_of(2) {
            frames.push(self.health_frame());
        }
        frames
    }

    /// The answer is told before all that the subscription has to tell.
    fn take_beginning(&mut self, look: Look) {
        let taken = self
            .beginning
            .as_mut()
            .and_then(|awaited| awaited.take(look));
        if let Some((answer, beginning)) = taken {
            self.beginning = None;
            self.first.push(answer);
            beginning.enter(&mut self.feed);
            self.listen();
            self.caught_up = false;
        }
    }

    fn take_answers(&mut self, look: Look) {
        let answers = self.answers.take(look);
        self.answer(answers);
    }

    /// Begins to listen to the journal, or ends that. The feed looks at what stands there already.
    fn listen(&mut self) {
        match (self.feed.follows_journal(), &self.listening) {
            (true, None) => {
                let listener = self.feed.listener().clone();
                self.listening = Some(self.caller.gateway.sessions.listen(listener));
            }
            (true, Some(_)) => {}
            (false, _) => self.listening = None,
        }
    }

    fn answer(&mut self, responses: impl IntoIterator<Item = Text>) {
        let mut responses = responses.into_iter().peekable();
        if responses.peek().is_none() {
            return;
        }
        let head = self.caller.gateway.sessions.read().journal().head();
        let mark = self.feed.mark(head);
        self.last.extend(responses.map(|response| (mark, response)));
        self.caught_up = false;
    }

    fn health_frame(&mut self) -> Text {
        let payload = serde_json::to_string(&self.caller.gateway.health(self.may_read))
            .expect("health always serialises");
        let version = self.caller.gateway.presence.state_version();
        self.feed.frame_of_state(event::HEALTH, &payload, version)
    }
}
