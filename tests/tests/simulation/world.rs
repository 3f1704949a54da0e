//! Virtual time, a gateway, its clients, and what goes wrong between them.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sessionwire_dice::Dice;
use sessionwire_gateway::clock::Clock;
use sessionwire_protocol::Scope;

use crate::client::{Client, Deed, Transport, instant};
use crate::gateway::{Running, Settings};
use crate::link::{Weather, Wire};
use crate::load;
use crate::store::Disk;

/// What the wall clock shows when a world begins.
const BEGINNING: u64 = 1_700_000_000_000;

/// Room for more entries than a gateway tells one by one.
pub(crate) const LONG_JOURNAL: usize = 3_000;

pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) now: u64,
    pub(crate) disk: Disk,
    pub(crate) settings: Settings,
    pub(crate) running: Running,
    pub(crate) clients: Vec<Client>,
    pub(crate) weather: Weather,
    wall: Arc<AtomicU64>,
    commits_at: Option<u64>,
    last_connection: u64,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let wall = Arc::new(AtomicU64::new(BEGINNING));
        let settings = Settings {
            journal_entries: match dice.below(20) {
                0..12 => 5 + dice.below(40) as usize,
                12..19 => 300,
                _ => LONG_JOURNAL,
            },
            session_idle_ms: dice.chance(30).then(|| 2_000 + dice.below(6_000)),
            max_sessions: dice.chance(30).then(|| 3 + dice.below(8) as usize),
        };
        let disk = Disk::new(settings.journal_entries);
        let clients = (0..3 + dice.below(2))
            .map(|number| Client::new(number, disk.clone(), dice.roll(), scopes(number)))
            .collect();
        let leap = dice.below(1_000) as u32;
        let mut world = Self {
            running: Running::start(&disk, settings, clock(&wall), leap),
            dice,
            now: 0,
            wall,
            disk,
            settings,
            clients,
            weather: Weather::CALM,
            commits_at: None,
            last_connection: 0,
        };
        for index in 0..world.clients.len() {
            for _ in 0..1 + world.dice.below(3) {
                world.subscribe(index);
            }
            world.clients[index].state.connect(instant(0));
        }
        world
    }

    /// Nothing happens any more, and nothing goes wrong: everyone comes to rest.
    pub(crate) fn calm(&mut self) {
        self.weather = Weather::CALM;
        self.disk.read().is_full = false;
        for client in &mut self.clients {
            client.stalls = false;
        }
        self.arm_commit();
        self.settle();
        // A lost answer may be noticed late, and a gap behind it again; a half-open connection by its silence.
        self.run_until(self.now + 20_000);
        self.must_be_current();
        let before = self.activity();
        self.run_until(self.now + 4_000);
        assert!(
            before == self.activity(),
            "a calm client does not fall silent"
        );
        self.must_be_current();
    }

    /// A change in good weather succeeds, and reaches everyone.
    pub(crate) fn tell_all(&mut self) {
        let before = self.clients[0].successes;
        let params = serde_json::json!({ "key": "agent:main:main", "label": null });
        self.clients[0].request("sessions.patch", &params, self.now);
        self.settle();
        self.run_until(self.now + 500);
        assert_eq!(self.clients[0].successes, before + 1, "the change succeeds");
        self.must_be_current();
    }

    /// All that was told to anyone.
    pub(crate) fn digest(&self) -> u64 {
        let mut all = std::hash::DefaultHasher::new();
        for client in &self.clients {
            client.digest.finish().hash(&mut all);
        }
        all.finish()
    }

    fn activity(&self) -> Vec<(u64, u64)> {
        let clients = self.clients.iter();
        clients
            .map(|client| (client.frames_sent, client.events))
            .collect()
    }

    fn must_be_current(&mut self) {
        for client in &mut self.clients {
            client.must_be_current();
        }
    }

    pub(crate) fn subscribe(&mut self, index: usize) {
        let params = load::list(&mut self.dice);
        self.clients[index].subscribe(params, self.now);
    }

    /// The clock of the gateways.
    pub(crate) fn clock(&self) -> Clock {
        clock(&self.wall)
    }

    pub(crate) fn run_until(&mut self, end: u64) {
        let mut rounds = 0;
        while let Some(due) = self.next_due().filter(|due| *due <= end) {
            rounds = if due > self.now { 0 } else { rounds + 1 };
            assert!(rounds < 1_000, "time stands still");
            self.set_time(self.now.max(due));
            if self.commits_at.is_some_and(|at| at <= self.now) {
                self.commits_at = None;
                self.running.commit();
            }
            for index in 0..self.clients.len() {
                self.deliver(index);
            }
            self.settle();
        }
        self.set_time(end);
    }

    fn set_time(&mut self, now: u64) {
        self.now = now;
        self.wall.store(BEGINNING + now, Ordering::Relaxed);
    }

    fn next_due(&self) -> Option<u64> {
        let clients = self.clients.iter().filter_map(Client::next_due);
        let gateway = self.running.next_due(|id| is_blocked(&self.clients, id));
        clients.chain(gateway).chain(self.commits_at).min()
    }

    pub(crate) fn arm_commit(&mut self) {
        let wait = self.dice.below(self.weather.commit_ms);
        self.commits_at.get_or_insert(self.now + wait);
    }

    /// What is due between a client and the gateway.
    fn deliver(&mut self, index: usize) {
        let now = self.now;
        let client = &mut self.clients[index];
        if let Some(transport) = &mut client.transport {
            let connection = transport.connection;
            if transport.opens_at.is_some_and(|at| at <= now) {
                transport.opens_at = None;
                if self.dice.chance(self.weather.lose_percent) {
                    client.cut(now);
                    return;
                }
                let challenge = self.running.accept(connection);
                transport
                    .down
                    .put(&challenge, now, self.weather, &mut self.dice);
                client.state.transport_opened(instant(now));
            }
            self.pass_on(index, connection);
        }
        let client = &mut self.clients[index];
        while !client.stalls
            && let Some(transport) = &mut client.transport
            && let Some(frame) = transport.down.take(now)
        {
            client.receive(&frame, now);
        }
        client.state.handle_timeout(instant(now));
    }

    /// The gateway reads what has come on a connection, unless it waits for the client to read.
    fn pass_on(&mut self, index: usize, connection: u64) {
        loop {
            let client = &mut self.clients[index];
            let Some(transport) = client.transport.as_mut().filter(|it| !it.down.is_full()) else {
                return;
            };
            let Some(frame) = transport.up.take(self.now) else {
                return;
            };
            if let Some(hello) = self.running.receive(connection, &frame, self.now) {
                transport
                    .down
                    .put(&hello, self.now, self.weather, &mut self.dice);
            }
            self.write(connection);
            self.arm_commit();
        }
    }

    /// The gateway writes what is due on a connection, until the client does not read any more.
    fn write(&mut self, connection: u64) {
        let mut clients = self.clients.iter_mut();
        let mut wire = clients.find_map(|client| client.wire_of(connection));
        while wire.as_ref().is_none_or(|wire| !wire.is_full())
            && let Some(frames) = self.running.next_frames(connection)
        {
            for frame in frames {
                if let Some(wire) = &mut wire {
                    wire.put(frame.as_str(), self.now, self.weather, &mut self.dice);
                }
            }
        }
    }

    /// Does what everyone wants to be done.
    pub(crate) fn settle(&mut self) {
        let (now, wake_ms, dice) = (self.now, self.weather.wake_ms, &mut self.dice);
        self.running.wake(|| now + dice.below(wake_ms));
        let clients = &self.clients;
        self.running.tick(now, |id| is_blocked(clients, id));
        for connection in self.running.awake(now) {
            self.write(connection);
        }
        for index in 0..self.clients.len() {
            while let Some(deed) = self.clients[index].next_deed() {
                self.carry_out(index, deed);
            }
        }
    }

    fn carry_out(&mut self, index: usize, deed: Deed) {
        let client = &mut self.clients[index];
        match (deed, &mut client.transport) {
            (Deed::Open, _) => {
                self.last_connection += 1;
                client.transport = Some(Transport {
                    connection: self.last_connection,
                    opens_at: Some(self.now + 1 + self.dice.below(self.weather.delay_ms)),
                    up: Wire::default(),
                    down: Wire::default(),
                });
            }
            (Deed::Close, Some(transport)) => {
                self.running.drop_connection(transport.connection);
                client.hang_up();
            }
            (Deed::Send(frame), Some(transport)) => {
                transport
                    .up
                    .put(&frame, self.now, self.weather, &mut self.dice);
                self.meddle(&frame);
            }
            // What it wanted before its transport was cut.
            (Deed::Close | Deed::Send(_), None) => {}
        }
    }
}

/// Whether the client of a connection does not read.
fn is_blocked(clients: &[Client], connection: u64) -> bool {
    let mut transports = clients
        .iter()
        .filter_map(|client| client.transport.as_ref());
    transports.any(|it| it.connection == connection && it.down.is_full())
}

fn clock(wall: &Arc<AtomicU64>) -> Clock {
    let wall = Arc::clone(wall);
    Clock::new(move || wall.load(Ordering::Relaxed))
}

/// One client may do everything; of the others one may only read, and one may not even that.
fn scopes(number: u64) -> Vec<Scope> {
    match number {
        1 => vec![Scope::READ],
        2 => Vec::new(),
        _ => vec![Scope::READ, Scope::WRITE, Scope::ADMIN],
    }
}
