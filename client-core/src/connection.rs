use alloc::string::ToString as _;
use core::time::Duration;

use sessionwire_json::{Value, digits};
use sessionwire_protocol::PROTOCOL;
use sessionwire_protocol::connect::SESSION_CURSOR;

use crate::Instant;
use crate::client::ClientState;
use crate::error::Error;
use crate::link::{Hello, Link, Ready, is_final};
use crate::output::{FrameEvent, Output, Status};
use crate::refusal::Refusal;

/// Closed by the client: the gateway was silent, or took too long.
const CLOSE_TIMEOUT: u16 = 4000;

/// A connection that stood so long makes up for the failures before it. A gateway that greets and hangs up is one that
/// fails.
const STEADY: Duration = Duration::from_secs(10);

/// The life of one connection: opening, greeting, its end.
impl ClientState {
    pub(crate) fn open(&mut self, now: Instant) {
        let deadline = now + self.config.connect_timeout;
        self.link = Link::Opening { deadline };
        self.set_status(Status::Connecting {
            attempt: self.failures.saturating_add(1),
        });
        self.outputs.push_back(Output::Open);
    }

    pub(crate) fn greeted(&mut self, payload: Value<'_>, now: Instant) {
        let said = if payload.is_null() {
            Value::EMPTY
        } else {
            payload
        };
        let hello = match Hello::read(said) {
            Ok(hello) => hello,
            Err(error) => {
                self.hang_up(1000, "unreadable greeting");
                return self.lost(Error::Unreadable(error.to_string()), Duration::ZERO, now);
            }
        };
        if let Some(protocol) = hello.protocol.filter(|protocol| *protocol != PROTOCOL) {
            self.hang_up(1000, "another protocol");
            let problem = ["it speaks protocol ", &digits(protocol)].concat();
            return self.stopped(&Error::Unreadable(problem));
        }
        if let Some(scopes) = &hello.scopes
            && let Some(error) = self.lacks_scopes(scopes)
        {
            self.hang_up(1000, "no scopes without a device identity");
            return self.stopped(&error);
        }
        self.keep(hello.device_token);
        let capabilities = hello.capabilities;
        let cursors = capabilities.iter().any(|name| name == SESSION_CURSOR);
        self.link = Link::Ready(Ready::new(cursors, &hello.policy, now));
        self.holding = false;
        self.set_status(Status::Connected {
            server: hello.server.into(),
            scopes: hello.scopes.unwrap_or_default().into(),
            capabilities: capabilities.into(),
        });
        self.tell_frame(|| FrameEvent::Hello(payload.to_json()));
        if cursors {
            self.mirror.forget();
        }
        self.begin_subscriptions(now);
        for frame in self.requests.release() {
            self.outputs.push_back(Output::Send(frame));
        }
    }

    pub(crate) fn refused(&mut self, refusal: Refusal, now: Instant) {
        let lacks_device = self.lacks_device(&refusal);
        let has_another_way = self.has_another_way(&refusal);
        self.hang_up(1000, "connect was refused");
        if has_another_way {
            self.failures = self.failures.saturating_add(1);
            return self.open(now);
        }
        if let Some(error) = lacks_device {
            return self.stopped(&error);
        }
        let retry_after = Duration::from_millis(refusal.retry_after_ms.unwrap_or(0));
        match is_final(&refusal) {
            true => self.stopped(&Error::Refused(refusal)),
            false => self.lost(Error::Refused(refusal), retry_after, now),
        }
    }

    pub(crate) fn give_up(&mut self, reason: &'static str, now: Instant) {
        self.hang_up(CLOSE_TIMEOUT, reason);
        let noise = self.link.noise();
        let error = noise.map_or(Error::TimedOut, Error::Unreadable);
        self.lost(error, Duration::ZERO, now);
    }

    pub(crate) fn hang_up(&mut self, code: u16, reason: &'static str) {
        if self.link.has_transport() {
            self.outputs.push_back(Output::Close { code, reason });
        }
    }

    /// There is no transport any longer; another attempt follows, not before `retry_after`.
    pub(crate) fn lost(&mut self, error: Error, retry_after: Duration, now: Instant) {
        if self.link.has_stood(STEADY, now) {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        let wait = retry_after.saturating_add(self.backoff.delay(self.failures));
        self.link = Link::Waiting { until: now + wait };
        self.disconnected(Some(wait), error);
    }

    /// There is no transport any longer, and a further attempt would end in the same way.
    pub(crate) fn stopped(&mut self, error: &Error) {
        self.link = Link::Stopped;
        self.holding = false;
        self.disconnected(None, error.clone());
        let held = self.requests.take_all();
        self.settle(&held, error);
    }

    fn disconnected(&mut self, retry_in: Option<Duration>, error: Error) {
        self.subscriptions_down();
        self.set_status(Status::Disconnected {
            retry_in,
            error: Some(error),
        });
        let sent = self.requests.take_sent();
        self.settle(&sent, &Error::Interrupted);
    }
}
