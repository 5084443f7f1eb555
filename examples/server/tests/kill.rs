//! The real program, killed at random moments under load: what was acknowledged is delivered
//! exactly once, each message with its receipts.
//!
//! `cargo test -p pec-server --test kill -- --ignored --nocapture` plays `KILL_ROUNDS` rounds (30);
//! `KILL_SEED` repeats the moments of an earlier run as far as the machine lets it.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a fault stops the test"
)]

mod world;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pec_server::clock::SystemClock;
use pec_server::config::{Config, RouteSection};
use pec_server::tls::{Trust, certificates, connector};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use world::{Client, PASSWORD, TlsClient, free_port};

const MARIO: &str = "mario@alfa.example";
const LUIGI: &str = "luigi@beta.example";
/// Those who send at once.
const SENDERS: u32 = 4;

/// A provider whose process can be killed.
struct Provider {
    domain: &'static str,
    home: PathBuf,
    submission: SocketAddr,
    pop3: SocketAddr,
    process: Mutex<Child>,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: kills processes again and again"]
async fn nothing_acknowledged_is_lost_or_doubled() {
    let rounds = number("KILL_ROUNDS", 30);
    let mut dice = Dice(number("KILL_SEED", u64::from(std::process::id())).max(1));
    let seed = dice.0;
    let folder = tempfile::tempdir().unwrap();
    let [alfa, beta] = providers(folder.path());
    let (alfa, beta) = (Arc::new(alfa), Arc::new(beta));
    let is_over = Arc::new(AtomicBool::new(false));
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let next = Arc::new(AtomicU32::new(0));
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let (alfa, is_over) = (Arc::clone(&alfa), Arc::clone(&is_over));
            let (acknowledged, next) = (Arc::clone(&acknowledged), Arc::clone(&next));
            tokio::spawn(async move {
                while !is_over.load(Ordering::SeqCst) {
                    let subject = format!("k{:06}x", next.fetch_add(1, Ordering::SeqCst));
                    match timeout(Duration::from_secs(5), alfa.submit(&subject)).await {
                        Ok(Some(true)) => acknowledged.lock().unwrap().push(subject),
                        _ => sleep(Duration::from_millis(20)).await,
                    }
                }
            })
        })
        .collect();
    for _ in 0..rounds {
        sleep(Duration::from_millis(100 + dice.next() % 500)).await;
        let victims: &[&Provider] = match dice.next() % 3 {
            0 => &[&*alfa],
            1 => &[&*beta],
            _ => &[&*alfa, &*beta],
        };
        for victim in victims {
            victim.kill();
        }
        sleep(Duration::from_millis(dice.next() % 100)).await;
        for victim in victims {
            victim.start();
        }
    }
    sleep(Duration::from_millis(500)).await;
    is_over.store(true, Ordering::SeqCst);
    for sender in senders {
        sender.await.unwrap();
    }
    let acknowledged = acknowledged.lock().unwrap().clone();
    let unanswered = next.load(Ordering::SeqCst) as usize - acknowledged.len();
    println!("seed {seed}: {rounds} rounds, {} acknowledged, {unanswered} not", acknowledged.len());
    assert!(acknowledged.len() > rounds as usize, "there was no load");
    let (envelopes, receipts) = settled(&alfa, &beta, &acknowledged).await;
    for (subject, count) in &envelopes {
        assert_eq!(*count, 1, "{subject} was delivered {count} times (seed {seed})");
    }
    for subject in &acknowledged {
        let of = |what: &str| receipts.get(&format!("{what}: {subject}")).copied().unwrap_or(0);
        assert!(envelopes.contains_key(subject), "{subject} is lost (seed {seed})");
        assert_eq!(of("ACCETTAZIONE"), 1, "{subject}: acceptances (seed {seed})");
        assert_eq!(of("CONSEGNA"), 1, "{subject}: delivery receipts (seed {seed})");
    }
    for provider in [&alfa, &beta] {
        provider.terminate();
        let check = gestore(&["check", provider.home.to_str().unwrap()], "");
        assert!(check.starts_with("All that is stored"), "{check}");
    }
}

/// Waits until every acknowledged message has come to its end; the envelopes by subject, and the
/// receipts by theirs.
async fn settled(
    alfa: &Provider,
    beta: &Provider,
    acknowledged: &[String],
) -> (BTreeMap<String, u32>, BTreeMap<String, u32>) {
    let until = Instant::now() + Duration::from_secs(number("KILL_PATIENCE", 120));
    loop {
        let receipts = alfa.subjects(MARIO).await.unwrap_or_default();
        let delivered = beta.subjects(LUIGI).await.unwrap_or_default();
        let mut envelopes = BTreeMap::new();
        for (subject, count) in delivered {
            let subject = subject.trim_start_matches("POSTA CERTIFICATA: ").to_owned();
            *envelopes.entry(subject).or_default() += count;
        }
        let is_done = |subject: &String| {
            envelopes.contains_key(subject)
                && receipts.contains_key(&format!("CONSEGNA: {subject}"))
                && receipts.contains_key(&format!("ACCETTAZIONE: {subject}"))
        };
        if acknowledged.iter().all(is_done) || Instant::now() > until {
            return (envelopes, receipts);
        }
        sleep(Duration::from_millis(500)).await;
    }
}

impl Provider {
    fn start(&self) {
        *self.process.lock().unwrap() = run(&self.home);
    }

    fn kill(&self) {
        let mut process = self.process.lock().unwrap();
        process.kill().unwrap(); // SIGKILL
        process.wait().unwrap();
    }

    fn terminate(&self) {
        let mut process = self.process.lock().unwrap();
        let id = process.id().to_string();
        assert!(Command::new("kill").arg(&id).status().unwrap().success());
        assert!(process.wait().unwrap().success());
    }

