//! Two providers in one process, and a small mail program.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use pec_server::accounts::add_user;
use pec_server::clock::{Clock, ManualClock, SystemClock};
use pec_server::config::{Config, RouteSection};
use pec_server::init::{Init, init};
use pec_server::password::PasswordHasher;
use pec_server::server::{Running, Server};
use pec_server::tls::{Trust, certificates, connector};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

pub const PASSWORD: &str = "tre tigri 33";

/// A running provider and its folder.
pub struct Provider {
    pub running: Running,
    pub folder: PathBuf,
    pub domain: String,
}

/// Two providers that know each other.
pub struct World {
    pub folder: tempfile::TempDir,
    pub clock: ManualClock,
    pub alfa: Provider,
    pub beta: Provider,
}

impl World {
    /// With one user each: `mario@alfa.example` and `luigi@beta.example`.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl Fn(&mut Config)) -> Self {
        Self::start_at("2026-11-21T10:00:00Z".parse().unwrap(), change).await
    }

    /// For programs of others, which judge certificates by the machine's clock.
    pub async fn start_now(change: impl Fn(&mut Config)) -> Self {
        Self::start_at(SystemClock.now(), change).await
    }

    async fn start_at(now: DateTime<Utc>, change: impl Fn(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at(now);
        let ports = [free_port(), free_port()];
        let names = [("alfa.example", "Alfa PEC S.p.A."), ("beta.example", "Beta PEC S.r.l.")];
        for (domain, name) in names {
            make(folder.path(), domain, name, &clock);
        }
        let mut providers = Vec::new();
        for (own, other) in [(0, 1), (1, 0)] {
            let (domain, other_domain) = (names[own].0, names[other].0);
            let home = folder.path().join(domain);
            // The directory of the first did not have the second yet.
            let directory = folder.path().join("pki/directory.ldif.p7m");
            std::fs::copy(directory, home.join("directory/directory.ldif.p7m")).unwrap();
            let mut config = local(&home, ports[own]);
            let connect = Some(ports[other].to_string());
            let route = RouteSection { host: other_domain.to_owned(), connect };
            config.relay.routes.insert(other_domain.to_owned(), route);
            change(&mut config);
            let running = Server::start(&home, config, Arc::new(clock.clone())).await.unwrap();
            let user = if own == 0 { "mario" } else { "luigi" };
            add(&running, &format!("{user}@{domain}"), &clock).await;
            providers.push(Provider { running, folder: home, domain: domain.to_owned() });
        }
        let beta = providers.pop().unwrap();
        let alfa = providers.pop().unwrap();
        Self { folder, clock, alfa, beta }
    }

    pub async fn stop(self) {
        self.alfa.running.stop().await;
        self.beta.running.stop().await;
    }
}

fn make(folder: &Path, domain: &str, name: &str, clock: &ManualClock) {
    let order = Init {
        folder: folder.join(domain),
        domain: domain.to_owned(),
        name: name.to_owned(),
        pki: folder.join("pki"),
    };
    init(&order, clock.now()).unwrap();
}

/// The configuration of a folder, on this host alone.
pub fn local(home: &Path, incoming: SocketAddr) -> Config {
    let mut config = Config::read(home).unwrap();
    let any = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    config.listen.incoming = Some(incoming);
    config.listen.submission_tls = any;
    config.listen.submission = any;
    config.listen.pop3_tls = any;
    config.listen.pop3 = any;
    config.listen.metrics = any;
    config.relay.mx = false;
    config
}

pub async fn add(running: &Running, address: &str, clock: &ManualClock) {
    let hasher = PasswordHasher::cheap_for_tests();
    let (store, address) = (running.gestore().store(), address.parse().unwrap());
    add_user(store, &hasher, &address, PASSWORD, false, clock.now()).await.unwrap();
}

/// A port that stays free while its server is down: below those that the system gives to
/// connections on their way out.
pub fn free_port() -> SocketAddr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(97);
    loop {
        let number = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        let port = 12_000 + u16::try_from(number).unwrap();
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener.local_addr().unwrap();
        }
    }
}

/// A connection that says lines.
pub struct Client<S>(BufReader<S>);

pub type TlsClient = Client<TlsStream<TcpStream>>;

impl Provider {
    /// TLS to a port, believing the development authority.
    pub async fn tls(&self, port: Option<SocketAddr>, clock: &ManualClock) -> TlsClient {
        let pem = std::fs::read(self.folder.join("trust/tls-authorities.pem")).unwrap();
        let trust = Trust::Authorities(certificates(&pem).unwrap());
        let connector = connector(&trust, Arc::new(clock.clone())).unwrap();
        let stream = TcpStream::connect(port.unwrap()).await.unwrap();
        let name = ServerName::try_from(self.domain.clone()).unwrap();
        Client(BufReader::new(connector.connect(name, stream).await.unwrap()))
    }

