//! Sessionwire beside its peers and its limits, measured in one run: `cargo xtask bench`.
//!
//! Every server runs in a process of its own, and what it costs is what the operating system says. The load is in this
//! process. Servers are measured in turn, several times; tables have medians and ratios.

mod crowd;
mod fill;
mod folder;
mod machine;
mod measure;
mod peer;
mod process;
mod socket;

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use clap::{Parser, Subcommand};
use sessionwire_bench_report::{Made, Record, Table};
use tokio::task::LocalSet;

use crate::fill::Filled;
use crate::measure::{Benchmark, Plan};
use crate::peer::{Own, Peer, Programs};

#[derive(Parser)]
#[command(about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure
    Run(Box<Run>),
    /// Serve as one of the peers that are in this program
    #[command(subcommand)]
    Serve(Own),
}

#[derive(clap::Args)]
struct Run {
    /// What to measure; without any, everything
    benchmarks: Vec<Benchmark>,
    /// The servers; the first is what others are compared with
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "sessionwire,sessionwire-plain,floor,axum"
    )]
    peers: Vec<Peer>,
    /// How often each is measured
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Where to write the figures
    #[arg(long)]
    json: Option<PathBuf>,
    /// The folder of the docs, whose records and page are to be made anew
    #[arg(long)]
    report: Option<PathBuf>,
    /// A folder where filled stores stay for the next run
    #[arg(long)]
    stores: Option<PathBuf>,
    /// The gateway's program
    #[arg(long, env = "SESSIONWIRE_GATEWAY")]
    gateway: PathBuf,
    /// The folder of the peers from npm
    #[arg(long, env = "SESSIONWIRE_BENCH_PEERS", default_value = "bench/peers")]
    npm: PathBuf,
    /// The folder of the npm package, built
    #[arg(long, default_value = "sdk-wasm/npm")]
    package: PathBuf,
    /// The folder of OpenClaw
    #[arg(long, env = "SESSIONWIRE_OPENCLAW_DIR", requires = "openclaw_node")]
    openclaw: Option<PathBuf>,
    /// The Node.js that runs OpenClaw
    #[arg(long, env = "SESSIONWIRE_OPENCLAW_NODE")]
    openclaw_node: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Run(arguments) => LocalSet::new().run_until(run(*arguments)).await,
        Command::Serve(peer) => peer.serve().await,
    }
}

async fn run(arguments: Run) -> Result<()> {
    let plan = Plan {
        programs: Programs {
            gateway: arguments.gateway,
            peers: arguments.npm,
            package: arguments.package,
            openclaw: arguments.openclaw.zip(arguments.openclaw_node),
        },
        filled: Filled::new(arguments.stores),
        peers: arguments.peers,
        runs: arguments.runs,
    };
    let benchmarks = match arguments.benchmarks.is_empty() {
        true => <Benchmark as clap::ValueEnum>::value_variants(),
        false => &arguments.benchmarks,
    };
    process::allow_many_files()?;
    let commit = machine::commit();
    let (mut records, mut failed) = (Vec::new(), Vec::new());
    for benchmark in benchmarks {
        let record = match measure(*benchmark, &plan, &commit).await {
            Ok(record) => record,
            Err(error) => {
                let name = benchmark.name();
                eprintln!("error: {name}: {error:#}");
                failed.push(name);
                continue;
            }
        };
        let Table { title, about, .. } = &record.table;
        let text = format!("### {title}\n\n{about}\n\n{}", record.table.markdown());
        writeln!(std::io::stdout(), "{text}").context("cannot print")?;
        if let Some(docs) = &arguments.report {
            // One by one, so that nothing is lost if somebody ends this.
            sessionwire_bench_report::save(docs, &record)?;
            sessionwire_bench_report::write(docs)?;
        }
        records.push(record);
    }
    if let Some(path) = arguments.json {
        let text = serde_json::to_string_pretty(&records)?;
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    ensure!(failed.is_empty(), "not measured: {}", failed.join(", "));
    Ok(())
}

async fn measure(benchmark: Benchmark, plan: &Plan, commit: &str) -> Result<Record> {
    let made = machine::describe(commit)?;
    let table = benchmark.run(plan).await?;
    let load_after = machine::load()?;
    Ok(Record {
        name: benchmark.name(),
        made: Made { load_after, ..made },
        table,
    })
}
