//! Messages, files and names that mean harm, and exit codes that must not say yes too early.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::io::Read as _;
use std::process::Stdio;

use common::{BY_DIRECTORY, World};
use serde_json::json;

const TRUST: [&str; 6] = ["--trust", "ca.pem", "--crls", "crl", BY_DIRECTORY[0], BY_DIRECTORY[1]];

/// Clears the screen, sets a title, turns the direction: in ASCII, in C1, in Unicode.
const EVIL: &str = "a\u{1b}[2J\u{1b}]0;titolo\u{7}b\u{9b}31m\u{9d}x\u{202e}\u{2028}\u{e0041}z";

fn encoded(text: &str) -> String {
    let octets: String = text.bytes().map(|octet| format!("={octet:02X}")).collect();
    format!("=?utf-8?q?{octets}?=")
}

/// What of a text could command a terminal.
fn commands(text: &str) -> Vec<char> {
    let is_bad = |c: &char| {
        c.is_control() && *c != '\n' || matches!(c, '\u{2028}' | '\u{202e}' | '\u{e0041}')
    };
    text.chars().filter(is_bad).collect()
}

#[test]
fn no_text_of_others_commands_the_terminal() {
    let world = World::new();
    let evil = encoded(EVIL);
    let message = format!(
        "From: {evil} <x@alfa.example>\r\nTo: y@beta.example\r\nSubject: {evil}\r\n\
         X-Ricevuta: {EVIL}\r\nMessage-ID: <{EVIL}@x>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: application/{EVIL}; name=\"{evil}\"\r\n\
         Content-Disposition: attachment; filename=\"{evil}\"\r\n\r\nx\r\n--b--\r\n"
    );
    world.write("male.eml", message.as_bytes());
    let name = "posta/a\u{1b}[2J\u{9b}b.eml";
    world.write(name, message.as_bytes());
    for args in [
        &["inspect", "male.eml"][..],
        &["inspect", "posta"],
        &["--json", "inspect", "posta"],
        &["verify", "male.eml", "--trust", "ca.pem"],
        &["--json", "verify", "male.eml", "--trust", "ca.pem"],
        &["follow", "male.eml", "posta", TRUST[0], TRUST[1], TRUST[4], TRUST[5]],
        &["--json", "extract", "male.eml", "--attachments", "-o", "json"],
        &["extract", "male.eml", "--attachments", "-o", "estratti"],
        &["hash-check", "male.eml", "male.eml"],
        &["dossier", "show", "male.eml"],
        &["inspect", "mancante\u{1b}[2J.eml"],
    ] {
        let output = world.pec(args);
        for stream in [output.stdout, output.stderr] {
            let text = String::from_utf8(stream).unwrap();
            assert!(commands(&text).is_empty(), "{args:?}: {text:?}");
        }
    }
    let written = fs::read_dir(world.path("estratti")).unwrap().next().unwrap().unwrap();
    let name = written.file_name().into_string().unwrap();
    assert!(commands(&name).is_empty(), "{name:?}");
}

/// Of nothing the answer is not yes.
#[test]
fn exit_codes_do_not_lie() {
    let world = World::new();
    fs::create_dir(world.path("vuota")).unwrap();
    world.write("rumore/a.bin", b"\x00\x01");
    world.write("senza.eml", b"From: mario@alfa.example\r\n\r\nciao\r\n");
    let code = |args: &[&str]| world.pec(args).status.code();
    assert_eq!(code(&["verify", "vuota", "--trust", "ca.pem"]), Some(4));
    assert_eq!(code(&["verify", "rumore", "--trust", "ca.pem"]), Some(4));
    assert_eq!(code(&["inspect", "vuota"]), Some(4));
    let follow = |sent: &str| {
        code(&[&["follow", sent, "consegna.eml", "ricevuta.eml"], &TRUST[..]].concat())
    };
    assert_eq!(follow("inviato.eml"), Some(0));
    assert_eq!(follow("vuota"), Some(4), "nothing was sent");
    assert_eq!(follow("senza.eml"), Some(4), "it cannot be followed");
    // One no among yeses, one open among yeses.
    world.write("posta/a.eml", &world.read("ricevuta.eml"));
    let verify = [&["verify", "posta"], &TRUST[..]].concat();
    assert_eq!(code(&verify), Some(0));
    world.write("posta/b.eml", &world.read("inviato.eml"));
    assert_eq!(code(&verify), Some(1));
}

