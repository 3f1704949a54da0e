//! Chat commands: messages that begin with a slash and the name of one.
//!
//! A command looks at the session and answers with data, a reply and the effects that it wants. It has no way to
//! the store: the caller commits the effects together with the messages, so whatever a command does is announced.

mod goal;
mod help;
mod model;
mod name;
pub mod options;
mod registry;
mod renew;

use sessionwire_protocol::goal::Goal;
use sessionwire_protocol::{ErrorBody, EvictionReason, Millis, SessionEntry};

pub use registry::list;

/// What a command may look at.
pub struct View<'a> {
    /// The session.
    pub entry: &'a SessionEntry,
    /// Whether who wrote it has `operator.admin`.
    pub may_administer: bool,
    /// When it was written.
    pub now: Millis,
    /// The label as the session would have it, or why it cannot have it.
    pub check_label: &'a dyn Fn(&str) -> Result<String, ErrorBody>,
}

/// What comes of a command.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// What the chat shows.
    pub answer: Answer,
    /// What the session becomes, in order.
    pub effects: Vec<Effect>,
}

/// What the chat shows of a command.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// The gateway replies.
    Reply(String),
    /// The rest of the message is for the agent, as if it had been written alone.
    PassOn(String),
}

/// Something that a command does to its session.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// It has this label.
    Label(String),
    /// It has this goal, or none.
    Goal(Option<Goal>),
    /// It has this model, or the default one.
    Model(Option<String>),
    /// It has this option, or its default.
    Setting(&'static str, Option<String>),
    /// Its generation ends and the next one begins.
    Evict(EvictionReason),
}

/// Carries out the command that a message is; `None` for a message that is just text.
pub fn run(message: &str, view: &View<'_>) -> Option<Outcome> {
    let (name, args) = split(message)?;
    let command = registry::find(name)?;
    if !args.is_empty() && !command.accepts_args {
        return None;
    }
    (command.run)(args, view)
}

impl Outcome {
    fn reply(text: impl Into<String>) -> Self {
        Self {
            answer: Answer::Reply(text.into()),
            effects: Vec::new(),
        }
    }

    fn with(self, effect: Effect) -> Self {
        Self {
            effects: vec![effect],
            ..self
        }
    }
}

/// The name after the slash, which may end in a colon, and what follows it.
fn split(message: &str) -> Option<(&str, &str)> {
    let body = message.trim().strip_prefix('/')?;
    let end = body
        .find(|c: char| c.is_whitespace() || c == ':')
        .unwrap_or(body.len());
    let (name, rest) = body.split_at(end);
    let on_line = rest.trim_start_matches([' ', '\t']);
    let args = on_line.strip_prefix(':').unwrap_or(rest);
    Some((name, args.trim_end()))
}

/// The only word of a text; `None` for several.
fn single(args: &str) -> Option<&str> {
    let mut words = args.split_whitespace();
    match (words.next(), words.next()) {
        (word, None) => Some(word.unwrap_or_default()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