    /// Hands a message in; `Some(true)` when it was acknowledged, `None` when nobody answered.
    async fn submit(&self, subject: &str) -> Option<bool> {
        let mut client = self.connect(self.submission).await?;
        let login = encodify::base64::STANDARD.encode(format!("\0{MARIO}\0{PASSWORD}"));
        let message = format!(
            "Date: Sat, 21 Nov 2026 10:00:00 +0100\r\nFrom: {MARIO}\r\nTo: {LUIGI}\r\n\
             Subject: {subject}\r\nMessage-ID: <{subject}@pc.example>\r\n\r\nEcco.\r\n."
        );
        let commands = [
            ("EHLO pc.example".to_owned(), "250"),
            (format!("AUTH PLAIN {login}"), "235"),
            (format!("MAIL FROM:<{MARIO}>"), "250"),
            (format!("RCPT TO:<{LUIGI}>"), "250"),
            ("DATA".to_owned(), "354"),
            (message, "250"),
        ];
        answer(&mut client, None, "220").await?;
        for (command, expected) in commands {
            answer(&mut client, Some(&command), expected).await?;
        }
        Some(true)
    }

    /// The subjects of a mailbox, each with its number.
    async fn subjects(&self, user: &str) -> Option<BTreeMap<String, u32>> {
        let mut client = self.connect(self.pop3).await?;
        client.put(&format!("USER {user}\r\nPASS {PASSWORD}\r\nSTAT")).await;
        let mut said = String::new();
        for _ in 0..4 {
            said = client.line().await; // the greeting and three answers
        }
        let count: u32 = said.split(' ').nth(1)?.parse().ok()?;
        let mut subjects = BTreeMap::new();
        for number in 1..=count {
            client.put(&format!("TOP {number} 0")).await;
            let head = client.body().await;
            let line = head.lines().find_map(|line| line.strip_prefix("Subject: "))?;
            *subjects.entry(line.to_owned()).or_default() += 1;
        }
        Some(subjects)
    }

    async fn connect(&self, to: SocketAddr) -> Option<TlsClient> {
        let pem = std::fs::read(self.home.join("trust/tls-authorities.pem")).unwrap();
        let trust = Trust::Authorities(certificates(&pem).unwrap());
        let connector = connector(&trust, Arc::new(SystemClock)).unwrap();
        let stream = TcpStream::connect(to).await.ok()?;
        let name = ServerName::try_from(self.domain).unwrap();
        Some(Client::new(connector.connect(name, stream).await.ok()?))
    }
}

/// Says a command that may find nobody; `None` unless the reply begins as expected.
async fn answer(client: &mut TlsClient, command: Option<&str>, expected: &str) -> Option<()> {
    if let Some(command) = command {
        client.try_put(command).await?;
    }
    let reply = client.try_reply().await?;
    reply.starts_with(expected).then_some(())
}

fn providers(folder: &Path) -> [Provider; 2] {
    let names = [("alfa.example", "Alfa PEC S.p.A."), ("beta.example", "Beta PEC S.r.l.")];
    let pki = folder.join("pki");
    for (domain, name) in names {
        let home = folder.join(domain);
        let (home, pki) = (home.to_str().unwrap(), pki.to_str().unwrap());
        gestore(&["init", home, "--domain", domain, "--name", name, "--pki", pki], "");
    }
    let ports = [free_port(), free_port()];
    [(0, 1, MARIO), (1, 0, LUIGI)].map(|(own, other, user)| {
        let (domain, home) = (names[own].0, folder.join(names[own].0));
        let directory = "directory/directory.ldif.p7m";
        std::fs::copy(pki.join("directory.ldif.p7m"), home.join(directory)).unwrap();
        let (submission, pop3) = (free_port(), free_port());
        configure(&home, [ports[own], submission, pop3], (names[other].0, ports[other]));
        let dir = home.to_str().unwrap();
        let password = format!("{PASSWORD}\n");
        gestore(&["user", "add", dir, user, "--password-stdin"], &password);
        let process = Mutex::new(run(&home));
        Provider { domain, home, submission, pop3, process }
    })
}

/// Ports of this host, the other provider's route, and retries that a test can wait for.
fn configure(
    home: &Path,
    [incoming, submission, pop3]: [SocketAddr; 3],
    other: (&str, SocketAddr),
) {
    let file = home.join("gestore.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut lines = Vec::new();
    for line in text.lines() {
        lines.push(match line.split_once(" = ").map(|(key, _)| key) {
            Some("incoming") => format!("incoming = \"{incoming}\""),
            Some("submission_tls") => format!("submission_tls = \"{submission}\""),
            Some("pop3_tls") => format!("pop3_tls = \"{pop3}\""),
            Some("submission" | "pop3" | "metrics") => continue,
            Some("mx") => "mx = false\nfirst_retry_seconds = 1\nlongest_retry_seconds = 2".into(),
            Some("level") => "level = \"error\"".into(),
            _ => line.to_owned(),
        });
    }
    let (domain, port) = other;
    lines.push(format!("[relay.routes.\"{domain}\"]\nhost = \"{domain}\"\nconnect = \"{port}\""));
    std::fs::write(&file, lines.join("\n")).unwrap();
    let config = Config::read(home).unwrap();
    let route: &RouteSection = config.relay.routes.get(domain).unwrap();
    assert_eq!(route.connect.as_deref(), Some(port.to_string().as_str()));
}

fn run(home: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gestore"));
    command.arg("run").arg(home).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

fn gestore(arguments: &[&str], input: &str) -> String {
    use std::io::Write as _;
    let mut command = Command::new(env!("CARGO_BIN_EXE_gestore"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The same moments from the same seed (xorshift).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
