//! Changes that are told to many: what one delivery costs the server, and how long it takes.

use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::time::{MissedTickBehavior, interval};

use crate::crowd::{Crowd, Told};
use crate::peer::{Peer, Programs};
use crate::table::Column;

/// One way of telling many.
#[derive(Clone, Copy)]
pub(super) struct Case {
    subscribers: usize,
    pace: Pace,
    changes: usize,
}

#[derive(Clone, Copy)]
enum Pace {
    Every(Duration),
    InFlight(usize),
}

/// One change at a time, with pauses.
pub(super) const PACED: Case = Case {
    subscribers: 200,
    pace: Pace::Every(Duration::from_millis(250)),
    changes: 40,
};

/// As many changes as the server takes.
pub(super) const BURST: Case = Case {
    subscribers: 500,
    pace: Pace::InFlight(8),
    changes: 2_000,
};

pub(super) const COLUMNS: [Column; 6] = [
    Column {
        name: "told",
        unit: "%",
    },
    Column {
        name: "server CPU per delivery",
        unit: "µs",
    },
    Column {
        name: "deliveries per second",
        unit: "thousands",
    },
    Column {
        name: "median latency",
        unit: "ms",
    },
    Column {
        name: "99 % latency",
        unit: "ms",
    },
    Column {
        name: "bytes per delivery",
        unit: "bytes",
    },
];

/// What one of our deliveries takes, so that the others carry as much.
const BYTES: usize = 390;

impl Case {
    pub(super) fn about(&self) -> String {
        let pace = match self.pace {
            Pace::Every(pause) => format!("one change every {} ms", pause.as_millis()),
            Pace::InFlight(most) => format!("{most} changes at once, again and again"),
        };
        format!("{} subscribers, {pace}.", self.subscribers)
    }

    pub(super) async fn measure(&self, peer: Peer, programs: &Programs) -> Result<Vec<f64>> {
        let running = peer.start(programs).await?;
        let (address, dialect) = (running.server.address, peer.dialect());
        let mut publisher = dialect.publisher(address, BYTES).await?;
        let sockets = dialect.subscribers(address, self.subscribers).await?;
        let crowd = Crowd::new(sockets, dialect.needle());
        // OpenClaw takes a hundred times as long.
        let changes = match (peer, self.pace) {
            (Peer::Openclaw, Pace::InFlight(_)) => self.changes / 20,
            _ => self.changes,
        };
        let (cpu, start) = (running.server.cpu()?, Instant::now());
        match self.pace {
            Pace::Every(pause) => {
                let mut turns = interval(pause);
                turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
                for _ in 0..changes {
                    turns.tick().await;
                    crowd.sending();
                    publisher.send(1).await?;
                    publisher.made().await?;
                }
            }
            Pace::InFlight(most) => {
                for _ in 0..changes / most {
                    (0..most).for_each(|_| crowd.sending());
                    publisher.send(most).await?;
                    for _ in 0..most {
                        publisher.made().await?;
                    }
                }
            }
        }
        let told = crowd.hear_all().await;
        let (wall, cpu) = (start.elapsed(), running.server.cpu()? - cpu);
        // Who publishes to an echo is told, too.
        let echoes = if dialect.echoes() { changes } else { 0 };
        Ok(figures(
            &told,
            changes * self.subscribers,
            echoes,
            wall,
            cpu,
        ))
    }
}

fn figures(told: &Told, all: usize, echoes: usize, wall: Duration, cpu: Duration) -> Vec<f64> {
    let deliveries = (told.deliveries + echoes) as f64;
    let quantile = |share: f64| {
        let index = (told.latencies.len() as f64 * share) as usize;
        told.latencies
            .get(index)
            .map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
    };
    vec![
        told.deliveries as f64 / all as f64 * 100.0,
        cpu.as_secs_f64() * 1e6 / deliveries,
        deliveries / wall.as_secs_f64() / 1e3,
        quantile(0.5),
        quantile(0.99),
        told.bytes as f64 / told.deliveries.max(1) as f64,
    ]
}
