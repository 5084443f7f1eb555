//! A gestore that runs: listeners, desks, relay, upkeep, metrics.
//!
//! Tests, demonstrations and fuzzers embed one, with ports of the system's choice and a clock of
//! their own:
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use pec_server::{clock::SystemClock, config::Config, server::Server};
//!
//! let folder = std::path::Path::new("/srv/alfa");
//! let running = Server::start(folder, Config::read(folder)?, Arc::new(SystemClock)).await?;
//! println!("SMTP at {:?}", running.ports().incoming);
//! running.stop().await;
//! # Ok(())
//! # }
//! ```

mod access;
mod certificate;
mod envelope;
mod fetching;
mod incoming;
mod mailroom;
mod metrics;
mod outgoing;
mod ports;
mod start;
mod upkeep;

use std::net::SocketAddr;
use std::sync::Arc;

use pec_store::StoreError;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::listen::Stopper;
use crate::relay::Postman;
use crate::shell::Gestore;

pub use start::{Server, StartError};

/// Where a gestore listens; `None` where the configuration has nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    /// SMTP of other servers.
    pub incoming: Option<SocketAddr>,
    /// SMTP of users, TLS at once.
    pub submission_tls: Option<SocketAddr>,
    /// SMTP of users, STARTTLS.
    pub submission: Option<SocketAddr>,
    /// POP3, TLS at once.
    pub pop3_tls: Option<SocketAddr>,
    /// POP3, STLS.
    pub pop3: Option<SocketAddr>,
    /// Metrics and health.
    pub metrics: Option<SocketAddr>,
}

/// A gestore that runs until it is stopped.
#[derive(Debug)]
pub struct Running {
    ports: Ports,
    gestore: Gestore,
    postman: Arc<Postman>,
    stopper: Stopper,
    tasks: JoinSet<()>,
    failure: watch::Receiver<Option<StoreError>>,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub const fn ports(&self) -> Ports {
        self.ports
    }

    /// The gestore, for what no port offers.
    #[must_use]
    pub const fn gestore(&self) -> &Gestore {
        &self.gestore
    }

    /// Looks at once at what is due, after the clock was moved.
    pub fn wake(&self) {
        self.gestore.wake();
    }

    /// Waits until the store refuses all work, after a failure that leaves nobody knowing what the
    /// disk holds; forever if that does not happen. Until the gestore is stopped and started again
    /// it puts everybody off.
    pub async fn failed(&self) -> StoreError {
        let mut failure = self.failure.clone();
        let error = match failure.wait_for(Option::is_some).await {
            Ok(error) => error.clone(),
            Err(_) => None,
        };
        match error {
            Some(error) => error,
            None => std::future::pending().await,
        }
    }

    /// Stops: no new connections; sessions end between messages; what was acknowledged is stored
    /// already, what is being relayed is finished or left to the next start.
    pub async fn stop(mut self) {
        self.stopper.give();
        while self.tasks.join_next().await.is_some() {}
        self.postman.close().await;
    }
}
