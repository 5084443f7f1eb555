//! Properties that hold for all contents and for all bytes.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use common::{crypto, record, secondary};
use pec_directory::{
    BaseRoot, Contents, Domain, Environment, Provider, ProviderCertificate, SecondaryEnvironment,
    Text, fuzzing,
};
use proptest::{collection::vec, option, prelude::*};

fn text() -> impl Strategy<Value = Text> {
    let special = "[ -~àé€😀]{0,12}";
    (special, "[#a-zA-Z<:\"]{1,3}", "[a-z0-9,+;\\\\=\"#é]{0,90}")
        .prop_filter_map("a text", |(a, b, c)| format!("{b}{a}{c}").trim().parse().ok())
}

fn domain() -> impl Strategy<Value = Domain> {
    "[a-z][a-z0-9_]{0,20}(\\.[a-zà][a-z0-9]{0,8}){0,4}"
        .prop_filter_map("a domain", |text| text.parse().ok())
}

fn environment() -> impl Strategy<Value = Environment> {
    let certificates = vec(vec(any::<u8>(), 0..200), 1..4);
    let mailbox = "[a-z!#]{1,9}(\\.[a-zA-Z0-9]{1,9}){0,2}@[a-z]{1,9}\\.it";
    (certificates, mailbox, vec(domain(), 1..20), vec(text(), 0..3)).prop_map(
        |(mut ders, mailbox, mut domains, mut descriptions)| {
            ders.sort();
            ders.dedup();
            domains.sort();
            domains.dedup();
            descriptions.sort_by_key(Text::key);
            descriptions.dedup_by_key(|text| text.key());
            let certificate = |der: &Vec<u8>| ProviderCertificate::new(der, &crypto()).unwrap();
            Environment {
                certificates: ders.iter().map(certificate).collect(),
                mail_receipt: Some(mailbox.parse().unwrap()),
                domains,
                descriptions,
            }
        },
    )
}

fn contents() -> impl Strategy<Value = Contents> {
    let location = || option::of("https://[a-z]{1,9}\\.it/[!-~&&[^\"<>\\\\^`{|}]]{0,90}");
    let location = move || location().prop_map(|l| l.map(|l| l.parse().unwrap()));
    let unit = (text(), environment())
        .prop_map(|(unit, environment)| SecondaryEnvironment { unit, environment });
    let provider = (text(), location(), environment(), vec(unit, 0..3)).prop_map(
        |(name, location, main, mut secondary)| {
            secondary.sort_by_key(|secondary| secondary.unit.key());
            secondary.dedup_by_key(|secondary| secondary.unit.key());
            Provider { name, location, main: Some(main), secondary }
        },
    );
    let base = (location(), vec(text(), 0..2))
        .prop_map(|(location, descriptions)| BaseRoot { location, descriptions });
    let base = base.prop_filter("a set", |b| {
        b.descriptions.len() < 2 || b.descriptions[0].key() != b.descriptions[1].key()
    });
    (option::of(base), vec(provider, 0..4)).prop_map(|(base, mut providers)| {
        providers.sort_by_key(|provider| provider.name.key());
        providers.dedup_by_key(|provider| provider.name.key());
        Contents { base, providers }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_back(contents in contents()) {
        let ldif = contents.to_ldif().unwrap();
        prop_assert!(ldif.is_ascii());
        prop_assert!(ldif.lines().all(|line| line.len() <= 76));
        let (back, deviations) = Contents::from_ldif(ldif.as_bytes(), &crypto()).unwrap();
        prop_assert_eq!(&back, &contents);
        prop_assert_eq!(common::told(&deviations), Vec::<String>::new());
        let crlf = ldif.replace('\n', "\r\n");
        prop_assert_eq!(Contents::from_ldif(crlf.as_bytes(), &crypto()).unwrap().0, contents);
        fuzzing::ldif_read(ldif.as_bytes());
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in vec(any::<u8>(), 0..300)) {
        fuzzing::ldif_read(&bytes);
    }

    #[test]
    fn any_change_is_read_without_panic(
        at in any::<prop::sample::Index>(),
        piece in "(\n| |:|\n\n|dn|=|,|providerName: x\n|managedDomains: a\n|[ -~]|\u{0}|è)",
        cut in 0..3_usize,
    ) {
        let file = record("Alfa", "a.it") + "\n" + &secondary("U", "Alfa", "b.it");
        let at = at.index(file.len());
        let end = (at + cut).min(file.len());
        fuzzing::ldif_read(format!("{}{piece}{}", &file[..at], &file[end..]).as_bytes());
    }
}

#[test]
fn every_truncation_is_read_without_panic() {
    let file = record("Alfa", "a.it") + "\n" + &secondary("U", "Alfa", "b.it");
    for end in 0..=file.len() {
        fuzzing::ldif_read(&file.as_bytes()[..end]);
    }
}
