//! Dossiers judged without us: their own script, with `openssl` alone, `sha256sum`, and `openssl
//! ts` as an authority whose tokens we judge.

#[path = "../../crates/pec-dossier/tests/common/mod.rs"]
mod common;

use std::path::Path;
use std::process::{Command, Output};

use chrono::{DateTime, Utc};
use common::tampering::{WAYS, dossier};
use common::*;
use pec_dossier::{Dossier, Files, Judge, Parts, Verdict};
use pec_message::Origin;
use pec_smime::testpki::{Shape, TestPki};
use pec_smime::x509::{TrustAnchor, TrustStore};
use pec_tests::command::{Scratch, run};

/// The files in a folder, and the script run in it.
fn judged(scratch: &Scratch, folder: &str, files: &Files, anchors: Option<&Path>) -> Output {
    for (name, octets) in files.iter() {
        let path = scratch.path(folder).join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, octets).expect(name);
    }
    // The attacker's script would say anything: who checks uses his own.
    let script = scratch.write("verifica.sh", pec_dossier::dossier::SCRIPT_TEXT);
    let mut command = Command::new("sh");
    command.arg(script).arg(scratch.path(folder));
    if let Some(anchors) = anchors {
        command.env("ANCORE", anchors);
    }
    command.output().expect("sh")
}

fn text(output: &Output) -> String {
    let octets = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&octets).into_owned()
}

fn root(world: &World, scratch: &Scratch) -> std::path::PathBuf {
    scratch.write("root.der", world.pki.root().der());
    let convert = ["x509", "-inform", "DER", "-in", "root.der", "-out", "root.pem"];
    run("openssl", &convert, &scratch.path("")).expect("openssl reads the root");
    scratch.path("root.pem")
}

#[test]
#[ignore = "judge: openssl"]
fn the_script_verifies_what_is_sound() {
    let world = World::new();
    let scratch = Scratch::new("dossier-sound");
    let root = root(&world, &scratch);
    for (folder, dossier) in [("plain", world.dossier()), ("stamped", world.stamped())] {
        for anchors in [None, Some(root.as_path())] {
            let output = judged(&scratch, folder, dossier.files(), anchors);
            assert_eq!(output.status.code(), Some(0), "{folder}: {}", text(&output));
            let text = text(&output);
            for name in ["001-accettazione", "002-avvenuta-consegna", "003-avvenuta-consegna"] {
                assert!(text.contains(&format!("ok      messaggi/{name}.eml")), "{text}");
            }
            assert_eq!(text.contains("attenzione"), anchors.is_none());
            assert_eq!(text.contains("ok      marche/"), folder == "stamped");
            println!("{text}");
        }
    }
}

/// Authorities of the machine are not those of who verifies.
#[test]
#[ignore = "judge: openssl"]
fn the_script_trusts_nobody_else() {
    let world = World::new();
    let scratch = Scratch::new("dossier-trust");
    root(&world, &scratch);
    let machine = scratch.path("machine");
    std::fs::create_dir_all(&machine).expect("a folder");
    std::fs::copy(scratch.path("root.pem"), machine.join("root.pem")).expect("a copy");
    run("openssl", &["rehash", "."], &machine).expect("openssl rehash");
    scratch.write("other.der", world.alfa.certificate().der());
    let convert = ["x509", "-inform", "DER", "-in", "other.der", "-out", "other.pem"];
    run("openssl", &convert, &scratch.path("")).expect("PEM");
    judged(&scratch, "dossier", world.dossier().files(), None);
    let output = Command::new("sh")
        .arg(scratch.path("verifica.sh"))
        .arg("dossier")
        .current_dir(scratch.path(""))
        .env("ANCORE", "other.pem")
        .env("SSL_CERT_DIR", &machine)
        .env("SSL_CERT_FILE", machine.join("root.pem"))
        .output()
        .expect("sh");
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(!text.contains("ok      messaggi/"), "{text}");
}

#[test]
#[ignore = "judge: openssl"]
fn the_script_finds_tampering() {
    let world = World::new();
    let scratch = Scratch::new("dossier-tampered");
    let root = root(&world, &scratch);
    let mut found = 0;
    for (number, way) in WAYS.iter().enumerate() {
        let files = way.applied(&world);
        let output = judged(&scratch, &format!("way-{number}"), &files, Some(&root));
        let text = text(&output);
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 1)), "{}: {text}", way.name);
        assert_eq!(code == Some(1), way.by_script, "{}: {text}", way.name);
        found += usize::from(way.by_script);
    }
    assert!(found >= 20, "{found}");
}

