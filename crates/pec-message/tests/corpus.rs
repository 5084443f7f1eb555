//! mail-parser's own test messages, each as an original: out of its envelope as it went in.
//!
//! They are looked for where cargo unpacks crates, and are never part of this repository.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use pec_message::fuzzing;

#[test]
fn messages_of_mail_parser_travel_unchanged() {
    let mut messages = Vec::new();
    for folder in corpora() {
        collect(&folder, &mut messages);
    }
    if messages.is_empty() {
        println!("skipped: no sources of mail-parser where cargo keeps them");
        return;
    }
    for path in &messages {
        fuzzing::original_splice(&fs::read(path).unwrap());
    }
    println!("{} messages", messages.len());
    assert!(messages.len() > 50);
}

fn corpora() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home =
        home.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    let sources = home.unwrap_or_default().join("registry/src");
    let registries = fs::read_dir(sources).into_iter().flatten().flatten();
    let crates = registries.flat_map(|registry| fs::read_dir(registry.path())).flatten().flatten();
    let is_mail_parser = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("mail-parser-"))
    };
    let folders = crates.map(|entry| entry.path()).filter(is_mail_parser);
    folders.map(|folder| folder.join("resources")).collect()
}

fn collect(folder: &Path, messages: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, messages);
        } else if path.extension().is_some_and(|extension| extension == "eml") {
            messages.push(path);
        }
    }
}
