//! Golden messages, one for each row of norms §1.3 and more: rendered byte for byte.
//!
//! They are unsigned, since signatures differ. With `POSTACERT_BLESS=1` they are written anew; then
//! read the difference against norms §1.3 and §1.4 before you commit it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::{fs, path::PathBuf};

use pec_message::MessageKind;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/written").join(name)
}

/// norms 9, norms 10
#[test]
fn written_messages_are_the_goldens() {
    for (name, draft) in common::drafts() {
        let path = golden(&format!("{name}.eml"));
        let mut message = Vec::new();
        draft.write_unsigned(&mut message).unwrap();
        if std::env::var_os("POSTACERT_BLESS").is_some() {
            fs::write(&path, &message).unwrap();
        }
        let expected = fs::read(&path).unwrap();
        let show = String::from_utf8_lossy;
        assert!(message == expected, "{name}:\n{}\n--- not:\n{}", show(&message), show(&expected));
    }
}

#[test]
fn there_is_a_golden_for_every_kind_and_no_file_without_draft() {
    let drafts = common::drafts();
    for kind in MessageKind::ALL {
        assert!(drafts.iter().any(|(_, draft)| draft.kind() == *kind), "{kind}");
    }
    for entry in fs::read_dir(golden("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(drafts.iter().any(|(draft, _)| format!("{draft}.eml") == name), "{name}");
    }
}
