//! Replays every corpus of `fuzz/`: what was once interesting stays tested, without a fuzzer.

use std::{fs, path::Path};

type Target = fn(&[u8]);

/// Every fuzz target and the function that it calls.
const TARGETS: &[(&str, Target)] = &[
    ("daticert_read", pec_daticert::fuzzing::read),
    ("daticert_roundtrip", pec_daticert::fuzzing::roundtrip),
    ("smime_verify", pec_smime::fuzzing::smime_verify),
    ("cms_parse", pec_smime::fuzzing::cms_parse),
    ("cms_ber_to_der", pec_smime::fuzzing::cms_ber_to_der),
    ("mime_entity", pec_smime::fuzzing::entity_scan),
    ("message_read", pec_message::fuzzing::message_read),
    ("message_authenticate", pec_message::fuzzing::message_authenticate),
    ("brief_check", pec_message::fuzzing::brief_check),
    ("original_splice", pec_message::fuzzing::original_splice),
    ("x509_path", pec_smime::x509::fuzzing::x509_path),
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
