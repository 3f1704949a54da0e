//! How many sockets of one address may be in their handshake.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::MAX_HANDSHAKES;

/// The sockets that are open and not yet past their handshake.
#[derive(Clone, Debug, Default)]
pub struct Handshakes {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A socket in its handshake; it counts until this is dropped.
#[derive(Debug)]
pub struct Handshaking {
    handshakes: Handshakes,
    address: IpAddr,
}

impl Handshakes {
    /// Counts a socket of this address; `None` when the address has too many.
    pub fn begin(&self, address: IpAddr) -> Option<Handshaking> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= MAX_HANDSHAKES {
            return None;
        }
        *count += 1;
        Some(Handshaking {
            handshakes: self.clone(),
            address,
        })
    }
}

impl Drop for Handshaking {
    fn drop(&mut self) {
        let mut open = self
            .handshakes
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_own_share() {
        let handshakes = Handshakes::default();
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let mut open: Vec<_> = (0..MAX_HANDSHAKES)
            .map_while(|_| handshakes.begin(one))
            .collect();
        assert_eq!(open.len(), MAX_HANDSHAKES);
        assert!(handshakes.begin(one).is_none());
        assert!(handshakes.begin(other).is_some());
        open.pop();
        open.extend(handshakes.begin(one));
        assert_eq!(open.len(), MAX_HANDSHAKES);
        drop(open);
        let left = handshakes.open.lock().expect("nobody panicked");
        assert!(left.is_empty(), "addresses without sockets are forgotten");
    }
}
