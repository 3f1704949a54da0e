//! What is measured, a file each.

mod fan_out;
mod memory;
mod package;
mod start;
mod writes;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;

use crate::peer::{Peer, Programs};
use crate::table::{Column, Row, Table};

/// A benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Benchmark {
    /// One change after the other, told to 200 subscribers
    FanOut,
    /// Bursts of changes, told to 500 subscribers
    Burst,
    /// 2,000 connections that ask for nothing
    Idle,
    /// Durable changes, one by one and many in flight
    Writes,
    /// From nothing to listening
    Start,
    /// The npm package: from a frame to the callbacks
    Decode,
    /// The npm package: what a browser downloads
    Size,
}

/// What to measure, and how often.
pub(crate) struct Plan {
    pub(crate) programs: Programs,
    /// Those of them that a benchmark is about are measured.
    pub(crate) peers: Vec<Peer>,
    pub(crate) runs: usize,
}

/// What is measured, by its name in tables, with the figures of every run.
type Measured = (String, Vec<Vec<f64>>);

const IDLERS: usize = 2_000;

impl Benchmark {
    /// Measures the servers in turn, so that all see the same machine.
    pub(crate) async fn run(self, plan: &Plan) -> Result<Table> {
        let measured = match self {
            Self::Decode => package::decode(plan).await?,
            Self::Size => package::size(plan).await?,
            Self::FanOut | Self::Burst | Self::Idle | Self::Writes | Self::Start => {
                self.measure_servers(plan).await?
            }
        };
        let rows = measured.into_iter();
        Ok(Table {
            name: self.title(),
            about: self.about(),
            columns: self.columns().to_vec(),
            rows: rows.map(|(name, runs)| Row::new(name, runs)).collect(),
        })
    }

    async fn measure_servers(self, plan: &Plan) -> Result<Vec<Measured>> {
        let peers: Vec<Peer> = plan
            .peers
            .iter()
            .copied()
            .filter(|peer| self.is_about(*peer))
            .collect();
        let mut samples = vec![Vec::new(); peers.len()];
        for run in 1..=plan.runs {
            for (peer, samples) in peers.iter().zip(&mut samples) {
                eprintln!(
                    "{}: {}, run {run} of {}",
                    self.title(),
                    peer.name(),
                    plan.runs
                );
                let sample = self.measure(*peer, &plan.programs).await;
                samples.push(sample.with_context(|| format!("{} failed", peer.name()))?);
            }
        }
        let names = peers.iter().map(|peer| peer.name().to_owned());
        Ok(names.zip(samples).collect())
    }

    async fn measure(self, peer: Peer, programs: &Programs) -> Result<Vec<f64>> {
        match self {
            Self::FanOut => fan_out::PACED.measure(peer, programs).await,
            Self::Burst => fan_out::BURST.measure(peer, programs).await,
            Self::Idle => memory::measure(IDLERS, peer, programs).await,
            Self::Writes => writes::measure(peer, programs).await,
            Self::Start => start::measure(peer, programs).await,
            Self::Decode | Self::Size => bail!("it is about no server"),
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::FanOut => "Fan-out, one change at a time",
            Self::Burst => "Fan-out, in bursts",
            Self::Idle => "Memory of idle connections",
            Self::Writes => "Durable changes",
            Self::Start => "Start",
            Self::Decode => "Decode in Node",
            Self::Size => "Size of a client",
        }
    }

    fn about(self) -> String {
        match self {
            Self::FanOut => fan_out::PACED.about(),
            Self::Burst => fan_out::BURST.about(),
            Self::Idle => format!("{IDLERS} connections that are let in and ask for nothing."),
            Self::Writes => "`sessions.patch` of a label, in an otherwise empty store.".to_owned(),
            Self::Start => "On an empty store, until the port is open.".to_owned(),
            Self::Decode => "From a frame's text to the callbacks, in the npm package.".to_owned(),
            Self::Size => {
                "What a browser downloads, gzipped; peers as a bundler makes them.".to_owned()
            }
        }
    }

    fn columns(self) -> &'static [Column] {
        match self {
            Self::FanOut | Self::Burst => &fan_out::COLUMNS,
            Self::Idle => &memory::COLUMNS,
            Self::Writes => &writes::COLUMNS,
            Self::Start => &start::COLUMNS,
            Self::Decode => &package::DECODING,
            Self::Size => &package::SIZES,
        }
    }

    /// Whether a server has what is measured.
    fn is_about(self, peer: Peer) -> bool {
        match self {
            Self::FanOut | Self::Burst | Self::Idle => true,
            Self::Writes => matches!(peer, Peer::Sessionwire | Peer::Openclaw | Peer::Floor),
            Self::Start => matches!(peer, Peer::Sessionwire | Peer::Openclaw),
            Self::Decode | Self::Size => false,
        }
    }
}
