//! What is measured, a file each.

mod fan_out;
mod filled;
mod lists;
mod memory;
mod multitude;
mod package;
mod resume;
mod start;
mod views;
mod writes;

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use sessionwire_bench_report::{Column, Row, Table, title};

use crate::fill::Filled;
use crate::peer::{Peer, Programs};
use fan_out::{BURST_200, BURST_500, PACED_200, PACED_500};

/// A benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Benchmark {
    /// One change after the other, told to 200 subscribers
    #[value(name = "fan-out-200")]
    FanOut200,
    /// One change after the other, told to 500 subscribers
    #[value(name = "fan-out-500")]
    FanOut500,
    /// Bursts of changes, told to 200 subscribers
    #[value(name = "burst-200")]
    Burst200,
    /// Bursts of changes, told to 500 subscribers
    #[value(name = "burst-500")]
    Burst500,
    /// 2,000 connections that ask for nothing
    #[value(name = "idle-2000")]
    Idle2000,
    /// 10,000 connections that ask for nothing
    #[value(name = "idle-10000")]
    Idle10000,
    /// As many subscribers as one process may have, at most 100,000
    Multitude,
    /// 2,000 clients that come back at once
    Resume,
    /// 1,000 different live lists
    Views,
    /// Durable changes, one by one and many in flight
    Writes,
    /// From nothing to listening
    Start,
    /// Lists of 5,000 sessions
    Lists,
    /// Lists of a million sessions
    ListsOfMillion,
    /// Searches in 5,000 sessions
    Searches,
    /// Searches in a million sessions
    SearchesOfMillion,
    /// A gateway with 5,000 sessions
    Filled,
    /// A gateway with a million sessions
    FilledWithMillion,
    /// The npm package: from a frame to the callbacks
    Decode,
    /// The npm package: what a browser downloads
    Size,
}

/// What to measure, and how often.
pub(crate) struct Plan {
    pub(crate) programs: Programs,
    /// The stores that were filled.
    pub(crate) filled: Filled,
    /// Those of them that a benchmark is about are measured.
    pub(crate) peers: Vec<Peer>,
    pub(crate) runs: usize,
}

impl Benchmark {
    /// What it is called on the command line.
    pub(crate) fn name(self) -> String {
        let value = self.to_possible_value().expect("all can be asked for");
        value.get_name().to_owned()
    }

    /// Measures the servers in turn, so that all see the same machine.
    pub(crate) async fn run(self, plan: &Plan) -> Result<Table> {
        let rows = if self == Self::Decode {
            package::decode(plan).await?
        } else if self == Self::Size {
            package::size(plan).await?
        } else {
            self.measure_servers(plan).await?
        };
        Ok(Table {
            title: title(&self.name()).to_owned(),
            about: self.about(),
            columns: self.columns(),
            rows,
        })
    }

