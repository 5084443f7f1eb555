//! RFC 5280 §6.3: which list counts, who signed it, and when.

use core::slice;

use chrono::{DateTime, TimeZone, Utc};

use crate::x509::oid::known;
use crate::x509::testder::{sequence, tlv};
use crate::x509::testpki::{
    Key, List, Template, basic_constraints, extension, judge, key_usage, name, now, number,
    trusting,
};
use crate::x509::tlv::tag;
use crate::x509::{
    Certificate, Crl, CrlError, IndeterminateReason, InvalidReason, PathOptions, PathVerdict,
    RevocationMode, RevocationReason, RevocationSource, RevocationStatus, RevocationUnknown,
    TrustAnchor, TrustStore,
};

/// A root that issued a leaf with serial number 7, and what is published about it.
struct World {
    root: Key,
    store: TrustStore,
    leaf: Certificate,
}

impl World {
    fn new(leaf: Template) -> Self {
        let root = Key::new(1);
        let store = trusting(Template::ca("Root", "Root", &root).issue(&root));
        let leaf = leaf.serial(7).issue(&root);
        Self { root, store, leaf }
    }

    fn plain() -> Self {
        Self::new(Template::leaf("Leaf", "Root", &Key::new(2)))
    }

    fn publish(mut self, list: List) -> Self {
        self.store.add_crl(list.issue(&self.root));
        self
    }

    fn status(&self) -> RevocationStatus {
        self.status_by(&PathOptions::at(now()))
    }

    /// The status of the leaf, whatever the verdict.
    fn status_by(&self, options: &PathOptions) -> RevocationStatus {
        let verdict = judge(&self.leaf, &[], &self.store, options);
        let statuses = match &verdict {
            PathVerdict::Valid(path) => &path.revocation,
            PathVerdict::Invalid(path) => &path.revocation,
            PathVerdict::Indeterminate(path) => &path.revocation,
        };
        statuses.first().unwrap_or_else(|| panic!("{verdict:?}")).clone()
    }

    fn unknown(&self) -> RevocationUnknown {
        match self.status() {
            RevocationStatus::Unknown(why) => why,
            other => panic!("{other:?}"),
        }
    }

    fn is_good(&self) -> bool {
        matches!(self.status(), RevocationStatus::Good(_))
    }

    fn is_revoked(&self) -> bool {
        matches!(self.status(), RevocationStatus::Revoked { .. })
    }
}

fn utc(year: i32, month: u32, day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(year, month, day, 0, 0, 0).unwrap()
}

fn issuing_point(fields: &[Vec<u8>]) -> Vec<u8> {
    extension(known::ISSUING_DISTRIBUTION_POINT, true, &sequence(fields))
}

/// `DistributionPointName` with one URI.
fn point_name(uri: &str) -> Vec<u8> {
    tlv(0xa0, &tlv(0xa0, &tlv(0x86, uri.as_bytes())))
}

/// cRLDistributionPoints with one point.
fn points(fields: &[Vec<u8>]) -> Vec<u8> {
    extension(known::CRL_DISTRIBUTION_POINTS, false, &sequence(&[sequence(fields)]))
}

fn reason(code: u8) -> Vec<u8> {
    extension(known::REASON_CODE, false, &tlv(tag::ENUMERATED, &[code]))
}

#[test]
fn the_three_modes_differ_in_what_an_unknown_status_means() {
    let world = World::plain();
    let judged = |mode| {
        let options = PathOptions::at(now()).with_revocation(mode);
        judge(&world.leaf, &[], &world.store, &options)
    };
    let PathVerdict::Indeterminate(path) = judged(RevocationMode::Require) else {
        panic!("required data are missing");
    };
    assert_eq!(path.reason, IndeterminateReason::Revocation(RevocationUnknown::NoData));
    let verdict = judged(RevocationMode::IfAvailable);
    let no_data = RevocationStatus::Unknown(RevocationUnknown::NoData);
    assert_eq!(verdict.valid().unwrap().revocation, [no_data]);
    let verdict = judged(RevocationMode::Off);
    assert_eq!(verdict.valid().unwrap().revocation, [RevocationStatus::NotChecked]);
}

#[test]
fn a_revoked_certificate_is_refused_in_every_mode_that_looks() {
    let list = List::of("Root").listing(7, "231231000000Z", &[reason(1)]);
    let world = World::plain().publish(list);
    for mode in [RevocationMode::Require, RevocationMode::IfAvailable] {
        let options = PathOptions::at(now()).with_revocation(mode);
        let PathVerdict::Invalid(path) = judge(&world.leaf, &[], &world.store, &options) else {
            panic!("revoked");
        };
        let reason = RevocationReason::KeyCompromise;
        assert_eq!(path.reason, InvalidReason::Revoked { at: utc(2023, 12, 31), reason });
    }
}

