use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use sessionwire_json::{Read, Record, Unreadable, Value};
use sessionwire_protocol::connect::{Policy, ServerInfo};
use sessionwire_protocol::{ErrorCode, Scopes};

use crate::identity::{Asked, Challenge, Introduction};
use crate::read;
use crate::refusal::Refusal;
use crate::time::Instant;

/// The client's view of the connection, across transports.
#[derive(Debug)]
pub(crate) enum Link {
    /// Not asked to connect, or refused in a way that trying again does not cure.
    Stopped,
    /// The driver opens a transport.
    Opening { deadline: Instant },
    /// The transport is open; the challenge or the answer to `connect` is due.
    Greeting {
        deadline: Instant,
        step: Greeting,
        /// What came instead of a frame.
        noise: Option<String>,
    },
    /// The gateway has greeted.
    Ready(Ready),
    /// The next attempt begins at this time.
    Waiting { until: Instant },
    /// For good.
    Closed,
}

/// What is due before the gateway greets.
#[derive(Debug)]
pub(crate) enum Greeting {
    /// The challenge.
    Challenge,
    /// Which device this is.
    Identifying(Challenge),
    /// Its signature.
    Signing(Box<Introduction>),
    /// The answer to `connect`.
    Asked(Asked),
}

/// A connection after the greeting.
#[derive(Debug)]
pub(crate) struct Ready {
    /// Whether events of subscriptions carry their place.
    pub(crate) cursors: bool,
    patience: Option<Duration>,
    since: Instant,
    heard: Instant,
    /// The number of the last event.
    seq: u64,
    /// How often subscriptions were not answered in time.
    unanswered: u32,
}

/// How often the wait for what subscriptions ask doubles at most.
const LENIENCY: u32 = 5;

impl Link {
    /// Whether there is a transport, open or opening.
    pub(crate) fn has_transport(&self) -> bool {
        matches!(
            self,
            Self::Opening { .. } | Self::Greeting { .. } | Self::Ready(_)
        )
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Stopped | Self::Closed => None,
            Self::Opening { deadline } | Self::Greeting { deadline, .. } => Some(*deadline),
            Self::Ready(ready) => Some(ready.heard + ready.patience?),
            Self::Waiting { until } => Some(*until),
        }
    }

    /// What is due, while the gateway has not greeted.
    pub(crate) fn greeting(&mut self) -> Option<&mut Greeting> {
        let Self::Greeting { step, .. } = self else {
            return None;
        };
        Some(step)
    }

    /// The `connect` whose answer is due.
    pub(crate) fn asked(&self) -> Option<&Asked> {
        let Self::Greeting {
            step: Greeting::Asked(asked),
            ..
        } = self
        else {
            return None;
        };
        Some(asked)
    }

    /// Something else than a frame has come. Before the greeting that tells what kind of peer this is.
    pub(crate) fn disturbed(&mut self, problem: String) {
        if let Self::Greeting { noise, .. } = self {
            *noise = Some(problem);
        }
    }

    /// What came instead of a greeting.
    pub(crate) fn noise(&mut self) -> Option<String> {
        let Self::Greeting { noise, .. } = self else {
            return None;
        };
        noise.take()
    }

    /// Whether the gateway greeted at least so long ago.
    pub(crate) fn has_stood(&self, time: Duration, now: Instant) -> bool {
        matches!(self, Self::Ready(ready) if now >= ready.since + time)
    }

    /// What was asked for on behalf of subscriptions has not been answered in time.
    pub(crate) fn unanswered(&mut self) {
        if let Self::Ready(ready) = self {
            ready.unanswered = ready.unanswered.saturating_add(1);
        }
    }

    /// How much longer than others such a request waits. Asked for again a long list takes as long, so whoever kept
    /// waiting as short as before might ask for ever.
    pub(crate) fn leniency(&self) -> u32 {
        let Self::Ready(ready) = self else {
            return 1;
        };
        1 << ready.unanswered.min(LENIENCY)
    }

    /// A frame has come.
    pub(crate) fn heard(&mut self, now: Instant) {
        if let Self::Ready(ready) = self {
            ready.heard = now;
        }
    }
}

