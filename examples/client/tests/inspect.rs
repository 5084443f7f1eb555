//! `pec inspect`, `pec extract` and `pec hash-check`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::io::Write as _;
use std::process::Stdio;

use common::{PEC_MSGID, SENT, World};
use serde_json::{Value, json};

/// The names of these fields are a contract.
const FIELDS: [&str; 22] = [
    "schema",
    "file",
    "kind",
    "source",
    "tipo",
    "errore",
    "receipt_type",
    "identificativo",
    "msgid",
    "sender",
    "recipients",
    "reply_to",
    "subject",
    "time",
    "provider",
    "delivered_to",
    "received_for",
    "error_detail",
    "signed",
    "deviations",
    "original",
    "parts",
];

fn inspect(world: &World, file: &str) -> Value {
    let (mut documents, code) = world.json(&["inspect", file]);
    assert_eq!((documents.len(), code), (1, 0));
    let document = documents.remove(0);
    let object = document.as_object().unwrap();
    for field in FIELDS {
        assert!(object.contains_key(field), "{field}");
    }
    assert_eq!(object.len(), FIELDS.len());
    document
}

#[test]
fn all_fields_are_there() {
    let world = World::new();
    let found = inspect(&world, "consegna.eml");
    let expected = json!({
        "schema": "postacert/inspect/1", "file": "consegna.eml", "kind": "delivery",
        "source": "daticert", "tipo": "avvenuta-consegna", "errore": "nessuno",
        "receipt_type": "completa", "identificativo": PEC_MSGID, "msgid": "<m.42@host.example>",
        "sender": "mario@alfa.example",
        "recipients": [{ "address": "anna@beta.example", "certified": true }],
        "reply_to": "mario@alfa.example", "subject": "Contratto n. 12",
        "provider": "Alfa PEC S.p.A.", "delivered_to": "anna@beta.example", "received_for": [],
        "error_detail": null, "signed": true, "deviations": [],
        "original": { "present": true, "subject": "Contratto n. 12", "attachments": [{
            "name": "../contratto.pdf", "media_type": "application/pdf", "size": 21, "path": "1",
        }] },
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&found[field], value, "{field}");
    }
    let time = found["time"].as_str().unwrap();
    assert!(chrono::DateTime::parse_from_rfc3339(time).is_ok(), "{time}");
}