#[test]
fn a_list_without_the_certificate_shows_it_good_and_says_from_when() {
    let world = World::plain().publish(List::of("Root").revoking(6).revoking(8));
    let RevocationStatus::Good(evidence) = world.status() else { panic!("not listed") };
    assert_eq!(evidence.source, RevocationSource::Crl);
    assert_eq!(evidence.this_update, utc(2024, 1, 1));
}

#[test]
fn a_list_not_in_force_at_the_instant_says_nothing() {
    let stale = List { next_update: Some("240114235959Z"), ..List::of("Root") };
    assert_eq!(World::plain().publish(stale).unknown(), RevocationUnknown::Stale);
    let endless = List { next_update: None, ..List::of("Root") };
    assert_eq!(World::plain().publish(endless).unknown(), RevocationUnknown::Stale);
    let future = List { this_update: "240115000001Z", ..List::of("Root") };
    assert_eq!(World::plain().publish(future).unknown(), RevocationUnknown::Stale);
}

#[test]
fn the_newest_list_in_force_speaks() {
    let older = List { this_update: "231215000000Z", ..List::of("Root") };
    assert!(World::plain().publish(older).publish(List::of("Root").revoking(7)).is_revoked());
}

#[test]
fn a_date_of_revocation_to_come_does_not_defer_it() {
    let list = List::of("Root").listing(7, "240120000000Z", &[]);
    assert!(World::plain().publish(list).is_revoked());
}

#[test]
fn the_signer_of_a_list_must_lead_to_the_same_anchor() {
    let [other, crl_key] = [Key::new(8), Key::new(5)];
    let signer = Template::leaf("Root", "Other", &crl_key).only(&[key_usage(0x02)]).serial(20);
    let mut world = World::plain();
    let anchor = Template::ca("Other", "Other", &other).issue(&other);
    world.store.add_anchor(TrustAnchor::new(anchor));
    world.store.add_intermediate(signer.issue(&other));
    world.store.add_crl(List::of("Other").issue(&other));
    world.store.add_crl(List::of("Root").issue(&crl_key));
    assert_eq!(world.unknown(), RevocationUnknown::Signer);
}

#[test]
fn later_data_count_only_if_asked_for_and_by_their_dates() {
    let later = |list: List| List { this_update: "250101000000Z", ..list };
    let options = PathOptions::at(now()).accepting_later_revocation_data();
    let status = |list| World::plain().publish(later(list)).status_by(&options);
    assert!(matches!(status(List::of("Root")), RevocationStatus::Good(_)));
    assert!(matches!(status(List::of("Root").revoking(7)), RevocationStatus::Revoked { .. }));
    // Revoked after the instant: good then, unless the key had been in other hands before.
    let after =
        |extensions: &[Vec<u8>]| status(List::of("Root").listing(7, "240601000000Z", extensions));
    assert!(matches!(after(&[reason(1)]), RevocationStatus::Good(_)));
    let known_since = tlv(tag::GENERALIZED_TIME, b"20240101000000Z");
    let invalidity = extension(known::INVALIDITY_DATE, false, &known_since);
    assert!(matches!(after(&[invalidity]), RevocationStatus::Revoked { .. }));
    // After the leaf has expired a list may have dropped it.
    let expired = |list: List| List { this_update: "310101000000Z", ..list };
    let status = |list| World::plain().publish(expired(list)).status_by(&options);
    let stale = RevocationStatus::Unknown(RevocationUnknown::Stale);
    assert_eq!(status(List::of("Root")), stale);
    assert!(matches!(status(List::of("Root").revoking(7)), RevocationStatus::Revoked { .. }));
}

#[test]
fn a_list_signed_by_another_key_says_nothing() {
    let mut world = World::plain();
    world.store.add_crl(List::of("Root").issue(&Key::new(9)));
    assert_eq!(world.unknown(), RevocationUnknown::Signer);
}

#[test]
fn a_list_signed_over_a_weak_digest_says_nothing() {
    // sha1WithRSAEncryption
    let oid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5];
    let algorithm = sequence(&[tlv(tag::OID, &oid), tlv(5, &[])]);
    let weak = List { algorithm, ..List::of("Root") };
    assert_eq!(World::plain().publish(weak).unknown(), RevocationUnknown::WeakAlgorithm);
}

#[test]
fn the_issuers_key_usage_must_allow_crl_signing() {
    let root = Key::new(1);
    let template =
        Template::ca("Root", "Root", &root).only(&[key_usage(0x04), basic_constraints(true, None)]);
    let mut world = World::plain();
    world.store = trusting(template.issue(&root));
    assert_eq!(world.publish(List::of("Root")).unknown(), RevocationUnknown::Signer);
}

