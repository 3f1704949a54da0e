//! Stores with many sessions, filled once for all benchmarks of a run by asking the gateways themselves.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::folder::Folder;
use crate::peer::{AGENTS, Dialect, Peer, Programs, Running, frame};
use crate::socket::Socket;

/// The folders of filled stores, by who filled them and with how many sessions.
#[derive(Default)]
pub(crate) struct Filled {
    /// Where they stay for the next run; without it they go with this one.
    lasting: Option<PathBuf>,
    folders: RefCell<HashMap<String, Rc<Folder>>>,
}

/// One session in so many is pinned.
const PINNED: usize = 20;
pub(crate) const GROUPS: usize = 20;
const PLACES: [&str; 16] = [
    "amber", "birch", "coral", "delta", "ember", "fjord", "glade", "harbour", "island", "jetty",
    "kelp", "lagoon", "meadow", "north", "orchard", "prairie",
];
const THINGS: [&str; 8] = [
    "release", "invoice", "survey", "rollout", "incident", "budget", "review", "plan",
];

impl Filled {
    pub(crate) fn new(lasting: Option<PathBuf>) -> Self {
        Self {
            lasting,
            folders: RefCell::default(),
        }
    }

    /// Starts a gateway on a store with so many sessions.
    pub(crate) async fn start(
        &self,
        peer: Peer,
        sessions: usize,
        programs: &Programs,
    ) -> Result<Running> {
        let name = format!("{} {sessions}", peer.name());
        let held = self.folders.borrow().get(&name).cloned();
        let folder = match held {
            Some(folder) => folder,
            None => {
                let folder = self.fill(&name, peer, sessions, programs).await?;
                self.folders.borrow_mut().insert(name, Rc::clone(&folder));
                folder
            }
        };
        peer.start_in(programs, folder).await
    }

    async fn fill(
        &self,
        name: &str,
        peer: Peer,
        sessions: usize,
        programs: &Programs,
    ) -> Result<Rc<Folder>> {
        let Some(lasting) = &self.lasting else {
            let folder = Rc::new(Folder::temporary()?);
            fill(peer, sessions, programs, &folder).await?;
            return Ok(folder);
        };
        // Made under another name, so that one of an earlier run that stands here is whole.
        let (path, unfinished) = (
            lasting.join(name),
            lasting.join(format!("{name} unfinished")),
        );
        if !path.exists() {
            if unfinished.exists() {
                std::fs::remove_dir_all(&unfinished)?;
            }
            std::fs::create_dir_all(&unfinished)?;
            let folder = Rc::new(Folder::lasting(unfinished.clone()));
            fill(peer, sessions, programs, &folder).await?;
            std::fs::rename(&unfinished, &path)?;
        }
        Ok(Rc::new(Folder::lasting(path)))
    }
}

async fn fill(peer: Peer, sessions: usize, programs: &Programs, folder: &Rc<Folder>) -> Result<()> {
    let start = Instant::now();
    eprintln!("{}: making {sessions} sessions", peer.name());
    let running = peer.start_in(programs, Rc::clone(folder)).await?;
    // More at once are refused there.
    let at_once = if peer == Peer::Openclaw { 8 } else { 200 };
    let mut socket = Dialect::Plain.connect(running.server.address).await?;
    let made = (0..sessions).map(|number| ("sessions.create", creation(number)));
    ask(&mut socket, made, at_once).await?;
    let pinned = (0..sessions).step_by(PINNED);
    let pinned = pinned.map(|number| {
        let params = json!({"key": key(number), "pinned": true});
        ("sessions.patch", params)
    });
    ask(&mut socket, pinned, at_once).await?;
    running.stop().await?;
    eprintln!("{}: made in {:.1?}", peer.name(), start.elapsed());
    Ok(())
}

/// Asks for many things, some at once.
async fn ask(
    socket: &mut Socket,
    requests: impl Iterator<Item = (&'static str, Value)>,
    at_once: usize,
) -> Result<()> {
    let mut requests = requests.map(|(method, params)| frame(method, &params));
    let first: Vec<String> = requests.by_ref().take(at_once).collect();
    let mut waiting = first.len();
    socket.send_all(first).await?;
    while waiting > 0 {
        let text = socket.hear().await?;
        if !text.starts_with(br#"{"type":"res""#) {
            continue;
        }
        waiting -= 1;
        let is_ok = text
            .windows(9)
            .take(100)
            .any(|part| part == br#""ok":true"#);
        ensure!(is_ok, "{}", String::from_utf8_lossy(&text));
        if let Some(next) = requests.next() {
            socket.send(&next).await?;
            waiting += 1;
        }
    }
    Ok(())
}

fn creation(number: usize) -> Value {
    let (place, thing) = (
        PLACES[number % PLACES.len()],
        THINGS[number / PLACES.len() % THINGS.len()],
    );
    let mut params = json!({"key": key(number), "label": format!("{place} {thing} {number:07}")});
    // Half of them are in no group.
    if number.is_multiple_of(2) {
        params["category"] = format!("group {}", number / 2 % GROUPS).into();
    }
    params
}

/// Keys end as those do that gateways draw at random, spread over the agents.
fn key(number: usize) -> String {
    let agent = AGENTS[number / 7 % AGENTS.len()];
    let random = (number as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    let hex = format!("{random:032x}");
    format!(
        "agent:{agent}:dashboard:{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}
