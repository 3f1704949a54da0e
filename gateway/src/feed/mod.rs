//! What one connection is told: its places in the journal, and the frames that lead from there to the head.

mod frames;
mod heard;
mod mark;
mod subscription;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Weak};

use sessionwire_protocol::event::{self, Tick};
use sessionwire_protocol::{Millis, SessionKey, StateVersion};

use crate::config::{MAX_FOLLOWED, MAX_SUBSCRIPTIONS};
use crate::crier::{Listener, Turn};
use crate::journal::{Entry, Journal};
use crate::payload;
use crate::text::Text;
use crate::upstream::{Following, Heard};

use frames::{Beside, Form, Frames};
use subscription::Subscription;

pub(crate) use frames::ENOUGH;
pub use mark::Mark;
pub use subscription::Source;

/// All subscriptions of a connection, as offsets in the journal. It costs the same however far behind it is.
#[derive(Debug)]
pub struct Feed {
    /// Events beyond health and ticks need `operator.read`.
    may_read: bool,
    /// Whether events have the lean form.
    cursors: bool,
    /// `chat` only of sessions whose messages are subscribed.
    session_scoped: bool,
    form: Form,
    seq: u64,
    offset: u64,
    whole_list: bool,
    /// The sessions whose messages are followed.
    messages: BTreeMap<SessionKey, Followed>,
    /// The sessions of an upstream in which a connection talks that is told of all runs.
    talks: BTreeMap<SessionKey, Arc<Following>>,
    /// What an upstream told and the connection was not told yet.
    heard: VecDeque<Heard>,
    /// How much it has told by now.
    heard_in_all: u64,
    subscriptions: Vec<Subscription>,
    listener: Weak<dyn Listener>,
}

/// A session whose messages are followed.
#[derive(Debug)]
struct Followed {
    /// What stands up to here happened before.
    since: u64,
    /// It is followed at its upstream, too.
    upstream: Option<Arc<Following>>,
}

impl Feed {
    /// A feed of a socket that begins at the head of the journal, and who is to be told of what happens to its lists.
    pub fn new(
        may_read: bool,
        cursors: bool,
        session_scoped: bool,
        head: u64,
        listener: Weak<dyn Listener>,
    ) -> Self {
        Self {
            may_read,
            cursors,
            session_scoped,
            form: Form::Socket,
            seq: 0,
            offset: head,
            whole_list: false,
            messages: BTreeMap::new(),
            talks: BTreeMap::new(),
            heard: VecDeque::new(),
            heard_in_all: 0,
            subscriptions: Vec::new(),
            listener,
        }
    }

    /// A feed of server-sent events, whose reader has the token and asked for one list.
    pub fn event_stream(journal: &Journal, listener: Weak<dyn Listener>) -> Self {
        let epoch = journal.epoch().into();
        Self {
            form: Form::EventStream { epoch },
            ..Self::new(true, true, true, journal.head(), listener)
        }
    }

    /// Who is to be told when something happens.
    pub fn listener(&self) -> &Weak<dyn Listener> {
        &self.listener
    }

    /// Whether any new entry of the journal may have to be told.
    pub fn follows_journal(&self) -> bool {
        let mut subscriptions = self.subscriptions.iter();
        self.listens() || subscriptions.any(Subscription::is_to_everything)
    }

    /// Whether a subscription fell out of the journal, and can only begin anew.
    pub fn is_adrift(&self) -> bool {
        self.subscriptions.iter().any(Subscription::is_adrift)
    }

    /// Subscribes to the list in the way of plain protocol 4, from `head` on.
    pub fn subscribe_list(&mut self, head: u64) {
        self.begin_to_listen(head);
        self.whole_list = true;
    }

    /// Subscribes with cursors to what follows an offset, in the place of an earlier subscription with the same id.
    pub fn subscribe(&mut self, id: String, source: Source, offset: u64) {
        self.unsubscribe(&id);
        self.subscriptions
            .push(Subscription::new(id, source, offset));
    }

