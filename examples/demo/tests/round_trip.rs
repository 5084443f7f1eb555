//! What a user does with `pec` against the reference server: send, fetch, follow to the end, keep
//! the dossier, judge it by us and by its own script.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a fault stops the test"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::Parser as _;
use pec_client::cli::Cli;
use pec_client::console::Console;
use pec_client::exit::Exit;
use pec_client::lang::Lang;
use pec_client::run::run;
use pec_demo::{MovableClock, PASSWORD, Provider, start};

/// Runs a command line of `pec`, which must succeed; what it printed.
fn pec(arguments: &[&str]) -> String {
    let cli = Cli::try_parse_from(["pec", "--json"].iter().chain(arguments)).unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console =
        Console { out: &mut out, err: &mut err, lang: Lang::En, json: true, progress: false };
    let exit = run(cli.command, &mut console, std::time::SystemTime::now().into()).unwrap();
    let (said, complained) = (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap());
    assert_eq!(exit, Exit::Done, "{said}{complained}");
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

fn transmission(folder: &Path, config: &Path, provider: &Path) {
    let letter = folder.join("lettera.eml");
    let message = "From: mario@alfa.example\r\nTo: anna@beta.example\r\nSubject: Andata\r\n\
                   Date: Sat, 21 Nov 2026 10:00:00 +0100\r\n\r\nE ritorno.\r\n";
    fs::write(&letter, message).unwrap();
    let said = pec(&["send", "--config", text(config), text(&letter)]);
    let sent: serde_json::Value = serde_json::from_str(said.trim()).unwrap();
    let copy = sent["copy"].as_str().unwrap().to_owned();
    let mut fetched = Vec::new();
    for _ in 0..100 {
        let said = pec(&["fetch", "--config", text(config)]);
        for line in said.lines() {
            let one: serde_json::Value = serde_json::from_str(line).unwrap();
            fetched.extend(one["file"].as_str().map(str::to_owned));
        }
        if fetched.len() == 2 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(fetched.len(), 2, "an acceptance and a delivery receipt: {fetched:?}");
    let anchors = provider.join("trust/anchors");
    let crls = provider.join("trust/crls");
    let directory = provider.join("directory/directory.ldif.p7m");
    let centre = provider.join("directory/centre.pem");
    let evidence = [
        "--trust",
        text(&anchors),
        "--crls",
        text(&crls),
        "--directory",
        text(&directory),
        "--directory-signer",
        text(&centre),
    ];
    let receipts: Vec<&str> = fetched.iter().map(String::as_str).collect();
    let said = pec(&[&["follow", copy.as_str()], receipts.as_slice(), &evidence].concat());
    assert!(said.contains("delivered"), "{said}");
    let dossier = folder.join("fascicolo");
    let make = ["dossier", "make", copy.as_str()];
    let output = ["-o", text(&dossier)];
    pec(&[&make, receipts.as_slice(), &output, &evidence].concat());
    pec(&[&["dossier", "verify", text(&dossier)], evidence.as_slice()].concat());
    check_by_script(&dossier, &anchors);
}

/// The script needs `openssl`; where there is none, nothing is shown.
fn check_by_script(dossier: &Path, anchors: &Path) {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("skipped: no openssl");
        return;
    }
    let mut pem = Vec::new();
    for file in fs::read_dir(anchors).unwrap() {
        pem.extend(fs::read(file.unwrap().path()).unwrap());
    }
    let anchor = dossier.with_file_name("ancore.pem");
    fs::write(&anchor, pem).unwrap();
    let script = || {
        let mut command = Command::new("sh");
        command.arg("verifica.sh").current_dir(dossier).env("ANCORE", &anchor);
        command.output().unwrap()
    };
    let sound = script();
    assert!(sound.status.success(), "{}", String::from_utf8_lossy(&sound.stdout));
    let receipt = fs::read_dir(dossier).unwrap().map(|entry| entry.unwrap().path());
    let manifest = receipt.into_iter().find(|path| path.extension().is_some_and(|e| e == "json"));
    fs::write(manifest.unwrap(), b"{}").unwrap();
    assert!(!script().status.success(), "a dossier without its manifest passes");
}
