//! What a user does with `pec` against the reference server: send, fetch, follow to the end, keep
//! the dossier, judge it by us and by its own script; and what becomes of it in many ways of
//! tampering.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a fault stops the test"
)]

mod tampering;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use clap::Parser as _;
use pec_client::cli::Cli;
use pec_client::console::Console;
use pec_client::exit::Exit;
use pec_client::lang::Lang;
use pec_client::run::run;
use pec_demo::{MovableClock, PASSWORD, Provider, start};
use tampering::WAYS;

/// Runs a command line of `pec`: how it ended, and what it printed.
fn run_pec(arguments: &[&str]) -> (Exit, String) {
    let cli = Cli::try_parse_from(["pec", "--json"].iter().chain(arguments)).unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console =
        Console { out: &mut out, err: &mut err, lang: Lang::En, json: true, progress: false };
    let exit = run(cli.command, &mut console, std::time::SystemTime::now().into()).unwrap();
    (exit, String::from_utf8([out, err].concat()).unwrap())
}

/// Runs a command line of `pec`, which must succeed; what it printed.
fn pec(arguments: &[&str]) -> String {
    let (exit, said) = run_pec(arguments);
    assert_eq!(exit, Exit::Done, "{said}");
    said
}

fn configure(folder: &Path, alfa: &Provider) -> PathBuf {
    let ports = alfa.running().unwrap().ports();
    let server = |port: Option<std::net::SocketAddr>| {
        format!("{{ host = \"alfa.example\", connect = \"{}\" }}", port.unwrap())
    };
    let ca = alfa.folder.join("trust/tls-authorities.pem");
    let text = format!(
        "[account.mario]\naddress = \"mario@alfa.example\"\nfolder = \"posta\"\nca = {ca:?}\n\
         password_command = \"echo '{PASSWORD}'\"\nsmtp = {}\npop3 = {}\n",
        server(ports.submission_tls),
        server(ports.pop3_tls)
    );
    let file = folder.join("config.toml");
    fs::write(&file, text).unwrap();
    file
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_sends_fetches_follows_and_keeps_the_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("gestori");
    let [mut alfa, mut beta] = start(&home, &MovableClock::default()).await.unwrap();
    let config = configure(folder.path(), &alfa);
    let (base, trust) = (folder.path().to_owned(), alfa.folder.clone());
    tokio::task::spawn_blocking(move || transmission(&base, &config, &trust)).await.unwrap();
    alfa.stop().await;
    beta.stop().await;
}

/// What was sent, and the files of what came back.
struct Transmission {
    copy: String,
    receipts: Vec<String>,
}

/// Sends a letter and fetches its acceptance and its delivery receipt.
fn send(folder: &Path, config: &Path, subject: &str) -> Transmission {
    let letter = folder.join(format!("{subject}.eml"));
    let message = format!(
        "From: mario@alfa.example\r\nTo: anna@beta.example\r\nSubject: {subject}\r\n\
         Date: Sat, 21 Nov 2026 10:00:00 +0100\r\n\r\nE ritorno.\r\n"
    );
    fs::write(&letter, message).unwrap();
    let said = pec(&["send", "--config", text(config), text(&letter)]);
    let sent: serde_json::Value = serde_json::from_str(said.trim()).unwrap();
    let copy = sent["copy"].as_str().unwrap().to_owned();
    let mut receipts = Vec::new();
    for _ in 0..100 {
        let said = pec(&["fetch", "--config", text(config)]);
        for line in said.lines().filter(|line| line.starts_with('{')) {
            let one: serde_json::Value = serde_json::from_str(line).unwrap();
            receipts.extend(one["file"].as_str().map(str::to_owned));
        }
        if receipts.len() == 2 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(receipts.len(), 2, "an acceptance and a delivery receipt: {receipts:?}");
    Transmission { copy, receipts }
}

fn transmission(folder: &Path, config: &Path, provider: &Path) {
    let other = send(folder, config, "Altra");
    let ours = send(folder, config, "Andata");
    let anchors = provider.join("trust/anchors");
    let crls = provider.join("trust/crls");
    let directory = provider.join("directory/directory.ldif.p7m");
    let centre = provider.join("directory/centre.pem");
    let origin = [
        "--trust",
        text(&anchors),
        "--directory",
        text(&directory),
        "--directory-signer",
        text(&centre),
    ];
    let evidence = [&origin[..], &["--crls", text(&crls)]].concat();
    let receipts: Vec<&str> =
        ours.receipts.iter().chain(&other.receipts).map(String::as_str).collect();
    let said = pec(&[&["follow", ours.copy.as_str()], receipts.as_slice(), &evidence].concat());
    assert!(said.contains("delivered"), "{said}");
    let dossier = folder.join("fascicolo");
    let make = ["dossier", "make", ours.copy.as_str()];
    let output = ["-o", text(&dossier)];
    let said = pec(&[&make, receipts.as_slice(), &output, &evidence].concat());
    assert!(said.contains("\"receipts\":2,\"left_out\":2"), "{said}");
    pec(&[&["dossier", "verify", text(&dossier)], origin.as_slice()].concat());
    let acceptance = other.receipts.iter().find(|receipt| {
        String::from_utf8_lossy(&fs::read(receipt).unwrap()).contains("X-Ricevuta: accettazione")
    });
    tampered(&dossier, &origin, &anchors, Path::new(acceptance.unwrap()));
}

/// Every way of tampering is found by `pec dossier verify`, and where it can see it by the script.
fn tampered(dossier: &Path, origin: &[&str], anchors: &Path, stranger: &Path) {
    let anchor = dossier.with_file_name("ancore.pem");
    let script = script(anchors, &anchor);
    if let Some(script) = &script {
        let sound = script(dossier);
        assert!(sound.status.success(), "{}", String::from_utf8_lossy(&sound.stdout));
    }
    assert!(WAYS.len() >= 20, "{}", WAYS.len());
    for (number, way) in WAYS.iter().enumerate() {
        let copy = dossier.with_file_name(format!("alterato-{number}"));
        way.apply(dossier, &copy, stranger);
        let (exit, said) = run_pec(&[&["dossier", "verify", text(&copy)], origin].concat());
        assert_eq!(exit, Exit::No, "{}: {said}", way.name);
        if let Some(script) = &script {
            let found = script(&copy);
            let told = String::from_utf8_lossy(&found.stdout).into_owned();
            let fault = told.lines().find(|line| line.starts_with("ERRORE")).unwrap_or("-");
            println!("{}: {}", way.name, way.unseen.unwrap_or(fault));
            assert_eq!(found.status.success(), way.unseen.is_some(), "{}: {told}", way.name);
        }
    }
}

/// Runs the script of a dossier with the anchors; nothing where there is no `openssl`.
fn script(anchors: &Path, pem: &Path) -> Option<impl Fn(&Path) -> Output> {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("skipped: no openssl");
        return None;
    }
    let files = fs::read_dir(anchors).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    fs::write(pem, files.collect::<Vec<_>>().concat()).unwrap();
    let anchor = pem.to_owned();
    Some(move |dossier: &Path| {
        let mut command = Command::new("sh");
        command.arg("verifica.sh").current_dir(dossier).env("ANCORE", &anchor);
        command.output().unwrap()
    })
}
