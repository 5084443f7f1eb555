//! Search, and comparison of snapshots.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use chrono::TimeDelta;
use common::{alfa, crypto, now, pki, read, record, secondary};
use pec_directory::{Alarm, Change, Contents, Directory, ProviderCertificate, Thresholds, fuzzing};
use pec_smime::testpki::Shape;

fn directory(contents: Contents) -> Directory {
    Directory::new(contents, now())
}

fn two() -> Contents {
    let file = [
        record("Alfa", "alfa.example"),
        secondary("Uno", "Alfa", "uno.alfa.example"),
        record("Beta", "beta.example"),
    ];
    read(&file.join("\n")).unwrap().0
}

// norms 52; erratum 8
#[test]
fn domains_are_found_whatever_their_letters() {
    let directory = directory(two());
    let name = |domain: &str| {
        let entry = directory.manager(domain)?;
        Some((entry.provider().name.to_string(), entry.unit().map(ToString::to_string)))
    };
    assert_eq!(name("alfa.example"), Some(("Alfa".into(), None)));
    assert_eq!(name("BETA.Example"), Some(("Beta".into(), None)));
    assert_eq!(name("uno.alfa.example"), Some(("Alfa".into(), Some("Uno".into()))));
    for absent in ["due.alfa.example", "example", "", "alfa.example.", "a@alfa.example", "*"] {
        assert_eq!(name(absent), None, "{absent}");
    }
    assert_eq!(directory.domain_count(), 3);
    let main = directory.manager("alfa.example").unwrap();
    assert!(main.manages("ALFA.example") && !main.manages("uno.alfa.example"));
    assert!(main.provider_manages("uno.alfa.example") && !main.provider_manages("beta.example"));
}

#[test]
fn internationalised_domains_are_found_in_both_forms() {
    let directory = directory(fuzzing::contents(&[("Alfa", b"x", &["pec.città.example"])]));
    for form in ["pec.città.example", "PEC.CITTÀ.example", "pec.xn--citt-3na.EXAMPLE"] {
        assert!(directory.manager(form).is_some(), "{form}");
    }
    assert!(directory.manager("pec.citta.example").is_none());
}

#[test]
fn certificates_are_found_by_hash_and_compared_in_full() {
    let signer = alfa();
    let der = signer.certificate().der();
    let directory = directory(fuzzing::contents(&[
        ("Alfa", der, &["alfa.example"]),
        ("Beta", b"x", &["beta.example"]),
    ]));
    let holders: Vec<_> = directory.holders(der, &crypto()).unwrap().collect();
    assert_eq!(holders, [directory.manager("alfa.example").unwrap()]);
    assert_eq!(directory.holders(b"y", &crypto()).unwrap().count(), 0);
    let hash = ProviderCertificate::new(der, &crypto()).unwrap().hash();
    let (entry, found) = directory.with_hash(hash).next().unwrap();
    assert_eq!((entry, found.der()), (holders[0], der));
    assert_eq!(directory.with_hash([0; 20].into()).count(), 0);
}

#[test]
fn disputed_domains_are_told() {
    let contents = fuzzing::contents(&[
        ("Alfa", b"x", &["alfa.example", "a.example"][..]),
        ("Beta", b"y", &["beta.example", "a.example"][..]),
    ]);
    let directory = directory(contents);
    let disputed: Vec<_> = directory.disputed_domains().map(ToString::to_string).collect();
    assert_eq!(disputed, ["a.example"]);
    let managers: Vec<_> =
        directory.managers("a.example").map(|entry| entry.provider().name.to_string()).collect();
    assert_eq!(managers, ["Alfa", "Beta"]);
}

fn changes(old: &Contents, new: &Contents) -> Vec<Change> {
    directory(new.clone()).changes_since(&directory(old.clone()), Thresholds::default())
}

fn alarms(old: &Contents, new: &Contents) -> Vec<Alarm> {
    changes(old, new).iter().filter_map(Change::alarm).collect()
}

/// A provider with these certificates and domains, beside one that stays.
fn network(certificates: &[&[u8]], domains: &[&str]) -> Contents {
    let mut contents =
        fuzzing::contents(&[("Alfa", b"", domains), ("Omega", b"o", &["omega.example"])]);
    let certificate = |der: &&[u8]| ProviderCertificate::new(der, &crypto()).unwrap();
    let main = contents.providers[0].main.as_mut().unwrap();
    main.certificates = certificates.iter().map(certificate).collect();
    main.mail_receipt = Some("ricevute@alfa.example".parse().unwrap());
    contents
}

#[test]
fn nothing_changed_is_no_change() {
    assert_eq!(changes(&two(), &two()), []);
    let mut renamed = two();
    renamed.providers[0].name = "ALFA".parse().unwrap();
    // The name is the same; each domain is where it was.
    assert_eq!(alarms(&two(), &renamed), []);
}

