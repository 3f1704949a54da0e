//! Virtual time, a gateway, clients, and what goes wrong between them.

use sessionwire_dice::Dice;

use crate::client::{Client, Deed, Transport, instant};
use crate::gateway::Gateway;
use crate::link::{Weather, Wire};
use crate::state::View;

pub(crate) struct World {
    dice: Dice,
    now: u64,
    gateway: Gateway,
    clients: Vec<Client>,
    weather: Weather,
    last_connection: u64,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let plain = dice.chance(25);
        let mut clients: Vec<_> = (0..3).map(|_| Client::new(dice.roll())).collect();
        for client in &mut clients {
            client.subscribe_sessions(View::EVERYTHING, 0);
            client.state.connect(instant(0));
        }
        clients[0].subscribe_sessions(View { limit: Some(3) }, 0);
        clients[1].subscribe_sessions(View { limit: Some(1) }, 0);
        clients[0].subscribe_messages("s0", 0);
        clients[1].subscribe_messages("agent:main:s1", 0);
        Self {
            dice,
            now: 0,
            gateway: Gateway::new(plain),
            clients,
            weather: Weather::CALM,
            last_connection: 0,
        }
    }

    /// Things happen, and go wrong.
    pub(crate) fn storm(&mut self, length: u64) {
        let end = self.now + length;
        self.weather = Weather {
            lose_percent: self.dice.below(12),
            repeat_percent: self.dice.below(12),
            delay_ms: 1 + self.dice.below(400),
        };
        self.gateway.busy = self.dice.chance(30);
        while self.now < end {
            let next = self.now + self.dice.below(300);
            self.run_until(next);
            match self.dice.below(20) {
                0 => self.cut(),
                1 => self.restart(),
                2 => self.client_acts(),
                3 => self.stall(),
                _ => self.gateway_acts(),
            }
            self.gateway.flush();
            self.settle();
        }
    }

    /// Nothing happens any more, and nothing goes wrong: everyone comes to rest.
    pub(crate) fn calm(&mut self) {
        self.weather = Weather::CALM;
        self.gateway.busy = false;
        for connection in self.gateway.connections.values_mut() {
            connection.stalled = false;
        }
        self.gateway.flush();
        // A lost answer may be noticed late, and a gap behind it again; a half-open connection by its silence.
        self.run_until(self.now + 20_000);
        self.must_be_equal();
        let sent: Vec<_> = self
            .clients
            .iter()
            .map(|client| client.frames_sent)
            .collect();
        self.run_until(self.now + 6_000);
        let later: Vec<_> = self
            .clients
            .iter()
            .map(|client| client.frames_sent)
            .collect();
        assert_eq!(sent, later, "a client at rest falls silent");
    }

    /// A change, and a message, that reach all who should be told.
    pub(crate) fn tell_all(&mut self) {
        let key = "s0";
        self.gateway.patch(key, false);
        let before = self.gateway.sessions[key].version;
        for client in &mut self.clients {
            client.own_change = None;
        }
        let id = self.clients[0].patch(key, self.now);
        self.clients[0].own_change = Some((id, key.to_owned(), before));
        let messages = [self.gateway.message("s0"), self.gateway.message("s1")];
        self.gateway.flush();
        self.settle();
        self.run_until(self.now + 1_000);
        assert!(
            self.clients[0].own_change.is_none(),
            "the change is answered"
        );
        for client in &mut self.clients {
            for mailbox in client.mailboxes.values() {
                let expected = messages[usize::from(mailbox.key == "s1")];
                let count = mailbox
                    .messages
                    .iter()
                    .filter(|id| **id == expected)
                    .count();
                assert_eq!(count, 1, "a message to {} in good weather", mailbox.key);
            }
        }
        self.must_be_equal();
    }

    fn must_be_equal(&self) {
        for client in &self.clients {
            assert!(client.is_settled(), "a request is still open");
            for copy in client.copies.values() {
                copy.must_equal(&self.gateway);
            }
        }
    }

    fn gateway_acts(&mut self) {
        let key = format!("s{}", self.dice.below(7));
        match self.dice.below(12) {
            0..4 => self.gateway.patch(&key, self.dice.chance(20)),
            4..6 => self.gateway.reset(&key),
            6..8 => self.gateway.delete(&key),
            8 => self.gateway.archive(&key),
            9 => self.gateway.aside(self.dice.below(3)),
            10 => drop(self.gateway.message(&key)),
            _ => {
                for _ in 0..self.dice.below(20) {
                    self.gateway.patch(&key, false);
                }
            }
        }
    }

    fn client_acts(&mut self) {
        let now = self.now;
        let index = self.dice.below(self.clients.len() as u64) as usize;
        let client = &mut self.clients[index];
        let standing: Vec<_> = client
            .copies
            .keys()
            .chain(client.mailboxes.keys())
            .copied()
            .collect();
        match self.dice.below(9) {
            0 => {
                let limit = self
                    .dice
                    .chance(70)
                    .then(|| 1 + self.dice.below(5) as usize);
                client.subscribe_sessions(View { limit }, now);
            }
            6 | 7 => {
                let key = format!("s{}", self.dice.below(7));
                client.rename(&key, self.dice.below(4), now);
            }
            8 => {
                if let Some(subscription) = self.dice.try_pick(&standing) {
                    client.load_more(*subscription, now);
                }
            }
            1 => client.subscribe_messages("s0", now),
            2 => client.subscribe_messages("agent:main:s0", now),
            3 => drop(client.patch("s2", now)),
            4 => client.state.connect(instant(now)),
            _ => {
                if let Some(subscription) = self.dice.try_pick(&standing) {
                    client.unsubscribe(*subscription, now);
                }
            }
        }
    }

    /// A connection is cut, for both ends or for the gateway alone.
    fn cut(&mut self) {
        let index = self.dice.below(self.clients.len() as u64) as usize;
        let client = &mut self.clients[index];
        if let Some(transport) = &client.transport {
            self.gateway.connections.remove(&transport.connection);
            if self.dice.chance(70) {
                client.transport = None;
                client.state.transport_closed(None, instant(self.now));
            }
        }
    }

    fn restart(&mut self) {
        let same_epoch = self.dice.chance(50);
        self.gateway.restart(same_epoch, &mut self.dice);
        for _ in 0..self.dice.below(8) {
            self.gateway_acts();
        }
        for client in &mut self.clients {
            if client.transport.take().is_some() {
                client.state.transport_closed(None, instant(self.now));
            }
        }
    }

    fn stall(&mut self) {
        for connection in self.gateway.connections.values_mut() {
            connection.stalled = self.dice.chance(40);
        }
    }

    fn run_until(&mut self, end: u64) {
        loop {
            let clients = self.clients.iter().filter_map(Client::next_due);
            match clients.chain(self.gateway.next_tick()).min() {
                Some(due) if due <= end => self.now = self.now.max(due),
                _ => break,
            }
            self.gateway.tick(self.now);
            for index in 0..self.clients.len() {
                self.deliver(index);
            }
            self.gateway.flush();
            self.settle();
        }
        self.now = end;
    }

    /// What is due between a client and the gateway.
    fn deliver(&mut self, index: usize) {
        let (now, client) = (self.now, &mut self.clients[index]);
        if let Some(transport) = &mut client.transport {
            if transport.opens_at.is_some_and(|at| at <= now) {
                transport.opens_at = None;
                if self.dice.chance(self.weather.lose_percent) {
                    client.transport = None;
                    client.state.transport_closed(None, instant(now));
                    return;
                }
                self.gateway.accept(transport.connection, now);
                client.state.transport_opened(instant(now));
            }
            while let Some(frame) = transport.up.take(now) {
                self.gateway
                    .receive(transport.connection, &frame, &mut self.dice);
            }
            if let Some(frame) = transport.down.take(now) {
                client.receive(&frame, now);
            }
        }
        client.state.handle_timeout(instant(now));
    }

    /// Does what everyone wants to be done.
    fn settle(&mut self) {
        let Self {
            dice,
            now,
            gateway,
            clients,
            weather,
            last_connection,
        } = self;
        for client in clients {
            while let Some(deed) = client.next_deed(gateway) {
                match deed {
                    Deed::Open => {
                        *last_connection += 1;
                        client.transport = Some(Transport {
                            connection: *last_connection,
                            opens_at: Some(*now + 1 + dice.below(weather.delay_ms)),
                            up: Wire::default(),
                            down: Wire::default(),
                        });
                    }
                    Deed::Close => {
                        let transport = client.transport.take().expect("there is a transport");
                        gateway.connections.remove(&transport.connection);
                    }
                    Deed::Send(frame) => {
                        let transport = client.transport.as_mut().expect("there is a transport");
                        transport.up.put(&[frame], *now, *weather, dice);
                    }
                }
            }
            if let Some(transport) = &mut client.transport
                && let Some(connection) = gateway.connections.get_mut(&transport.connection)
            {
                for frames in connection.frames.drain(..) {
                    transport.down.put(&frames, *now, *weather, dice);
                }
            }
        }
    }
}
