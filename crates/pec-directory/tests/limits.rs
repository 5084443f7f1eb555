//! Every limit of a file, at it and one past it.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use common::{read, record, secondary};
use pec_directory::{
    Contents, DeviationKind, LineFault, ReadError, WriteError, fuzzing,
    limits::{
        MAX_CERTIFICATES, MAX_DEVIATIONS, MAX_FILE_BYTES, MAX_LINE_BYTES, MAX_RECORDS, MAX_VALUES,
    },
};

fn fault(file: &str) -> Option<LineFault> {
    match read(file) {
        Err(ReadError::Line(error)) => Some(error.fault),
        _ => None,
    }
}

#[test]
fn a_file_has_64_mib() {
    let comment = format!("#{}\n", "x".repeat(MAX_LINE_BYTES - 2));
    let mut file = comment.repeat(MAX_FILE_BYTES / MAX_LINE_BYTES);
    assert_eq!(file.len(), MAX_FILE_BYTES);
    assert!(read(&file).is_ok());
    file.push('\n');
    assert_eq!(read(&file), Err(ReadError::TooLarge { size: MAX_FILE_BYTES + 1 }));
}

#[test]
fn a_file_has_a_million_values() {
    let mut file = "dn: o=postacert\n".to_owned() + &"a:b\n".repeat(MAX_VALUES - 1);
    assert_eq!(fault(&file), None);
    file.push_str("a:b\n");
    assert_eq!(fault(&file), Some(LineFault::TooManyValues));
}

#[test]
fn a_file_has_ten_thousand_records() {
    let mut file = "dn: cn=x\n\n".repeat(MAX_RECORDS);
    assert_eq!(fault(&file), None);
    file.push_str("dn: cn=x\n");
    assert_eq!(fault(&file), Some(LineFault::TooManyRecords));
}

#[test]
fn a_record_has_256_certificates() {
    let certificates = |count: usize| {
        (0..count).map(|_| "providerCertificate;binary:: YWJj\n").collect::<String>()
    };
    let file = record("Alfa", "alfa.example") + &certificates(MAX_CERTIFICATES - 1);
    assert_eq!(fault(&file), None);
    let distinct = |count: usize| {
        let one = |n| format!("providerCertificate;binary:: AAA{n}{n:04}\n");
        "dn: providerName=a,o=postacert\n".to_owned() + &(0..count).map(one).collect::<String>()
    };
    let distinct = |count| distinct(count).replace("AAA", "").lines().map(pad).collect::<String>();
    assert_eq!(fault(&distinct(MAX_CERTIFICATES)), None);
    assert_eq!(fault(&distinct(MAX_CERTIFICATES + 1)), Some(LineFault::TooManyCertificates));
    let hashes = |count: usize| {
        let one = |n| format!("providerCertificateHash: {n:040}\n");
        "dn: providerName=a,o=postacert\n".to_owned() + &(0..count).map(one).collect::<String>()
    };
    assert_eq!(fault(&hashes(MAX_CERTIFICATES)), None);
    assert_eq!(fault(&hashes(MAX_CERTIFICATES + 1)), Some(LineFault::TooManyCertificates));
}

/// Base64 of a length that is a multiple of four.
fn pad(line: &str) -> String {
    match line.split_once(":: ") {
        None => format!("{line}\n"),
        Some((name, value)) => format!("{name}:: {value:A>8}\n"),
    }
}

#[test]
fn a_thousand_deviations_are_listed() {
    let file = |count: usize| record("Alfa", "alfa.example") + &"x: y\n".repeat(count);
    // One for the certificate, which is none.
    let (_, deviations) = read(&file(MAX_DEVIATIONS - 1)).unwrap();
    assert_eq!(deviations.len(), MAX_DEVIATIONS);
    assert!(deviations.iter().all(|deviation| deviation.kind != DeviationKind::TooMany));
    let (_, deviations) = read(&file(MAX_DEVIATIONS)).unwrap();
    assert_eq!(deviations.len(), MAX_DEVIATIONS + 1);
    assert_eq!(deviations.last().unwrap().kind, DeviationKind::TooMany);
}

#[test]
fn what_could_not_be_read_is_not_written() {
    let long = |length: usize| {
        let der = vec![0; length];
        fuzzing::contents(&[("Alfa", &der, &["alfa.example"])]).to_ldif()
    };
    // "providerCertificate;binary:: " and base64
    let room = (MAX_LINE_BYTES - 29) / 4 * 3;
    assert!(long(room).is_ok());
    assert_eq!(long(room + 1), Err(WriteError::PastLimit(LineFault::TooLong)));
    let names: Vec<String> = (0..MAX_RECORDS).map(|n| format!("P{n}")).collect();
    let providers: Vec<(&str, &[u8], &[&str])> =
        names.iter().map(|name| (name.as_str(), &b"x"[..], &["a.it"][..])).collect();
    let mut contents = fuzzing::contents(&providers);
    assert_eq!(contents.to_ldif(), Err(WriteError::PastLimit(LineFault::TooManyRecords)));
    contents.base = None;
    assert!(contents.to_ldif().is_ok());
}

#[test]
fn what_must_not_be_repeated_is_not_written() {
    let good = || fuzzing::contents(&[("Alfa", b"x", &["alfa.example"])]);
    let fails = |change: &dyn Fn(&mut Contents)| {
        let mut contents = good();
        change(&mut contents);
        contents.to_ldif().unwrap_err().to_string()
    };
    let main = |contents: &mut Contents| contents.providers[0].main.clone().unwrap();
    assert!(good().to_ldif().is_ok());
    assert_eq!(fails(&|c| c.providers.push(c.providers[0].clone())), "Alfa stands twice");
    for (change, text) in [
        (0, "Alfa lacks providerCertificate"),
        (1, "Alfa lacks mailReceipt"),
        (2, "Alfa lacks managedDomains"),
        (3, "Alfa has managedDomains alfa.example twice"),
        (4, "Alfa has description a twice"),
    ] {
        let told = fails(&|contents| {
            let mut main = main(contents);
            match change {
                0 => main.certificates.clear(),
                1 => main.mail_receipt = None,
                2 => main.domains.clear(),
                3 => main.domains.push(main.domains[0].clone()),
                _ => main.descriptions = vec!["a".parse().unwrap(), "A".parse().unwrap()],
            }
            contents.providers[0].main = Some(main);
        });
        assert_eq!(told, text);
    }
    let twice = record("Alfa", "a.it") + "\n" + &secondary("U", "Alfa", "b.it");
    let (mut contents, _) = read(&twice).unwrap();
    let unit = contents.providers[0].secondary[0].clone();
    contents.providers[0].secondary.push(unit);
    assert_eq!(contents.to_ldif().unwrap_err().to_string(), "Alfa (U) stands twice");
}
