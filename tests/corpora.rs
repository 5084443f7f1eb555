//! Replays every corpus of `fuzz/`: what was once interesting stays tested, without a fuzzer.

use std::{fs, path::Path};

type Target = fn(&[u8]);

/// Every fuzz target and the function that it calls.
const TARGETS: &[(&str, Target)] = &[
    ("daticert_read", pec_daticert::fuzzing::read),
    ("daticert_roundtrip", pec_daticert::fuzzing::roundtrip),
    ("ldif_read", pec_directory::fuzzing::ldif_read),
    ("smime_verify", pec_smime::fuzzing::smime_verify),
    ("cms_parse", pec_smime::fuzzing::cms_parse),
    ("cms_ber_to_der", pec_smime::fuzzing::cms_ber_to_der),
    ("mime_entity", pec_smime::fuzzing::entity_scan),
    ("message_read", pec_message::fuzzing::message_read),
    ("message_authenticate", pec_message::fuzzing::message_authenticate),
    ("brief_check", pec_message::fuzzing::brief_check),
    ("original_splice", pec_message::fuzzing::original_splice),
    ("log_read", pec_gestore::log::fuzzing::log_read),
    ("store_operations", pec_store::testkit::store_operations),
    ("x509_path", pec_smime::x509::fuzzing::x509_path),
    ("gestore_operations", pec_tests::simulation::fuzzing::gestore_operations),
    ("dossier_read", pec_dossier::fuzzing::dossier_read),
    ("smtp_session", pec_server::fuzzing::smtp_session),
    ("pop3_session", pec_server::fuzzing::pop3_session),
    ("smtp_relay", pec_server::fuzzing::smtp_relay),
];

fn fuzz(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(path)
}

#[test]
fn corpora_are_replayed() {
    for (name, target) in TARGETS {
        let corpus = fuzz("corpus").join(name);
        let mut files = 0;
        for entry in fs::read_dir(&corpus).unwrap_or_else(|error| panic!("{corpus:?}: {error}")) {
            target(&fs::read(entry.unwrap().path()).unwrap());
            files += 1;
        }
        assert!(files > 0, "{name} has no corpus");
        println!("{name}: {files} inputs replayed");
    }
}

/// A target without replay would be forgotten here, a replay without target there.
#[test]
fn every_target_is_replayed() {
    let mut targets: Vec<_> = fs::read_dir(fuzz("fuzz_targets"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    targets.sort();
    let mut replayed: Vec<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    replayed.sort();
    assert_eq!(targets, replayed);
}

/// Writes the seeds of pec-smime's corpora: `cargo test -p pec-tests --test corpora -- --ignored`.
/// They are what our own signer makes, so that a fuzzer begins beyond the first length octet.
#[test]
#[ignore = "writes files: the seeds of fuzz/corpus"]
fn seeds_are_written() {
    use pec_smime::crypto::CryptoProvider;
    use pec_smime::multipart::Boundary;
    use pec_smime::sign::{Draft, SigningOptions, sign_message, sign_opaque};
    use pec_smime::testpki::{Shape, TestPki};

    let write = |target: &str, name: &str, octets: &[u8]| {
        let folder = fuzz("corpus").join(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), octets).unwrap();
    };
    let now = "2026-11-21T10:00:00Z".parse().unwrap();
    let crypto = CryptoProvider::rustcrypto();
    let pki = TestPki::new(now, &["alfa.example"]);
    for (name, shape) in [("rsa", Shape::Sound), ("p256", Shape::P256)] {
        let identity = pki.provider("Alfa PEC S.p.A.", "alfa.example", shape);
        let signer = identity.signer(&crypto);
        let options = SigningOptions::new(now);
        let content: &[u8] =
            b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nCiao\r\n\
            --x\r\nContent-Type: message/rfc822\r\n\r\nSubject: dentro\r\n\r\nciao\r\n--x--\r\n";
        let draft = Draft {
            header: b"From: posta-certificata@alfa.example\r\n",
            content: &[content],
            boundary: Boundary::from_id("a1.20261121100000.00042").unwrap(),
        };
        let message = sign_message(&draft, &signer, &options, &crypto).unwrap().to_vec();
        write("smime_verify", name, &message);
        write("mime_entity", name, &message);
        let lines = String::from_utf8(message).unwrap().replace("\r\n", "\n");
        write("smime_verify", &format!("{name}-lf"), lines.as_bytes());
        let cms = sign_opaque(&[content], &signer, &options, &crypto).unwrap();
        write("cms_parse", name, &cms);
        write("cms_ber_to_der", name, &cms);
        let list = pki.revocation_list(now, &[&identity]);
        let chain = identity.chain().iter().map(|certificate| certificate.der().to_vec());
        let path: Vec<_> = [pki.root().der().to_vec(), list].into_iter().chain(chain).collect();
        write("x509_path", name, &path.concat());
    }
    // SEQUENCE and a constructed OCTET STRING, both of indefinite length.
    write("cms_ber_to_der", "indefinite", b"\x30\x80\x24\x80\x04\x01a\x04\x01b\0\0\x05\0\0\0");
    write("mime_entity", "header-only", b"Subject: =?utf-8?q?perch=C3=A9?=\r\n folded\r\n\r\n");
}
