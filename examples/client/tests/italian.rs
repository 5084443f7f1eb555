//! Every reason that the libraries can give has Italian words: their enums are open, so that no
//! compiler counts them here.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

/// The file of an enum, its name, and the file with the Italian words.
const ENUMS: [(&str, &str, &str); 15] = [
    ("pec-smime/src/verify/outcome.rs", "Reason", "reasons"),
    ("pec-smime/src/multipart/read.rs", "StructureError", "reasons"),
    ("pec-smime/src/cms/mod.rs", "CmsError", "reasons"),
    ("pec-smime/src/crypto/error.rs", "SignatureError", "reasons"),
    ("pec-smime/src/x509/verdict.rs", "InvalidReason", "reasons"),
    ("pec-smime/src/x509/verdict.rs", "IndeterminateReason", "reasons"),
    ("pec-smime/src/x509/verdict.rs", "RevocationUnknown", "reasons"),
    ("pec-message/src/authenticate/outcome.rs", "Distrust", "reasons"),
    ("pec-message/src/authenticate/outcome.rs", "Doubt", "reasons"),
    ("pec-message/src/authenticate/origin.rs", "DirectoryDoubt", "reasons"),
    ("pec-message/src/authenticate/form.rs", "Fault", "reasons"),
    ("pec-message/src/read/oddity.rs", "OddityKind", "departures"),
    ("pec-daticert/src/deviation.rs", "DeviationKind", "departures"),
    ("pec-daticert/src/error.rs", "ReadError", "departures"),
    ("pec-dossier/src/dossier/finding.rs", "Finding", "findings"),
];

/// The variants of an enum in a source file: what stands at the first indentation of its body.
fn variants(source: &str, name: &str) -> Vec<String> {
    let body = source.split_once(&format!("pub enum {name} {{\n")).unwrap().1;
    let body = body.split_once("\n}").unwrap().0;
    let names = body.lines().filter_map(|line| line.strip_prefix("    "));
    let names = names.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    let names = names.map(|line| line.split([' ', '(', ',', '{']).next().unwrap().to_owned());
    names.collect()
}

#[test]
fn every_reason_has_italian_words() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (file, name, words) in ENUMS {
        let source = fs::read_to_string(here.join("../../crates").join(file)).unwrap();
        let italian = fs::read_to_string(here.join(format!("src/words/{words}.rs"))).unwrap();
        let variants = variants(&source, name);
        assert!(variants.len() > 2, "{name}: {variants:?}");
        for variant in variants {
            let arm = format!("{name}::{variant}");
            let is_there = italian.match_indices(&arm).any(|(at, _)| {
                let after = italian.get(at.saturating_add(arm.len())..).unwrap();
                !after.starts_with(|c: char| c.is_ascii_alphanumeric())
            });
            assert!(is_there, "{arm} has no Italian words");
        }
    }
}
