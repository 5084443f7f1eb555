//! Two providers as processes of the real program, which can be killed, watched and led astray.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pec_server::clock::SystemClock;
use pec_server::config::{Config, RouteSection};
use pec_server::tls::{Trust, certificates, connector};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::world::{Client, PASSWORD, TlsClient, free_port};

pub const MARIO: &str = "mario@alfa.example";
pub const LUIGI: &str = "luigi@beta.example";

/// A provider whose process can be killed.
pub struct Provider {
    pub domain: &'static str,
    pub home: PathBuf,
    submission: SocketAddr,
    pop3: SocketAddr,
    process: Mutex<Option<Child>>,
}

/// What a client heard of its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 250 after the data.
    Acknowledged,
    /// Another reply, there or before.
    PutOff(String),
    /// Nobody answered.
    Silence,
}

/// How often a subject is in a mailbox.
pub type Subjects = BTreeMap<String, u32>;

/// Alfa with Mario and beta with Luigi, which know each other; neither runs.
pub fn providers(folder: &Path) -> [Provider; 2] {
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
        fs::copy(pki.join("directory.ldif.p7m"), home.join(directory)).unwrap();
        let (submission, pop3) = (free_port(), free_port());
        configure(&home, [ports[own], submission, pop3], (names[other].0, ports[other]));
        let password = format!("{PASSWORD}\n");
        gestore(&["user", "add", home.to_str().unwrap(), user, "--password-stdin"], &password);
        Provider { domain, home, submission, pop3, process: Mutex::new(None) }
    })
}

impl Provider {
    pub fn start(&self) {
        self.run(Command::new(env!("CARGO_BIN_EXE_gestore")));
    }

    /// Starts it by another program, whose command line ends with what to run.
    pub fn start_under(&self, mut program: Command) {
        program.arg(env!("CARGO_BIN_EXE_gestore"));
        self.run(program);
    }

    /// Starts it with an environment.
    pub fn start_with(&self, environment: &[(&str, &str)]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gestore"));
        command.envs(environment.iter().copied());
        self.run(command);
    }

    fn run(&self, mut command: Command) {
        let complaints = File::create(self.complaints_file()).unwrap();
        command.arg("run").arg(&self.home).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(complaints).spawn().unwrap_or_else(|error| {
            panic!("{:?}: {error}; run tests/judges/install.sh", command.get_program())
        });
        let before = self.process.lock().unwrap().replace(child);
        assert!(before.is_none(), "{} runs already", self.domain);
    }

    /// Waits until it listens, or has ended.
    pub async fn is_up(&self) -> bool {
        let until = Instant::now() + Duration::from_secs(20);
        while !self.has_ended() && Instant::now() < until {
            if TcpStream::connect(self.pop3).await.is_ok() {
                return true;
            }
            sleep(Duration::from_millis(20)).await;
        }
        false
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.process.lock().unwrap().as_ref().unwrap().id()
    }

    pub fn kill(&self) {
        let mut process = self.process.lock().unwrap().take().unwrap();
        process.kill().unwrap(); // SIGKILL
        process.wait().unwrap();
    }

    /// Asks it to stop; how it ended, also if it had ended before.
    pub fn terminate(&self) -> ExitStatus {
        let mut process = self.process.lock().unwrap().take().unwrap();
        if process.try_wait().unwrap().is_none() {
            signal("-TERM", &process);
        }
        process.wait().unwrap()
    }

    pub fn has_ended(&self) -> bool {
        let mut process = self.process.lock().unwrap();
        process.as_mut().is_none_or(|process| process.try_wait().unwrap().is_some())
    }

    /// What it said on its standard error since it was started.
    pub fn complaints(&self) -> String {
        fs::read_to_string(self.complaints_file()).unwrap_or_default()
    }

    fn complaints_file(&self) -> PathBuf {
        self.home.with_extension("complaints")
    }

    /// Hands in a message with so many octets of text.
    pub async fn submit(&self, subject: &str, octets: usize) -> Answer {
        let said = self.try_submit(subject, octets).await;
        said.map_or(Answer::Silence, |refusal| refusal.map_or(Answer::Acknowledged, Answer::PutOff))
    }

    /// The first reply that is not the expected one; `None` when nobody answers.
    async fn try_submit(&self, subject: &str, octets: usize) -> Option<Option<String>> {
        let mut client = match self.begin().await? {
            Ok(client) => client,
            Err(refusal) => return Some(Some(refusal)),
        };
        client.try_put(&text(subject, octets)).await?;
        let reply = client.try_reply().await?;
        Some((!reply.starts_with("250")).then_some(reply))
    }

    /// A dialogue up to the point where the message comes.
    pub async fn begin_submission(&self) -> Option<TlsClient> {
        self.begin().await?.ok()
    }

    async fn begin(&self) -> Option<Result<TlsClient, String>> {
        let mut client = self.connect(self.submission).await?;
        let login = encodify::base64::STANDARD.encode(format!("\0{MARIO}\0{PASSWORD}"));
        let commands = [
            (String::new(), "220"),
            ("EHLO pc.example".to_owned(), "250"),
            (format!("AUTH PLAIN {login}"), "235"),
            (format!("MAIL FROM:<{MARIO}>"), "250"),
            (format!("RCPT TO:<{LUIGI}>"), "250"),
            ("DATA".to_owned(), "354"),
        ];
        for (command, expected) in commands {
            if !command.is_empty() {
                client.try_put(&command).await?;
            }
            let reply = client.try_reply().await?;
            if !reply.starts_with(expected) {
                return Some(Err(reply));
            }
        }
        Some(Ok(client))
    }

