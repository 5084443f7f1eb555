//! How a gestore is put together from its folder.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use pec_gestore::{Limits, Provider};
use pec_message::write::SystemAddress;
use pec_store::{Options, Store, reference_of};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use super::access::AccessDesk;
use super::envelope::Memory;
use super::incoming::IncomingDesk;
use super::mailroom::{Mailboxes, Open};
use super::upkeep::Upkeep;
use super::{Ports, Running, metrics};
use crate::accounts::{Gate, StoredAccounts};
use crate::clock::Clock;
use crate::config::{Config, Engine};
use crate::init::STORE;
use crate::listen::{self, Connection, Door, Patience, Port, Stop, Stopper, Tls};
use crate::operate;
use crate::password::PasswordHasher;
use crate::relay::{Hop, Idle, MxResolver, Own, Postman, Resolver, StaticRoutes, Timeouts};
use crate::scan::{AttachmentPolicy, Clamd, ClamdAddress, Eicar, Scanner, Screening};
use crate::shell::{Gestore, Parts};
use crate::tls::{self, Trust};
use crate::world::{DirectoryFile, Folder, WorldError};
use crate::{pop3, smtp};

/// Starts gestori.
#[derive(Debug)]
pub struct Server;

/// Why a gestore does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// What it believes and signs with.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The store.
    #[error(transparent)]
    Open(#[from] pec_store::OpenError),
    /// The store, once it is open.
    #[error(transparent)]
    Store(#[from] pec_store::StoreError),
    /// TLS.
    #[error("{what}: {reason}")]
    Tls {
        /// Which file or key of the configuration.
        what: String,
        /// Why.
        reason: String,
    },
    /// A port.
    #[error("{address}: {reason}; is another program listening there, or are rights missing?")]
    Port {
        /// The address.
        address: SocketAddr,
        /// The system's words.
        reason: String,
    },
    /// Something of the configuration.
    #[error("{key}: {reason}")]
    Config {
        /// The key.
        key: &'static str,
        /// Why.
        reason: String,
    },
}

impl Server {
    /// Starts the gestore of a folder: when this returns, it listens.
    ///
    /// # Errors
    ///
    /// [`StartError`]; nothing listens then.
    pub async fn start(
        folder: &Path,
        config: Config,
        clock: Arc<dyn Clock>,
    ) -> Result<Running, StartError> {
        let crypto = pec_crypto_aws_lc::provider();
        let now = clock.now();
        let config = Arc::new(config);
        let mut files = Folder::new(folder, Arc::clone(&config), crypto.clone());
        let directory = files.directory(now).map_err(WorldError::from)?;
        let store = Store::open(Options::new(folder.join(STORE), &config.provider.node))?;
        let obtained_at = obtained_at(&store, &directory, now).await?;
        let world = Arc::new(files.read(&directory, obtained_at)?);
        let ports = Bound::bind(&config).await?;
        let postman = Arc::new(postman(folder, &config, ports.addresses.incoming, &clock)?);
        let screening = screening(&config)?;
        tracing::info!("{}", screening.describe());
        let parts = Parts {
            provider: provider(&config)?,
            node: config.provider.node.clone(),
            store: store.clone(),
            clock: Arc::clone(&clock),
            crypto,
            world,
            screening,
            relays: Arc::clone(&postman) as _,
        };
        let gestore = Gestore::new(parts).map_err(|error| StartError::Config {
            key: "provider.node",
            reason: error.to_string(),
        })?;
        let tls = server_tls(folder, &config, clock)?;
        let addresses = ports.addresses;
        let stopper = Stopper::new();
        let mut tasks = JoinSet::new();
        let desks = Desks::new(gestore.clone(), &config)?;
        desks.open(ports, &tls, &stopper, &mut tasks);
        let runner = gestore.clone();
        let stop = stopper.stop();
        tasks.spawn(async move { runner.run(stop).await });
        let upkeep = Upkeep::new(folder, config, gestore.clone(), files);
        tasks.spawn(upkeep.run(stopper.stop()));
        tasks.spawn(operate::serve(folder.to_owned(), gestore.clone(), stopper.stop()));
        tracing::info!(?addresses, "the gestore runs");
        Ok(Running { ports: addresses, gestore, postman, stopper, tasks })
    }
}

/// When this directory was first obtained: a restart does not make it younger.
async fn obtained_at(
    store: &Store,
    file: &DirectoryFile,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, StartError> {
    let reference = reference_of(&file.octets);
    let known = store.read(move |view| view.directory_at(now)).await?;
    if let Some(known) = known.filter(|known| known.body == reference) {
        return Ok(known.at);
    }
    let body = store.body(file.octets.clone()).await?;
    store.add_directory(body, now).await?;
    Ok(now)
}

fn provider(config: &Config) -> Result<Provider, StartError> {
    let section = &config.provider;
    let fault = |key, reason: String| StartError::Config { key, reason };
    Ok(Provider {
        name: section.name.parse().map_err(|e| fault("provider.name", format!("{e}")))?,
        system: SystemAddress::at(&section.domain)
            .map_err(|error| fault("provider.domain", error.to_string()))?,
        service_mailbox: section.service_mailbox.clone(),
        domains: section.domains.iter().map(|domain| domain.to_lowercase()).collect(),
        limits: Limits {
            message_octets: config.limits.message_octets,
            product_octets: config.limits.product_octets,
            recipients: config.limits.recipients,
            hops: config.limits.hops,
        },
    })
}

fn screening(config: &Config) -> Result<Screening, StartError> {
    let fault = |key, reason: String| StartError::Config { key, reason };
    let scanner: Option<Arc<dyn Scanner>> = match config.antivirus.engine {
        Engine::None => {
            tracing::warn!("no antivirus: infected mail passes");
            None
        }
        Engine::Eicar => {
            tracing::warn!("the antivirus knows the EICAR test file alone");
            Some(Arc::new(Eicar))
        }
        Engine::Clamd => {
            let address = config.antivirus.clamd.as_deref().unwrap_or_default();
            let address = clamd_address(address).ok_or_else(|| {
                let reason = "write unix:/path/of/the/socket or tcp:host:port".to_owned();
                fault("antivirus.clamd", reason)
            })?;
            Some(Arc::new(Clamd::new(address)))
        }
    };
    let attachments = &config.attachments;
    let policy = AttachmentPolicy::new(attachments.extensions.clone(), attachments.by_real_type);
    let policy = policy.map_err(|error| fault("attachments.extensions", error.to_string()))?;
    Ok(Screening::new(scanner, policy))
}

fn clamd_address(text: &str) -> Option<ClamdAddress> {
    match text.split_once(':')? {
        ("unix", path) if path.starts_with('/') => Some(ClamdAddress::Unix(path.into())),
        ("tcp", address) if address.contains(':') => Some(ClamdAddress::Tcp(address.to_owned())),
        _ => None,
    }
}

fn postman(
    folder: &Path,
    config: &Config,
    incoming: Option<SocketAddr>,
    clock: &Arc<dyn Clock>,
) -> Result<Postman, StartError> {
    let fault = |what: &dyn std::fmt::Display, reason: &dyn std::fmt::Display| StartError::Tls {
        what: what.to_string(),
        reason: reason.to_string(),
    };
    let connector = |what: &str, trust: Trust| -> Result<TlsConnector, StartError> {
        tls::connector(&trust, Arc::clone(clock)).map_err(|error| fault(&what, &error))
    };
    let own = folder.join(&config.tls.certificate);
    let pem = std::fs::read(&own).map_err(|error| fault(&own.display(), &error))?;
    let chain = tls::certificates(&pem).map_err(|error| fault(&own.display(), &error))?;
    let hashes = chain.iter().take(1).map(|der| Sha256::digest(der).into()).collect();
    Ok(Postman {
        host: config.host().to_owned(),
        resolver: resolver(config)?,
        providers: connector("relay.authorities", trust(folder, config)?)?,
        world: connector("relay", Trust::Anybody)?,
        timeouts: Timeouts::default(),
        own: Own {
            domains: config.provider.domains.iter().map(|domain| domain.to_lowercase()).collect(),
            hop: Hop { host: config.host().to_owned(), connect: own_address(config, incoming) },
            connector: connector("tls.certificate", Trust::Pinned(hashes))?,
        },
        idle: Idle::default(),
    })
}

/// How our own incoming point is reached from this host.
fn own_address(config: &Config, incoming: Option<SocketAddr>) -> String {
    match incoming {
        Some(address) if address.ip().is_unspecified() => {
            format!("localhost:{}", address.port())
        }
        Some(address) => address.to_string(),
        None => format!("{}:25", config.host()),
    }
}

/// Whom the relay believes that it is a provider's server.
fn trust(folder: &Path, config: &Config) -> Result<Trust, StartError> {
    let relay = &config.relay;
    if !relay.pinned.is_empty() {
        let hashes: Option<Vec<[u8; 32]>> = relay.pinned.iter().map(|hex| hash(hex)).collect();
        return hashes.map(Trust::Pinned).ok_or_else(|| StartError::Config {
            key: "relay.pinned",
            reason: "a certificate is named by 64 hexadecimal digits".to_owned(),
        });
    }
    let Some(file) = &relay.authorities else {
        let reason = "name the authorities of other providers' TLS certificates, or pin them";
        return Err(StartError::Config { key: "relay.authorities", reason: reason.to_owned() });
    };
    let file = folder.join(file);
    let fault = |reason: &dyn std::fmt::Display| StartError::Tls {
        what: file.display().to_string(),
        reason: reason.to_string(),
    };
    let pem = std::fs::read(&file).map_err(|error| fault(&error))?;
    Ok(Trust::Authorities(tls::certificates(&pem).map_err(|error| fault(&error))?))
}

fn hash(hex: &str) -> Option<[u8; 32]> {
    pec_gestore::Digest::try_from(hex.replace(':', "")).ok().map(|digest| digest.0)
}

fn resolver(config: &Config) -> Result<Arc<dyn Resolver>, StartError> {
    let mut table = BTreeMap::new();
    for (domain, route) in &config.relay.routes {
        let connect = route.connect.clone().unwrap_or_else(|| format!("{}:25", route.host));
        let hop = Hop { host: route.host.clone(), connect };
        table.insert(domain.to_lowercase(), vec![hop]);
    }
    let otherwise: Option<Arc<dyn Resolver>> = match config.relay.mx {
        false => None,
        true => {
            let mx = MxResolver::of_system();
            Some(Arc::new(mx.map_err(|reason| StartError::Config { key: "relay.mx", reason })?))
        }
    };
    Ok(Arc::new(StaticRoutes::new(table, otherwise)))
}

fn server_tls(folder: &Path, config: &Config, clock: Arc<dyn Clock>) -> Result<Tls, StartError> {
    let read = |path: &Path| {
        let path = folder.join(path);
        std::fs::read(&path).map_err(|error| StartError::Tls {
            what: path.display().to_string(),
            reason: error.to_string(),
        })
    };
    let (chain, key) = (read(&config.tls.certificate)?, read(&config.tls.key)?);
    let acceptor = tls::acceptor(&chain, &key, clock)
        .map_err(|error| StartError::Tls { what: "tls".to_owned(), reason: error.to_string() })?;
    Ok(Tls { acceptor, handshake: HANDSHAKE })
}

const HANDSHAKE: Duration = Duration::from_secs(30);
/// Messages that are arriving may take this many times the largest message together.
const MESSAGES_AT_ONCE: u64 = 4;

/// The sockets, before anybody answers at them.
struct Bound {
    addresses: Ports,
    incoming: Option<Port>,
    submission_tls: Option<Port>,
    submission: Option<Port>,
    pop3_tls: Option<Port>,
    pop3: Option<Port>,
    metrics: Option<Port>,
}

impl Bound {
    async fn bind(config: &Config) -> Result<Self, StartError> {
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
struct Desks {
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
    fn new(gestore: Gestore, config: &Config) -> Result<Self, StartError> {
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

    fn open(self, ports: Bound, tls: &Tls, stopper: &Stopper, tasks: &mut JoinSet<()>) {
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
