//! ZIP archives from strangers.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests may"
)]

mod common;

use std::io::{Cursor, Write};

use common::World;
use pec_dossier::dossier::ArchiveError;
use pec_dossier::limits::{FILE_OCTETS, FILES};
use pec_dossier::{Dossier, DossierError, FileError, Files, ManifestError};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

type Writer = ZipWriter<Cursor<Vec<u8>>>;

fn archive(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    write(&mut writer);
    writer.finish().unwrap().into_inner()
}

fn file(writer: &mut Writer, name: &str, octets: &[u8]) {
    writer.start_file(name, SimpleFileOptions::default()).unwrap();
    writer.write_all(octets).unwrap();
}

fn read(archive: &[u8]) -> Result<Files, ArchiveError> {
    Files::read_zip(Cursor::new(archive))
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    for name in [
        "../evil",
        "/etc/passwd",
        "messaggi/../../evil",
        "C:\\evil",
        "messaggi\\evil",
        "a//b",
        ".bashrc",
        "messaggi/.hidden",
        "-rf",
        "a b",
        "a\nb",
    ] {
        let zip = archive(|writer| file(writer, name, b"x"));
        let refused = read(&zip);
        assert!(matches!(refused, Err(ArchiveError::File(FileError::Name { .. }))), "{name}");
    }
    let zip = archive(|writer| {
        writer.add_directory("../evil/", SimpleFileOptions::default()).unwrap();
    });
    assert!(matches!(read(&zip), Err(ArchiveError::File(FileError::Name { .. }))));
}

#[test]
fn folders_are_passed_over() {
    let zip = archive(|writer| {
        writer.add_directory("messaggi/", SimpleFileOptions::default()).unwrap();
        file(writer, "messaggi/inviato.eml", b"x");
    });
    assert_eq!(read(&zip).unwrap().len(), 1);
}

#[test]
fn symbolic_links_are_refused() {
    let zip = archive(|writer| {
        let options = SimpleFileOptions::default();
        writer.add_symlink("manifest.json", "/etc/passwd", options).unwrap();
    });
    assert!(matches!(read(&zip), Err(ArchiveError::NotAFile { .. })));
}

/// Programs would differ in which one they take.
#[test]
fn a_name_that_stands_twice_is_refused() {
    let one = archive(|writer| {
        file(writer, "messaggi/a1.eml", b"one");
        file(writer, "messaggi/a2.eml", b"two");
    });
    let twice = patched(&one, b"messaggi/a2.eml", b"messaggi/a1.eml", 2);
    assert!(matches!(read(&twice), Err(ArchiveError::Ambiguous(_) | ArchiveError::Zip(_))));
}

#[test]
fn a_directory_that_says_otherwise_than_the_entries_is_refused() {
    let sound = archive(|writer| file(writer, "manifest.json", b"{}"));
    // The entry's own header names another file than the directory.
    let differing = patched(&sound, b"manifest.json", b"manifest.jsoN", 1);
    assert!(matches!(read(&differing), Err(ArchiveError::Ambiguous(_))));
}

/// Replaces the first occurrences.
fn patched(octets: &[u8], what: &[u8], with: &[u8], times: usize) -> Vec<u8> {
    let mut patched = octets.to_vec();
    for _ in 0..times {
        let at = patched.windows(what.len()).position(|window| window == what).unwrap();
        patched[at..at + with.len()].copy_from_slice(with);
    }
    patched
}

#[test]
fn bombs_do_not_go_off() {
    // 200 MiB of zeros in 200 kB.
    let zip = archive(|writer| {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file("manifest.json", options).unwrap();
        let zeros = vec![0; 1024 * 1024];
        (0..=FILE_OCTETS / (1024 * 1024)).for_each(|_| writer.write_all(&zeros).unwrap());
    });
    assert!(zip.len() < 1024 * 1024);
    assert!(matches!(read(&zip), Err(ArchiveError::File(FileError::TooLarge { .. }))));
    // One that claims to be small: the size stands in entry and directory.
    let size = u32::try_from((FILE_OCTETS / (1024 * 1024) + 1) * 1024 * 1024).unwrap();
    let small = patched(&zip, &size.to_le_bytes(), &10_u32.to_le_bytes(), 2);
    assert!(matches!(read(&small), Err(ArchiveError::Ambiguous(_) | ArchiveError::Zip(_))));
}

#[test]
fn too_many_entries_are_refused() {
    let many = |count: usize| {
        archive(|writer| (0..count).for_each(|number| file(writer, &format!("f{number}"), b"")))
    };
    assert_eq!(read(&many(FILES)).unwrap().len(), FILES);
    assert!(matches!(read(&many(FILES + 1)), Err(ArchiveError::File(FileError::TooMany))));
    assert!(matches!(read(&many(2 * FILES + 1)), Err(ArchiveError::File(FileError::TooMany))));
}

/// A directory without end is not read at all; marks in what is stored do no harm.
#[test]
fn an_endless_directory_is_refused_before_it_is_read() {
    let marks = b"PK\x01\x02".repeat(2 * FILES + 1);
    assert!(matches!(read(&marks), Err(ArchiveError::File(FileError::TooMany))));
    let few = archive(|writer| {
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        writer.start_file("a", stored).unwrap();
        writer.write_all(&b"PK\x01\x02".repeat(100)).unwrap();
    });
    assert_eq!(read(&few).unwrap().len(), 1);
}

#[test]
fn damage_is_an_error_wherever_it_is() {
    let zip = archive(|writer| file(writer, "manifest.json", &b"{}".repeat(100)));
    assert!(read(&zip).is_ok());
    for at in 0..zip.len() {
        let _ = read(&zip[..at]).unwrap_err();
        let mut flipped = zip.clone();
        flipped[at] ^= 0xff;
        // Whatever it comes to: no panic, and no other octets under that name.
        if let Ok(files) = read(&flipped) {
            assert!(files.iter().all(|(_, octets)| octets == b"{}".repeat(100)), "{at}");
        }
    }
}

#[test]
fn a_dossier_survives_being_packed_by_another_program() {
    let world = World::new();
    let dossier = world.stamped();
    let other = archive(|writer| {
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        for (name, octets) in dossier.files().iter() {
            writer.start_file(name, stored).unwrap();
            writer.write_all(octets).unwrap();
        }
    });
    assert_eq!(Dossier::read_zip(Cursor::new(other)).unwrap(), dossier);
}

#[test]
fn what_is_no_dossier_is_told() {
    let no_manifest = archive(|writer| file(writer, "a.txt", b"x"));
    let read = |zip: &[u8]| Dossier::read_zip(Cursor::new(zip)).unwrap_err();
    assert!(matches!(read(&no_manifest), DossierError::Manifest(ManifestError::Missing)));
    for manifest in ["", "{}", "[]", "{\"schema\":\"postacert/dossier/2\"}", "nul"] {
        let zip = archive(|writer| file(writer, "manifest.json", manifest.as_bytes()));
        assert!(matches!(read(&zip), DossierError::Manifest(ManifestError::Json(_))), "{manifest}");
    }
    let world = World::new();
    let text = String::from_utf8(world.dossier().manifest_octets().to_vec()).unwrap();
    let other = text.replace("postacert/dossier/1", "postacert/dossier/9");
    let zip = archive(|writer| file(writer, "manifest.json", other.as_bytes()));
    assert!(matches!(read(&zip), DossierError::Manifest(ManifestError::Schema(_))));
}