#[test]
fn a_separate_crl_key_needs_its_own_unrevoked_path() {
    let crl_key = Key::new(5);
    let signer = Template::leaf("Root", "Root", &crl_key).only(&[key_usage(0x02)]).serial(20);
    let about_leaf = || List::of("Root").issue(&crl_key);
    // What tells the signer's status comes from the root's own key and covers the signer alone.
    let scope = [point_name("http://crl/signers")];
    let signer = signer.with(points(&scope)).issue(&Key::new(1));
    let about_signer = |list: List| list.with(issuing_point(&scope)).issue(&Key::new(1));
    let world = |list: List| {
        let mut world = World::plain();
        world.store.add_intermediate(signer.clone());
        world.store.add_crl(about_leaf());
        world.store.add_crl(about_signer(list));
        world
    };
    assert!(world(List::of("Root")).is_good());
    assert_eq!(world(List::of("Root").revoking(20)).unknown(), RevocationUnknown::Signer);
}

#[test]
fn a_key_cannot_vouch_for_itself() {
    let crl_key = Key::new(5);
    let signer =
        Template::leaf("Root", "Root", &crl_key).only(&[key_usage(0x02)]).issue(&Key::new(1));
    let mut world = World::plain();
    world.store.add_intermediate(signer);
    world.store.add_crl(List::of("Root").issue(&crl_key));
    assert_eq!(world.unknown(), RevocationUnknown::Circular);
}

#[test]
fn a_partition_counts_for_certificates_that_point_at_it() {
    let list = |uri| List::of("Root").with(issuing_point(&[point_name(uri)]));
    let pointing = || {
        World::new(
            Template::leaf("Leaf", "Root", &Key::new(2)).with(points(&[point_name("http://a")])),
        )
    };
    assert!(pointing().publish(list("http://a")).is_good());
    assert_eq!(pointing().publish(list("http://b")).unknown(), RevocationUnknown::OutOfScope);
    assert_eq!(World::plain().publish(list("http://a")).unknown(), RevocationUnknown::OutOfScope);
    // A list without a scope covers all.
    assert!(pointing().publish(List::of("Root")).is_good());
}

#[test]
fn lists_for_cas_or_attributes_do_not_cover_a_leaf() {
    for (number, covers) in [(1, true), (2, false), (5, false)] {
        let only = issuing_point(&[tlv(tag::context(number), &[0xff])]);
        let world = World::plain().publish(List::of("Root").with(only));
        assert_eq!(world.is_good(), covers, "[{number}]");
    }
}

#[test]
fn lists_for_some_reasons_must_together_cover_all() {
    // [3] BIT STRING of reasons: keyCompromise and cACompromise; then the other six.
    let some = |bits: &[u8]| List::of("Root").with(issuing_point(&[tlv(0x83, bits)]));
    let first = || World::plain().publish(some(&[5, 0x60]));
    assert_eq!(first().unknown(), RevocationUnknown::ReasonsNotCovered);
    assert!(first().publish(some(&[7, 0x1f, 0x80])).is_good());
    assert!(first().publish(some(&[7, 0x1f, 0x80]).revoking(7)).is_revoked());
}

#[test]
fn an_indirect_list_tells_apart_certificates_of_equal_serial_numbers() {
    let issuer_key = Key::new(5);
    let indirect = issuing_point(&[tlv(0x84, &[0xff])]);
    let named =
        |who: &str| extension(known::CERTIFICATE_ISSUER, true, &sequence(&[tlv(0xa4, &name(who))]));
    let crl_issuer = tlv(0xa2, &tlv(0xa4, &name("CRL issuer")));
    let signer = Template::leaf("CRL issuer", "Root", &issuer_key)
        .only(&[key_usage(0x02), points(&[point_name("http://crl/signers")])])
        .serial(20)
        .issue(&Key::new(1));
    let world = |list: List| {
        let leaf = Template::leaf("Leaf", "Root", &Key::new(2));
        // The root's own list is for its CRL issuers alone, so that it does not speak for the leaf.
        let for_signers = issuing_point(&[point_name("http://crl/signers")]);
        let mut world = World::new(leaf.with(points(slice::from_ref(&crl_issuer))));
        world.store.add_intermediate(signer.clone());
        world.store.add_crl(List::of("Root").with(for_signers).issue(&Key::new(1)));
        world.store.add_crl(list.issue(&issuer_key));
        world
    };
    let entry = |who: &str| {
        List::of("CRL issuer").with(indirect.clone()).listing(7, "231231000000Z", &[named(who)])
    };
    assert!(world(entry("Root")).is_revoked());
    assert!(world(entry("Another CA")).is_good());
    // Without the indirect flag a list cannot speak for another issuer.
    let direct = List::of("CRL issuer").listing(7, "231231000000Z", &[named("Root")]);
    assert_eq!(world(direct).unknown(), RevocationUnknown::OutOfScope);
}

