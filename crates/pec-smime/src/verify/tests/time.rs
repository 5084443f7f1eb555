//! Whose time counts.

use chrono::{DateTime, TimeDelta, Utc};

use super::kit::*;
use crate::asn1::{encode as write, tag};
use crate::crypto::DigestAlgorithm;
use crate::oid;
use crate::testpki::{Identity, Shape};
use crate::verify::{Check, Outcome, Policy, Reason, TimeSource, Verdict, Verifier};
use crate::x509::Crl;

const CONTENT: &[u8] = b"A: 1\r\n\r\ntext";

/// A message by the expired certificate that claims `signing_time`, with a stamp of `stamped`.
fn message(
    world: &World,
    signing_time: DateTime<Utc>,
    stamp: Option<(DateTime<Utc>, &Identity)>,
) -> Vec<u8> {
    let alfa = world.alfa(Shape::Expired);
    let mut attributes = world.attributes(CONTENT, &alfa);
    attributes[1] = attribute(oid::SIGNING_TIME, &write::time(signing_time));
    let slices: Vec<&[u8]> = attributes.iter().map(Vec::as_slice).collect();
    let signed = write::tlv(tag::SET, &slices);
    let signature = world.signature(alfa.key(), &signed);
    let unsigned = stamp.map(|(time, authority)| {
        let token = token(world, authority, &signature, time);
        let attribute = attribute(oid::TIME_STAMP_TOKEN, &token);
        write::tlv(tag::CONTEXT_1, &[&attribute])
    });
    let info = HandMade {
        identity: &alfa,
        attributes: Some(attributes),
        signed,
        unsigned: unsigned.unwrap_or_default(),
    };
    mail(CONTENT, &signed_data(None, &bag(&alfa), &[&info.write(world)]))
}

/// A time stamp (RFC 3161 §2.4.2).
fn token(world: &World, authority: &Identity, over: &[u8], time: DateTime<Utc>) -> Vec<u8> {
    token_with(DigestAlgorithm::Sha256, world, authority, over, time)
}

fn token_with(
    algorithm: DigestAlgorithm,
    world: &World,
    authority: &Identity,
    over: &[u8],
    time: DateTime<Utc>,
) -> Vec<u8> {
    let digest = world.crypto.digest(algorithm, over).unwrap();
    let hash = write::tlv(tag::OCTET_STRING, &[digest.as_bytes()]);
    let imprint = write::sequence(&[&algorithm.to_der(), &hash]);
    let generalized = time.format("%Y%m%d%H%M%SZ").to_string();
    let info = write::sequence(&[
        &write::tlv(tag::INTEGER, &[&[1]]),
        &write::oid(oid::DATA), // any policy
        &imprint,
        &write::tlv(tag::INTEGER, &[&[42]]),
        &write::tlv(tag::GENERALIZED_TIME, &[generalized.as_bytes()]),
    ]);
    let mut attributes = world.attributes(&info, authority);
    attributes[0] = attribute(oid::CONTENT_TYPE, &write::oid(oid::TIME_STAMP_INFO));
    let signer = HandMade::over(world, authority, attributes);
    let cms = signed_data(Some(&info), &bag(authority), &[&signer]);
    // The kit writes id-data; a stamp has its own type, two octets longer.
    let explicit = write::tlv(tag::CONTEXT_0, &[&write::tlv(tag::OCTET_STRING, &[&info])]);
    let data = write::sequence(&[&write::oid(oid::DATA), &explicit]);
    let stamp = write::sequence(&[&write::oid(oid::TIME_STAMP_INFO), &explicit]);
    rewrap(&cms, &data, &stamp)
}

/// Replaces a value inside a `ContentInfo` and mends the lengths above it.
fn rewrap(cms: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = memchr::memmem::find(cms, from).unwrap();
    let mut ber = vec![0x30, 0x80];
    ber.extend(write::oid(oid::SIGNED_DATA));
    ber.extend([0xa0, 0x80, 0x30, 0x80]);
    let start = memchr::memmem::find(cms, &write::tlv(tag::INTEGER, &[&[1]])).unwrap();
    ber.extend(&cms[start..at]);
    ber.extend(to);
    ber.extend(&cms[at + from.len()..]);
    ber.extend([0; 6]);
    crate::asn1::normalise(&ber).unwrap().into_owned()
}

fn before_expiry() -> DateTime<Utc> {
    now() - TimeDelta::days(30)
}

fn policy() -> Policy {
    Policy::strict().allow_unknown_revocation()
}

#[test]
fn the_caller_may_vouch_for_an_instant() {
    let world = World::new();
    let message = message(&world, before_expiry(), None);
    let verifier = Verifier::new(&world.store, &world.crypto, policy());
    let verification = verifier.message(&message, before_expiry());
    assert_eq!(verification.verdict(), Verdict::Valid);
    assert_eq!(verification.signer().unwrap().judged_at().source, TimeSource::Caller);
    assert!(!verifier.message(&message, now()).is_valid());
    let archive = Policy::archive(before_expiry()).allow_unknown_revocation();
    assert!(world.verify(&message, archive).is_valid());
}

#[test]
fn a_claimed_time_never_makes_an_expired_certificate_plainly_valid() {
    let world = World::new();
    let message = message(&world, before_expiry(), None);
    let verification = world.verify(&message, policy().consider_claimed_time());
    assert_eq!(
        verification.verdict(),
        Verdict::Undecided { check: Check::Path, reason: Reason::ClaimedTime }
    );
    let judged_at = verification.signer().unwrap().judged_at();
    assert_eq!(judged_at.source, TimeSource::ClaimedSigningTime);
    assert_eq!(judged_at.instant, before_expiry());
}