/// Another provider's key, which was revoked before it signed.
#[test]
#[ignore = "judge: openssl"]
fn the_script_finds_a_revoked_certificate() {
    let world = World::new();
    let scratch = Scratch::new("dossier-revoked");
    let root = root(&world, &scratch);
    let mut files = world.dossier().files().clone();
    let lists: Vec<String> = files.iter().map(|(name, _)| name.to_owned()).collect();
    for name in lists.iter().filter(|name| name.ends_with(".crl")) {
        files.remove(name);
    }
    let list = world.pki.revocation_list(now(), &[&world.beta]);
    files.insert("revoche/0badc0de.crl", list).expect("a list");
    let mut manifest: serde_json::Value =
        serde_json::from_slice(&files.remove("manifest.json").expect("it")).expect("JSON");
    let records = manifest["files"].as_array_mut().expect("records");
    let list = records.iter_mut().find(|it| it["role"] == "crl").expect("a list");
    list["name"] = "revoche/0badc0de.crl".into();
    files.insert("manifest.json", manifest.to_string().into_bytes()).expect("it");
    common::tampering::rewrite(&mut files);
    let output = judged(&scratch, "revoked", &files, Some(&root));
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("002-avvenuta-consegna.eml: il certificato era revocato"), "{text}");
    assert!(text.contains("ok      messaggi/001-accettazione.eml"), "{text}");
    let verdict = dossier(files).expect("a manifest").verify(&world.judge(), made_at());
    assert_eq!(verdict.expect("hashes").verdict(), Verdict::Broken);
}

#[test]
#[ignore = "judge: openssl"]
fn the_lists_are_those_of_coreutils() {
    let world = World::new();
    let scratch = Scratch::new("dossier-sums");
    judged(&scratch, "dossier", world.stamped().files(), None);
    let folder = scratch.path("dossier");
    for (program, list) in [("sha256sum", "SHA256SUMS"), ("sha512sum", "SHA512SUMS")] {
        run(program, &["--check", "--strict", list], &folder).expect(program);
    }
}

/// The tokens of another authority's program: `openssl ts -reply`.
#[test]
#[ignore = "judge: openssl"]
fn tokens_of_openssl_are_judged() {
    let world = World::new();
    let scratch = Scratch::new("dossier-tokens");
    // The program takes the time from this machine's clock.
    let machine: DateTime<Utc> = std::time::SystemTime::now().into();
    let pki = TestPki::new(machine, &["alfa.example"]);
    let clock = pki.provider("Marca", "alfa.example", Shape::TimeStampAuthority);
    let mut store = TrustStore::new();
    store.add_anchor(TrustAnchor::new(pki.root().clone()));
    let judge = Judge::new(&store, &world.crypto, Origin::Pinned(&[])).allow_unknown_revocation();
    scratch.write("clock.der", clock.certificate().der());
    scratch.write("clock.key", clock.key().pkcs8_pem());
    scratch.write("ca.der", pki.authority().der());
    scratch.write("serial", "01\n");
    scratch.write(
        "ts.cnf",
        "[tsa]\ndefault_tsa = it\n[it]\nserial = serial\ncrypto_device = builtin\n\
         signer_cert = clock.pem\ncerts = ca.pem\nsigner_key = clock.key\nsigner_digest = sha256\n\
         default_policy = 1.2.3.4\ndigests = sha256, sha512\naccuracy = secs:1\nordering = no\n\
         tsa_name = no\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n",
    );
    let openssl = |arguments: &[&str]| run("openssl", arguments, &scratch.path(""));
    for name in ["clock", "ca"] {
        let (der, pem) = (format!("{name}.der"), format!("{name}.pem"));
        openssl(&["x509", "-inform", "DER", "-in", &der, "-out", &pem]).expect("PEM");
    }
    let dossier = world.dossier();
    scratch.write("manifest.json", dossier.manifest_octets());
    for digest in ["-sha256", "-sha512"] {
        let query = ["ts", "-query", "-data", "manifest.json", digest, "-cert", "-out", "q"];
        openssl(&query).expect("a query");
        let reply = ["ts", "-reply", "-config", "ts.cnf", "-queryfile", "q", "-token_out"];
        openssl(&[&reply[..], &["-out", "token"]].concat()).expect("a token");
        let token = scratch.read("token");
        let mut stamped = dossier.clone();
        stamped.add_stamp(&token, &judge, machine).expect(digest);
        assert_eq!(stamped.stamps().count(), 1);
        let receipts = [world.accepted()];
        let parts = Parts { sent: None, receipts: vec![&receipts[0]] };
        let mut other = Dossier::make(&parts, &world.judge(), made_at()).expect("a dossier");
        other.add_stamp(&token, &judge, machine).expect_err("a token over another manifest");
    }
}
