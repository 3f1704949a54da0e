//! What the gateway counts of itself, and every name under which it tells that to Prometheus.
//!
//! Each gateway has a recorder of its own rather than the process-wide one, so that several gateways in one
//! process keep their figures apart, and what is counted often is counted without looking it up.

use std::sync::Arc;
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use sessionwire_protocol::{ErrorBody, ErrorCode, EvictionReason, Millis};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::change::Change;
use crate::journal::Entry;

const REQUESTS: &str = "sessionwire_requests_total";
const HANDSHAKES_REFUSED: &str = "sessionwire_handshakes_refused_total";
const UPGRADES_REFUSED: &str = "sessionwire_upgrades_refused_total";
const EVENTS: &str = "sessionwire_events_total";
const COMMIT_SECONDS: &str = "sessionwire_commit_seconds";
const ENTRIES: &str = "sessionwire_entries_total";
const EVICTIONS: &str = "sessionwire_evictions_total";
const STORE_FAILURES: &str = "sessionwire_store_failures_total";
const CONNECTIONS: &str = "sessionwire_connections";
const SESSIONS: &str = "sessionwire_sessions";
const LIVE_LISTS: &str = "sessionwire_live_lists";
const JOURNAL_ENTRIES: &str = "sessionwire_journal_entries";
const JOURNAL_HEAD: &str = "sessionwire_journal_head";
const STORE_WRITABLE: &str = "sessionwire_store_writable";
const UPSTREAM_LIVE: &str = "sessionwire_upstream_live";
const UPSTREAM_STALE_SECONDS: &str = "sessionwire_upstream_stale_seconds";
const UPTIME_SECONDS: &str = "sessionwire_uptime_seconds";

const COMMIT_BUCKETS: [f64; 12] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0,
];

/// The figures of one gateway.
pub struct Metrics {
    recorder: PrometheusRecorder,
    exporter: PrometheusHandle,
    events: Counter,
    entries: Counter,
    commits: Histogram,
    store_failures: Counter,
    upgrades_refused: Counter,
    connections: Gauge,
    sessions: Gauge,
    live_lists: Gauge,
    journal_entries: Gauge,
    journal_head: Gauge,
    store_writable: Gauge,
    uptime: Gauge,
}

/// What the gateway has at the moment at which somebody asks.
#[derive(Debug)]
pub struct Sample {
    /// Connections past their handshake.
    pub connections: usize,
    /// Sessions in the list.
    pub sessions: usize,
    /// Live lists that somebody looks at.
    pub live_lists: usize,
    /// Entries that the journal remembers.
    pub journal_entries: usize,
    /// The offset of the newest one.
    pub journal_head: u64,
    /// Whether the store took the last write.
    pub is_writable: bool,
    /// Since when the gateway runs.
    pub uptime_ms: u64,
    /// Where there is an upstream: for how long lists may not show what it has, if they may not.
    pub upstream_stale_ms: Option<Option<Millis>>,
}

impl Default for Metrics {
    fn default() -> Self {
        let recorder = PrometheusBuilder::new()
            .set_buckets(&COMMIT_BUCKETS)
            .expect("there are buckets")
            .build_recorder();
        describe(&recorder);
        let counter = |name| recorder.register_counter(&Key::from_static_name(name), &METADATA);
        let gauge = |name| recorder.register_gauge(&Key::from_static_name(name), &METADATA);
        Self {
            events: counter(EVENTS),
            entries: counter(ENTRIES),
            commits: recorder.register_histogram(&Key::from_static_name(COMMIT_SECONDS), &METADATA),
            store_failures: counter(STORE_FAILURES),
            upgrades_refused: counter(UPGRADES_REFUSED),
            connections: gauge(CONNECTIONS),
            sessions: gauge(SESSIONS),
            live_lists: gauge(LIVE_LISTS),
            journal_entries: gauge(JOURNAL_ENTRIES),
            journal_head: gauge(JOURNAL_HEAD),
            store_writable: gauge(STORE_WRITABLE),
            uptime: gauge(UPTIME_SECONDS),
            exporter: recorder.handle(),
            recorder,
        }
    }
}

impl Metrics {
    /// A request was answered. Methods that the gateway does not have count under one name.
    pub fn request<T>(&self, method: &'static str, outcome: &Result<T, ErrorBody>) {
        let outcome = match outcome.as_ref().map_err(|error| &error.code) {
            Ok(_) => "ok",
            Err(ErrorCode::Unavailable) => "failed",
            Err(ErrorCode::Forbidden) => "forbidden",
            Err(
                ErrorCode::InvalidRequest
                | ErrorCode::NotPaired
                | ErrorCode::ApprovalNotFound
                | ErrorCode::Other(_),
            ) => "refused",
        };
        self.labelled(REQUESTS, vec![("method", method), ("outcome", outcome)]);
    }

    /// A handshake was refused, and its socket closed with this code.
    pub fn handshake_refused(&self, code: u16) {
        let labels = vec![Label::new("code", code.to_string())];
        let key = Key::from_parts(HANDSHAKES_REFUSED, labels);
        self.recorder.register_counter(&key, &METADATA).increment(1);
    }

