//! What is measured, a file each.

mod fan_out;

use anyhow::{Context as _, Result};
use clap::ValueEnum;

use crate::peer::{Peer, Programs};
use crate::table::{Row, Table};

/// A benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Benchmark {
    /// One change after the other, told to 200 subscribers.
    FanOut,
    /// Eight changes in flight, told to 500 subscribers.
    Burst,
}

/// What to measure, and how often.
pub(crate) struct Plan {
    pub(crate) programs: Programs,
    /// The servers, in the order of the table's rows; the first is what others are compared with.
    pub(crate) peers: Vec<Peer>,
    pub(crate) runs: usize,
}

impl Benchmark {
    /// Measures the servers in turn, so that all see the same machine.
    pub(crate) async fn run(self, plan: &Plan) -> Result<Table> {
        let case = match self {
            Self::FanOut => fan_out::PACED,
            Self::Burst => fan_out::BURST,
        };
        let mut samples = vec![Vec::new(); plan.peers.len()];
        for run in 1..=plan.runs {
            for (peer, samples) in plan.peers.iter().zip(&mut samples) {
                eprintln!("{}: {}, run {run} of {}", case.name, peer.name(), plan.runs);
                let sample = case.measure(*peer, &plan.programs).await;
                samples.push(sample.with_context(|| format!("{} failed", peer.name()))?);
            }
        }
        let rows = plan.peers.iter().zip(samples);
        Ok(Table {
            name: case.name,
            about: case.about(),
            columns: fan_out::COLUMNS.to_vec(),
            rows: rows.map(|(peer, runs)| Row::new(peer.name().to_owned(), runs)).collect(),
        })
    }
}