#[test]
fn parts_are_a_tree_with_the_messages_in_it() {
    let world = World::new();
    let found = inspect(&world, "consegna.eml");
    let root = &found["parts"][0];
    assert_eq!((&root["path"], &root["media_type"]), (&json!(""), &json!("multipart/signed")));
    assert_eq!(root["parts"][1]["role"], "signature");
    let mixed = root["parts"][0]["parts"].as_array().unwrap();
    let roles: Vec<_> = mixed.iter().map(|part| part["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["multipart", "daticert", "original"]);
    let original = &mixed[2]["parts"][0];
    assert_eq!(original["message"]["kind"], "ordinary");
    assert_eq!(original["message"]["subject"], "Contratto n. 12");
    assert_eq!(original["parts"][1]["size"], 21);
}

#[test]
fn other_kinds_and_ordinary_mail() {
    let world = World::new();
    let found = inspect(&world, "presa.eml");
    assert_eq!(found["received_for"], json!(["anna@beta.example"]));
    assert_eq!(found["original"], json!({ "present": false, "subject": null, "attachments": [] }));
    let found = inspect(&world, "errore.eml");
    assert_eq!((&found["errore"], &found["kind"]), (&json!("no-dest"), &json!("delivery-error")));
    assert!(found["error_detail"].as_str().unwrap().starts_with("5.1.1"));
    let found = inspect(&world, "inviato.eml");
    assert_eq!((&found["kind"], &found["source"]), (&json!("ordinary"), &json!("header")));
    assert_eq!(found["recipients"], json!([{ "address": "anna@beta.example", "certified": null }]));
    assert_eq!((&found["tipo"], &found["signed"]), (&json!(null), &json!(false)));
    let wrong = String::from_utf8(world.read("ricevuta.eml")).unwrap();
    let wrong = wrong.replacen("X-Ricevuta: accettazione", "X-Ricevuta: avvenuta-consegna", 1);
    world.write("falsa.eml", wrong.as_bytes());
    let found = inspect(&world, "falsa.eml");
    let told = found["deviations"].to_string();
    assert!(told.contains("claims delivery, the certification data say acceptance"), "{told}");
    world.write("ignota.eml", b"X-Ricevuta: mancata-consegna\r\nSubject: x\r\n\r\n");
    assert_eq!(inspect(&world, "ignota.eml")["kind"], "unknown");
    assert_eq!(inspect(&world, "gestori.p7m")["kind"], "ordinary");
}

#[test]
fn standard_input_and_languages() {
    let world = World::new();
    let run = |args: &[&str]| {
        let mut command = world.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(&world.read("ricevuta.eml")).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    };
    assert!(run(&["inspect", "-"]).starts_with("-: acceptance receipt\n"));
    let italian = run(&["--lang", "it", "inspect", "-"]);
    assert!(italian.contains("ricevuta di accettazione") && italian.contains("oggetto"));
    assert!(!italian.contains('\u{1b}'), "no colours in a pipe");
    assert!(run(&["--color", "always", "inspect", "-"]).contains('\u{1b}'));
}

/// A message cannot command a terminal.
#[test]
fn control_characters_do_not_reach_the_terminal() {
    let world = World::new();
    world.write("ansi.eml", b"From: a@alfa.example\r\nSubject: a\x1b]0;x\x07\x1b[2Jb\r\n\r\n\r\n");
    let output = world.pec(&["inspect", "ansi.eml"]);
    assert!(!output.stdout.contains(&0x1b) && !output.stdout.contains(&7));
}

#[test]
fn what_is_extracted_is_what_was_there() {
    let world = World::new();
    let (found, code) = world.json(&["extract", "consegna.eml", "-o", "out"]);
    assert_eq!(code, 0);
    let written = found[0]["written"].as_array().unwrap();
    let names: Vec<_> = written.iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(names, ["out/daticert.xml", "out/postacert.eml", "out/_contratto.pdf"]);
    assert_eq!(world.read("out/_contratto.pdf"), b"%PDF-1.7 il contratto");
    assert!(world.read("out/daticert.xml").starts_with(b"<?xml"));
    let original = String::from_utf8(world.read("out/postacert.eml")).unwrap();
    let identified = format!("Message-ID: <{PEC_MSGID}>\r\nX-Riferimento-Message-ID:");
    assert_eq!(original, SENT.replacen("Message-ID:", &identified, 1));
    // Never over another file.
    let (found, _) = world.json(&["extract", "consegna.eml", "--original", "-o", "out"]);
    assert_eq!(found[0]["written"][0]["path"], "out/postacert-2.eml");
    assert_eq!(world.read("out/postacert-2.eml"), original.as_bytes());
    let (found, _) = world.json(&["extract", "consegna.eml", "--part", "0.1", "-o", "out"]);
    assert_eq!(found[0]["written"][0]["path"], "out/daticert-2.xml");
    for (args, missing) in [
        (&["ricevuta.eml", "--original"][..], "original"),
        (&["inviato.eml", "--daticert"], "daticert"),
        (&["ricevuta.eml", "--part", "7"], "part"),
    ] {
        let (found, code) = world.json(&[&["extract", "-o", "out"], args].concat());
        assert_eq!((&found[0]["missing"], code), (&json!([missing]), 1));
    }
    assert_eq!(world.pec(&["extract", "missing.eml"]).status.code(), Some(4));
    assert_eq!(world.pec(&["extract", "a", "--original", "--daticert"]).status.code(), Some(2));
}

#[test]
fn receipts_prove_what_was_kept() {
    let world = World::new();
    for (receipt, verdict) in [("consegna.eml", "equal"), ("breve.eml", "equal-hash")] {
        let (found, code) = world.json(&["hash-check", receipt, "inviato.eml"]);
        assert_eq!((&found[0]["whole"], code), (&json!(true), 0));
        assert_eq!(found[0]["parts"][1]["verdict"], verdict);
    }
    world.write("altro.eml", SENT.replace("JVBERi0x", "JVBERi0y").as_bytes());
    let (found, code) = world.json(&["hash-check", "breve.eml", "altro.eml"]);
    assert_eq!((&found[0]["parts"][1]["verdict"], code), (&json!("different"), 1));
    let output = world.pec(&["hash-check", "ricevuta.eml", "inviato.eml"]);
    assert_eq!(output.status.code(), Some(4), "no copy of the original");
}
