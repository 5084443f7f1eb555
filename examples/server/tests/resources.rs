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

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running gestore whose ports stand in its log.
struct Program {
    child: Child,
    ports: Vec<(String, SocketAddr)>,
    _folder: tempfile::TempDir,
}

impl Program {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("alfa");
        let run = |arguments: &[&str]| {
            let status = Command::new(env!("CARGO_BIN_EXE_gestore")).args(arguments).status();
            assert!(status.unwrap().success());
        };
        let dir = home.to_str().unwrap();
        run(&["init", dir, "--domain", "alfa.example", "--name", "Alfa"]);
        run(&["user", "add", dir, "anna@alfa.example"]);
        configure(&home);
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_gestore"))
            .args(["run", dir])
            .stderr(Stdio::from(log))
            .spawn()
            .unwrap();
        let ports = loop {
            std::thread::sleep(Duration::from_millis(100));
            let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
            if log.contains("the gestore runs") {
                break ports_of(&log);
            }
        };
        Self { child, ports, _folder: folder }
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

fn configure(home: &Path) {
    let file = home.join("gestore.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let lines = text.lines().map(|line| match line.split_once(" = \"0.0.0.0:") {
        Some((key, _)) => format!("{key} = \"127.0.0.1:0\""),
        None => line
            .replace("127.0.0.1:9465", "127.0.0.1:0")
            .replace("mx = true", "mx = false")
            .replace("# connections = 1000", "connections = 2000")
            .replace("# connections_per_peer = 50", "connections_per_peer = 2000"),
    });
    std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
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
    let program = Program::start();
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

#[test]
#[ignore = "measures; run alone, in release"]
fn a_large_message_costs_a_multiple_of_its_size() {
    use std::io::{BufRead as _, BufReader, Write as _};
    const SIZE: usize = 100 * 1024 * 1024 - 64 * 1024;
    let program = Program::start();
    let idle = program.status("VmRSS");
    program.forget_peak();
    let stream = TcpStream::connect(program.port("incoming")).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    let start = Instant::now();
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
    let peak = program.status("VmHWM") - idle;
    let times = peak as f64 * 1024.0 / SIZE as f64;
    let after = program.status("VmRSS") - idle;
    println!(
        "a message of 100 MiB: {peak} KiB above the idle server at the peak ({times:.1} times its \
         size), {after} KiB afterwards; stored in {:?}",
        start.elapsed()
    );
    assert!(times < 6.0, "{times} times the size of the message");
}
