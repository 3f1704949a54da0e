use std::fmt::Write;
use std::sync::Arc;

use sessionwire_protocol::{Place, StateVersion};

use crate::crier::Telling;
use crate::text::Text;

/// How many bytes of frames are gathered before they are written.
pub(crate) const ENOUGH: usize = 128 << 10;

/// What frames look like where they go.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// The frames of a WebSocket.
    Socket,
    /// Server-sent events. The id of one is the cursor to which it leads.
    EventStream {
        /// The epoch of that cursor.
        epoch: Arc<str>,
    },
}

/// Frames of one connection that are gathered to be written together.
#[derive(Debug)]
pub(super) struct Frames<'a> {
    form: &'a Form,
    seq: &'a mut u64,
    frames: &'a mut Vec<Text>,
    bytes: usize,
}

/// What stands beside an event's payload.
#[derive(Debug)]
pub(super) enum Beside<'a> {
    Nothing,
    /// Of an event that is a step by itself.
    Place(Place<'a>),
    /// Of one of several events of a step.
    Part(Place<'a>),
    Version(StateVersion),
}

impl<'a> Frames<'a> {
    pub(super) fn new(form: &'a Form, seq: &'a mut u64, frames: &'a mut Vec<Text>) -> Self {
        Self {
            form,
            seq,
            frames,
            bytes: 0,
        }
    }

    /// Whether more is to wait until these are written.
    pub(super) fn are_enough(&self) -> bool {
        self.bytes >= ENOUGH
    }

    /// How many frames there are, and the number of the last that has one.
    pub(super) fn mark(&self) -> (usize, u64) {
        (self.frames.len(), *self.seq)
    }

    /// Adds the frame of an event. Its payload is encoded once for all connections; what surrounds it is written for
    /// each place.
    pub(super) fn put(&mut self, event: &str, payload: &str, beside: &Beside<'_>) {
        let text = match self.form {
            Form::Socket => socket_frame(event, payload, beside, self.seq),
            Form::EventStream { epoch } => server_sent_event(event, payload, beside, epoch),
        };
        self.bytes += text.frame().len();
        self.frames.push(text);
    }

    /// Whether all of these would have been put.
    pub(super) fn have_room_for(&self, telling: &Telling) -> bool {
        self.bytes + telling.bytes < ENOUGH
    }

    /// Adds frames that somebody else was told.
    pub(super) fn repeat(&mut self, telling: &Telling) {
        self.bytes += telling.bytes;
        self.frames.extend_from_slice(&telling.frames);
    }

    /// The frames after a mark and their size, if they have no numbers and serve others as well.
    pub(super) fn since(&self, (first, seq): (usize, u64)) -> Option<(Vec<Text>, usize)> {
        let frames = &self.frames[first..];
        let bytes = frames.iter().map(|text| text.frame().len()).sum();
        (seq == *self.seq).then(|| (frames.to_vec(), bytes))
    }

    /// Protocol 4 tells a gap by a number that is left out of the sequence.
    pub(super) fn leave_one_out(&mut self) {
        *self.seq += 1;
    }
}

/// The place of a whole step proves that nothing is missing, so its frame has no number, and all who are in the same
/// place are told the same. What is missing of a step's parts, numbers tell.
fn socket_frame(event: &str, payload: &str, beside: &Beside<'_>, seq: &mut u64) -> Text {
    Text::written(payload.len() + event.len() + 128, |text| {
        write_socket_frame(text, event, payload, beside, seq)
            .expect("writing to a string succeeds");
    })
}

fn write_socket_frame(
    text: &mut String,
    event: &str,
    payload: &str,
    beside: &Beside<'_>,
    seq: &mut u64,
) -> std::fmt::Result {
    write!(
        text,
        r#"{{"type":"event","event":"{event}","payload":{payload}"#
    )?;
    match beside {
        Beside::Nothing => {}
        Beside::Place(place) | Beside::Part(place) => {
            let id = serde_json::to_string(&place.subscription).expect("a text always serialises");
            write!(text, r#","subscription":{id},"prev":{}"#, place.prev)?;
            if let Some(cursor) = place.cursor_unless_next() {
                write!(text, r#","cursor":{cursor}"#)?;
            }
        }
        Beside::Version(version) => write!(
            text,
            r#","stateVersion":{{"presence":{},"health":{}}}"#,
            version.presence, version.health
        )?,
    }
    if !matches!(beside, Beside::Place(_)) {
        *seq += 1;
        write!(text, r#","seq":{seq}"#)?;
    }
    text.write_char('}')
}

/// Only an event that moves the cursor has an id: who comes back after the one before it is told the whole step.
fn server_sent_event(event: &str, payload: &str, beside: &Beside<'_>, epoch: &str) -> Text {
    let id = match beside {
        Beside::Place(place) | Beside::Part(place) if place.cursor != place.prev => {
            format!("id: {epoch}:{}\n", place.cursor)
        }
        Beside::Place(_) | Beside::Part(_) | Beside::Version(_) | Beside::Nothing => String::new(),
    };
    Text::bare(format!("event: {event}\n{id}data: {payload}\n\n"))
}
