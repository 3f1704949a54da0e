use std::collections::VecDeque;

use sessionwire_tests::Dice;

use super::task::Task;
use crate::follower::HEARD;

/// Whose sessions there are.
pub(crate) const AGENTS: [&str; 3] = ["main", "research", "writing"];
/// The groups that sessions are put in.
const GROUPS: [&str; 3] = ["Home", "Work", "Later"];
/// What labels begin with.
const WORDS: [&str; 6] = ["Tea", "tea house", "budget", "Weekend", "garden", "Letters"];
/// How many sessions change more often than others.
const BUSY: usize = 40;
/// How many are pinned at most.
const PINNED: usize = 20;

/// What is changed next.
pub(super) struct Choices {
    dice: Dice,
    /// How many sessions the policy leaves.
    sessions: usize,
    /// Those that are changed.
    keys: Vec<String>,
    pinned: VecDeque<String>,
    names: u64,
}

#[derive(Clone, Copy)]
enum Kind {
    Label,
    Pin,
    Archive,
    Group,
    Name,
    Message,
    New,
    Reset,
    Delete,
    Create,
}

/// Each as often as it stands here.
const MIX: [Kind; 22] = {
    use Kind::*;
    [
        Label, Label, Label, Label, Pin, Pin, Archive, Archive, Group, Group, Name, Name, Message,
        Message, New, Reset, Reset, Delete, Delete, Create, Create, Create,
    ]
};

impl Choices {
    pub(super) fn new(sessions: usize, dice: Dice) -> Self {
        Self {
            dice,
            sessions,
            keys: Vec::new(),
            pinned: VecDeque::new(),
            names: 0,
        }
    }

    /// One of those that `MIX` has, and the session that it concerns.
    pub(super) fn any_task(&mut self) -> (String, Task) {
        let kind = *self.dice.pick(&MIX);
        self.task(kind)
    }

    /// Makes a session.
    pub(super) fn creation(&mut self) -> (String, Task) {
        self.task(Kind::Create)
    }

    /// How many sessions are changed.
    pub(super) fn count(&self) -> usize {
        self.keys.len()
    }

    fn task(&mut self, kind: Kind) -> (String, Task) {
        self.names += 1;
        let label = format!("{} {}", self.dice.pick(&WORDS), self.names);
        match kind {
            Kind::Label => (self.any(), Task::Label(label)),
            Kind::Pin => self.pin(),
            Kind::Archive => (self.any(), Task::Archive),
            Kind::Group => {
                let group = self.dice.pick(&GROUPS);
                let group = (!self.dice.one_in(4)).then_some(*group);
                (self.any(), Task::Group(group))
            }
            Kind::Name => (self.any(), Task::Message(format!("/name {label}"))),
            Kind::Message => (self.any(), Task::Message(format!("number {}", self.names))),
            Kind::New => (self.any(), Task::Message("/new".to_owned())),
            Kind::Reset => (self.any(), Task::Reset),
            Kind::Delete => (self.forget_any(), Task::Delete),
            Kind::Create => (self.create(), Task::Create(label)),
        }
    }

    fn create(&mut self) -> String {
        let key = format!("agent:{}:{:06}", self.dice.pick(&AGENTS), self.names);
        if self.keys.len() >= self.sessions {
            // Left alone from now on, until it is the one that the policy evicts.
            self.forget();
        }
        self.keys.push(key.clone());
        key
    }

    fn pin(&mut self) -> (String, Task) {
        if self.pinned.len() >= PINNED
            && let Some(key) = self.pinned.pop_front()
        {
            return (key, Task::Pin(false));
        }
        let key = self.any();
        self.pinned.push_back(key.clone());
        (key, Task::Pin(true))
    }

    fn any(&mut self) -> String {
        self.heard().unwrap_or_else(|| {
            let place = self.place();
            self.keys[place].clone()
        })
    }

    /// Mostly one that is left alone from now on.
    fn forget_any(&mut self) -> String {
        self.heard().unwrap_or_else(|| self.forget())
    }

    /// Sometimes one whose messages are followed.
    fn heard(&mut self) -> Option<String> {
        let is_it = self.dice.one_in(12);
        is_it.then(|| (*self.dice.pick(&HEARD)).to_owned())
    }

    fn forget(&mut self) -> String {
        let place = self.place();
        self.keys.swap_remove(place)
    }

    fn place(&mut self) -> usize {
        let all = self.keys.len();
        let most = if self.dice.one_in(4) {
            all.min(BUSY)
        } else {
            all
        };
        self.dice.below(most as u64) as usize
    }
}
