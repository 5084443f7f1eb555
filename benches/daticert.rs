//! `daticert/…`: reading and writing certification data, beside the least that the work can cost.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pec_daticert::{CertificationData, Reading, fuzzing};
use quick_xml::{Reader, events::Event};

fn read(criterion: &mut Criterion) {
    let xml = pec_benches::daticert::usual().to_xml().expect("small enough");
    let mut group = criterion.benchmark_group("daticert/read");
    group.throughput(Throughput::Bytes(xml.len() as u64));
    // What any reader built on quick-xml pays: its events, of which nothing is kept.
    group.bench_function("bare-events", |bencher| {
        bencher.iter(|| bare_events(black_box(xml.as_bytes())));
    });
    group.bench_function("strict", |bencher| {
        bencher.iter(|| CertificationData::from_xml(black_box(xml.as_bytes())));
    });
    group.bench_function("tolerant", |bencher| {
        bencher.iter(|| Reading::from_xml(black_box(xml.as_bytes())));
    });
    group.finish();
}

fn bare_events(document: &[u8]) -> usize {
    let text = std::str::from_utf8(document).expect("UTF-8");
    let mut reader = Reader::from_str(text);
    let mut events = 0;
    while !matches!(reader.read_event().expect("well-formed"), Event::Eof) {
        events += 1;
    }
    events
}

/// Every shape of a document of 1 MiB takes about as long as any other: the time is linear.
fn read_large(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("daticert/read/1MiB");
    group.sample_size(10);
    for (name, document) in fuzzing::large_documents() {
        group.throughput(Throughput::Bytes(document.len() as u64));
        group.bench_function(name.replace(' ', "-"), |bencher| {
            bencher.iter(|| Reading::from_xml(black_box(&document)));
        });
    }
    group.finish();
}

fn write(criterion: &mut Criterion) {
    let data = pec_benches::daticert::usual();
    let xml = data.to_xml().expect("small enough");
    let mut group = criterion.benchmark_group("daticert");
    group.throughput(Throughput::Bytes(xml.len() as u64));
    group.bench_function("copy", |bencher| bencher.iter(|| black_box(xml.as_str()).to_owned()));
    group.bench_function("write", |bencher| bencher.iter(|| black_box(&data).to_xml()));
    group.finish();
}

criterion_group!(benches, read, read_large, write);
criterion_main!(benches);
