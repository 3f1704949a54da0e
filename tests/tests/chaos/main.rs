//! Clients in Rust, Node and Chromium and a reader of server-sent events behind a proxy that delays and cuts, while
//! sessions change at a steady rate and the gateway is killed again and again: in the end every copy of every list is
//! what the store makes it, and each eviction was told once to each list that showed the session.
//!
//! `cargo xtask test chaos` runs it for minutes; the defaults are for every test run.

mod follower;
mod load;
mod truth;
mod verdict;

use std::iter;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use sessionwire::Client;
use sessionwire_tests::{Dice, GatewayProcess, Proxy};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use follower::{Follower, Generation, Report};
use load::{AGENTS, Load};
use truth::Truth;

/// How long clients may take to come to rest: twice the longest wait between two attempts to connect.
const REST: Duration = Duration::from_secs(60);

/// How long a killed gateway may be gone, in milliseconds.
const LONGEST_ABSENCE: u64 = 1_500;

/// How long to wait for changes to be halfway, in milliseconds.
const LONGEST_BEAT: u64 = 15;

/// For how many seconds sessions change after the storm, while each change is told by itself.
const CALM: u64 = 2;

/// How often windows grow.
const GROWTHS: u64 = 5;

/// How many entries a journal may keep: what was missed is resumed from, or not.
const JOURNALS: [usize; 3] = [1_000, 5_000, 20_000];

