//! `directory/…`: reading and searching the whole network.

use std::{collections::HashMap, hint::black_box};

use chrono::DateTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pec_benches::directory::network;
use pec_directory::{Contents, Directory};
use pec_smime::crypto::CryptoProvider;

fn load(criterion: &mut Criterion) {
    let crypto = CryptoProvider::rustcrypto();
    let ldif = network().to_ldif().expect("within the limits");
    let mut group = criterion.benchmark_group("directory");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(ldif.len() as u64));
    // What any program pays that keeps the domains of the file.
    group.bench_function("bare-map-300k", |bencher| bencher.iter(|| bare_map(black_box(&ldif))));
    group.bench_function("load-300k", |bencher| {
        bencher.iter(|| {
            let (contents, _) =
                Contents::from_ldif(black_box(ldif.as_bytes()), &crypto).expect("LDIF");
            Directory::new(contents, DateTime::UNIX_EPOCH)
        });
    });
    let contents = network();
    group.bench_function("write-300k", |bencher| bencher.iter(|| black_box(&contents).to_ldif()));
    group.finish();
}

fn bare_map(ldif: &str) -> HashMap<String, usize> {
    let domains = ldif.lines().filter_map(|line| line.strip_prefix("managedDomains: "));
    domains.enumerate().map(|(index, domain)| (domain.to_owned(), index)).collect()
}

fn lookup(criterion: &mut Criterion) {
    let directory = Directory::new(network(), DateTime::UNIX_EPOCH);
    let crypto = CryptoProvider::rustcrypto();
    let mut group = criterion.benchmark_group("directory/lookup");
    for (name, domain) in [
        ("domain", "pec.societa-di-esempio-123456.example"),
        ("domain-upper-case", "PEC.SOCIETA-DI-ESEMPIO-123456.EXAMPLE"),
        ("absent", "posta.altrove.example"),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| directory.manager(black_box(domain)).is_some());
        });
    }
    let certificate = b"Gestore 7 S.p.A.";
    group.bench_function("certificate", |bencher| {
        bencher.iter(|| {
            directory.holders(black_box(certificate), &crypto).map(|found| found.count()).ok()
        });
    });
    group.finish();
}

criterion_group!(benches, load, lookup);
criterion_main!(benches);
