//! The examples in `--help` are run; every command has some.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use clap::CommandFactory as _;
use common::World;
use common::server::{NAME, Server, imap, pop3, smtp};
use pec_client::cli::Cli;

/// Everything that the examples name.
fn furnish(world: &World) -> Vec<Server> {
    let receipt = world.read("ricevuta.eml");
    for name in ["ricevuta", "consegna", "presa"] {
        world.write(&format!("posta/{name}.eml"), &world.read(&format!("{name}.eml")));
    }
    let mbox = [b"From a@b.example Sat Nov 21 10:15:00 2026\r\n".as_slice(), &receipt].concat();
    world.write("archivio.mbox", &mbox);
    world.write("vecchia.eml", &receipt);
    world.write("lettera.txt", "Buongiorno però\n".as_bytes());
    world.write("offerta.pdf", b"%PDF-1.7\n");
    world.write("gestore.pem", &world.read("alfa.pem"));
    let kept = |uid: &str| (uid.to_owned(), receipt.clone());
    let servers = vec![
        Server::start(smtp),
        Server::start(pop3(Arc::new(Mutex::new(vec![kept("a"), kept("b")])))),
        Server::start(imap(
            Arc::new(Mutex::new(1)),
            Arc::new(Mutex::new(vec![(4, receipt.clone())])),
        )),
    ];
    let mut config = String::from(
        "[account.studio]\naddress = 'mario@alfa.example'\nfolder = 'conto'\n\
         password_command = 'echo segreto'\nca = 'server-ca.pem'\n",
    );
    for (protocol, server) in ["smtp", "pop3", "imap"].iter().zip(&servers) {
        config += &format!("{protocol} = {{ host = '{NAME}', connect = '{}' }}\n", server.address);
    }
    world.write("config.toml", config.as_bytes());
    let authorities: String = servers.iter().map(|server| server.ca.as_str()).collect();
    world.write("server-ca.pem", authorities.as_bytes());
    servers
}

fn examples(command: &clap::Command) -> Vec<String> {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.strip_prefix("  pec "));
    let mut all: Vec<String> = lines.map(|line| format!("pec {line}")).collect();
    if let Some((_, after)) = text.split_once("Examples:") {
        assert_eq!(after.trim().lines().count(), all.len(), "{after}");
    }
    let below = command.get_subcommands().filter(|below| below.get_name() != "help");
    all.extend(below.flat_map(examples));
    all
}

#[test]
fn examples_do_what_they_say() {
    let world = World::new();
    let _servers = furnish(&world);
    let bin = Path::new(env!("CARGO_BIN_EXE_pec")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let examples = examples(&Cli::command());
    assert!(examples.len() >= 20, "{}", examples.len());
    for example in &examples {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(example).current_dir(world.folder.path()).env("PATH", &path);
        let output = shell.env("LC_ALL", "C").output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{example}: {told}");
        assert!(!told.contains("pec:"), "{example}: {told}");
        assert!(!output.stdout.is_empty() || example.contains("watch"), "{example}: {told}");
    }
}

#[test]
fn completions_and_man_pages_know_every_command() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = world.pec(&["completions", shell]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("hash-check") && text.contains("revocation"), "{shell}");
    }
    assert!(world.pec(&["man", "man"]).status.success());
    for page in ["pec", "pec-verify", "pec-dossier", "pec-dossier-make", "pec-watch"] {
        let text = String::from_utf8(world.read(&format!("man/{page}.1"))).unwrap();
        assert!(text.contains(".TH"), "{page}");
    }
}

#[test]
fn the_command_line_is_sound() {
    Cli::command().debug_assert();
    let world = World::new();
    for (args, code) in [
        (&["--help"][..], 0),
        (&["--version"], 0),
        (&["inspect"], 2),
        (&["nonsense"], 2),
        (&["inspect", "--lang", "fr", "x"], 2),
    ] {
        assert_eq!(world.pec(args).status.code(), Some(code), "{args:?}");
    }
}
