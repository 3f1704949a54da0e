//! Lists and searches: how long an answer takes, and what it costs the server.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use sessionwire_bench_report::Column;

use super::Plan;
use crate::peer::{Dialect, Peer, Running, frame, request};
use crate::socket::Socket;

/// Some lists of a store with so many sessions.
pub(super) struct Case {
    sessions: usize,
    queries: fn(usize) -> [Value; QUERIES],
    names: [&'static str; QUERIES],
}

const QUERIES: usize = 7;

pub(super) const FEW: usize = 5_000;
pub(super) const MILLION: usize = 1_000_000;

pub(super) static LISTS: Case = Case::lists(FEW);
pub(super) static LISTS_OF_MILLION: Case = Case::lists(MILLION);
pub(super) static SEARCHES: Case = Case::searches(FEW);
pub(super) static SEARCHES_OF_MILLION: Case = Case::searches(MILLION);

/// For so long, at most, each is asked again and again.
const LONG: Duration = Duration::from_secs(2);
const MOST: usize = 300;
/// What a row takes.
const ROW: usize = 560;

impl Case {
    const fn lists(sessions: usize) -> Self {
        Self {
            sessions,
            queries: |sessions| {
                [
                    json!({"limit": 200, "includeDerivedTitles": true, "includeLastMessage": true}),
                    json!({"limit": 200, "offset": sessions / 2}),
                    json!({"limit": 200, "agentId": "support", "group": "group 7"}),
                    json!({"limit": 200, "pinned": true}),
                    json!({"limit": 200, "sortBy": "activity"}),
                    json!({"limit": 200, "activeMinutes": 30}),
                    json!({"limit": FEW}),
                ]
            },
            names: [
                "first 200",
                "200 in the middle",
                "200 of an agent in a group",
                "200 pinned",
                "200 by activity",
                "200 of the last half hour",
                "first 5,000",
            ],
        }
    }

    const fn searches(sessions: usize) -> Self {
        Self {
            sessions,
            queries: |_| {
                [
                    json!({"limit": 200, "search": "agent"}),
                    json!({"limit": 200, "search": "Harbour"}),
                    json!({"limit": 200, "search": "harbour plan"}),
                    json!({"limit": 200, "search": "0004242"}),
                    json!({"limit": 200, "search": "no such text"}),
                    json!({"limit": 200, "search": "bo"}),
                    json!({"limit": 200, "search": "harbour", "agentId": "support", "sortBy": "activity"}),
                ]
            },
            names: [
                "in all",
                "in one of 16",
                "in one of 128",
                "in one",
                "in none",
                "two letters",
                "of an agent, by activity",
            ],
        }
    }

    pub(super) fn about(&self) -> String {
        format!(
            "Wall time of an answer to `sessions.list` in a store of {} sessions, and the server's processor time for \
             it. One client asks for one at a time. The limit is a frame of as many bytes as 200, or 5,000, rows.",
            self.sessions
        )
    }

    pub(super) fn columns(&self) -> Vec<Column> {
        let columns = |name| [Column::less(name, "ms"), Column::less("processor", "ms")];
        self.names.into_iter().flat_map(columns).collect()
    }

    pub(super) async fn measure(&self, peer: Peer, plan: &Plan) -> Result<Vec<f64>> {
        let queries = (self.queries)(self.sessions);
        if peer == Peer::Floor {
            let running = Running::answers().await?;
            let mut socket = Dialect::Echo.connect(running.server.address).await?;
            let mut figures = Vec::new();
            for query in queries {
                let rows = query["limit"].as_u64().context("every list has a limit")?;
                let bytes = (rows as usize * ROW).to_string();
                figures.extend(repeat(&running, &mut socket, &bytes).await?);
            }
            return Ok(figures);
        }
        let running = plan
            .filled
            .start(peer, self.sessions, &plan.programs)
            .await?;
        let mut socket = peer.dialect().connect(running.server.address).await?;
        let mut figures = Vec::new();
        for query in queries {
            let first = request(&mut socket, "sessions.list", query.clone()).await?;
            ensure!(first["sessions"].is_array(), "no list: {first}");
            let frame = frame("sessions.list", &query);
            figures.extend(repeat(&running, &mut socket, &frame).await?);
        }
        running.stop().await?;
        Ok(figures)
    }
}

/// Milliseconds until the answer, in the median, and of the server's processor time, on average.
async fn repeat(running: &Running, socket: &mut Socket, frame: &str) -> Result<[f64; 2]> {
    let mut times = Vec::new();
    let (start, cpu) = (Instant::now(), running.server.cpu()?);
    while start.elapsed() < LONG && times.len() < MOST {
        let start = Instant::now();
        socket.send(frame).await?;
        // Events of health and presence may come between.
        while socket.hear().await?.starts_with(br#"{"type":"event""#) {}
        times.push(start.elapsed());
    }
    let cpu = (running.server.cpu()? - cpu) / u32::try_from(times.len())?;
    times.sort_unstable();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    Ok([milliseconds(times[times.len() / 2]), milliseconds(cpu)])
}