#[test]
fn a_delta_adds_and_removes() {
    let delta = |list: List, base_number| List {
        extensions: vec![
            number(known::CRL_NUMBER, 11),
            number(known::DELTA_CRL_INDICATOR, base_number),
        ],
        ..list
    };
    let held = || List::of("Root").listing(7, "231231000000Z", &[reason(6)]);
    let removing = List::of("Root").listing(7, "231231000000Z", &[reason(8)]);
    let world = World::plain().publish(held()).publish(delta(removing, 10));
    let RevocationStatus::Good(evidence) = world.status() else { panic!("removed by the delta") };
    assert_eq!(evidence.source, RevocationSource::DeltaCrl);
    let adding = || List::of("Root").revoking(7);
    assert!(World::plain().publish(List::of("Root")).publish(delta(adding(), 10)).is_revoked());
    // A delta to a later base than the list at hand leaves a gap, so it does not count.
    assert!(World::plain().publish(List::of("Root")).publish(delta(adding(), 11)).is_good());
    // Alone it says nothing.
    assert_eq!(
        World::plain().publish(delta(List::of("Root"), 10)).unknown(),
        RevocationUnknown::NoData
    );
    // With an old base it does, if it is in force itself.
    let old = List { next_update: Some("240110000000Z"), ..List::of("Root") };
    assert!(World::plain().publish(old).publish(delta(List::of("Root"), 10)).is_good());
}

#[test]
fn a_delta_of_another_scope_or_key_does_not_count() {
    let adding = |more: Vec<u8>| List {
        extensions: vec![
            number(known::CRL_NUMBER, 11),
            number(known::DELTA_CRL_INDICATOR, 10),
            more,
        ],
        ..List::of("Root").revoking(7)
    };
    let based = |more| World::plain().publish(List::of("Root")).publish(adding(more));
    let scope = issuing_point(&[point_name("http://other")]);
    assert!(based(scope).is_good());
    let key_id = sequence(&[tlv(0x80, b"other")]);
    assert!(based(extension(known::AUTHORITY_KEY_IDENTIFIER, false, &key_id)).is_good());
    let unrelated = extension(&[0x2a, 3, 4], false, &[5, 0]);
    assert!(based(unrelated).is_revoked());
}

#[test]
fn a_delta_of_another_signer_does_not_count() {
    let forged = List {
        extensions: vec![number(known::CRL_NUMBER, 11), number(known::DELTA_CRL_INDICATOR, 10)],
        ..List::of("Root").listing(7, "231231000000Z", &[reason(8)])
    };
    let mut world = World::plain().publish(List::of("Root").revoking(7));
    world.store.add_crl(forged.issue(&Key::new(9)));
    assert!(world.is_revoked());
}

#[test]
fn unknown_critical_extensions_of_a_list_or_entry_make_it_unusable() {
    let unknown = || extension(&[0x2a, 3, 4], true, &[5, 0]);
    let why = RevocationUnknown::UnknownCriticalExtension("1.2.3.4".parse().unwrap());
    assert_eq!(World::plain().publish(List::of("Root").with(unknown())).unknown(), why);
    let in_entry = List::of("Root").listing(9, "231231000000Z", &[unknown()]);
    assert_eq!(World::plain().publish(in_entry).unknown(), why);
}

#[test]
fn an_intermediate_ca_is_checked_too() {
    let [root, ca] = [Key::new(1), Key::new(3)];
    let mut store = trusting(Template::ca("Root", "Root", &root).issue(&root));
    store.add_intermediate(Template::ca("CA", "Root", &ca).serial(9).issue(&root));
    store.add_crl(List::of("CA").issue(&ca));
    store.add_crl(List::of("Root").revoking(9).issue(&root));
    let leaf = Template::leaf("Leaf", "CA", &Key::new(2)).issue(&ca);
    let PathVerdict::Invalid(path) = judge(&leaf, &[], &store, &PathOptions::at(now())) else {
        panic!("the CA was revoked");
    };
    assert_eq!(path.certificate, 1);
    assert!(matches!(path.reason, InvalidReason::Revoked { .. }));
}

#[test]
fn an_extension_that_stands_twice_makes_a_list_malformed() {
    let twice = List::of("Root").with(number(known::CRL_NUMBER, 11));
    let error = Crl::from_der(&twice.der(&Key::new(1))).unwrap_err();
    assert_eq!(error, CrlError::DuplicateExtension("2.5.29.20".parse().unwrap()));
}