#[test]
fn a_claimed_time_that_makes_no_difference_does_no_harm() {
    let world = World::new();
    let message = world.sealed(Shape::Sound);
    assert!(world.verify(&message, policy().consider_claimed_time()).is_valid());
}

#[test]
fn a_claimed_time_in_the_future_is_refused() {
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    let mut attributes = world.attributes(CONTENT, &alfa);
    let tomorrow = now() + TimeDelta::days(1);
    attributes[1] = attribute(oid::SIGNING_TIME, &write::time(tomorrow));
    let info = HandMade::over(&world, &alfa, attributes);
    let message = mail(CONTENT, &signed_data(None, &bag(&alfa), &[&info]));
    let verification = world.verify(&message, policy().consider_claimed_time());
    assert_failed(&verification, Check::Path, &Reason::ClaimedTimeInFuture);
    assert!(world.verify(&message, policy()).is_valid(), "the claim is not looked at");
}

#[test]
fn a_verified_time_stamp_makes_the_difference() {
    let world = World::new();
    let authority = world.pki.provider("Marca", DOMAIN, Shape::TimeStampAuthority);
    let stamped = before_expiry();
    let message = message(&world, stamped, Some((stamped, &authority)));
    let verification = world.verify(&message, policy().accept_time_stamps());
    let signer = verification.signer().unwrap();
    assert_eq!(signer.time_stamps()[0].outcome(), &Outcome::Passed);
    assert_eq!(signer.judged_at().source, TimeSource::TimeStamp);
    assert_eq!(signer.judged_at().instant, stamped);
    assert_eq!(verification.verdict(), Verdict::Valid);
    assert!(!world.verify(&message, policy()).is_valid(), "stamps must be accepted by name");
}

#[test]
fn a_time_stamp_by_no_authority_or_over_something_else_is_no_help() {
    let world = World::new();
    let stamped = before_expiry();
    let beta = world.pki.provider("Beta S.p.A.", "pec.beta.example", Shape::Sound);
    let forged = message(&world, stamped, Some((stamped, &beta)));
    let verification = world.verify(&forged, policy().accept_time_stamps());
    let signer = verification.signer().unwrap();
    assert!(matches!(signer.time_stamps()[0].outcome(), Outcome::Failed(Reason::Path { .. })));
    assert_eq!(signer.judged_at().source, TimeSource::Caller);
    assert!(!verification.is_valid());

    let authority = world.pki.provider("Marca", DOMAIN, Shape::TimeStampAuthority);
    let stolen = token(&world, &authority, b"another signature", stamped);
    let verifier = Verifier::new(&world.store, &world.crypto, policy().accept_time_stamps());
    let stamp = verifier.time_stamp(&stolen, b"this signature");
    assert_eq!(stamp.outcome(), &Outcome::Failed(Reason::DigestDiffers));
}

#[test]
fn a_time_stamp_of_the_development_pki_verifies() {
    let world = World::new();
    let authority = world.pki.provider("Marca", DOMAIN, Shape::TimeStampAuthority);
    let token = authority.time_stamp(b"a file", before_expiry());
    let verifier = Verifier::new(&world.store, &world.crypto, policy());
    let stamp = verifier.time_stamp(&token, b"a file");
    assert_eq!((stamp.outcome(), stamp.time()), (&Outcome::Passed, Some(before_expiry())));
    assert_eq!(stamp.path().and_then(|path| path.valid()).unwrap().chain.len(), 2);
    let other = verifier.time_stamp(&token, b"another file");
    assert_eq!(other.outcome(), &Outcome::Failed(Reason::DigestDiffers));
}

#[test]
fn a_claimed_time_before_the_revocation_does_not_help_the_thief_of_a_key() {
    let mut world = World::new();
    // Kept from the week before, when the key had not been stolen yet.
    let last_week = now() - TimeDelta::days(5);
    for list in
        [world.pki.revocation_list(last_week, &[]), world.pki.root_revocation_list(last_week)]
    {
        world.store.add_crl(Crl::from_der(&list).unwrap());
    }
    let thief = world.alfa(Shape::Revoked);
    let mut attributes = world.attributes(CONTENT, &thief);
    let claimed = now() - TimeDelta::days(3);
    attributes[1] = attribute(oid::SIGNING_TIME, &write::time(claimed));
    let info = HandMade::over(&world, &thief, attributes);
    let message = mail(CONTENT, &signed_data(None, &bag(&thief), &[&info]));
    let undecided = Verdict::Undecided { check: Check::Path, reason: Reason::ClaimedTime };
    let strict = Policy::strict().consider_claimed_time();
    assert_eq!(world.verify(&message, strict).verdict(), undecided);

    // Nor where nothing is known about that time.
    let lists = World::new();
    let lenient = policy().consider_claimed_time();
    assert_eq!(lists.verify(&message, lenient).verdict(), undecided);
}

#[test]
fn a_time_stamp_over_sha1_is_refused_by_a_policy_that_refuses_sha1() {
    let world = World::new();
    let authority = world.pki.provider("Marca", DOMAIN, Shape::TimeStampAuthority);
    let sha1 = DigestAlgorithm::Sha1;
    let token = token_with(sha1, &world, &authority, b"signature", before_expiry());
    let outcome = |policy: Policy| {
        let verifier = Verifier::new(&world.store, &world.crypto, policy);
        verifier.time_stamp(&token, b"signature").outcome().clone()
    };
    assert_eq!(outcome(policy()), Outcome::Failed(Reason::WeakDigest(sha1)));
    assert_eq!(outcome(Policy::interoperable().allow_unknown_revocation()), Outcome::Passed);
}
