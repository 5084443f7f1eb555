//! `message/write/…`: making and signing messages, beside hashing the same octets once, which no
//! signer can do without. Checking the original, giving it its identifier and writing the slices
//! belong to what is measured.

use std::{hint::black_box, io};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pec_daticert::{CertificationData, Event, ReceiptType, fuzzing::example};
use pec_message::{
    original::Original,
    write::{Draft, Issue, SystemAddress},
};
use pec_smime::{
    crypto::{CryptoProvider, DigestAlgorithm},
    sign::Signer,
    testpki::{Shape, TestPki},
};

const DOMAIN: &str = "pec.alfa.example";

/// A message with an attachment in base64, as large ones are.
fn original(octets: usize) -> Vec<u8> {
    let mut message = b"From: mario.rossi@alfa.example\r\nTo: anna@beta.example\r\n\
        Subject: Contratto n. 12\r\nMessage-ID: <m.42@host.example>\r\nMIME-Version: 1.0\r\n\
        Content-Type: application/pdf; name=\"contratto.pdf\"\r\n\
        Content-Transfer-Encoding: base64\r\n\r\n"
        .to_vec();
    let line = b"UmlnYSBkaSB0ZXN0byBjb21lIHRhbnRlIGFsdHJlLCBsdW5nYSBxdWFudG8gYmFzdGEgcGVyIGxh\r\n";
    message.extend(line.iter().copied().cycle().take(octets / line.len() * line.len()));
    message
}

fn envelope(
    data: &CertificationData,
    message: &[u8],
    signer: &dyn Signer,
    crypto: &CryptoProvider,
) {
    let from = SystemAddress::at(DOMAIN).expect("a domain");
    let original = Original::new(message).expect("canonical");
    let draft = Draft::transport_envelope(data, &from, &original).expect("its own data");
    let sealed = draft.seal(signer, crypto).expect("a sound signer");
    sealed.write_to(&mut io::sink()).expect("a sink takes everything");
}

fn write(criterion: &mut Criterion) {
    let mut data = example();
    let pki = TestPki::new(data.time.to_utc(), &[DOMAIN]);
    let identity = pki.provider("Alfa PEC S.p.A.", DOMAIN, Shape::Sound);
    let providers =
        [("rustcrypto", CryptoProvider::rustcrypto()), ("aws-lc", pec_crypto_aws_lc::provider())];
    data.event = Event::TransportEnvelope { receipt_type: ReceiptType::Complete };
    for (size, octets) in [("10k", 10 << 10), ("10m", 10 << 20)] {
        let message = original(octets);
        let mut group = criterion.benchmark_group(format!("message/write/envelope-{size}"));
        group.throughput(Throughput::Bytes(message.len() as u64));
        group.sample_size(if octets > 1 << 20 { 20 } else { 50 });
        for (name, crypto) in &providers {
            let signer = identity.signer(crypto);
            group.bench_function(*name, |bencher| {
                bencher.iter(|| envelope(&data, black_box(&message), &signer, crypto));
            });
            group.bench_function(format!("hash-{name}"), |bencher| {
                bencher.iter(|| crypto.digest(DigestAlgorithm::Sha256, black_box(&message)));
            });
        }
        group.finish();
    }
}

/// Without the signature, which is of one size: what the message itself costs.
fn render(criterion: &mut Criterion) {
    let mut data = example();
    let issue = Issue {
        from: SystemAddress::at(DOMAIN).expect("a domain"),
        message_id: "a1.20261121091500.7.00112233445566778899@alfa.example".parse().expect("an id"),
    };
    let mut group = criterion.benchmark_group("message/write/receipt");
    group.bench_function("render", |bencher| {
        bencher.iter(|| Draft::notification(black_box(&data), &issue));
    });
    group.bench_function("daticert-alone", |bencher| bencher.iter(|| black_box(&data).to_xml()));
    group.finish();
    data.event = Event::TransportEnvelope { receipt_type: ReceiptType::Complete };
    let message = original(10 << 20);
    let mut group = criterion.benchmark_group("message/write/render-10m");
    group.throughput(Throughput::Bytes(message.len() as u64));
    group.sample_size(20);
    group.bench_function("check", |bencher| bencher.iter(|| Original::new(black_box(&message))));
    group.bench_function("check-and-render", |bencher| {
        bencher.iter(|| {
            let original = Original::new(black_box(&message)).expect("canonical");
            Draft::transport_envelope(&data, &issue.from, &original).map(|draft| draft.kind())
        });
    });
    group.finish();
}

criterion_group!(benches, write, render);
criterion_main!(benches);