    /// Ends a subscription with cursors; `false` when there is none with this id.
    pub fn unsubscribe(&mut self, id: &str) -> bool {
        let before = self.subscriptions.len();
        self.subscriptions
            .retain(|subscription| subscription.id() != id);
        self.subscriptions.len() < before
    }

    /// Whether a subscription with this id would not be one too many.
    pub fn has_room_for(&self, id: &str) -> bool {
        let others = self
            .subscriptions
            .iter()
            .filter(|subscription| subscription.id() != id);
        others.count() < MAX_SUBSCRIPTIONS
    }

    /// Subscribes to the messages of a session, from `head` on; `false` when that would be one too many.
    pub fn subscribe_messages(
        &mut self,
        key: SessionKey,
        upstream: Option<Arc<Following>>,
        head: u64,
    ) -> bool {
        if self.messages.len() >= MAX_FOLLOWED && !self.messages.contains_key(&key) {
            return false;
        }
        self.begin_to_listen(head);
        let since = self.messages.get(&key).map_or(head, |held| held.since);
        self.messages.insert(key, Followed { since, upstream });
        true
    }

    /// The connection talks in a session of an upstream. If it is told of all runs, it is told of those, as long as it
    /// does not talk in too many.
    pub fn talk_in(&mut self, key: &SessionKey, follow: impl FnOnce() -> Arc<Following>) {
        let is_told = self.may_read && self.hears_all_chat();
        if is_told && self.talks.len() < MAX_FOLLOWED && !self.talks.contains_key(key) {
            self.talks.insert(key.clone(), follow());
        }
    }

    /// Ends that.
    pub fn unsubscribe_messages(&mut self, key: &SessionKey) {
        self.messages.remove(key);
    }

    /// Adds the frames that are due to `frames`, up to about 128 KiB; `true` when none are left.
    pub fn catch_up(&mut self, journal: &Journal, turn: &mut Turn, frames: &mut Vec<Text>) -> bool {
        let mut seq = self.seq;
        let form = self.form.clone();
        let mut frames = Frames::new(&form, &mut seq, frames);
        for subscription in &mut self.subscriptions {
            subscription.catch_up(journal, turn, &mut frames);
        }
        // Only then: a subscription tells of an eviction before messages of the next generation follow.
        if !frames.are_enough() {
            self.catch_up_connection(journal, &mut frames);
        }
        let done = !frames.are_enough();
        self.seq = seq;
        done
    }

    /// The frames of a tick: for each subscription one that carries the place up to which everything was told, which
    /// proves to a quiet client that it missed nothing.
    pub fn tick(&mut self, now: Millis, frames: &mut Vec<Text>) {
        if self.subscriptions.is_empty() {
            let payload =
                serde_json::to_string(&Tick { ts: now }).expect("a tick always serialises");
            frames.push(self.frame_of(event::TICK, &payload));
        }
        let mut frames = Frames::new(&self.form, &mut self.seq, frames);
        for subscription in &mut self.subscriptions {
            subscription.tick(now, &mut frames);
        }
    }

    /// A frame with a payload that is not in the journal.
    pub fn frame_of_state(&mut self, event: &str, payload: &str, version: StateVersion) -> Text {
        self.frame(event, payload, &Beside::Version(version))
    }

    /// A frame with a payload that is not in the journal, without a version.
    pub fn frame_of(&mut self, event: &str, payload: &str) -> Text {
        self.frame(event, payload, &Beside::Nothing)
    }

    /// Skips a number, which tells the client that it misses something.
    pub fn leave_one_out(&mut self) {
        self.seq += 1;
    }

    fn frame(&mut self, event: &str, payload: &str, beside: &Beside<'_>) -> Text {
        let mut frames = Vec::with_capacity(1);
        Frames::new(&self.form, &mut self.seq, &mut frames).put(event, payload, beside);
        frames.swap_remove(0)
    }

