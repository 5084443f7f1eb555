//! How many connections there may be.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts connections, in all and of each address.
#[derive(Debug)]
pub struct Door {
    limit: usize,
    limit_per_peer: usize,
    guests: Mutex<Guests>,
}

#[derive(Debug, Default)]
struct Guests {
    all: usize,
    of: HashMap<IpAddr, usize>,
}

/// A connection's place; dropping it gives the place back.
#[derive(Debug)]
pub struct Guest {
    door: Arc<Door>,
    address: IpAddr,
}

impl Door {
    /// With these limits.
    #[must_use]
    pub fn new(limit: usize, limit_per_peer: usize) -> Arc<Self> {
        Arc::new(Self { limit, limit_per_peer, guests: Mutex::default() })
    }

    /// A place for a connection from this address, if there is one.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Guest> {
        let address = address.to_canonical();
        let mut guests = self.lock();
        let of_peer = guests.of.get(&address).copied().unwrap_or_default();
        if guests.all >= self.limit || of_peer >= self.limit_per_peer {
            return None;
        }
        guests.all = guests.all.saturating_add(1);
        guests.of.insert(address, of_peer.saturating_add(1));
        metrics::gauge!("pec_connections").set(f64::from(u32::try_from(guests.all).unwrap_or(0)));
        drop(guests);
        Some(Guest { door: Arc::clone(self), address })
    }

    fn lock(&self) -> MutexGuard<'_, Guests> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guest {
    /// The address that it came from.
    #[must_use]
    pub const fn address(&self) -> IpAddr {
        self.address
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut guests = self.door.lock();
        guests.all = guests.all.saturating_sub(1);
        metrics::gauge!("pec_connections").set(f64::from(u32::try_from(guests.all).unwrap_or(0)));
        if let Some(count) = guests.of.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                guests.of.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_limited_and_given_back() {
        let door = Door::new(3, 2);
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let first = door.enter(one).unwrap();
        let second = door.enter(one).unwrap();
        assert!(door.enter(one).is_none(), "the third of one address");
        let third = door.enter(other).unwrap();
        assert!(door.enter(other).is_none(), "the fourth of all");
        drop((first, third));
        assert!(door.enter(one).is_some());
        drop(second);
        assert_eq!(door.lock().all, 0);
        assert!(door.lock().of.is_empty());
    }
}
