//! Folders, Maildirs, mbox files: ten thousand messages in one call, and large ones, in little
//! memory.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::time::Duration;

use common::World;

/// Runs `pec` and gives its lines and the most memory that it had, in KiB.
fn measured(world: &World, args: &[&str]) -> (usize, u64) {
    let mut child =
        world.command(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let peak = move || {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok())
    };
    let mut lines = 0_usize;
    let mut highest = 0;
    let watched = std::thread::spawn({
        let peak = peak.clone();
        move || {
            let mut highest = 0;
            while let Some(now) = peak() {
                highest = highest.max(now);
                std::thread::sleep(Duration::from_millis(2));
            }
            highest
        }
    });
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        line.unwrap();
        lines = lines.saturating_add(1);
        if lines.is_multiple_of(100) {
            highest = highest.max(peak().unwrap_or_default());
        }
    }
    assert!(child.wait().unwrap().success());
    (lines, highest.max(watched.join().unwrap()))
}

#[test]
fn ten_thousand_messages_take_no_more_memory_than_a_hundred() {
    let world = World::new();
    let message = world.read("ricevuta.eml");
    for number in 0..10_000 {
        let folder = if number < 100 { "pochi" } else { "molti" };
        world.write(&format!("posta/{folder}/{number}.eml"), &message);
    }
    let (few, memory_of_few) = measured(&world, &["--json", "inspect", "posta/pochi"]);
    let (many, memory_of_many) = measured(&world, &["--json", "inspect", "posta"]);
    assert_eq!((few, many), (100, 10_000));
    println!("100 messages: {memory_of_few} KiB, 10 000 messages: {memory_of_many} KiB");
    // The names of the files are in memory, 10 000 of them; the messages (60 MB) are not.
    assert!(memory_of_many < memory_of_few + 6 * 1024, "{memory_of_few} {memory_of_many}");

    let mut mbox = fs::File::create(world.path("archivio.mbox")).unwrap();
    for _ in 0..10_000 {
        mbox.write_all(b"From a@b.example Sat Nov 21 10:15:00 2026\r\n").unwrap();
        mbox.write_all(&message).unwrap();
        mbox.write_all(b"\r\n\r\n").unwrap();
    }
    drop(mbox);
    let args = ["--json", "verify", "archivio.mbox", "--trust", "ca.pem", "--crls", "crl"];
    let args = [&args[..], &["--directory", "gestori.ldif"]].concat();
    let (many, memory) = measured(&world, &args);
    println!("mbox: {memory} KiB");
    assert_eq!(many, 10_000);
    assert!(memory < memory_of_few + 6 * 1024, "{memory_of_few} {memory}");
}

/// Large attachments are counted, not decoded.
#[test]
fn a_large_message_is_in_memory_once() {
    let world = World::new();
    let line = format!("{}\r\n", "QUJD".repeat(19));
    let body = line.repeat(30 * 1024 * 1024 / line.len());
    let content = format!(
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: application/pdf; \
         name=grande.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n{body}--m--\r\n"
    );
    let header = "From: mario@alfa.example\r\nSubject: grande\r\n";
    let message = world.sign(header, &content, &world.alfa);
    world.write("grande.eml", &message);
    let size = u64::try_from(message.len() / 1024).unwrap();
    let verify = ["--json", "verify", "grande.eml", "--trust", "ca.pem", "--crls", "crl"];
    for args in [&["--json", "inspect", "grande.eml"][..], &verify] {
        let (_, memory) = measured(&world, args);
        println!("{}: {memory} KiB for a message of {size} KiB", args[1]);
        assert!(memory < 2 * size, "{memory} {size}");
    }
}

#[test]
fn folders_maildirs_and_what_is_no_message() {
    let world = World::new();
    let message = world.read("ricevuta.eml");
    for name in [
        "posta/b.eml",
        "posta/a/1",
        "posta/.nascosta.eml",
        "posta/box/cur/1:2,S",
        "posta/box/new/2",
        "posta/box/tmp/3",
        "posta/box/dovecot-uidlist",
        "posta/box/.Inviata/cur/4",
    ] {
        world.write(name, &message);
    }
    fs::create_dir_all(world.path("posta/box/.Inviata/new")).unwrap();
    world.write("posta/fattura.pdf", b"%PDF-1.7");
    world.write("posta/vuoto", b"");
    let output = world.pec(&["--json", "inspect", "posta"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let files: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|document| document["file"].as_str().unwrap().to_owned())
        .collect();
    let expected = [
        "posta/a/1",
        "posta/b.eml",
        "posta/box/.Inviata/cur/4",
        "posta/box/cur/1:2,S",
        "posta/box/new/2",
    ];
    assert_eq!(files, expected);
    let summary = String::from_utf8(output.stderr).unwrap();
    assert_eq!(summary, "5 messages, 5 acceptance; 2 files that are no messages\n");
}

/// What cannot be read is told and stops nothing.
#[test]
fn failures_do_not_stop_the_others() {
    let world = World::new();
    let output = world.pec(&["--json", "inspect", "missing.eml", "ricevuta.eml"]);
    assert_eq!(output.status.code(), Some(4));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0]["failure"].as_str().unwrap().starts_with("missing.eml: "));
    assert_eq!(lines[1]["kind"], "acceptance");
}
