//! What the server takes of the machine, measured on the program as it is run: prints figures and
//! holds them against bounds. `cargo test --release -p pec-server --test resources -- --ignored`
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

mod world;

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pec_server::clock::SystemClock;
use pec_server::tls::{Trust, certificates, connector};
use rustls::pki_types::ServerName;
use world::{Client, PASSWORD, TlsClient, free_port};

/// A running gestore whose ports stand in its log.
struct Program {
    child: Child,
    domain: &'static str,
    home: PathBuf,
    ports: Vec<(String, SocketAddr)>,
}

/// Runs a command of the program to its end.
fn run(arguments: &[&str], input: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gestore"));
    let mut child = command.args(arguments).stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// A folder with a user, on ports of this host, and who else there is.
fn make(folder: &Path, domain: &str, user: &str, incoming: SocketAddr, other: &str) -> PathBuf {
    let home = folder.join(domain);
    let (dir, pki) = (home.to_str().unwrap(), folder.join("pki"));
    let name = ["--domain", domain, "--name", domain, "--pki", pki.to_str().unwrap()];
    run(&[&["init", dir], name.as_slice()].concat(), "");
    run(&["user", "add", dir, user], "");
    run(&["user", "passwd", dir, user, "--password-stdin"], &format!("{PASSWORD}\n"));
    configure(&home, incoming, other);
    home
}

impl Program {
    /// One provider with the user `anna@alfa.example`.
    fn alone(folder: &Path) -> Self {
        let home = make(folder, "alfa.example", "anna@alfa.example", free_port(), "");
        Self::start(home, "alfa.example")
    }

    /// Two that know each other, with the users `mario@alfa.example` and `luigi@beta.example`.
    fn pair(folder: &Path) -> [Self; 2] {
        let [alfa, beta] = ["alfa.example", "beta.example"];
        let ports = [free_port(), free_port()];
        let route = |to: &str, port| {
            format!("\n[relay.routes.\"{to}\"]\nhost = \"{to}\"\nconnect = \"{port}\"\n")
        };
        let homes = [
            make(folder, alfa, "mario@alfa.example", ports[0], &route(beta, ports[1])),
            make(folder, beta, "luigi@beta.example", ports[1], &route(alfa, ports[0])),
        ];
        // The directory of the first did not have the second yet.
        let directory = folder.join("pki/directory.ldif.p7m");
        std::fs::copy(directory, homes[0].join("directory/directory.ldif.p7m")).unwrap();
        let [first, second] = homes;
        [Self::start(first, alfa), Self::start(second, beta)]
    }

    fn start(home: PathBuf, domain: &'static str) -> Self {
        let file = home.join("program.log");
        let child = Command::new(env!("CARGO_BIN_EXE_gestore"))
            .args(["run", home.to_str().unwrap()])
            // The C library gives large pieces back when they are free, and does not keep them.
            .env("MALLOC_MMAP_THRESHOLD_", (4 << 20).to_string())
            .stderr(Stdio::from(std::fs::File::create(&file).unwrap()))
            .spawn()
            .unwrap();
        let ports = loop {
            std::thread::sleep(Duration::from_millis(100));
            let log = std::fs::read_to_string(&file).unwrap();
            if log.contains("the gestore runs") {
                break ports_of(&log);
            }
        };
        Self { child, domain, home, ports }
    }

    /// TLS to a port.
    async fn tls(&self, port: &str) -> TlsClient {
        let pem = std::fs::read(self.home.join("trust/tls-authorities.pem")).unwrap();
        let trust = Trust::Authorities(certificates(&pem).unwrap());
        let connector = connector(&trust, Arc::new(SystemClock)).unwrap();
        let stream = tokio::net::TcpStream::connect(self.port(port)).await.unwrap();
        let name = ServerName::try_from(self.domain).unwrap();
        Client::new(connector.connect(name, stream).await.unwrap())
    }

    fn port(&self, name: &str) -> SocketAddr {
        self.ports.iter().find(|(other, _)| other == name).unwrap().1
    }

    /// A figure of `/proc/PID/status`, in KiB.
    fn status(&self, name: &str) -> i64 {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(path).unwrap();
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configure(home: &Path, incoming: SocketAddr, other: &str) {
    let file = home.join("gestore.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let lines = text.lines().map(|line| match line.split_once(" = \"0.0.0.0:") {
        Some(("incoming", _)) => format!("incoming = \"{incoming}\""),
        Some((key, _)) => format!("{key} = \"127.0.0.1:0\""),
        None => line
            .replace("127.0.0.1:9465", "127.0.0.1:0")
            .replace("mx = true", "mx = false")
            .replace("# connections = 1000", "connections = 2000")
            .replace("# connections_per_peer = 50", "connections_per_peer = 2000"),
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    std::fs::write(&file, format!("{text}\n{other}")).unwrap();
}

/// `addresses=Ports { incoming: Some(127.0.0.1:1), … }`
fn ports_of(log: &str) -> Vec<(String, SocketAddr)> {
    let (_, rest) = log.split_once("Ports { ").unwrap();
    let (list, _) = rest.split_once(" }").unwrap();
    let port = |entry: &str| {
        let (name, address) = entry.split_once(": Some(").unwrap();
        (name.to_owned(), address.trim_end_matches(')').parse().unwrap())
    };
    list.split(", ").map(port).collect()
}

#[test]
#[ignore = "measures; run alone, in release"]
fn idle_connections_cost_little() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::alone(folder.path());
    let idle = program.status("VmRSS");
    let mut connections = Vec::new();
    for _ in 0..1000 {
        let mut stream = TcpStream::connect(program.port("incoming")).unwrap();
        let mut greeting = [0; 100];
        let _ = std::io::Read::read(&mut stream, &mut greeting).unwrap();
        connections.push(stream);
    }
    let with = program.status("VmRSS");
    let each = (with - idle) * 1024 / 1000;
    println!("idle server: {idle} KiB; 1,000 idle connections: {with} KiB; each: {each} octets");
    assert!(each < 32 * 1024, "{each} octets for an idle connection");
}

/// Octets of a large message.
const SIZE: usize = 100 * 1024 * 1024 - 64 * 1024;
/// What the server may take more while it handles one.
const ABOVE_IDLE_KIB: i64 = 8 * 1024;

/// What a large message costs above the idle server, in KiB.
struct Cost {
    idle: i64,
}

impl Cost {
    fn begin(program: &Program) -> Self {
        let idle = program.status("VmRSS");
        program.forget_peak();
        Self { idle }
    }

    fn tell(&self, program: &Program, what: &str) -> i64 {
        let peak = program.status("VmHWM") - self.idle;
        let after = program.status("VmRSS") - self.idle;
        println!(
            "{what}, {}: idle {} KiB, {peak} KiB above at the peak, {after} KiB afterwards",
            program.domain, self.idle
        );
        peak
    }
}

/// Ordinary mail, which comes to its recipient in an anomaly envelope.
#[test]
#[ignore = "measures; run alone, in release"]
fn large_ordinary_mail_takes_no_memory() {
    use std::io::{BufRead as _, Write as _};
    let folder = tempfile::tempdir().unwrap();
    let program = Program::alone(folder.path());
    let cost = Cost::begin(&program);
    let stream = TcpStream::connect(program.port("incoming")).unwrap();
    let mut reader = std::io::BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    let mut hear = || {
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap() > 0 && line.as_bytes().get(3) == Some(&b'-') {
            line.clear();
        }
        line
    };
    hear();
    for line in ["EHLO a", "MAIL FROM:<a@gamma.example>", "RCPT TO:<anna@alfa.example>", "DATA"] {
        writer.write_all(format!("{line}\r\n").as_bytes()).unwrap();
        let said = hear();
        assert!(said.starts_with(['2', '3']), "{said}");
    }
    let header = "Date: Sat, 21 Nov 2026 11:00:00 +0100\r\nFrom: a@gamma.example\r\n\
                  To: anna@alfa.example\r\nSubject: a\r\n\r\n";
    writer.write_all(header.as_bytes()).unwrap();
    let line = [b"0123456789".repeat(7).as_slice(), b"\r\n"].concat();
    for _ in 0..SIZE / line.len() {
        writer.write_all(&line).unwrap();
    }
    writer.write_all(b".\r\n").unwrap();
    let said = hear();
    assert!(said.starts_with("250"), "{said}");
    std::thread::sleep(Duration::from_secs(5));
    let peak = cost.tell(&program, "ordinary mail of 100 MiB");
    assert!(peak < ABOVE_IDLE_KIB, "{peak} KiB");
}

/// From the submission to the complete delivery receipt, and out of both mailboxes.
#[tokio::test]
#[ignore = "measures; run alone, in release"]
async fn a_large_certified_message_takes_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let [alfa, beta] = Program::pair(folder.path());
    // The first login of an account takes 19 MiB for its password, whatever it goes on to send; the
    // verdict is then known for some minutes. They are given back before anything is measured.
    for (program, user) in [(&alfa, "mario@alfa.example"), (&beta, "luigi@beta.example")] {
        wait_for(program, user, 0, 0).await;
    }
    let costs = [Cost::begin(&alfa), Cost::begin(&beta)];
    let start = Instant::now();
    submit(&alfa).await;
    println!("submitted after {:?}", start.elapsed());
    // What is written comes in whole blocks.
    let large = (SIZE - 1024 * 1024) as u64;
    wait_for(&beta, "luigi@beta.example", 1, large).await;
    println!("delivered after {:?}", start.elapsed());
    wait_for(&alfa, "mario@alfa.example", 2, large).await;
    println!("the receipt is there after {:?}", start.elapsed());
    assert!(fetch(&beta, "luigi@beta.example").await > large);
    assert!(fetch(&alfa, "mario@alfa.example").await > large);
    println!("fetched after {:?}", start.elapsed());
    let mut peaks = Vec::new();
    for (program, cost) in [&alfa, &beta].into_iter().zip(&costs) {
        peaks.push(cost.tell(program, "a certified message of 100 MiB"));
    }
    assert!(peaks.iter().all(|peak| *peak < ABOVE_IDLE_KIB), "{peaks:?} KiB");
}

/// A text, and an attachment in base64.
async fn submit(program: &Program) {
    let mut client = program.tls("submission_tls").await;
    client.reply().await;
    client.say("EHLO client.example").await;
    let login = format!("\0mario@alfa.example\0{PASSWORD}");
    let login = encodify::base64::STANDARD.encode(login);
    assert!(client.say(&format!("AUTH PLAIN {login}")).await.starts_with("235"));
    client.say("MAIL FROM:<mario@alfa.example>").await;
    client.say("RCPT TO:<luigi@beta.example>").await;
    assert!(client.say("DATA").await.starts_with("354"));
    let header = "Date: Sat, 21 Nov 2026 11:00:00 +0100\r\nFrom: mario@alfa.example\r\n\
        To: luigi@beta.example\r\nSubject: grande\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nEcco.\r\n--b\r\n\
        Content-Type: application/octet-stream; name=grande.bin\r\n\
        Content-Transfer-Encoding: base64\r\n";
    client.put(header).await;
    let line = "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6MDEyMzQ1Njc4OWFiY2RlZmdoaWpr";
    let block = vec![line; 1000].join("\r\n");
    for _ in 0..SIZE / (block.len() + 2) {
        client.put(&block).await;
    }
    let said = client.say("--b--\r\n.").await;
    assert!(said.starts_with("250"), "{said}");
}

/// A mailbox that is open.
async fn open(program: &Program, user: &str) -> TlsClient {
    let mut client = program.tls("pop3_tls").await;
    client.open_mailbox(user).await;
    client
}

/// Waits until a mailbox holds so many messages and octets.
async fn wait_for(program: &Program, user: &str, messages: u64, octets: u64) {
    let mut said = String::new();
    for _ in 0..600 {
        let mut client = open(program, user).await;
        client.put("STAT").await;
        said = client.line().await;
        let mut numbers = said.split_ascii_whitespace().filter_map(|word| word.parse().ok());
        let found: (Option<u64>, Option<u64>) = (numbers.next(), numbers.next());
        client.put("QUIT").await;
        client.line().await;
        if found.0 >= Some(messages) && found.1 >= Some(octets) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let log = std::fs::read_to_string(program.home.join("program.log")).unwrap();
    panic!("{user} has {said}\n{log}");
}

/// Reads all messages of a mailbox; how many octets they have.
async fn fetch(program: &Program, user: &str) -> u64 {
    let mut client = open(program, user).await;
    client.put("STAT").await;
    let said = client.line().await;
    let count: u32 = said.split(' ').nth(1).unwrap().parse().unwrap();
    let mut all = 0;
    for number in 1..=count {
        client.put(&format!("RETR {number}")).await;
        assert!(client.line().await.starts_with("+OK"));
        loop {
            let line = client.line().await;
            if line == ".\r\n" {
                break;
            }
            all += line.len() as u64;
        }
    }
    all
}
