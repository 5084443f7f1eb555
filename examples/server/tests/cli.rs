//! The program as an operator uses it.
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

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn gestore(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gestore"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// What a command says when it succeeds.
fn said(arguments: &[&str], input: &str) -> String {
    let output = gestore(arguments, input);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// What a command says when it fails.
fn complaint(arguments: &[&str], input: &str) -> String {
    let output = gestore(arguments, input);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let home = folder.home();
        let name = ["--domain", "alfa.example", "--name", "Alfa PEC S.p.A."];
        said(&[&["init", home.to_str().unwrap()], name.as_slice()].concat(), "");
        folder
    }

    fn home(&self) -> PathBuf {
        self.0.path().join("alfa")
    }
}

/// Every port of the configuration becomes one of this host's choice.
fn use_free_ports(home: &Path) {
    let file = home.join("gestore.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let lines = text.lines().map(|line| match line.split_once(" = \"0.0.0.0:") {
        Some((key, _)) => format!("{key} = \"127.0.0.1:0\""),
        None => line.replace("127.0.0.1:9465", "127.0.0.1:0").replace("mx = true", "mx = false"),
    });
    std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
}

#[test]
fn a_folder_is_made_used_copied_and_put_back() {
    let folder = Folder::new();
    let home = folder.home();
    let dir = home.to_str().unwrap();
    for (path, mode) in [("", 0o700), ("signing/provider.key", 0o600), ("tls/server.key", 0o600)] {
        let found = std::fs::metadata(home.join(path)).unwrap().permissions();
        let found = std::os::unix::fs::PermissionsExt::mode(&found) & 0o777;
        assert_eq!(found, mode, "{path}: {found:o}");
    }
    let sheets = said(&["user", "add", dir, "mario@alfa.example"], "");
    assert!(sheets.contains("First password"), "{sheets}");
    let sheet = home.join("activation/mario@alfa.example.password.txt");
    let text = std::fs::read_to_string(sheet).unwrap();
    assert!(text.contains("Password iniziale:"), "{text}");
    let message = home.join("activation/mario@alfa.example.txt");
    let text = std::fs::read_to_string(message).unwrap();
    assert!(text.contains("alfa.example, porta 465, SSL/TLS"), "{text}");
    let list = said(&["user", "list", dir], "");
    assert!(list.contains("mario@alfa.example\t0\t0\tfirst password"), "{list}");
    assert!(list.contains("ricevute@alfa.example\t0\t0\tservice"), "{list}");

    said(&["user", "passwd", dir, "mario@alfa.example", "--password-stdin"], "tre tigri 33\n");
    let list = said(&["user", "list", dir], "");
    assert!(list.contains("mario@alfa.example\t0\t0\tactive"), "{list}");

    let own = ["user", "passwd", dir, "mario@alfa.example", "--as-holder", "--password-stdin"];
    let refused = complaint(&own, "quattro 4444\ntre leoni 33\n");
    assert!(refused.contains("la password attuale non è corretta"), "{refused}");
    let changed = said(&own, "tre tigri 33\ntre leoni 33\n");
    assert!(changed.contains("La password di mario@alfa.example è stata cambiata"), "{changed}");

    let set = ["user", "set", dir, "mario@alfa.example"];
    said(&[set.as_slice(), &["--suspended", "true", "--ordinary", "refuse"]].concat(), "");
    assert!(said(&["user", "list", dir], "").contains("mario@alfa.example\t0\t0\tsuspended"));
    let odd = complaint(&[set.as_slice(), &["--ordinary", "forse"]].concat(), "");
    assert!(odd.contains("refuse, envelope"), "{odd}");
    said(&[set.as_slice(), &["--suspended", "false", "--ordinary", "a@b.example"]].concat(), "");

    let shown = said(&["directory", "show", dir, "ALFA.example"], "");
    assert!(shown.contains("Alfa PEC S.p.A."), "{shown}");
    let ldif = folder.0.path().join("directory.ldif");
    said(&["directory", "export", dir, ldif.to_str().unwrap()], "");
    assert!(std::fs::read_to_string(&ldif).unwrap().contains("providerName"));

    assert!(said(&["check", dir], "").starts_with("All that is stored"));
    let copy = folder.0.path().join("copy");
    said(&["backup", dir, copy.to_str().unwrap()], "");
    std::fs::remove_dir_all(home.join("store")).unwrap();
    said(&["restore", copy.to_str().unwrap(), dir], "");
    assert!(said(&["user", "list", dir], "").contains("mario@alfa.example"));
    said(&["purge", dir], "");
    assert_eq!(said(&["log", dir, "--from", "2026-01-01"], ""), "");
    assert!(said(&["stats", dir], "").starts_with("day,"));
}

#[test]
fn errors_say_what_to_do() {
    let folder = Folder::new();
    let home = folder.home();
    let dir = home.to_str().unwrap();
    let again = complaint(&["init", dir, "--domain", "a.example", "--name", "A"], "");
    assert!(again.contains("choose another folder"), "{again}");
    let foreign = complaint(&["user", "add", dir, "mario@beta.example"], "");
    assert!(foreign.contains("not managed here"), "{foreign}");
    let weak = ["user", "add", dir, "mario@alfa.example", "--password-stdin"];
    assert!(complaint(&weak, "corta1\n").contains("almeno 8 caratteri"));
    let nobody = ["user", "passwd", dir, "nessuno@alfa.example", "--password-stdin"];
    assert!(complaint(&nobody, "tre tigri 33\n").contains("gestore user list"));
    let missing = complaint(&["run", folder.0.path().to_str().unwrap()], "");
    assert!(missing.contains("gestore init"), "{missing}");
    let file = home.join("gestore.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("node = ", "nodo = ")).unwrap();
    let misspelt = complaint(&["run", dir], "");
    assert!(misspelt.contains("line ") && misspelt.contains("nodo"), "{misspelt}");
    let day = complaint(&["log", dir, "--from", "ieri"], "");
    assert!(day.contains("2026-11-21"), "{day}");
    let other = folder.0.path().join("other.p7m");
    std::fs::write(&other, b"no directory").unwrap();
    std::fs::write(&file, text).unwrap();
    complaint(&["directory", "import", dir, other.to_str().unwrap()], "");
    assert!(said(&["directory", "show", dir], "").contains("Alfa"), "the old one stays");
}

#[test]
fn orders_reach_the_running_gestore_and_it_stops_when_told() {
    let folder = Folder::new();
    let home = folder.home();
    let dir = home.to_str().unwrap();
    use_free_ports(&home);
    let mut running = Command::new(env!("CARGO_BIN_EXE_gestore"))
        .args(["run", dir])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let socket = home.join("control/socket");
    for _ in 0..100 {
        if socket.exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let add = ["user", "add", dir, "anna@alfa.example", "--password-stdin"];
    said(&add, "tre tigri 33\n");
    assert!(said(&["user", "list", dir], "").contains("anna@alfa.example\t0\t0\tactive"));
    assert!(said(&["check", dir], "").starts_with("All that is stored"));
    let again = complaint(&add, "tre tigri 33\n");
    assert!(again.contains("already"), "{again}");
    let process = running.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &process]).status().unwrap().success());
    assert!(running.wait().unwrap().success());
    let mut log = String::new();
    std::io::Read::read_to_string(&mut running.stderr.take().unwrap(), &mut log).unwrap();
    assert!(log.contains("the gestore runs") && log.contains("stopped"), "{log}");
    assert!(!log.contains("tre tigri"), "a password in the log");
    assert!(!socket.exists());
}