    fn catch_up_connection(&mut self, journal: &Journal, frames: &mut Frames<'_>) {
        self.catch_up_heard(journal, frames);
        if !frames.are_enough() {
            self.follow_journal(journal, journal.head(), frames);
        }
    }

    /// Adds the frames of entries up to `end`.
    fn follow_journal(&mut self, journal: &Journal, end: u64, frames: &mut Frames<'_>) {
        if !self.listens() {
            self.offset = journal.head();
            return;
        }
        let Some(entries) = journal.since(self.offset) else {
            frames.leave_one_out();
            self.offset = journal.head();
            return;
        };
        for entry in entries {
            if entry.offset > end || frames.are_enough() {
                return;
            }
            self.offset = entry.offset;
            // What nobody wants is not put into words.
            if !self.wants(payload::event(&entry.change), entry) {
                continue;
            }
            let payloads = match self.cursors {
                true => std::slice::from_ref(entry.lean()),
                false => entry.plain(),
            };
            for payload in payloads {
                if self.wants(payload.event, entry) {
                    frames.put(payload.event, &payload.json, &Beside::Nothing);
                }
            }
        }
    }

    /// What happened while there was nothing to listen to concerns nobody.
    fn begin_to_listen(&mut self, head: u64) {
        if !self.listens() {
            self.offset = head;
        }
    }

    fn listens(&self) -> bool {
        self.may_read && (self.whole_list || self.hears_all_chat() || !self.messages.is_empty())
    }

    /// Plain protocol 4 tells every reader of all runs, unless asked not to.
    fn hears_all_chat(&self) -> bool {
        !(self.session_scoped || self.cursors)
    }

    fn wants(&self, event: &str, entry: &Entry) -> bool {
        let key = entry.change.key();
        let followed = || {
            let followed = key.and_then(|key| self.followed(key));
            followed.is_some_and(|followed| followed.since < entry.offset)
        };
        match event {
            event::CHAT => followed() || self.hears_all_chat(),
            event::SESSION_MESSAGE => self.whole_list || followed(),
            event::SOCKET_DRAIN => {
                self.whole_list || followed() && !self.tells_each_eviction(entry.offset)
            }
            _ => self.whole_list,
        }
    }

    fn followed(&self, key: &SessionKey) -> Option<&Followed> {
        let is_good = |it: &Arc<Following>| it.is_good();
        let followed = self.messages.get(key);
        followed.filter(|it| it.upstream.as_ref().is_none_or(is_good))
    }

    /// A subscription to every session tells each eviction at its own place, from where it began.
    fn tells_each_eviction(&self, offset: u64) -> bool {
        let mut subscriptions = self.subscriptions.iter();
        subscriptions.any(|subscription| subscription.tells_each_eviction(offset))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Weak;

    use sessionwire_protocol::{ChangeReason, SessionEntry};
    use tokio::sync::Notify;

    use super::*;
    use crate::change::Change;
    use crate::journal::Retention;
    use crate::session::Session;

    #[test]
    fn what_nobody_wants_is_not_put_into_words() {
        let retention = Retention {
            entries: 10,
            age: 1_000,
        };
        for cursors in [false, true] {
            let mut journal = Journal::new("e".to_owned(), 0, retention);
            let mut feed = Feed::new(true, cursors, false, 0, Weak::<Notify>::new());
            assert!(feed.subscribe_messages("b".into(), None, 0));
            let mut tell = |feed: &mut Feed| {
                let change = Change::Upserted {
                    session: Arc::new(Session::new("a".into(), SessionEntry::default())),
                    reason: ChangeReason::PATCH,
                    operation: None,
                };
                let entry = Arc::new(Entry::new(journal.next(), 0, change));
                journal.push(Arc::clone(&entry));
                let mut frames = Vec::new();
                assert!(feed.catch_up(&journal, &mut Turn::default(), &mut frames));
                (frames.len(), entry.is_in_words())
            };
            assert_eq!(tell(&mut feed), (0, false));
            feed.subscribe_list(1);
            assert_eq!(tell(&mut feed), (1, true));
        }
    }
}
