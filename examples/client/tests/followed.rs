//! `pec follow`, `pec dossier` and `pec watch`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::sync::{Arc, Mutex};

use common::server::{NAME, Server, pop3};
use common::{BY_DIRECTORY, World};
use serde_json::{Value, json};

const TRUST: [&str; 6] = ["--trust", "ca.pem", "--crls", "crl", BY_DIRECTORY[0], BY_DIRECTORY[1]];

fn follow(world: &World, receipts: &[&str]) -> (Value, i32) {
    let (mut documents, code) =
        world.json(&[&["follow", "inviato.eml"], receipts, &TRUST[..]].concat());
    (documents.remove(0), code)
}

#[test]
fn a_transmission_is_followed_to_its_end() {
    let world = World::new();
    let state = |receipts: &[&str]| {
        let (report, code) = follow(&world, receipts);
        let transmission = &report["transmissions"][0];
        let recipient = transmission["recipients"][0].clone();
        let progress = transmission["progress"].as_str().unwrap().to_owned();
        (progress, recipient["state"].as_str().unwrap().to_owned(), code)
    };
    let expect = |progress: &str, state: &str, code| (progress.to_owned(), state.to_owned(), code);
    assert_eq!(state(&["busta.eml"]), expect("pending", "unanswered", 3));
    assert_eq!(state(&["ricevuta.eml"]), expect("pending", "accepted", 3));
    assert_eq!(state(&["ricevuta.eml", "presa.eml"]), expect("pending", "taken-in-charge", 3));
    let all = ["consegna.eml", "ricevuta.eml", "presa.eml", "consegna.eml"];
    assert_eq!(state(&all), expect("delivered", "delivered", 0));
    assert_eq!(state(&["ricevuta.eml", "errore.eml"]), expect("incomplete", "failed", 1));
    let (report, _) = follow(&world, &["consegna.eml", "busta.eml", "inviato.eml"]);
    let recipient = &report["transmissions"][0]["recipients"][0];
    assert_eq!(recipient["address"], "anna@beta.example");
    assert_eq!(recipient["certified"], true);
    assert_eq!(recipient["receipt_type"], "completa");
    let unmatched = report["unmatched"].as_array().unwrap();
    let reasons: Vec<_> = unmatched.iter().map(|it| it["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["not-a-receipt", "ordinary"]);
    let (report, _) = follow(&world, &["consegna.eml", "errore.eml"]);
    assert_eq!(
        report["transmissions"][0]["contradictions"][0]["contradiction"],
        "delivered-and-failed"
    );
}

/// A forged receipt changes nothing, and without evidence of origin none counts.
#[test]
fn forged_receipts_do_not_count() {
    let world = World::new();
    let genuine = String::from_utf8(world.read("consegna.eml")).unwrap();
    world.write("falsa.eml", genuine.replace("In allegato", "In allegata").as_bytes());
    let (report, code) = follow(&world, &["ricevuta.eml", "falsa.eml", "missing.eml"]);
    assert_eq!(report["transmissions"][0]["recipients"][0]["state"], "accepted");
    assert_eq!(report["unmatched"][0]["reason"], "untrusted");
    assert_eq!(report["failures"].as_array().unwrap().len(), 1);
    assert_eq!(code, 4, "a file that cannot be read is told");
    let args = ["follow", "inviato.eml", "ricevuta.eml", "--trust", "ca.pem"];
    assert_eq!(world.pec(&args).status.code(), Some(4));
}

#[test]
fn a_dossier_is_made_and_verified_and_alterations_are_found() {
    let world = World::new();
    for output in ["fascicolo.zip", "fascicolo"] {
        let make = ["dossier", "make", "inviato.eml", "ricevuta.eml", "consegna.eml", "busta.eml"];
        let (made, code) = world.json(&[&make[..], &["-o", output], &TRUST].concat());
        assert_eq!((code, &made[0]["receipts"], &made[0]["left_out"]), (0, &json!(2), &json!(1)));
        let verify = [&["dossier", "verify", output][..], &TRUST].concat();
        let (verified, code) = world.json(&verify);
        assert_eq!((code, &verified[0]["verdict"]), (0, &json!("sound")), "{}", verified[0]);
        assert_eq!(verified[0]["transmission"]["progress"], "delivered");
        let (shown, _) = world.json(&["dossier", "show", output]);
        assert_eq!(shown[0]["manifest"]["schema"], "postacert/dossier/1");
        // Never over something else.
        assert_eq!(
            world.pec(&[&make[..], &["-o", output], &TRUST].concat()).status.code(),
            Some(4)
        );
    }
    for name in
        ["messaggi/inviato.eml", "manifest.json", "rapporto.html", "verifica.sh", "SHA256SUMS"]
    {
        let path = world.path(&format!("fascicolo/{name}"));
        let octets = fs::read(&path).unwrap();
        let altered = [&octets[..], b" "].concat();
        fs::write(&path, &altered).unwrap();
        let (verified, code) =
            world.json(&[&["dossier", "verify", "fascicolo"][..], &TRUST].concat());
        assert_eq!((code, &verified[0]["verdict"]), (1, &json!("broken")), "{name}");
        assert!(verified[0]["findings"][0]["text"].is_string());
        fs::write(&path, &octets).unwrap();
    }
    assert_eq!(world.pec(&["dossier", "show", "ca.pem"]).status.code(), Some(4));
    let make = ["dossier", "make", "inviato.eml", "errore.eml", "-o", "x.zip", "--trust", "ca.pem"];
    assert_eq!(world.pec(&make).status.code(), Some(4), "without evidence of origin");
}

#[test]
fn watch_tells_each_thing_once() {
    let world = World::new();
    let messages = Arc::new(Mutex::new(vec![("1".to_owned(), world.read("ricevuta.eml"))]));
    let server = Server::start(pop3(Arc::clone(&messages)));
    let config = format!(
        "[account.studio]\naddress = 'mario@alfa.example'\nfolder = 'conto'\nca = 'server-ca.pem'\n\
         password_command = 'echo segreto'\npop3 = {{ host = '{NAME}', connect = '{}' }}\n",
        server.address
    );
    world.write("config.toml", config.as_bytes());
    world.write("server-ca.pem", server.ca.as_bytes());
    world.write("conto/sent/inviato.eml", &world.read("inviato.eml"));
    let watch = || {
        let args = [&["watch", "--once", "--config", "config.toml"][..], &TRUST].concat();
        let (documents, code) = world.json(&args);
        assert_eq!(code, 0);
        let states = documents.iter().map(|notice| notice["state"].as_str().unwrap().to_owned());
        states.collect::<Vec<_>>()
    };
    assert_eq!(watch(), ["accepted"]);
    assert_eq!(watch(), [""; 0]);
    messages.lock().unwrap().push(("2".to_owned(), world.read("consegna.eml")));
    assert_eq!(watch(), ["delivered"]);
    assert_eq!(watch(), [""; 0]);
}
