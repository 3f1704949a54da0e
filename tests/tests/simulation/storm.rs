//! What happens in a world while its weather is bad.

use sessionwire_protocol::SessionKey;

use crate::client::Client;
use crate::gateway::Running;
use crate::link::Weather;
use crate::load;
use crate::world::{LONG_JOURNAL, World};

impl World {
    /// Things happen, and go wrong.
    pub(crate) fn storm(&mut self, length: u64) {
        let end = self.now + length;
        self.weather = Weather::bad(&mut self.dice);
        while self.now < end {
            let next = self.now + self.dice.below(120);
            self.run_until(next);
            match self.dice.below(30) {
                0 => self.cut(),
                1 if self.dice.chance(40) => self.restart(),
                2 => self.stall(),
                3 | 4 => self.change_subscriptions(),
                5 => self.running.enforce_policy(),
                6 | 7 => self.disk.read().is_full = self.dice.chance(25),
                8 => self.burst(),
                9..20 => self.gateway_acts(),
                _ => self.client_acts(),
            }
            self.arm_commit();
            self.settle();
        }
    }

    fn change_subscriptions(&mut self) {
        let index = self.dice.below(self.clients.len() as u64) as usize;
        let standing: Vec<_> = self.clients[index].subscribers.keys().copied().collect();
        match self.dice.try_pick(&standing) {
            Some(subscription) if standing.len() > 3 || self.dice.chance(30) => {
                self.clients[index].unsubscribe(*subscription, self.now);
            }
            Some(subscription) if self.dice.chance(60) => {
                let count = 1 + self.dice.below(3);
                self.clients[index].load_more(*subscription, count, self.now);
            }
            _ => self.subscribe(index),
        }
    }

    fn gateway_acts(&mut self) {
        let key = SessionKey::from(load::key(&mut self.dice).as_str());
        self.gateway_changes(&key);
    }

    /// Much happens to a session while the question about it is on its way.
    pub(crate) fn meddle(&mut self, frame: &str) {
        let Some(key) = load::session_asked_about(frame) else {
            return;
        };
        if self.dice.chance(self.weather.meddle_percent) {
            for _ in 0..2 + self.dice.below(4) {
                self.gateway_changes(&key);
            }
            self.arm_commit();
        }
    }

    fn gateway_changes(&mut self, key: &SessionKey) {
        let deed = load::deed(key.clone(), &mut self.dice);
        let committing = self.running.gateway.sessions.commit(|transaction| {
            deed(transaction);
            Ok(())
        });
        // A full disk keeps everything as it was.
        self.running.do_chore(async move { drop(committing.await) });
    }

    fn burst(&mut self) {
        // A long journal has room for more than a gateway tells one by one.
        let most = match self.settings.journal_entries {
            LONG_JOURNAL => 800,
            _ => 40,
        };
        for _ in 0..self.dice.below(most) {
            self.gateway_acts();
        }
    }

    fn client_acts(&mut self) {
        let index = self.dice.below(self.clients.len() as u64) as usize;
        for _ in 0..1 + self.dice.below(3) {
            if self.dice.chance(20) {
                let key = load::key(&mut self.dice);
                let label = self.dice.chance(80).then(|| load::label(&mut self.dice));
                self.clients[index].rename(&key, label, self.now);
                continue;
            }
            let (method, params) = load::request(&mut self.dice);
            self.clients[index].request(method, &params, self.now);
        }
    }

    /// A connection is cut, for both ends or for one alone.
    fn cut(&mut self) {
        let index = self.dice.below(self.clients.len() as u64) as usize;
        let client = &mut self.clients[index];
        let Some(transport) = &client.transport else {
            return;
        };
        let connection = transport.connection;
        match self.dice.below(4) {
            0 => self.running.drop_connection(connection),
            1 => client.cut(self.now),
            _ => {
                self.running.drop_connection(connection);
                client.cut(self.now);
            }
        }
    }

    /// The gateway starts anew: on the same store, or at times on another.
    fn restart(&mut self) {
        for client in &mut self.clients {
            client.cut(self.now);
        }
        if self.dice.chance(30) {
            // Offsets of different journals may be the same.
            let places: Vec<_> = self.clients.iter().flat_map(Client::offsets).collect();
            let first = match self.dice.try_pick(&places) {
                Some(place) if self.dice.chance(50) => *place,
                _ => self.dice.below(1_000),
            };
            self.disk.replace(first, self.dice.chance(60));
        }
        let leap = self.dice.below(1_000) as u32;
        self.running = Running::start(&self.disk, self.settings, self.clock(), leap);
        for _ in 0..self.dice.below(16) {
            self.gateway_acts();
        }
    }

    fn stall(&mut self) {
        for client in &mut self.clients {
            client.stalls = self.dice.chance(35);
        }
    }
}