    /// A connection that says nothing; `None` when even the system takes none.
    pub async fn knock(&self) -> Option<TcpStream> {
        TcpStream::connect(self.submission).await.ok()
    }

    /// The subjects of a mailbox; `None` when nobody answers.
    pub async fn subjects(&self, user: &str) -> Option<Subjects> {
        let mut subjects = Subjects::new();
        for head in self.messages(user, "TOP", " 0").await? {
            let line = head.lines().find_map(|line| line.strip_prefix("Subject: "))?;
            *subjects.entry(line.to_owned()).or_default() += 1;
        }
        Some(subjects)
    }

    /// The whole messages of a mailbox.
    pub async fn mailbox(&self, user: &str) -> Option<Vec<String>> {
        self.messages(user, "RETR", "").await
    }

    async fn messages(&self, user: &str, command: &str, end: &str) -> Option<Vec<String>> {
        let mut client = self.connect(self.pop3).await?;
        client.put(&format!("USER {user}\r\nPASS {PASSWORD}\r\nSTAT")).await;
        let mut said = String::new();
        for _ in 0..4 {
            said = client.line().await; // the greeting and three answers
        }
        let count: u32 = said.split(' ').nth(1)?.parse().ok()?;
        let mut messages = Vec::new();
        for number in 1..=count {
            client.put(&format!("{command} {number}{end}")).await;
            messages.push(client.body().await);
        }
        Some(messages)
    }

    async fn connect(&self, to: SocketAddr) -> Option<TlsClient> {
        let pem = fs::read(self.home.join("trust/tls-authorities.pem")).unwrap();
        let trust = Trust::Authorities(certificates(&pem).unwrap());
        let connector = connector(&trust, Arc::new(SystemClock)).unwrap();
        let stream = TcpStream::connect(to).await.ok()?;
        let name = ServerName::try_from(self.domain).unwrap();
        Some(Client::new(connector.connect(name, stream).await.ok()?))
    }

    /// Its store, judged by the program itself while it does not run.
    pub fn check(&self) {
        assert!(self.has_ended(), "{} runs", self.domain);
        let check = gestore(&["check", self.home.to_str().unwrap()], "");
        assert!(check.starts_with("All that is stored"), "{check}");
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // A test that failed leaves no process.
        if let Ok(process) = self.process.get_mut()
            && let Some(process) = process
            && let Ok(None) = process.try_wait()
        {
            signal("-KILL", process);
            let _ = process.wait();
        }
    }
}

/// Sends a signal to the gestore, which is the only child of the program that it may run under. It
/// may end by itself at this moment.
fn signal(signal: &str, process: &Child) {
    let id = process.id();
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
    let child = children.unwrap_or_default().split(' ').next().map(str::to_owned);
    let child = child.filter(|child| !child.is_empty()).unwrap_or_else(|| id.to_string());
    let _ = Command::new("kill").args([signal, &child]).stderr(Stdio::null()).status();
}

/// A message of Mario to Luigi with so many octets of text, and the dot at its end.
pub fn text(subject: &str, octets: usize) -> String {
    let text = "Ecco.\r\n".repeat(octets / 7);
    format!(
        "Date: Sat, 21 Nov 2026 10:00:00 +0100\r\nFrom: {MARIO}\r\nTo: {LUIGI}\r\n\
         Subject: {subject}\r\nMessage-ID: <{subject}@pc.example>\r\n\r\n{text}."
    )
}

/// Waits until every acknowledged message has come to its end, or patience has; the envelopes by
/// the subject of the original, and the receipts by theirs.
pub async fn settled(
    [alfa, beta]: [&Provider; 2],
    acknowledged: &[String],
    patience: Duration,
) -> (Subjects, Subjects) {
    let until = Instant::now() + patience;
    loop {
        let receipts = alfa.subjects(MARIO).await.unwrap_or_default();
        let delivered = beta.subjects(LUIGI).await.unwrap_or_default();
        let mut envelopes = Subjects::new();
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

/// What was acknowledged is there exactly once, with its receipts; nothing is there twice. How many
/// there are besides, which nobody was promised.
pub fn judge(
    (envelopes, receipts): &(Subjects, Subjects),
    acknowledged: &[String],
    how: &str,
) -> usize {
    for (what, count) in envelopes.iter().chain(receipts) {
        assert_eq!(*count, 1, "{what} came {count} times ({how})");
    }
    for subject in acknowledged {
        assert!(envelopes.contains_key(subject), "{subject} is lost ({how})");
        for receipt in ["ACCETTAZIONE", "CONSEGNA"] {
            let receipt = format!("{receipt}: {subject}");
            assert!(receipts.contains_key(&receipt), "no {receipt} ({how})");
        }
    }
    envelopes.len() - acknowledged.len()
}

/// Ports of this host, the other provider's route, and retries that a test can wait for.
fn configure(
    home: &Path,
    [incoming, submission, pop3]: [SocketAddr; 3],
    other: (&str, SocketAddr),
) {
    let file = home.join("gestore.toml");
    let text = fs::read_to_string(&file).unwrap();
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
    fs::write(&file, lines.join("\n")).unwrap();
    let config = Config::read(home).unwrap();
    let route: &RouteSection = config.relay.routes.get(domain).unwrap();
    assert_eq!(route.connect.as_deref(), Some(port.to_string().as_str()));
}

/// Runs the program to its end; what it printed.
pub fn gestore(arguments: &[&str], input: &str) -> String {
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

/// A number of the environment.
pub fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
