//! The sockets and what answers at them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::access::AccessDesk;
use super::envelope::Memory;
use super::incoming::IncomingDesk;
use super::mailroom::{Mailboxes, Open};
use super::{Ports, StartError, metrics};
use crate::accounts::{Gate, StoredAccounts};
use crate::config::Config;
use crate::listen::{self, Connection, Door, Patience, Port, Stop, Stopper, Tls};
use crate::password::PasswordHasher;
use crate::shell::Gestore;
use crate::{pop3, smtp};

/// How long TLS may take to begin.
pub(super) const HANDSHAKE: Duration = Duration::from_secs(30);
/// Messages that are arriving may take this many times the largest message together.
const MESSAGES_AT_ONCE: u64 = 4;

/// The sockets, before anybody answers at them.
pub(super) struct Bound {
    pub(super) addresses: Ports,
    incoming: Option<Port>,
    submission_tls: Option<Port>,
    submission: Option<Port>,
    pop3_tls: Option<Port>,
    pop3: Option<Port>,
    metrics: Option<Port>,
}

impl Bound {
    pub(super) async fn bind(config: &Config) -> Result<Self, StartError> {
        let listen = &config.listen;
        let incoming = bind(listen.incoming, false).await?;
        let submission_tls = bind(listen.submission_tls, true).await?;
        let submission = bind(listen.submission, false).await?;
        let pop3_tls = bind(listen.pop3_tls, true).await?;
        let pop3 = bind(listen.pop3, false).await?;
        let metrics = bind(listen.metrics, false).await?;
        let at = |port: &Option<Port>| port.as_ref().and_then(|p| p.listener.local_addr().ok());
        let addresses = Ports {
            incoming: at(&incoming),
            submission_tls: at(&submission_tls),
            submission: at(&submission),
            pop3_tls: at(&pop3_tls),
            pop3: at(&pop3),
            metrics: at(&metrics),
        };
        Ok(Self { addresses, incoming, submission_tls, submission, pop3_tls, pop3, metrics })
    }
}

async fn bind(address: Option<SocketAddr>, is_tls: bool) -> Result<Option<Port>, StartError> {
    let Some(address) = address else { return Ok(None) };
    let port = Port::bind(address, is_tls).await;
    port.map(Some).map_err(|error| StartError::Port { address, reason: error.to_string() })
}

/// What answers at the sockets.
pub(super) struct Desks {
    gestore: Gestore,
    gate: Arc<Gate>,
    door: Arc<Door>,
    memory: Memory,
    open: Open,
    patience: Patience,
    access: smtp::Rules,
    incoming: smtp::Rules,
    mailboxes: pop3::Rules,
}

impl Desks {
    /// What lets users in.
    pub(super) fn gate(&self) -> Arc<Gate> {
        Arc::clone(&self.gate)
    }

    pub(super) fn new(gestore: Gestore, config: &Config) -> Result<Self, StartError> {
        let accounts = Arc::new(StoredAccounts::new(gestore.store().clone()));
        let gate = Gate::new(accounts, PasswordHasher::recommended());
        let gate = gate
            .map_err(|error| StartError::Config { key: "accounts", reason: error.to_string() })?;
        let limits = &config.limits;
        let rules = |role| smtp::Rules {
            message_octets: gestore.provider().limits.message(),
            recipients: limits.recipients,
            postmaster_domain: config.provider.domain.clone(),
            ..smtp::Rules::new(config.host(), role)
        };
        let message_octets = gestore.provider().limits.message();
        Ok(Self {
            gate: Arc::new(gate),
            door: Door::new(limits.connections, limits.connections_per_peer),
            memory: Memory::new(message_octets.saturating_mul(MESSAGES_AT_ONCE)),
            open: Open::default(),
            patience: Patience {
                idle: Duration::from_secs(limits.idle_seconds),
                message: Duration::from_secs(limits.message_seconds),
                handshake: HANDSHAKE,
            },
            access: rules(smtp::Role::Submission),
            incoming: rules(smtp::Role::Incoming),
            mailboxes: pop3::Rules::new(config.host()),
            gestore,
        })
    }

    pub(super) fn open(self, ports: Bound, tls: &Tls, stopper: &Stopper, tasks: &mut JoinSet<()>) {
        let desks = Arc::new(self);
        for port in [ports.submission_tls, ports.submission].into_iter().flatten() {
            let (d, t, s) = (Arc::clone(&desks), tls.clone(), stopper.stop());
            let serve = move |connection| Arc::clone(&d).access(connection, t.clone(), s.clone());
            let door = Arc::clone(&desks.door);
            tasks.spawn(listen::accept(port, door, tls.clone(), stopper.stop(), serve));
        }
        if let Some(port) = ports.incoming {
            let (d, t, s) = (Arc::clone(&desks), tls.clone(), stopper.stop());
            let serve = move |connection| Arc::clone(&d).incoming(connection, t.clone(), s.clone());
            let door = Arc::clone(&desks.door);
            tasks.spawn(listen::accept(port, door, tls.clone(), stopper.stop(), serve));
        }
        for port in [ports.pop3_tls, ports.pop3].into_iter().flatten() {
            let (d, t, s) = (Arc::clone(&desks), tls.clone(), stopper.stop());
            let serve = move |connection| Arc::clone(&d).pop3(connection, t.clone(), s.clone());
            let door = Arc::clone(&desks.door);
            tasks.spawn(listen::accept(port, door, tls.clone(), stopper.stop(), serve));
        }
        if let Some(port) = ports.metrics {
            tasks.spawn(metrics::serve(port, desks.gestore.clone(), stopper.stop()));
        }
    }

    async fn access(self: Arc<Self>, connection: Connection, tls: Tls, stop: Stop) {
        let host = self.access.host.clone();
        let session = smtp::Session::new(self.access.clone(), connection.stream.is_secure());
        let gate = Arc::clone(&self.gate);
        let mut desk = AccessDesk::new(self.gestore.clone(), gate, host, self.memory.clone());
        listen::serve_smtp(connection, session, &mut desk, &tls, self.patience, stop).await;
    }

    async fn incoming(self: Arc<Self>, connection: Connection, tls: Tls, stop: Stop) {
        let host = self.incoming.host.clone();
        let session = smtp::Session::new(self.incoming.clone(), connection.stream.is_secure());
        let mut desk = IncomingDesk::new(self.gestore.clone(), host, self.memory.clone());
        listen::serve_smtp(connection, session, &mut desk, &tls, self.patience, stop).await;
    }

    async fn pop3(self: Arc<Self>, connection: Connection, tls: Tls, stop: Stop) {
        let session = pop3::Session::new(self.mailboxes.clone(), connection.stream.is_secure());
        let gate = Arc::clone(&self.gate);
        let mut mailroom = Mailboxes::new(self.gestore.clone(), gate, self.open.clone());
        listen::serve_pop3(connection, session, &mut mailroom, &tls, self.patience, stop).await;
    }
}
