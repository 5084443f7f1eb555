//! Open connections to other servers, kept for the next message, and no more than a host likes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Link;

/// Connections to other servers. A host gets sixteen at most: what waits for one is sooner
/// there than what a host refused and the queue tries again.
#[derive(Debug, Default)]
pub struct Connections(Mutex<HashMap<Name, Host>>);

/// A host, and whether TLS is required.
pub(super) type Name = (String, bool);

/// Connections to one host at once.
const PER_HOST: usize = 16;
/// Servers wait longer than this for a next message.
const KEPT: Duration = Duration::from_secs(20);

#[derive(Debug)]
struct Host {
    places: Arc<Semaphore>,
    idle: Vec<(Instant, Link)>,
}

/// The right to have one connection to a host.
#[derive(Debug)]
pub(super) struct Place {
    name: Name,
    /// One that is open already.
    pub(super) link: Option<Link>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Connections {
    /// Waits until there may be one more connection to a host.
    pub(super) async fn place(&self, name: Name) -> Place {
        let places = Arc::clone(&self.lock().entry(name.clone()).or_default().places);
        // Nobody closes these semaphores.
        let permit = places.acquire_owned().await.ok();
        let link = self.lock().get_mut(&name).and_then(Host::take);
        Place { name, link, _permit: permit }
    }

    /// Keeps a connection for the next message to its host.
    pub(super) fn keep(&self, place: &Place, link: Link) {
        let mut hosts = self.lock();
        hosts.retain(|_, host| host.is_in_use());
        hosts.entry(place.name.clone()).or_default().idle.push((Instant::now(), link));
    }

    /// Those that are open and not in use.
    pub(super) fn drain(&self) -> Vec<Link> {
        let mut hosts = self.lock();
        hosts.values_mut().flat_map(|host| host.idle.drain(..)).map(|(_, link)| link).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Host>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host {
    fn take(&mut self) -> Option<Link> {
        self.idle.retain(|(since, _)| since.elapsed() < KEPT);
        self.idle.pop().map(|(_, link)| link)
    }

    /// Whether somebody sends or waits, or there is a connection that can still be used.
    fn is_in_use(&self) -> bool {
        Arc::strong_count(&self.places) > 1
            || self.idle.iter().any(|(since, _)| since.elapsed() < KEPT)
    }
}

impl Default for Host {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(PER_HOST)), idle: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_host_gets_no_more_than_its_places_and_others_go_on() {
        let connections = Connections::default();
        let name = |host: &str| (host.to_owned(), true);
        let mut places = Vec::new();
        for _ in 0..PER_HOST {
            places.push(connections.place(name("beta.example")).await);
        }
        let one_more = connections.place(name("beta.example"));
        let waiting = tokio::time::timeout(Duration::from_millis(20), one_more).await;
        assert!(waiting.is_err());
        drop(connections.place(name("gamma.example")).await);
        places.pop();
        drop(connections.place(name("beta.example")).await);
    }

    #[tokio::test]
    async fn a_host_that_nobody_sends_to_is_forgotten() {
        let connections = Connections::default();
        let place = connections.place(("beta.example".to_owned(), true)).await;
        connections.lock().retain(|_, host| host.is_in_use());
        assert_eq!(connections.lock().len(), 1);
        drop(place);
        connections.lock().retain(|_, host| host.is_in_use());
        assert!(connections.lock().is_empty());
    }
}
