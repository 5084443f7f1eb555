//! The seeds of the fuzz target, written by
//! `cargo test -p pec-dossier --test corpus -- --ignored`.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests may"
)]

mod common;

use std::io::Cursor;

use common::World;
use pec_dossier::Files;
use pec_dossier::fuzzing::dossier_read;

fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let zip = |files: &Files| files.write_zip(Cursor::new(Vec::new())).unwrap().into_inner();
    let dossier = World::new().stamped();
    let mut manifest = Files::new();
    manifest.insert("manifest.json", dossier.manifest_octets().to_vec()).unwrap();
    let mut empty = manifest.clone();
    empty.remove("manifest.json");
    vec![("stamped", zip(dossier.files())), ("manifest", zip(&manifest)), ("empty", zip(&empty))]
}

#[test]
fn seeds_are_taken() {
    for (_, octets) in seeds() {
        dossier_read(&octets);
    }
}

#[test]
#[ignore = "writes files: the seeds of fuzz/corpus"]
fn seeds_are_written() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/dossier_read");
    std::fs::create_dir_all(folder).unwrap();
    for (name, octets) in seeds() {
        std::fs::write(format!("{folder}/{name}"), octets).unwrap();
    }
}