    /// Submits a message; what the server says at its end.
    pub async fn submit(&self, user: &str, to: &[&str], text: &str, clock: &ManualClock) -> String {
        let mut client = self.tls(self.running.ports().submission_tls, clock).await;
        client.reply().await;
        client.say("EHLO client.example").await;
        let login = encodify::base64::STANDARD.encode(format!("\0{user}\0{PASSWORD}"));
        assert!(client.say(&format!("AUTH PLAIN {login}")).await.starts_with("235"));
        let said = client.say(&format!("MAIL FROM:<{user}>")).await;
        assert!(said.starts_with("250"), "{said}");
        for recipient in to {
            let said = client.say(&format!("RCPT TO:<{recipient}>")).await;
            assert!(said.starts_with("250"), "{said}");
        }
        assert!(client.say("DATA").await.starts_with("354"));
        let stuffed = text.replace("\r\n.", "\r\n..");
        let end = client.say(&format!("{stuffed}\r\n.")).await;
        client.say("QUIT").await;
        end
    }

    /// The messages of a mailbox, with their subjects.
    pub async fn mailbox(&self, user: &str, clock: &ManualClock) -> Vec<String> {
        let mut client = self.tls(self.running.ports().pop3_tls, clock).await;
        client.open_mailbox(user).await;
        client.put("STAT").await;
        let said = client.line().await;
        let count: usize = said.split(' ').nth(1).unwrap().parse().unwrap();
        let mut messages = Vec::new();
        for number in 1..=count {
            client.put(&format!("RETR {number}")).await;
            messages.push(client.body().await);
        }
        client.put("QUIT").await;
        client.line().await;
        messages
    }

    /// Waits until a mailbox holds messages with all of these beginnings of subjects.
    pub async fn wait_for(
        &self,
        user: &str,
        subjects: &[&str],
        clock: &ManualClock,
    ) -> Vec<String> {
        for _ in 0..200 {
            let messages = self.mailbox(user, clock).await;
            let has = |subject: &str| {
                let line = format!("\r\nSubject: {subject}");
                messages.iter().any(|message| message.contains(&line))
            };
            if subjects.iter().copied().all(has) {
                return messages;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let messages = self.mailbox(user, clock).await;
        let found: Vec<&str> = messages
            .iter()
            .flat_map(|message| message.lines())
            .filter(|line| line.starts_with("Subject:"))
            .collect();
        panic!("{user} waits for {subjects:?} and has {found:?}");
    }
}

impl Provider {
    /// A number that the gestore tells; all gestori of a process tell the same.
    pub async fn metric(&self, name: &str) -> f64 {
        let stream = TcpStream::connect(self.running.ports().metrics.unwrap()).await.unwrap();
        let mut client = Client::new(stream);
        client.put("GET /metrics HTTP/1.1\r\nHost: localhost\r\n").await;
        let text = client.rest().await;
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }
}

impl TlsClient {
    /// What the server showed, DER.
    pub fn certificate(&self) -> Vec<u8> {
        self.0.get_ref().get_ref().1.peer_certificates().unwrap()[0].to_vec()
    }
}

impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin> Client<S> {
    pub fn new(stream: S) -> Self {
        Self(BufReader::new(stream))
    }

    /// From the greeting of POP3 to the mailbox of a user.
    pub async fn open_mailbox(&mut self, user: &str) {
        self.line().await;
        self.put(&format!("USER {user}")).await;
        self.line().await;
        self.put(&format!("PASS {PASSWORD}")).await;
        let said = self.line().await;
        assert!(said.starts_with("+OK"), "{said}");
    }

    pub async fn put(&mut self, line: &str) {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        self.0.flush().await.unwrap();
    }

    /// As `put`, where the other side may be gone.
    pub async fn try_put(&mut self, line: &str) -> Option<()> {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
        self.0.flush().await.ok()
    }

    /// As `reply`, where the other side may be gone.
    pub async fn try_reply(&mut self) -> Option<String> {
        let mut reply = String::new();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            reply.push_str(&line);
            if line.as_bytes().get(3) != Some(&b'-') {
                return Some(reply);
            }
        }
    }

    pub async fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        line
    }

    /// A whole SMTP reply.
    pub async fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let line = self.line().await;
            let is_last = line.as_bytes().get(3) != Some(&b'-');
            reply.push_str(&line);
            if is_last {
                return reply;
            }
        }
    }

    pub async fn say(&mut self, line: &str) -> String {
        self.put(line).await;
        self.reply().await
    }

    /// A body that ends with a dot.
    pub async fn body(&mut self) -> String {
        let said = self.line().await;
        assert!(said.starts_with("+OK"), "{said}");
        let mut body = String::new();
        loop {
            let mut line = Vec::new();
            self.0.read_until(b'\n', &mut line).await.unwrap();
            let line = String::from_utf8_lossy(&line).into_owned();
            if line == ".\r\n" {
                return body;
            }
            body.push_str(line.strip_prefix('.').unwrap_or(&line));
        }
    }

    /// Everything up to the end of the connection.
    pub async fn rest(&mut self) -> String {
        let mut octets = Vec::new();
        let _ = self.0.read_to_end(&mut octets).await;
        String::from_utf8_lossy(&octets).into_owned()
    }
}

/// A message as a mail program writes it.
pub fn message(from: &str, to: &str, subject: &str) -> String {
    format!(
        "Date: Sat, 21 Nov 2026 11:00:00 +0100\r\nFrom: {from}\r\nTo: {to}\r\n\
         Subject: {subject}\r\nMessage-ID: <{subject}@client.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\nPerché no?\r\n.punto"
    )
}
