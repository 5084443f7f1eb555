//! `message/read/…`: reading and classifying messages without touching what is attached, beside
//! hashing the same octets and beside mail-parser, which decodes all of them.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mail_parser::MessageParser;
use pec_message::{MessageKind, read};
use pec_smime::crypto::{CryptoProvider, DigestAlgorithm};

/// A transport envelope whose original has one attachment of about so many octets.
fn envelope(octets: usize) -> Vec<u8> {
    let head =
        include_str!("../crates/pec-message/testdata/deployed/current-transport-envelope.eml");
    let line = "UmlnYSBkaSB0ZXN0byBjb21lIHRhbnRlIGFsdHJlLCBsdW5nYSBxdWFudG8gYmFzdGEgcGVyIGxh\r\n";
    let start = head.find("JVBER").expect("the attachment");
    let (before, after) = head.split_at(start);
    let attachment = line.repeat(octets / line.len());
    [before, &attachment, after].concat().into_bytes()
}

fn receipt() -> Vec<u8> {
    include_bytes!("../crates/pec-message/testdata/deployed/current-acceptance.eml").to_vec()
}

/// What a mailbox asks of every message: kind, certification data, the names of what is attached.
fn classify(message: &[u8]) -> (Option<MessageKind>, bool, usize) {
    let mail = read(message);
    let has_data = mail.daticert().is_some_and(|found| found.read().is_ok());
    let inner = mail.original().and_then(|original| original.message());
    let attachments =
        inner.map_or(0, |inner| inner.attachments().filter(|part| part.name().is_some()).count());
    (mail.claimed().kind.pec(), has_data, attachments)
}

fn reading(criterion: &mut Criterion) {
    let providers =
        [("rustcrypto", CryptoProvider::rustcrypto()), ("aws-lc", pec_crypto_aws_lc::provider())];
    for (name, message) in [
        ("envelope-10k", envelope(10 << 10)),
        ("envelope-1m", envelope(1 << 20)),
        ("envelope-10m", envelope(10 << 20)),
        ("receipt", receipt()),
    ] {
        let (kind, has_data, attachments) = classify(&message);
        assert!(kind.is_some() && has_data && attachments == usize::from(name != "receipt"));
        let mut group = criterion.benchmark_group(format!("message/read/{name}"));
        group.throughput(Throughput::Bytes(message.len() as u64));
        group.sample_size(if message.len() > 2 << 20 { 20 } else { 50 });
        group.bench_function("read", |bencher| bencher.iter(|| read(black_box(&message))));
        group.bench_function("classify", |bencher| {
            bencher.iter(|| classify(black_box(&message)));
        });
        for (provider, crypto) in &providers {
            group.bench_function(format!("hash-{provider}"), |bencher| {
                bencher.iter(|| crypto.digest(DigestAlgorithm::Sha256, black_box(&message)));
            });
        }
        group.bench_function("mail-parser", |bencher| {
            bencher.iter(|| MessageParser::default().parse(black_box(&message)));
        });
        group.finish();
    }
}

criterion_group!(benches, reading);
criterion_main!(benches);