impl Ready {
    pub(crate) fn new(cursors: bool, policy: &Policy, now: Instant) -> Self {
        // Two ticks that fail to come; a gateway that promises none cannot be missed.
        let patience = match policy.tick_interval_ms {
            0 => None,
            interval => Some(Duration::from_millis(interval.saturating_mul(2))),
        };
        Self {
            cursors,
            patience,
            since: now,
            heard: now,
            seq: 0,
            unanswered: 0,
        }
    }

    /// Counts an event; returns how many are new with it: none where it came before, several after a gap.
    pub(crate) fn count(&mut self, seq: Option<u64>) -> u64 {
        let new = seq.map_or(1, |seq| seq.saturating_sub(self.seq));
        self.seq = seq.map_or(self.seq, |seq| self.seq.max(seq));
        new
    }
}

/// What the client needs of [`sessionwire_protocol::connect::HelloOk`]; peers leave out any of it.
#[derive(Debug, Default)]
pub(crate) struct Hello {
    pub(crate) protocol: Option<u64>,
    pub(crate) server: ServerInfo,
    pub(crate) capabilities: Vec<String>,
    pub(crate) scopes: Option<Scopes>,
    pub(crate) device_token: Option<String>,
    pub(crate) policy: Policy,
}

impl Hello {
    pub(crate) fn read<'a>(payload: Value<'a>) -> Result<Self, Unreadable> {
        let part = |hello: &Record<'a>, name| Record::of(hello.get(name).unwrap_or(Value::EMPTY));
        let mut hello = Record::of(payload);
        let mut features = part(&hello, "features");
        let mut auth = part(&hello, "auth");
        let mut read = Self::default();
        features.read("capabilities", &mut read.capabilities);
        auth.part("scopes", &mut read.scopes, read::scopes)
            .read("deviceToken", &mut read.device_token);
        hello
            .read("protocol", &mut read.protocol)
            .part("server", &mut read.server, read::server)
            .part("policy", &mut read.policy, read::policy);
        auth.end()?;
        features.end()?;
        hello.end()?;
        Ok(read)
    }
}

/// Details that say that the same `connect` will be refused again, whatever the code beside them.
const FINAL_DETAILS: [&str; 6] = [
    "AUTH_",
    "CLIENT_VERSION_",
    "CONTROL_UI_",
    "DEVICE_",
    "PAIRING_",
    "PROTOCOL_",
];

/// A `recommendedNextStep` that somebody else has to take.
const WAIT_THEN_RETRY: &str = "wait_then_retry";

/// Whether connecting again in the same way is pointless.
pub(crate) fn is_final(refusal: &Refusal) -> bool {
    let pause = refusal.detail("pauseReconnect").map(bool::read);
    if let Some(Ok(pause)) = pause {
        return pause;
    }
    let step = refusal.detail("recommendedNextStep").and_then(Value::text);
    let waits = step.as_deref() == Some(WAIT_THEN_RETRY);
    if waits || refusal.retryable == Some(true) || refusal.retry_after_ms.is_some() {
        return false;
    }
    match &refusal.code {
        ErrorCode::InvalidRequest
        | ErrorCode::Forbidden
        | ErrorCode::NotPaired
        | ErrorCode::ApprovalNotFound => true,
        ErrorCode::Unavailable | ErrorCode::Other(_) => refusal
            .detail_code()
            .is_some_and(|code| FINAL_DETAILS.iter().any(|prefix| code.starts_with(prefix))),
    }
}

/// Whether asking for a subscription again may help.
pub(crate) fn is_passing(refusal: &Refusal) -> bool {
    refusal.code == ErrorCode::Unavailable
        || refusal.retryable == Some(true)
        || refusal.retry_after_ms.is_some()
}

/// For how long a gateway wants to be left alone.
pub(crate) fn retry_after(refusal: &Refusal) -> Duration {
    Duration::from_millis(refusal.retry_after_ms.unwrap_or(0))
}