/// Who reads along and stops has not heard everything.
#[test]
fn a_broken_pipe_is_no_yes() {
    let world = World::new();
    for number in 0..400 {
        world.write(&format!("posta/{number}.eml"), &world.read("inviato.eml"));
    }
    let mut command = world.command(&["inspect", "posta"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut some = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(4));
}

/// A delivery that is proved only at the time that its signer claims is not yet a yes.
#[test]
fn a_claimed_time_delivers_nothing() {
    let now: chrono::DateTime<chrono::Utc> = std::time::SystemTime::now().into();
    let world = World::at(now - chrono::TimeDelta::days(4 * 365));
    let args = [
        "follow",
        "inviato.eml",
        "ricevuta.eml",
        "consegna.eml",
        "--trust",
        "ca.pem",
        "--pin",
        "alfa.pem",
        "--pin",
        "beta.pem",
        "--revocation",
        "off",
        "--policy",
        "archive",
    ];
    let (documents, code) = world.json(&args);
    let claimed = documents[0]["at_claimed_time"].as_array().unwrap().len();
    assert_eq!((claimed, code), (2, 3), "{}", documents[0]);
    let then = world.now.to_rfc3339();
    let (documents, code) = world.json(&[&args[..], &["--at", &then]].concat());
    assert_eq!((&documents[0]["at_claimed_time"], code), (&json!([]), 0));
}

/// Anybody can send a receipt that is not genuine: it is left out and told, and there is a dossier.
#[test]
fn forged_receipts_stop_no_dossier() {
    let world = World::new();
    let genuine = String::from_utf8(world.read("consegna.eml")).unwrap();
    world.write("posta/falsa.eml", genuine.replace("In allegato", "In allegata").as_bytes());
    for name in ["ricevuta.eml", "consegna.eml", "busta.eml"] {
        world.write(&format!("posta/{name}"), &world.read(name));
    }
    let make = ["dossier", "make", "inviato.eml", "posta", "manca.eml", "-o", "fascicolo.zip"];
    let (made, code) = world.json(&[&make[..], &TRUST].concat());
    assert_eq!(code, 4, "a file could not be read");
    assert_eq!((&made[0]["receipts"], &made[0]["left_out"]), (&json!(2), &json!(1)));
    assert_eq!(made[0]["refused"][0]["file"], "posta/falsa.eml");
    assert_eq!(
        made[0]["refused"][0]["why"],
        "the digest of the content differs from the signed one"
    );
    assert!(made[0]["failures"][0].as_str().unwrap().starts_with("manca.eml: "));
    let verify = ["dossier", "verify", "fascicolo.zip"];
    assert_eq!(world.pec(&[&verify[..], &TRUST].concat()).status.code(), Some(0));
}

/// A dossier is never half written, and a folder with a link is no dossier.
#[cfg(unix)]
#[test]
fn links_are_neither_followed_nor_overwritten() {
    let world = World::new();
    let link = |to: &str, from: &str| {
        std::os::unix::fs::symlink(world.path(to), world.path(from)).unwrap();
    };
    let make = |output: &str| {
        let make = ["dossier", "make", "inviato.eml", "ricevuta.eml", "-o", output];
        world.pec(&[&make[..], &TRUST].concat()).status.code()
    };
    link("bersaglio", "collegamento.zip");
    assert_eq!(make("collegamento.zip"), Some(4));
    link("bersaglio", "collegamento");
    assert_eq!(make("collegamento"), Some(4));
    assert!(!world.path("bersaglio").exists());
    assert_eq!(make("fascicolo"), Some(0));
    link("inviato.eml", "fascicolo/messaggi/nota.eml");
    let verify = world.pec(&[&["dossier", "verify", "fascicolo"], &TRUST[..]].concat());
    assert_eq!(verify.status.code(), Some(4));
    let told = String::from_utf8(verify.stderr).unwrap();
    assert!(told.contains("nota.eml: neither a file nor a folder"), "{told}");
    // What is extracted goes beside a link, not through it.
    fs::create_dir(world.path("estratti")).unwrap();
    link("bersaglio", "estratti/daticert.xml");
    let extract = ["extract", "ricevuta.eml", "--daticert", "-o", "estratti"];
    assert_eq!(world.pec(&extract).status.code(), Some(0));
    assert!(!world.path("bersaglio").exists());
    assert!(world.path("estratti/daticert-2.xml").is_file());
}

/// With `--lang it` reasons are Italian as well; JSON is the same in both languages.
#[test]
fn reasons_are_in_the_language_that_was_asked_for() {
    let world = World::new();
    let genuine = String::from_utf8(world.read("consegna.eml")).unwrap();
    world.write("falsa.eml", genuine.replace("In allegato", "In allegata").as_bytes());
    let italian = |args: &[&str]| {
        let output = world.pec(&[&["--lang", "it"], args].concat());
        String::from_utf8(output.stdout).unwrap()
    };
    for (args, told) in [
        (&["verify", "falsa.eml", "--trust", "ca.pem"][..], "l'impronta del contenuto non è"),
        (&["verify", "ricevuta.eml", "--trust", "ca.pem"], "non è stato dato nulla che dica chi"),
        (&["verify", "ricevuta.eml", "--trust", "ca.pem"], "nessuna lista di revoca né risposta"),
        (&["verify", "ricevuta.eml", "--trust", "beta.pem"], "nessuna catena porta a un'autorità"),
    ] {
        let text = italian(args);
        assert!(text.contains(told), "{text}");
    }
    let text =
        italian(&[&["follow", "inviato.eml", "falsa.eml", "busta.eml"], &TRUST[..]].concat());
    assert!(text.contains("falsa.eml: l'impronta del contenuto"), "{text}");
    assert!(text.contains("busta.eml: certificato, ma non ricevuta"), "{text}");
    let json = |lang: &str| {
        let args = ["--json", "--lang", lang, "verify", "falsa.eml", "--trust", "ca.pem"];
        let text = String::from_utf8(world.pec(&args).stdout).unwrap();
        let mut document: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
        document["judged_at"].take();
        document
    };
    assert_eq!(json("it"), json("en"));
}