/// What to run.
#[derive(Debug, Parser)]
struct Plan {
    #[arg(long, env = "CHAOS_SECONDS", default_value_t = 20)]
    seconds: u64,
    #[arg(long, env = "CHAOS_KILLS", default_value_t = 2)]
    kills: u64,
    /// Changes a second.
    #[arg(long, env = "CHAOS_RATE", default_value_t = 200)]
    rate: u64,
    /// How many sessions there are: more than any window shows.
    #[arg(long, env = "CHAOS_SESSIONS", default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1_000..))]
    sessions: u64,
    #[arg(long, env = "CHAOS_SEED", default_value_t = 1)]
    seed: u64,
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_end_equal_and_each_eviction_is_told_once() {
    let plan = Plan::parse_from(["chaos"]);
    println!("{plan:?}");
    let mut dice = Dice::new(plan.seed);
    let data = tempfile::tempdir().expect("a temporary folder");
    let mut gateway = GatewayProcess::start(data.path(), &args(&plan, &mut dice)).await;
    let mut truth = Truth::of(data.path());
    let mut load = Load::new(&gateway.url(), plan.sessions as usize, dice.fork());
    load.fill(&mut truth).await;
    let proxy = Proxy::start(gateway.address(), dice.fork().below(u64::MAX)).await;
    let mut followers = Follower::all(&proxy.url(), &proxy.http_url(), &mut dice).await;

    proxy.let_loose();
    let (client, beats) = (load.client(), load.beats());
    let growing = dice.fork();
    tokio::join!(
        load.run(plan.seconds, plan.rate, &mut truth),
        kill_again_and_again(&mut gateway, &client, beats, &plan, &mut dice),
        grow_now_and_then(&mut followers, &plan, growing),
    );
    proxy.calm_down();
    let (_, mut faults) = come_to_rest("the storm", &mut followers, &load, &mut truth).await;
    load.run(CALM, plan.rate, &mut truth).await;
    let (_, more) = come_to_rest("calm weather", &mut followers, &load, &mut truth).await;
    faults.extend(more);
    gateway.stop().await;
    load.disconnected().await;
    gateway.start_again(&args(&plan, &mut dice)).await;
    let finished = timeout(REST, load.finish()).await;
    finished.expect("the gateway comes back");
    let (reports, more) = come_to_rest("a restart", &mut followers, &load, &mut truth).await;
    faults.extend(more);
    faults.extend(verdict::faults_of_store(
        &load.list().await,
        &truth.sessions(),
    ));
    faults.extend(verdict::faults_of_answers(load.acknowledged(), &truth));

    let mut told_of_parts = 0;
    for (follower, report) in iter::zip(followers, reports) {
        for figure in follower.figures(&report) {
            println!("{figure}");
        }
        let lists = iter::zip(follower.views(), &report.lists);
        let parts = lists.filter(|(view, _)| !view.lasting);
        told_of_parts += parts.map(|(_, list)| list.told.len()).sum::<usize>();
        follower.end().await;
    }
    println!("{}; {}", load.acknowledged(), proxy.wrongs());
    println!(
        "{} entries, {} evictions, {} kills",
        truth.entries(),
        truth.evictions().len(),
        plan.kills
    );
    assert!(faults.is_empty(), "{plan:?}\n{}", faults.join("\n"));
    assert!(proxy.wrongs().cut > 0, "the proxy did its worst");
    assert!(told_of_parts > 0, "windows show what is evicted");
    let asked = (plan.seconds + CALM) * plan.rate;
    assert!(
        load.acknowledged().changes > asked * 9 / 10,
        "most changes are made"
    );
}

/// Waits until nothing happens any longer and the followers have heard of all that did; returns what they have to say,
/// and what is wrong with it. After a restart most windows get snapshots, so this is worth looking at before one, too.
async fn come_to_rest(
    after: &str,
    followers: &mut [Follower],
    load: &Load,
    truth: &mut Truth,
) -> (Vec<Report>, Vec<String>) {
    load.settle().await;
    let store = load.list().await;
    truth.read();
    let living = store.iter().map(Generation::of).collect();
    let gone = Arc::new(truth.evictions().keys().cloned().collect());
    let (mut reports, mut faults) = (Vec::new(), Vec::new());
    let deadline = Instant::now() + REST;
    for follower in followers {
        let report = follower.rest(&store, &gone, deadline).await;
        let wrong = verdict::faults(follower, &report, &store, &living, truth);
        faults.extend(wrong.iter().map(|fault| format!("after {after}: {fault}")));
        reports.push(report);
    }
    (reports, faults)
}

/// Kills the gateway at times spread over the run, while changes are on their way, and starts it again.
async fn kill_again_and_again(
    gateway: &mut GatewayProcess,
    client: &Client,
    mut beats: watch::Receiver<u64>,
    plan: &Plan,
    dice: &mut Dice,
) {
    let began = Instant::now();
    let share = plan.seconds * 1_000 / plan.kills.max(1);
    for kill in 0..plan.kills {
        let at = kill * share + share / 4 + dice.below(share / 2);
        sleep_until(began + Duration::from_millis(at)).await;
        beats.mark_unchanged();
        beats.changed().await.expect("changes are made");
        sleep(Duration::from_millis(dice.below(LONGEST_BEAT))).await;
        gateway.kill().await;
        sleep(Duration::from_millis(dice.below(LONGEST_ABSENCE))).await;
        gateway.start_again(&args(plan, dice)).await;
        client.reconnect();
    }
}

/// Makes windows larger at times spread over the run.
async fn grow_now_and_then(followers: &mut [Follower], plan: &Plan, mut dice: Dice) {
    let began = Instant::now();
    let share = plan.seconds * 1_000 / (GROWTHS + 1);
    for growth in 0..GROWTHS {
        let at = growth * share + dice.below(share + 1);
        sleep_until(began + Duration::from_millis(at)).await;
        for follower in &mut *followers {
            follower.grow(&mut dice).await;
        }
    }
}

/// How to serve until the next end. With ticks this often, a stalled connection is given up and made again.
fn args(plan: &Plan, dice: &mut Dice) -> Vec<String> {
    let (sessions, journal) = (plan.sessions, dice.pick(&JOURNALS));
    vec![
        format!("--agent={}", AGENTS.join(",")),
        format!("--max-sessions={sessions}"),
        format!("--journal-entries={journal}"),
        "--tick-interval=1s".to_owned(),
    ]
}