    /// A socket was not opened because its address has too many in their handshake.
    pub fn upgrade_refused(&self) {
        self.upgrades_refused.increment(1);
    }

    /// Events were written to a connection.
    pub fn events(&self, count: usize) {
        self.events.increment(count as u64);
    }

    /// Entries became durable.
    pub fn committed(&self, entries: &[Arc<Entry>], took: Duration) {
        self.commits.record(took);
        self.entries.increment(entries.len() as u64);
        for entry in entries {
            if let Change::Evicted { drain } = &entry.change {
                self.labelled(EVICTIONS, vec![("reason", reason(drain.reason))]);
            }
        }
    }

    /// The store did not take a write.
    pub fn store_failed(&self) {
        self.store_failures.increment(1);
    }

    /// All figures as Prometheus reads them.
    pub fn render(&self, sample: &Sample) -> String {
        self.connections.set(sample.connections as f64);
        self.sessions.set(sample.sessions as f64);
        self.live_lists.set(sample.live_lists as f64);
        self.journal_entries.set(sample.journal_entries as f64);
        self.journal_head.set(sample.journal_head as f64);
        self.store_writable.set(one_if(sample.is_writable));
        self.uptime.set(sample.uptime_ms as f64 / 1000.0);
        if let Some(stale_ms) = sample.upstream_stale_ms {
            self.gauge(UPSTREAM_LIVE, one_if(stale_ms.is_none()));
            let seconds = stale_ms.unwrap_or_default() as f64 / 1000.0;
            self.gauge(UPSTREAM_STALE_SECONDS, seconds);
        }
        self.exporter.render()
    }

    /// Sets a figure that not every gateway has.
    fn gauge(&self, name: &'static str, value: f64) {
        let key = Key::from_static_name(name);
        self.recorder.register_gauge(&key, &METADATA).set(value);
    }

    fn labelled(&self, name: &'static str, labels: Vec<(&'static str, &'static str)>) {
        let labels: Vec<Label> = labels
            .into_iter()
            .map(|(label, value)| Label::from_static_parts(label, value))
            .collect();
        let key = Key::from_parts(name, labels);
        self.recorder.register_counter(&key, &METADATA).increment(1);
    }
}

/// Folds samples into their histograms until the gateway stops; without it they pile up until somebody asks.
pub async fn upkeep(metrics: Arc<Metrics>, mut stopping: watch::Receiver<bool>) {
    const PACE: Duration = Duration::from_secs(5);
    while timeout(PACE, stopping.wait_for(|stopping| *stopping))
        .await
        .is_err()
    {
        metrics.exporter.run_upkeep();
    }
}

fn one_if(yes: bool) -> f64 {
    if yes { 1.0 } else { 0.0 }
}

static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

fn reason(reason: EvictionReason) -> &'static str {
    match reason {
        EvictionReason::Reset => "reset",
        EvictionReason::New => "new",
        EvictionReason::Deleted => "deleted",
        EvictionReason::Expired => "expired",
        EvictionReason::Unknown => "unknown",
    }
}

fn describe(recorder: &impl Recorder) {
    for (name, text) in [
        (REQUESTS, "Requests answered, by method and outcome"),
        (
            HANDSHAKES_REFUSED,
            "Handshakes refused, by the code that closed the socket",
        ),
        (
            UPGRADES_REFUSED,
            "Sockets not opened because their address has too many in their handshake",
        ),
        (EVENTS, "Events written to connections"),
        (ENTRIES, "Entries added to the journal"),
        (EVICTIONS, "Generations of sessions evicted, by reason"),
        (STORE_FAILURES, "Writes that the store did not take"),
    ] {
        recorder.describe_counter(name.into(), Some(Unit::Count), text.into());
    }
    for (name, unit, text) in [
        (CONNECTIONS, Unit::Count, "Connections past their handshake"),
        (SESSIONS, Unit::Count, "Sessions"),
        (
            LIVE_LISTS,
            Unit::Count,
            "Different lists, besides that of all sessions, that are kept live",
        ),
        (
            JOURNAL_ENTRIES,
            Unit::Count,
            "Entries that the journal remembers",
        ),
        (
            JOURNAL_HEAD,
            Unit::Count,
            "Offset of the newest entry of the journal",
        ),
        (
            STORE_WRITABLE,
            Unit::Count,
            "1 while the store takes writes, else 0",
        ),
        (
            UPSTREAM_LIVE,
            Unit::Count,
            "1 while lists show what the upstream gateway has, else 0",
        ),
        (
            UPSTREAM_STALE_SECONDS,
            Unit::Seconds,
            "For how long lists may not show what the upstream gateway has",
        ),
        (UPTIME_SECONDS, Unit::Seconds, "Since when the gateway runs"),
    ] {
        recorder.describe_gauge(name.into(), Some(unit), text.into());
    }
    recorder.describe_histogram(
        COMMIT_SECONDS.into(),
        Some(Unit::Seconds),
        "From the first waiting change to all of its batch durable".into(),
    );
}