    async fn measure_servers(self, plan: &Plan) -> Result<Vec<Row>> {
        let peers = plan.peers.iter().filter(|peer| self.is_about(**peer));
        let mut rows: Vec<(Peer, Row)> = peers
            .map(|peer| {
                let row = Row {
                    server: peer.name().to_owned(),
                    role: peer.role(),
                    runs: Vec::new(),
                };
                (*peer, row)
            })
            .collect();
        for run in 1..=plan.runs {
            for (peer, row) in &mut rows {
                eprintln!(
                    "{}: {}, run {run} of {}",
                    self.name(),
                    row.server,
                    plan.runs
                );
                let figures = self.measure(*peer, plan).await;
                let figures = figures.with_context(|| format!("{} failed", row.server))?;
                let figures = figures.into_iter();
                let figures = figures.map(|figure| figure.is_finite().then_some(figure));
                row.runs.push(figures.collect());
            }
        }
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    async fn measure(self, peer: Peer, plan: &Plan) -> Result<Vec<f64>> {
        let programs = &plan.programs;
        match self {
            Self::FanOut200 => PACED_200.measure(peer, programs).await,
            Self::FanOut500 => PACED_500.measure(peer, programs).await,
            Self::Burst200 => BURST_200.measure(peer, programs).await,
            Self::Burst500 => BURST_500.measure(peer, programs).await,
            Self::Idle2000 => memory::measure(2_000, peer, programs).await,
            Self::Idle10000 => memory::measure(10_000, peer, programs).await,
            Self::Multitude => multitude::measure(peer, programs).await,
            Self::Resume => resume::measure(peer, programs).await,
            Self::Views => views::measure(peer, programs).await,
            Self::Writes => writes::measure(peer, programs).await,
            Self::Start => start::measure(peer, programs).await,
            Self::Lists => lists::LISTS.measure(peer, plan).await,
            Self::ListsOfMillion => lists::LISTS_OF_MILLION.measure(peer, plan).await,
            Self::Searches => lists::SEARCHES.measure(peer, plan).await,
            Self::SearchesOfMillion => lists::SEARCHES_OF_MILLION.measure(peer, plan).await,
            Self::Filled => filled::measure(lists::FEW, peer, plan).await,
            Self::FilledWithMillion => filled::measure(lists::MILLION, peer, plan).await,
            Self::Decode | Self::Size => bail!("it is about no server"),
        }
    }

    fn about(self) -> String {
        match self {
            Self::FanOut200 => PACED_200.about(),
            Self::FanOut500 => PACED_500.about(),
            Self::Burst200 => BURST_200.about(),
            Self::Burst500 => BURST_500.about(),
            Self::Idle2000 => memory::about(2_000),
            Self::Idle10000 => memory::about(10_000),
            Self::Multitude => multitude::about(),
            Self::Resume => resume::about(),
            Self::Views => views::about(),
            Self::Writes => writes::about(),
            Self::Start => start::about(),
            Self::Lists => lists::LISTS.about(),
            Self::ListsOfMillion => lists::LISTS_OF_MILLION.about(),
            Self::Searches => lists::SEARCHES.about(),
            Self::SearchesOfMillion => lists::SEARCHES_OF_MILLION.about(),
            Self::Filled | Self::FilledWithMillion => filled::about(),
            Self::Decode => "From a frame's text to the callbacks, in the npm package, once 20,000 changes, or 2,000 \
                 snapshots, have run: before, V8 still compiles it, which counts as well."
                .to_owned(),
            Self::Size => {
                "What a browser downloads, gzipped; peers as a bundler makes them.".to_owned()
            }
        }
    }

    fn columns(self) -> Vec<Column> {
        match self {
            Self::FanOut200 | Self::FanOut500 => PACED_200.columns(),
            Self::Burst200 | Self::Burst500 => BURST_200.columns(),
            Self::Idle2000 | Self::Idle10000 => memory::columns(),
            Self::Multitude => multitude::columns(),
            Self::Resume => resume::columns(),
            Self::Views => views::columns(),
            Self::Writes => writes::columns(),
            Self::Start => start::columns(),
            Self::Lists => lists::LISTS.columns(),
            Self::ListsOfMillion => lists::LISTS_OF_MILLION.columns(),
            Self::Searches => lists::SEARCHES.columns(),
            Self::SearchesOfMillion => lists::SEARCHES_OF_MILLION.columns(),
            Self::Filled | Self::FilledWithMillion => filled::columns(),
            Self::Decode => package::decoding(),
            Self::Size => package::sizes(),
        }
    }

    /// Whether a server has what is measured.
    fn is_about(self, peer: Peer) -> bool {
        match self {
            Self::FanOut200 | Self::FanOut500 | Self::Burst200 | Self::Burst500 => true,
            Self::Idle2000 => memory::is_about(2_000, peer),
            Self::Idle10000 => memory::is_about(10_000, peer),
            Self::Multitude => multitude::is_about(peer),
            Self::Resume => matches!(
                peer,
                Peer::Sessionwire | Peer::SessionwirePlain | Peer::Openclaw | Peer::Floor
            ),
            Self::Writes => matches!(
                peer,
                Peer::Sessionwire | Peer::Openclaw | Peer::Floor | Peer::DurableFloor
            ),
            Self::Views | Self::Lists | Self::Searches | Self::Filled => {
                matches!(peer, Peer::Sessionwire | Peer::Openclaw | Peer::Floor)
            }
            Self::ListsOfMillion | Self::SearchesOfMillion | Self::FilledWithMillion => {
                matches!(peer, Peer::Sessionwire | Peer::Floor)
            }
            Self::Start => matches!(peer, Peer::Sessionwire | Peer::Openclaw),
            Self::Decode | Self::Size => false,
        }
    }
}

/// The time within which a share of things happened, in ms.
fn quantile(in_order: &[Duration], share: f64) -> f64 {
    let index = (in_order.len() as f64 * share) as usize;
    let time = in_order.get(index);
    time.map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}
