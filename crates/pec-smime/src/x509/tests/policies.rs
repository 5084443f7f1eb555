//! Policies beyond what PKITS tries: the anchor's own, and growth that a tree would not survive.

use std::time::{Duration, Instant};

use crate::x509::oid::known;
use crate::x509::testder::{sequence, tlv};
use crate::x509::testpki::{Key, Template, extension, judge, lenient, trusting};
use crate::x509::tlv::tag;
use crate::x509::{InvalidReason, Oid, PathVerdict};

fn oid(text: &str) -> Oid {
    text.parse().unwrap()
}

fn policies(texts: &[&str]) -> Vec<u8> {
    let list: Vec<_> =
        texts.iter().map(|text| sequence(&[tlv(tag::OID, oid(text).content())])).collect();
    extension(known::CERTIFICATE_POLICIES, false, &sequence(&list))
}

fn mappings(pairs: &[(&str, &str)]) -> Vec<u8> {
    let list: Vec<_> = pairs
        .iter()
        .map(|(a, b)| sequence(&[a, b].map(|text| tlv(tag::OID, oid(text).content()))))
        .collect();
    extension(known::POLICY_MAPPINGS, true, &sequence(&list))
}

#[test]
fn policies_of_the_anchor_bound_what_is_asked_for() {
    let [root_key, key] = [Key::new(1), Key::new(2)];
    let leaf = Template::leaf("Leaf", "Root", &key).with(policies(&["1.2.3"])).issue(&root_key);
    let options = lenient().requiring_explicit_policy();
    let under = |extension: Vec<u8>| {
        let root = Template::ca("Root", "Root", &root_key).with(extension).issue(&root_key);
        judge(&leaf, &[], &trusting(root), &options)
    };
    assert!(under(policies(&["1.2.3"])).valid().is_some());
    assert!(under(policies(&["2.5.29.32.0"])).valid().is_some());
    let PathVerdict::Invalid(path) = under(policies(&["1.2.4"])) else {
        panic!("the anchor does not allow this policy");
    };
    assert_eq!(path.reason, InvalidReason::PolicyRequired);
}

#[test]
fn policy_that_stands_twice_is_malformed() {
    let [root_key, key] = [Key::new(1), Key::new(2)];
    let twice = policies(&["1.2.3", "1.2.3"]);
    let leaf = Template::leaf("Leaf", "Root", &key).with(twice).issue(&root_key);
    let root = Template::ca("Root", "Root", &root_key).issue(&root_key);
    let PathVerdict::Invalid(path) = judge(&leaf, &[], &trusting(root), &lenient()) else {
        panic!("RFC 5280 §4.2.1.4 forbids it");
    };
    assert!(matches!(path.reason, InvalidReason::MalformedExtension(_)));
}

/// The certificates of CVE-2023-0464: each maps two policies to both, so that a tree doubles with
/// every CA. The graph has two nodes at each depth.
#[test]
fn mappings_that_would_double_a_tree_cost_nothing() {
    let wide: Vec<String> = (0..40).map(|n| format!("1.2.{n}")).collect();
    let texts: Vec<&str> = wide.iter().map(String::as_str).collect();
    let pairs: Vec<_> = texts.iter().flat_map(|a| texts.iter().map(move |b| (*a, *b))).collect();
    let root_key = Key::new(1);
    let root = Template::ca("CA 0", "CA 0", &root_key).issue(&root_key);
    let mut signer = root_key;
    let mut bag = Vec::new();
    for number in 1..10_u16 {
        let key = Key::new(1 + number);
        let template = Template::ca(&format!("CA {number}"), &format!("CA {}", number - 1), &key)
            .with(policies(&texts))
            .with(mappings(&pairs));
        bag.push(template.issue(&signer));
        signer = key;
    }
    let leaf =
        Template::leaf("Leaf", "CA 9", &Key::new(99)).with(policies(&["1.2.7"])).issue(&signer);
    let start = Instant::now();
    let options = lenient().requiring_explicit_policy();
    let verdict = judge(&leaf, &bag, &trusting(root), &options);
    let path = verdict.valid().unwrap_or_else(|| panic!("{verdict:?}"));
    assert_eq!(path.policies.authority.len(), 40);
    assert!(start.elapsed() < Duration::from_secs(10));
}