// norms 53
#[test]
fn shrinking_alarms() {
    let domains: Vec<String> = (0..1000).map(|n| format!("d{n}.example")).collect();
    let of = |count: usize| {
        let domains: Vec<&str> = domains[..count].iter().map(String::as_str).collect();
        network(&[b"x"], &domains)
    };
    // 1001 domains before: 2 % are 20.02.
    assert_eq!(alarms(&of(1000), &of(980)), []);
    assert_eq!(alarms(&of(1000), &of(979)), [Alarm::Shrinking]);
    assert_eq!(alarms(&of(10), &of(8)), [Alarm::Shrinking], "of 11 in all");
    assert_eq!(alarms(&of(1000), &of(799)).len(), 2, "the network and the provider");
    assert_eq!(alarms(&of(10), &of(1000)), []);
    let mut gone = two();
    gone.providers.pop();
    assert!(
        changes(&two(), &gone)
            .iter()
            .any(|c| matches!(c, Change::Removed(p) if p.to_string() == "Beta"))
    );
    assert!(alarms(&two(), &gone).contains(&Alarm::Shrinking));
    let mut without_unit = two();
    without_unit.providers[0].secondary.clear();
    assert!(
        changes(&two(), &without_unit)
            .iter()
            .any(|c| matches!(c, Change::Removed(p) if p.to_string() == "Alfa (Uno)"))
    );
}

// rfc6109 §4.5#1; norms 51, 53
#[test]
fn a_certificate_replaced_outside_renewal_alarms() {
    let pki = pki();
    let identity = |shape| pki.provider("Alfa", "alfa.example", shape);
    let (old, new) = (identity(Shape::Sound), identity(Shape::Rsa4096));
    let (expired, future) = (identity(Shape::Expired), identity(Shape::NotYetValid));
    let of = |identities: &[&pec_smime::testpki::Identity]| {
        let ders: Vec<&[u8]> = identities.iter().map(|i| i.certificate().der()).collect();
        network(&ders, &["alfa.example"])
    };
    let before = of(&[&old]);
    assert_eq!(alarms(&before, &of(&[&old, &new])), []);
    assert_eq!(changes(&before, &of(&[&old, &new])).len(), 1);
    assert_eq!(alarms(&of(&[&old, &new]), &of(&[&new])), []);
    assert_eq!(alarms(&before, &of(&[&new])), [Alarm::CertificateReplaced]);
    assert_eq!(alarms(&before, &of(&[])), [Alarm::NoCertificate]);
    assert_eq!(alarms(&of(&[&expired]), &of(&[&expired, &future])), [Alarm::CertificateReplaced]);
    assert_eq!(
        alarms(&before, &network(&[old.certificate().der(), b"z"], &["alfa.example"])),
        [Alarm::CertificateReplaced]
    );
}

// norms 53
#[test]
fn a_domain_that_moves_alarms() {
    let of = |alfa: &[&str], beta: &[&str]| {
        fuzzing::contents(&[("Alfa", b"x", alfa), ("Beta", b"y", beta)])
    };
    let before = of(&["a.it", "b.it"], &["c.it", "d.it"]);
    let moved = changes(&before, &of(&["a.it"], &["c.it", "d.it", "b.it"]));
    assert!(moved.iter().any(|c| matches!(c, Change::DomainMoved { domain, from, to }
        if domain.as_str() == "b.it" && from.to_string() == "Alfa" && to.to_string() == "Beta")));
    assert!(moved.iter().any(|c| c.alarm() == Some(Alarm::DomainToOtherProvider)));
    let shared = alarms(&before, &of(&["a.it", "b.it"], &["c.it", "d.it", "b.it"]));
    assert_eq!(shared, [Alarm::DomainToOtherProvider]);
    let added = changes(&before, &of(&["a.it", "b.it", "e.it"], &["c.it", "d.it"]));
    assert!(matches!(added.as_slice(), [Change::DomainAdded { .. }]), "{added:?}");
    let unshared = changes(&of(&["a.it"], &["c.it", "a.it"]), &of(&["a.it"], &["c.it"]));
    assert!(
        unshared
            .iter()
            .any(|c| matches!(c, Change::DomainRemoved { from, .. } if from.to_string() == "Beta"))
    );
    assert!(unshared.iter().all(|c| c.alarm() != Some(Alarm::DomainToOtherProvider)));
    // Within a provider it is a change and no alarm.
    let mut within = two();
    let main = within.providers[0].main.as_mut().unwrap();
    main.domains.push("uno.alfa.example".parse().unwrap());
    within.providers[0].secondary[0].environment.domains =
        vec!["due.alfa.example".parse().unwrap()];
    assert!(changes(&two(), &within).iter().any(|c| matches!(c, Change::DomainMoved { .. })));
    assert_eq!(alarms(&two(), &within), []);
}

#[test]
fn new_signers_rollback_and_new_places_are_told() {
    let old = two();
    let mut more = two();
    more.providers.push(fuzzing::contents(&[("Gamma", b"g", &["g.it"])]).providers.remove(0));
    assert_eq!(alarms(&old, &more), [Alarm::NewSigner]);
    let mut moved = two();
    moved.providers[0].location = Some("https://alfa.example/new".parse().unwrap());
    moved.providers[1].main.as_mut().unwrap().mail_receipt =
        Some("x@beta.example".parse().unwrap());
    assert_eq!(changes(&old, &moved).len(), 2);
    assert_eq!(alarms(&old, &moved), []);
    moved.base.get_or_insert_default().location = Some("https://b.example".parse().unwrap());
    assert_eq!(alarms(&old, &moved), [Alarm::DirectoryMoved]);

    let before = directory(two()).with_signed_at(Some(now()));
    let earlier = now().checked_sub_signed(TimeDelta::seconds(1));
    let replayed = directory(two()).with_signed_at(earlier);
    let changes = replayed.changes_since(&before, Thresholds::default());
    assert!(matches!(changes.as_slice(), [change] if change.alarm() == Some(Alarm::Rollback)));
    assert_eq!(before.changes_since(&replayed, Thresholds::default()), []);
}
