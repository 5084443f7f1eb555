//! Two providers in this process, over real sockets of this host.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pec_client::account::Endpoint;
use pec_client::wire::Tls;
use pec_server::accounts::{UserError, add_user, set_password};
use pec_server::clock::Clock as _;
use pec_server::config::{Config, Engine, RouteSection};
use pec_server::init::{Init, init};
use pec_server::password::PasswordHasher;
use pec_server::server::{Running, Server};
use pec_store::StoreError;

use crate::clock::MovableClock;
use crate::problem::{Problem, Result};

/// The password of all users of the demonstration.
pub const PASSWORD: &str = "tre tigri contro 33";

/// A provider: its folder, and the server while it runs.
#[derive(Debug)]
pub struct Provider {
    /// Its domain, `alfa.example`.
    pub domain: String,
    /// Its folder.
    pub folder: PathBuf,
    incoming: SocketAddr,
    other: (String, SocketAddr),
    clock: MovableClock,
    running: Option<Running>,
}

/// Makes two providers that know each other, with their users, and starts them.
///
/// # Errors
/// When a folder cannot be written or a port is not free.
pub async fn start(folder: &Path, clock: &MovableClock) -> Result<[Provider; 2]> {
    let names = [("alfa.example", "Alfa PEC S.p.A."), ("beta.example", "Beta PEC S.r.l.")];
    let pki = folder.join("pki");
    for (domain, name) in names {
        let order = Init {
            folder: folder.join(domain),
            domain: domain.to_owned(),
            name: name.to_owned(),
            pki: pki.clone(),
        };
        init(&order, clock.now())?;
    }
    let [(alfa, _), (beta, _)] = names;
    let (alfa_port, beta_port) = (free_port()?, free_port()?);
    let mut providers = [
        Provider::new(folder, (alfa, alfa_port), (beta, beta_port), clock),
        Provider::new(folder, (beta, beta_port), (alfa, alfa_port), clock),
    ];
    for provider in &mut providers {
        // When the first was made the directory did not have the second.
        let signed = "directory/directory.ldif.p7m";
        std::fs::copy(pki.join("directory.ldif.p7m"), provider.folder.join(signed))?;
        provider.start(Engine::Eicar).await?;
    }
    let [alfa, beta] = &providers;
    for user in ["ricevute", "mario", "giulia"] {
        alfa.add(user).await?;
    }
    for user in ["ricevute", "anna", "luigi"] {
        beta.add(user).await?;
    }
    Ok(providers)
}

impl Provider {
    fn new(
        folder: &Path,
        (domain, incoming): (&str, SocketAddr),
        (other, other_port): (&str, SocketAddr),
        clock: &MovableClock,
    ) -> Self {
        Self {
            domain: domain.to_owned(),
            folder: folder.join(domain),
            incoming,
            other: (other.to_owned(), other_port),
            clock: clock.clone(),
            running: None,
        }
    }

    /// Starts the server with this scanner.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(&mut self, scanner: Engine) -> Result<()> {
        let mut config = Config::read(&self.folder)?;
        let any = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        config.listen.incoming = Some(self.incoming);
        config.listen.submission_tls = any;
        config.listen.submission = None;
        config.listen.pop3_tls = any;
        config.listen.pop3 = None;
        config.listen.metrics = None;
        config.relay.mx = false;
        let (other, port) = &self.other;
        let route = RouteSection { host: other.clone(), connect: Some(port.to_string()) };
        config.relay.routes.insert(other.clone(), route);
        config.antivirus.engine = scanner;
        let clock = Arc::new(self.clock.clone());
        self.running = Some(Server::start(&self.folder, config, clock).await?);
        Ok(())
    }

    /// Stops the server; what it acknowledged is on the disk.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    /// The server.
    ///
    /// # Errors
    /// When it was stopped.
    pub fn running(&self) -> Result<&Running> {
        self.running.as_ref().ok_or_else(|| Problem::new(format!("{} is stopped", self.domain)))
    }

    /// Whether the server runs.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// The port of the incoming point.
    #[must_use]
    pub const fn incoming(&self) -> SocketAddr {
        self.incoming
    }

    /// Where users hand messages in.
    ///
    /// # Errors
    /// When the server was stopped.
    pub fn submission(&self) -> Result<Endpoint> {
        self.endpoint(465, self.running()?.ports().submission_tls)
    }

    /// Where users fetch their mail.
    ///
    /// # Errors
    /// When the server was stopped.
    pub fn pop3(&self) -> Result<Endpoint> {
        self.endpoint(995, self.running()?.ports().pop3_tls)
    }

    /// Whom clients believe: the development authority.
    ///
    /// # Errors
    /// When its file cannot be read.
    pub fn tls(&self) -> Result<Tls> {
        Ok(Tls::new(Some(&self.folder.join("trust/tls-authorities.pem")))?)
    }

    /// The addresses of all mailboxes, that for receipts between providers first.
    #[must_use]
    pub fn mailboxes(&self) -> [String; 3] {
        let users = match self.domain.as_str() {
            "alfa.example" => ["ricevute", "mario", "giulia"],
            _ => ["ricevute", "anna", "luigi"],
        };
        users.map(|user| format!("{user}@{}", self.domain))
    }

    fn endpoint(&self, port: u16, at: Option<SocketAddr>) -> Result<Endpoint> {
        let at = at.ok_or_else(|| Problem::new(format!("{} does not listen", self.domain)))?;
        Ok(Endpoint::new(&self.domain, port).at(&at.to_string()))
    }

    async fn add(&self, user: &str) -> Result<()> {
        let address = format!("{user}@{}", self.domain).parse()?;
        let hasher = PasswordHasher::recommended();
        let (store, now) = (self.running()?.gestore().store(), self.clock.now());
        match add_user(store, &hasher, &address, PASSWORD, false, now).await {
            // The mailbox for receipts between providers is there from the start.
            Err(UserError::Store(StoreError::MailboxExists(_))) => {
                Ok(set_password(store, &hasher, &address, PASSWORD, false, now).await?)
            }
            made => Ok(made?),
        }
    }
}

/// A port that is free now; the two providers must know each other's before they start.
fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}
