//! Hostile bags: the search ends within its limits and says so.

use std::time::{Duration, Instant};

use crate::limits;
use crate::x509::oid::known;
use crate::x509::testder::{sequence, tlv};
use crate::x509::testpki::{Key, Template, extension, judge, lenient, trusting};
use crate::x509::{Budget, Certificate, IndeterminateReason, PathVerdict};

/// What a judgement may take at most, generously for a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn exhausted(verdict: &PathVerdict) -> Budget {
    match verdict {
        PathVerdict::Indeterminate(path) => match path.reason {
            IndeterminateReason::Budget(budget) => budget,
            ref other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn key_id(oid: &[u8], id: &[u8]) -> Vec<u8> {
    let value =
        if oid == known::SUBJECT_KEY_IDENTIFIER { tlv(4, id) } else { sequence(&[tlv(0x80, id)]) };
    extension(oid, false, &value)
}

#[test]
fn ten_thousand_look_alikes_of_the_issuer_do_not_hold_up_the_search() {
    let [root_key, ca_key, stranger] = [Key::new(1), Key::new(2), Key::new(3)];
    let store = trusting(Template::ca("Root", "Root", &root_key).issue(&root_key));
    let template = Template::ca("CA", "Root", &stranger);
    let der = template.der(&stranger);
    let mut bag = Vec::new();
    for number in 0..10_000_u32 {
        // Another serial number each; the signature, which is wrong anyway, need not follow.
        let mut der = der.clone();
        let at = der.windows(3).position(|window| window == [2, 1, 1]).unwrap() + 2;
        der[at] = u8::try_from(number % 251).unwrap();
        bag.push(Certificate::from_der(&der).unwrap());
    }
    let leaf = Template::leaf("Leaf", "CA", &Key::new(4)).issue(&ca_key);
    let start = Instant::now();
    assert_eq!(exhausted(&judge(&leaf, &bag, &store, &lenient())), Budget::Signatures);
    assert!(start.elapsed() < PATIENCE);

    // The right one among them is found, if the leaf's authorityKeyIdentifier points at it.
    let right = Template::ca("CA", "Root", &ca_key)
        .with(key_id(known::SUBJECT_KEY_IDENTIFIER, b"right"))
        .issue(&root_key);
    bag.push(right);
    let leaf = Template::leaf("Leaf", "CA", &Key::new(4))
        .with(key_id(known::AUTHORITY_KEY_IDENTIFIER, b"right"))
        .issue(&ca_key);
    assert!(judge(&leaf, &bag, &store, &lenient()).valid().is_some());
    assert!(start.elapsed() < PATIENCE);
}

/// A mesh in which every CA of a layer certifies every CA of the next one.
#[expect(clippy::arithmetic_side_effects, reason = "small numbers of the test")]
fn mesh(layers: u16, width: u16) -> (Certificate, Vec<Certificate>) {
    let key = |layer: u16, place: u16| Key::new(100 + layer * width + place);
    let name = |layer: u16| format!("Layer {layer}");
    let mut bag = Vec::new();
    for layer in 0..layers {
        for place in 0..width {
            let subject_key = key(layer, place);
            for above in 0..width {
                let template = Template::ca(&name(layer), &name(layer + 1), &subject_key);
                bag.push(template.issue(&key(layer + 1, above)));
            }
        }
    }
    let leaf = Template::leaf("Leaf", &name(0), &Key::new(1)).issue(&key(0, 0));
    (leaf, bag)
}

#[test]
fn mesh_of_cross_certificates_that_leads_nowhere_ends() {
    let (leaf, bag) = mesh(8, 3);
    let root = Key::new(2);
    let store = trusting(Template::ca("Root", "Root", &root).issue(&root));
    let start = Instant::now();
    let budget = exhausted(&judge(&leaf, &bag, &store, &lenient()));
    assert!(matches!(budget, Budget::Signatures | Budget::Steps), "{budget:?}");
    assert!(start.elapsed() < PATIENCE);
}

#[test]
fn mesh_whose_every_path_breaks_a_rule_is_judged_a_bounded_number_of_times() {
    // The anchor is trusted and expired CAs are everywhere, so each of 2^6 and more paths fails.
    let (leaf, mut bag) = mesh(7, 2);
    let top = [Key::new(100 + 14), Key::new(100 + 15)];
    let root = Key::new(2);
    for key in &top {
        let template = Template::ca("Layer 7", "Root", key);
        bag.push(Template { not_after: "210101000000Z", ..template }.issue(&root));
    }
    let store = trusting(Template::ca("Root", "Root", &root).issue(&root));
    let start = Instant::now();
    let budget = exhausted(&judge(&leaf, &bag, &store, &lenient()));
    assert!(matches!(budget, Budget::Paths | Budget::Signatures), "{budget:?}");
    assert!(start.elapsed() < PATIENCE);
}

/// A chain of so many CAs below the anchor, then a leaf.
#[expect(clippy::arithmetic_side_effects, reason = "small numbers of the test")]
fn chain(cas: usize) -> PathVerdict {
    let root = Key::new(1);
    let store = trusting(Template::ca("CA 0", "CA 0", &root).issue(&root));
    let mut signer = root;
    let mut bag = Vec::new();
    for number in 1..=cas {
        let key = Key::new(u16::try_from(1 + number).unwrap());
        let template = Template::ca(&format!("CA {number}"), &format!("CA {}", number - 1), &key);
        bag.push(template.issue(&signer));
        signer = key;
    }
    let leaf = Template::leaf("Leaf", &format!("CA {cas}"), &Key::new(999)).issue(&signer);
    judge(&leaf, &bag, &store, &lenient())
}

#[test]
fn path_of_the_greatest_length_is_valid_and_one_more_is_too_much() {
    let verdict = chain(limits::PATH_LENGTH - 1);
    assert_eq!(verdict.valid().unwrap().chain.len(), limits::PATH_LENGTH);
    assert_eq!(exhausted(&chain(limits::PATH_LENGTH)), Budget::PathLength);
    assert_eq!(exhausted(&chain(60)), Budget::PathLength);
}

#[test]
fn names_times_constraints_are_bounded() {
    let [root_key, key] = [Key::new(1), Key::new(2)];
    let bases: Vec<_> =
        (0..1_000).map(|n| sequence(&[tlv(0x81, format!("h{n}.it").as_bytes())])).collect();
    let constraints = sequence(&[tlv(0xa1, &bases.concat())]);
    let root = Template::ca("Root", "Root", &root_key).with(extension(
        known::NAME_CONSTRAINTS,
        true,
        &constraints,
    ));
    let names: Vec<_> = (0..1_000).map(|n| tlv(0x81, format!("a@x{n}.it").as_bytes())).collect();
    let leaf = Template::leaf("Leaf", "Root", &key)
        .with(extension(known::SUBJECT_ALT_NAME, false, &sequence(&names)))
        .issue(&root_key);
    let verdict = judge(&leaf, &[], &trusting(root.issue(&root_key)), &lenient());
    assert_eq!(exhausted(&verdict), Budget::NameComparisons);
}
