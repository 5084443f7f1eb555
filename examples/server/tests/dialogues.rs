//! Conversations with the sessions, one file each in `dialogues/`.
//!
//! | line | meaning |
//! |---|---|
//! | `> smtp submission tls` | the server; `smtp incoming` or `pop3`; `plain`; `once` |
//! | `C: text` | the client sends this line; lines that follow each other arrive together |
//! | `R: text` | the client sends exactly this, with escapes; `R*5000: a` so often |
//! | `S: text` | the server sends a line that begins so; `S: 250*` a whole reply of many lines |
//! | `T:` | TLS begins |
//! | `M: text` | a message has been taken whose octets have this, with escapes |
//! | `N: 1` | so many messages have been taken |
//! | `D: 1` | so many messages have been deleted |
//! | `X:` | the server has closed and said nothing more |
//!
//! Escapes are `\r`, `\n`, `\0`, `\\`; `once` stands where what arrives together matters.
//!
//! Every conversation is led twice, the second time octet by octet.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod dialogue;

use std::path::{Path, PathBuf};

use dialogue::Script;

fn scripts(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialogues").join(folder);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn play_all(folder: &str) {
    let files = scripts(folder);
    assert!(!files.is_empty());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let script = Script::parse(&text).unwrap_or_else(|fault| panic!("{file:?}: {fault}"));
        for cut in script.cuts() {
            if let Err(fault) = script.play(cut) {
                panic!("{}, {cut} octets at a time: {fault}", file.display());
            }
        }
    }
}

#[test]
fn smtp_conversations_go_as_written() {
    play_all("smtp");
}

#[test]
fn pop3_conversations_go_as_written() {
    play_all("pop3");
}
