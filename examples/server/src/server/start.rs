//! How a gestore is put together from its folder.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use pec_gestore::{Limits, Provider};
use pec_message::write::SystemAddress;
use pec_store::{Options, RetrySchedule, Store, reference_of};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Running;
use super::certificate::OwnCertificate;
use super::fetching;
use super::outgoing::postman;
use super::ports::{Bound, Desks, HANDSHAKE};
use super::upkeep::Upkeep;
use crate::clock::Clock;
use crate::config::{Config, Engine};
use crate::init::STORE;
use crate::listen::{Stopper, Tls};
use crate::operate;
use crate::scan::{AttachmentPolicy, Clamd, ClamdAddress, Eicar, Scanner, Screening};
use crate::shell::{Gestore, Parts};
use crate::tls::{self, Shown};
use crate::world::{DirectoryFile, Fetcher, Folder, WorldError};

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
        let put_at = files.directory_put_at();
        let obtained_at = obtained_at(&store, &directory, put_at, now).await?;
        let world = Arc::new(files.read(&directory, obtained_at)?);
        let certificate = OwnCertificate::read(folder, &config.tls)?;
        let ports = Bound::bind(&config).await?;
        let postman = Arc::new(postman(
            folder,
            &config,
            ports.addresses.incoming,
            certificate.shown(),
            &clock,
        )?);
        let screening = screening(&config)?;
        tracing::info!("{}", screening.describe());
        let parts = Parts {
            provider: provider(&config)?,
            node: config.provider.node.clone(),
            store: store.clone(),
            clock: Arc::clone(&clock),
            crypto: crypto.clone(),
            world,
            screening,
            relays: Arc::clone(&postman) as _,
            retries: RetrySchedule {
                first: Duration::from_secs(config.relay.first_retry_seconds),
                longest: Duration::from_secs(config.relay.longest_retry_seconds),
            },
        };
        let gestore = Gestore::new(parts).map_err(|error| StartError::Config {
            key: "provider.node",
            reason: error.to_string(),
        })?;
        let tls = server_tls(certificate.shown(), Arc::clone(&clock))?;
        let addresses = ports.addresses;
        let stopper = Stopper::new();
        let mut tasks = JoinSet::new();
        let desks = Desks::new(gestore.clone(), &config)?;
        let orders =
            operate::serve(folder.to_owned(), gestore.clone(), desks.gate(), stopper.stop());
        desks.open(ports, &tls, &stopper, &mut tasks);
        let runner = gestore.clone();
        let stop = stopper.stop();
        let (failed, failure) = watch::channel(None);
        tasks.spawn(async move {
            if let Err(error) = runner.run(stop).await {
                failed.send_replace(Some(error));
            }
        });
        if let Some(fetcher) = Fetcher::new(folder, &config.directory, clock, crypto) {
            tasks.spawn(fetching::run(fetcher, gestore.clone(), stopper.stop()));
        }
        let upkeep = Upkeep::new(folder, config, gestore.clone(), files, certificate);
        tasks.spawn(upkeep.run(stopper.stop()));
        tasks.spawn(orders);
        tracing::info!(?addresses, "the gestore runs");
        Ok(Running { ports: addresses, gestore, postman, stopper, tasks, failure })
    }
}

/// When this directory was obtained: a restart does not make it younger. One that says the same as
/// before was obtained again when its file was put there; a file of the future says nothing.
async fn obtained_at(
    store: &Store,
    file: &DirectoryFile,
    put_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, StartError> {
    let reference = reference_of(&file.octets);
    let known = store.read(move |view| view.directory_at(now)).await?;
    if let Some(known) = known.filter(|known| known.body == reference) {
        return Ok(put_at.filter(|at| *at <= now).map_or(known.at, |at| at.max(known.at)));
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

fn server_tls(shown: Shown, clock: Arc<dyn Clock>) -> Result<Tls, StartError> {
    let acceptor = tls::acceptor(shown, clock)
        .map_err(|error| StartError::Tls { what: "tls".to_owned(), reason: error.to_string() })?;
    Ok(Tls { acceptor, handshake: HANDSHAKE })
}
