//! What is measured, a file each.

mod fan_out;
mod filled;
mod lists;
mod memory;
mod start;
mod writes;

use anyhow::{Context as _, Result};
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
}

/// What to measure, and how often.
pub(crate) struct Plan {
    pub(crate) programs: Programs,
    /// Those of them that a benchmark is about are measured.
    pub(crate) peers: Vec<Peer>,
    pub(crate) runs: usize,
}

const IDLERS: usize = 2_000;

impl Benchmark {
    /// Measures the servers in turn, so that all see the same machine.
    pub(crate) async fn run(self, plan: &Plan) -> Result<Table> {
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
        let rows = peers.iter().zip(samples);
        Ok(Table {
            name: self.title(),
            about: self.about(),
            columns: self.columns().to_vec(),
            rows: rows
                .map(|(peer, runs)| Row::new(peer.name().to_owned(), runs))
                .collect(),
        })
    }

    async fn measure(self, peer: Peer, programs: &Programs) -> Result<Vec<f64>> {
        match self {
            Self::FanOut => fan_out::PACED.measure(peer, programs).await,
            Self::Burst => fan_out::BURST.measure(peer, programs).await,
            Self::Idle => memory::measure(IDLERS, peer, programs).await,
            Self::Writes => writes::measure(peer, programs).await,
            Self::Start => start::measure(peer, programs).await,
            Self::Lists => lists::LISTS.measure(peer, programs).await,
            Self::ListsOfMillion => lists::LISTS_OF_MILLION.measure(peer, programs).await,
            Self::Searches => lists::SEARCHES.measure(peer, programs).await,
            Self::SearchesOfMillion => lists::SEARCHES_OF_MILLION.measure(peer, programs).await,
            Self::Filled => filled::measure(lists::FEW, peer, programs).await,
            Self::FilledWithMillion => filled::measure(lists::MILLION, peer, programs).await,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::FanOut => "Fan-out, one change at a time",
            Self::Burst => "Fan-out, in bursts",
            Self::Idle => "Memory of idle connections",
            Self::Writes => "Durable changes",
            Self::Start => "Start",
            Self::Lists => "Lists of 5,000 sessions",
            Self::ListsOfMillion => "Lists of a million sessions",
            Self::Searches => "Searches in 5,000 sessions",
            Self::SearchesOfMillion => "Searches in a million sessions",
            Self::Filled => "With 5,000 sessions",
            Self::FilledWithMillion => "With a million sessions",
        }
    }

    fn about(self) -> String {
        match self {
            Self::FanOut => fan_out::PACED.about(),
            Self::Burst => fan_out::BURST.about(),
            Self::Idle => format!("{IDLERS} connections that are let in and ask for nothing."),
            Self::Writes => "`sessions.patch` of a label, in an otherwise empty store.".to_owned(),
            Self::Start => "On an empty store, until the port is open.".to_owned(),
            Self::Lists => lists::LISTS.about(),
            Self::ListsOfMillion => lists::LISTS_OF_MILLION.about(),
            Self::Searches => lists::SEARCHES.about(),
            Self::SearchesOfMillion => lists::SEARCHES_OF_MILLION.about(),
            Self::Filled | Self::FilledWithMillion => {
                "A gateway on a store that it has filled by `sessions.create` and `sessions.patch`."
                    .to_owned()
            }
        }
    }

    fn columns(self) -> &'static [Column] {
        match self {
            Self::FanOut | Self::Burst => &fan_out::COLUMNS,
            Self::Idle => &memory::COLUMNS,
            Self::Writes => &writes::COLUMNS,
            Self::Start => &start::COLUMNS,
            Self::Lists => lists::LISTS.columns(),
            Self::ListsOfMillion => lists::LISTS_OF_MILLION.columns(),
            Self::Searches => lists::SEARCHES.columns(),
            Self::SearchesOfMillion => lists::SEARCHES_OF_MILLION.columns(),
            Self::Filled | Self::FilledWithMillion => &filled::COLUMNS,
        }
    }

    /// Whether a server has what is measured.
    fn is_about(self, peer: Peer) -> bool {
        match self {
            Self::FanOut | Self::Burst | Self::Idle => true,
            Self::Writes | Self::Lists | Self::Searches | Self::Filled => {
                matches!(peer, Peer::Sessionwire | Peer::Openclaw | Peer::Floor)
            }
            Self::ListsOfMillion | Self::SearchesOfMillion | Self::FilledWithMillion => {
                matches!(peer, Peer::Sessionwire | Peer::Floor)
            }
            Self::Start => matches!(peer, Peer::Sessionwire | Peer::Openclaw),
        }
    }
}
