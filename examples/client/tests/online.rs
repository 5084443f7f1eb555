//! `pec send` and `pec fetch` against small servers over TLS.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::sync::{Arc, Mutex};

use common::World;
use common::server::{NAME, Server, imap, line, pop3, say, smtp};
use serde_json::Value;

fn configure(world: &World, server: &Server, protocols: &[&str]) {
    let mut text = String::from(
        "[account.studio]\naddress = 'mario@alfa.example'\npassword_env = 'PEC_TEST_PASSWORD'\n\
         folder = 'conto'\nca = 'server-ca.pem'\n",
    );
    for protocol in protocols {
        text += &format!("{protocol} = {{ host = '{NAME}', connect = '{}' }}\n", server.address);
    }
    world.write("config.toml", text.as_bytes());
    world.write("server-ca.pem", server.ca.as_bytes());
}

fn run(world: &World, args: &[&str], password: &str) -> (Vec<Value>, i32, String) {
    let mut command = world.command(&[&["--json"], args, &["--config", "config.toml"]].concat());
    let output = command.env("PEC_TEST_PASSWORD", password).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let documents = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (documents, output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

const MESSAGE: &str = "From: mario@alfa.example\r\nTo: anna@beta.example\r\n\
    Subject: perch\u{e9}\r\n\r\n.punto\r\n..\r\nfine, senza a capo";

#[test]
fn a_message_is_sent_as_it_is_and_kept() {
    let world = World::new();
    let server = Server::start(smtp);
    configure(&world, &server, &["smtp"]);
    world.write("m.eml", MESSAGE.as_bytes());
    let (documents, code, told) = run(&world, &["send", "m.eml", "--receipt", "breve"], "segreto");
    assert_eq!(code, 0, "{told}");
    let sent = &documents[0];
    assert_eq!(sent["schema"], "postacert/send/1");
    assert_eq!(sent["recipients"], serde_json::json!(["anna@beta.example"]));
    assert_eq!(sent["receipt_type"], "breve");
    let msgid = sent["msgid"].as_str().unwrap();
    let expected = format!("Message-ID: {msgid}\r\nX-TipoRicevuta: breve\r\n{MESSAGE}");
    assert_eq!(fs::read_to_string(world.path(sent["copy"].as_str().unwrap())).unwrap(), expected);
    let said = server.said();
    assert!(said.contains(&format!("SIZE={} BODY=8BITMIME\r\n", expected.len())), "{said}");
    let (_, data) = said.split_once("DATA\r\n").unwrap();
    let (data, _) = data.split_once("\r\n.\r\n").unwrap();
    assert_eq!(data.replace("\r\n..", "\r\n."), expected);
}

#[test]
fn what_is_refused_leaves_no_copy() {
    let world = World::new();
    let server = Server::start(smtp);
    configure(&world, &server, &["smtp"]);
    world.write("m.eml", MESSAGE.replace("anna@beta", "anna@refused").as_bytes());
    let (_, code, told) = run(&world, &["send", "m.eml"], "segreto");
    assert_eq!(code, 4);
    assert!(told.contains("550 5.1.1 no such"), "{told}");
    let (_, code, told) = run(&world, &["send", "m.eml"], "sbagliato");
    assert_eq!(code, 4);
    assert!(told.contains("535") && !told.contains("sbagliato"), "{told}");
    assert_eq!(fs::read_dir(world.path("conto/sent")).unwrap().count(), 0);
    assert!(!server.said().contains("DATA"));
}

/// The answer to the whole message is lost: it may have been taken, and the copy says so.
#[test]
fn an_unconfirmed_message_is_kept_as_such() {
    let world = World::new();
    let server = Server::start(|session, said| {
        say(session, b"220 x\r\n");
        loop {
            match line(session, said).get(..4) {
                Some("EHLO") => say(session, b"250-x\r\n250-8BITMIME\r\n250 AUTH LOGIN\r\n"),
                Some("AUTH" | "bWFy") => say(session, b"334 \r\n"),
                Some("c2Vn") => say(session, b"235 ok\r\n"),
                Some("DATA") => break say(session, b"354 go\r\n"),
                _ => say(session, b"250 ok\r\n"),
            }
        }
        while line(session, said) != "." {}
    });
    configure(&world, &server, &["smtp"]);
    world.write("m.eml", MESSAGE.as_bytes());
    let (_, code, told) = run(&world, &["send", "m.eml"], "segreto");
    assert_eq!(code, 4);
    assert!(told.contains("may have been accepted"), "{told}");
    let copies: Vec<_> = fs::read_dir(world.path("conto/sent")).unwrap().collect();
    let name = copies[0].as_ref().unwrap().file_name().into_string().unwrap();
    assert!(name.ends_with(".eml.unconfirmed") && copies.len() == 1, "{name}");
}

#[test]
fn pop3_fetches_what_is_new_and_deletes_nothing() {
    let world = World::new();
    let receipt = world.read("ricevuta.eml");
    let dotted = b"Subject: x\r\n\r\n.\r\n..a\r\n".to_vec();
    let messages =
        Arc::new(Mutex::new(vec![("a/1".into(), receipt.clone()), ("b".into(), dotted.clone())]));
    let server = Server::start(pop3(Arc::clone(&messages)));
    configure(&world, &server, &["pop3"]);
    let (documents, code, told) = run(&world, &["fetch"], "segreto");
    assert_eq!((documents.len(), code), (2, 0), "{told}");
    assert_eq!(
        (&documents[0]["kind"], &documents[0]["uid"]),
        (&"acceptance".into(), &"a/1".into())
    );
    for (document, octets) in documents.iter().zip([&receipt, &dotted]) {
        assert_eq!(&fs::read(world.path(document["file"].as_str().unwrap())).unwrap(), octets);
    }
    // Nothing twice, not even what the user moved away.
    fs::remove_file(world.path(documents[0]["file"].as_str().unwrap())).unwrap();
    let (documents, code, _) = run(&world, &["fetch"], "segreto");
    assert_eq!((documents.len(), code), (0, 0));
    messages.lock().unwrap().remove(0);
    messages.lock().unwrap().push(("c".into(), receipt));
    let (documents, _, _) = run(&world, &["fetch"], "segreto");
    assert_eq!((documents.len(), &documents[0]["uid"]), (1, &"c".into()));
    assert_eq!(fs::read_to_string(world.path("conto/pop3.seen")).unwrap().lines().count(), 2);
    assert!(!server.said().contains("DELE"));
    assert_eq!(run(&world, &["fetch"], "sbagliato").1, 4);
}

#[test]
fn imap_fetches_what_is_new_and_marks_nothing() {
    let world = World::new();
    let receipt = world.read("ricevuta.eml");
    let validity = Arc::new(Mutex::new(7));
    let messages = Arc::new(Mutex::new(vec![(3, receipt.clone()), (5, receipt.clone())]));
    let server = Server::start(imap(Arc::clone(&validity), Arc::clone(&messages)));
    configure(&world, &server, &["imap"]);
    let (documents, code, told) = run(&world, &["fetch"], "segreto");
    assert_eq!((documents.len(), code), (2, 0), "{told}");
    assert_eq!(documents[1]["file"].as_str().unwrap().rsplit('/').next(), Some("7-5.eml"));
    assert_eq!(fs::read(world.path("conto/received/7-3.eml")).unwrap(), receipt);
    assert_eq!(run(&world, &["fetch"], "segreto").0.len(), 0);
    messages.lock().unwrap().push((9, receipt));
    assert_eq!(run(&world, &["fetch"], "segreto").0.len(), 1);
    // Other identifiers: everything is new.
    *validity.lock().unwrap() = 8;
    assert_eq!(run(&world, &["fetch"], "segreto").0.len(), 3);
    let said = server.said();
    assert!(said.contains("EXAMINE") && !said.contains("SELECT") && !said.contains("STORE"));
    assert_eq!(run(&world, &["fetch"], "sbagliato").1, 4);
}

/// Whoever has no certificate of the right authority and name gets no password.
#[test]
fn a_server_that_is_not_certified_gets_nothing() {
    let world = World::new();
    let server = Server::start(smtp);
    let other = Server::start(smtp);
    world.write("m.eml", MESSAGE.as_bytes());
    configure(&world, &server, &["smtp"]);
    world.write("server-ca.pem", other.ca.as_bytes());
    let (_, code, told) = run(&world, &["send", "m.eml"], "segreto");
    assert_eq!(code, 4);
    assert!(told.contains("certificate"), "{told}");
    configure(&world, &server, &["smtp"]);
    let config = String::from_utf8(world.read("config.toml")).unwrap();
    world.write("config.toml", config.replace(NAME, "mail.beta.example").as_bytes());
    assert_eq!(run(&world, &["send", "m.eml"], "segreto").1, 4);
    assert_eq!(server.said(), "");
}
