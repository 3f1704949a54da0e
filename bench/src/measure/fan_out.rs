//! Changes that are told to many: what one delivery costs the server, and how long it takes.

use std::time::{Duration, Instant};

use anyhow::Result;
use sessionwire_bench_report::{Column, count};
use tokio::sync::OnceCell;
use tokio::time::{MissedTickBehavior, interval};

use super::quantile;
use crate::crowd::{Crowd, Told};
use crate::peer::{Dialect, Peer, Programs, Publisher, sessions};
use crate::process::own_cpu;

/// One way of telling many.
#[derive(Clone, Copy)]
pub(super) struct Case {
    subscribers: usize,
    pace: Pace,
}

#[derive(Clone, Copy)]
enum Pace {
    /// One change at a time, with pauses.
    Paced,
    /// As many changes as the server takes.
    Burst,
}

pub(super) const PACED_200: Case = Case::new(200, Pace::Paced);
pub(super) const PACED_500: Case = Case::new(500, Pace::Paced);
pub(super) const BURST_200: Case = Case::new(200, Pace::Burst);
pub(super) const BURST_500: Case = Case::new(500, Pace::Burst);

const PAUSE: Duration = Duration::from_millis(250);
const PACED: usize = 20;
const IN_FLIGHT: usize = 8;
const BURST: usize = 2_000;
/// So often as many as are in flight are sent before anything counts.
const WARMING: usize = 3;
/// It takes a hundred times as long.
const OPENCLAW: usize = 80;

/// The sessions that are changed in turn: as many as keep one that a slow subscriber has not been told of from being
/// changed again.
const SESSIONS: usize = 64;

impl Case {
    const fn new(subscribers: usize, pace: Pace) -> Self {
        Self { subscribers, pace }
    }

    pub(super) fn columns(&self) -> Vec<Column> {
        let mut columns = vec![
            Column::less("server CPU per delivery", "µs"),
            Column::less("change → callback, 99 %", "ms"),
            Column::less("change → callback, median", "ms"),
            Column::less("change → last delivery, median", "ms"),
            Column::less("change → last delivery, 99 %", "ms"),
            Column::beside("changes told", "%"),
            Column::beside("bytes per delivery", "bytes"),
            Column::beside("processor time of the load", "% of one"),
        ];
        match self.pace {
            // With pauses there are as many as are asked for.
            Pace::Paced => {}
            Pace::Burst => columns.push(Column::more("deliveries per second", "thousands")),
        }
        columns
    }

    pub(super) fn about(&self) -> String {
        let (pace, openclaw) = match self.pace {
            Pace::Paced => (
                format!("One change every {} ms", PAUSE.as_millis()),
                String::new(),
            ),
            Pace::Burst => (
                format!("{} changes, {IN_FLIGHT} at once", count(BURST)),
                format!(
                    " The next are sent when those are made. OpenClaw is sent {OPENCLAW}, because it takes so long, and \
                     drops what a busy socket does not take."
                ),
            ),
        };
        format!(
            "{pace}, told to {} subscribers.{openclaw} Gateways make each change durable before they tell it; the others, \
             and the limit, only pass on as many bytes as Sessionwire's frame has. The limit is one thread that writes \
             what it read to every socket, and the one made durable first commits it to SQLite before. Before anything \
             counts, {} changes are told.",
            self.subscribers,
            WARMING * IN_FLIGHT
        )
    }

    pub(super) async fn measure(&self, peer: Peer, programs: &Programs) -> Result<Vec<f64>> {
        let bytes = frame_bytes(programs).await?;
        let running = peer.start(programs).await?;
        let (address, dialect) = (running.server.address, peer.dialect());
        let mut publisher = Publisher::new(dialect, address, &sessions(SESSIONS), bytes).await?;
        let sockets = dialect.subscribers(address, self.subscribers).await?;
        let crowd = Crowd::new(sockets, dialect.needle());
        // Code that is compiled while it runs has run, and what a start puts off is done.
        for _ in 0..WARMING {
            self.send(&mut publisher, &crowd, IN_FLIGHT).await?;
        }
        crowd.settle().await;
        crowd.told();
        running.server.calm().await?;
        let changes = self.changes(peer);
        let (cpu, load, start) = (running.server.cpu()?, own_cpu()?, Instant::now());
        match self.pace {
            Pace::Paced => {
                let mut turns = interval(PAUSE);
                turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
                for _ in 0..changes {
                    turns.tick().await;
                    self.send(&mut publisher, &crowd, 1).await?;
                }
            }
            Pace::Burst => {
                for _ in 0..changes / IN_FLIGHT {
                    self.send(&mut publisher, &crowd, IN_FLIGHT).await?;
                }
            }
        }
        crowd.settle().await;
        let (cpu, load) = (running.server.cpu()? - cpu, own_cpu()? - load);
        let told = crowd.told();
        // Who publishes to an echo is told, too.
        let echoes = if dialect.echoes() { changes } else { 0 };
        let wall = told.ended.unwrap_or(start).duration_since(start);
        let all = changes * self.subscribers;
        Ok(self.figures(&told, all, echoes, &Times { wall, cpu, load }))
    }

    async fn send(&self, publisher: &mut Publisher, crowd: &Crowd, changes: usize) -> Result<()> {
        crowd.sending(publisher.next(changes), self.subscribers);
        publisher.send(changes).await?;
        for _ in 0..changes {
            publisher.made().await?;
        }
        Ok(())
    }

    fn changes(&self, peer: Peer) -> usize {
        match self.pace {
            Pace::Paced => PACED,
            Pace::Burst => peer.as_many(BURST, OPENCLAW),
        }
    }

    fn figures(&self, told: &Told, all: usize, echoes: usize, times: &Times) -> Vec<f64> {
        let deliveries = (told.deliveries + echoes) as f64;
        let wall = times.wall.as_secs_f64();
        let mut figures = vec![
            times.cpu.as_secs_f64() * 1e6 / deliveries,
            quantile(&told.latencies, 0.99),
            quantile(&told.latencies, 0.5),
            quantile(&told.last, 0.5),
            quantile(&told.last, 0.99),
            told.deliveries as f64 / all as f64 * 100.0,
            told.bytes as f64 / told.deliveries as f64,
            times.load.as_secs_f64() / wall * 100.0,
            deliveries / wall / 1e3,
        ];
        figures.truncate(self.columns().len());
        figures
    }
}

struct Times {
    /// From the first change to the last delivery.
    wall: Duration,
    cpu: Duration,
    load: Duration,
}

/// What one of our deliveries takes, so that the others carry as much.
pub(super) async fn frame_bytes(programs: &Programs) -> Result<usize> {
    static BYTES: OnceCell<usize> = OnceCell::const_new();
    let measure = async || {
        let running = Peer::Sessionwire.start(programs).await?;
        let address = running.server.address;
        let dialect = Dialect::Cursors;
        let mut publisher = Publisher::new(dialect, address, &sessions(SESSIONS), 0).await?;
        let mut subscriber = dialect.subscriber(address).await?;
        publisher.send(1).await?;
        loop {
            let text = subscriber.hear().await?;
            if text.starts_with(dialect.needle()) {
                return Ok(text.len());
            }
        }
    };
    BYTES.get_or_try_init(measure).await.copied()
}
