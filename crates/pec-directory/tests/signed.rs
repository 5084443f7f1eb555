//! The signed file: verified before it is read.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use chrono::TimeDelta;
use common::{alfa, crypto, now, pki};
use pec_directory::{
    Contents, Directory, PinnedSigners, SealError, SignedFile, SignedFileError, fuzzing,
    limits::{MAX_FILE_BYTES, MAX_SIGNED_BYTES},
};
use pec_smime::{
    sign::{SigningOptions, sign_detached, sign_opaque},
    testpki::{Identity, Shape},
    verify::{Check, Grade, Policy, Reason},
    x509::Certificate,
};

fn centre() -> Identity {
    pki().provider("Centre", "centre.example", Shape::Sound)
}

fn pins(identity: &Identity) -> PinnedSigners {
    PinnedSigners::from_iter([identity.certificate().clone()])
}

fn contents() -> Contents {
    fuzzing::contents(&[("Alfa", alfa().certificate().der(), &["alfa.example"])])
}

fn sign(identity: &Identity) -> Vec<u8> {
    let options = SigningOptions::new(now());
    contents().to_p7m(&identity.signer(&crypto()), &options, &crypto()).unwrap()
}

fn verify(p7m: &[u8], pins: &PinnedSigners) -> Result<SignedFile, SignedFileError> {
    SignedFile::verify(p7m, pins, Policy::strict(), now(), &crypto())
}

// rfc6109 §4.5#2, §4.5#3; norms 49
#[test]
fn a_signed_file_is_read_after_verification() {
    let p7m = sign(&centre());
    assert_eq!(p7m[0], 0x30, "DER");
    let file = verify(&p7m, &pins(&centre())).unwrap();
    assert_eq!(file.ldif(), contents().to_ldif().unwrap().as_bytes());
    assert_eq!(file.contents(&crypto()).unwrap(), (contents(), vec![]));
    assert_eq!(file.claimed_signing_time(), Some(now()));
    assert_eq!(file.grade(), Grade::Current);
    assert_eq!(file.signer().der(), centre().certificate().der());
}

/// BER with indefinite lengths around everything, as Java programs write it.
#[test]
fn ber_is_read_too() {
    fn content(der: &[u8]) -> &[u8] {
        let length = usize::from(der[1]);
        if length < 0x80 { &der[2..] } else { &der[2 + (length & 0x7f)..] }
    }
    let der = sign(&centre());
    let info = content(&der);
    let oid_end = 2 + usize::from(info[1]);
    let explicit = content(&info[oid_end..]);
    let ber = [&[0x30, 0x80], &info[..oid_end], &[0xa0, 0x80], explicit, &[0; 4]].concat();
    assert_ne!(ber, der);
    assert!(verify(&ber, &pins(&centre())).is_ok());
    assert!(verify(&ber[..ber.len() - 2], &pins(&centre())).is_err());
}

#[test]
fn only_pinned_signers_count() {
    let p7m = sign(&centre());
    let subject = centre().certificate().subject().into();
    assert_eq!(verify(&p7m, &pins(&alfa())).unwrap_err(), SignedFileError::NotPinned { subject });
    assert!(verify(&p7m, &PinnedSigners::default()).is_err());
    let both = PinnedSigners::from_iter([alfa(), centre()].map(|i| i.certificate().clone()));
    assert!(verify(&p7m, &both).is_ok());
}

#[test]
fn a_changed_file_is_refused() {
    let p7m = sign(&centre());
    let at = p7m.windows(12).position(|window| window == b"alfa.example").unwrap();
    let mut changed = p7m.clone();
    changed[at] = b'b';
    let error = verify(&changed, &pins(&centre())).unwrap_err();
    assert!(matches!(error, SignedFileError::Signature { check: Check::Content, .. }), "{error}");
    for length in [0, 1, p7m.len() / 2, p7m.len() - 1] {
        assert!(verify(&p7m[..length], &pins(&centre())).is_err());
    }
    let mut signature = p7m;
    *signature.last_mut().unwrap() ^= 1;
    let error = verify(&signature, &pins(&centre())).unwrap_err();
    assert!(matches!(error, SignedFileError::Signature { check: Check::Signature, .. }), "{error}");
}

#[test]
fn an_expired_pin_counts_no_more() {
    let expired = pki().provider("Centre", "centre.example", Shape::Expired);
    let before = now().checked_sub_signed(TimeDelta::days(30)).unwrap();
    let signer = expired.signer(&crypto());
    let p7m = contents().to_p7m(&signer, &SigningOptions::new(before), &crypto()).unwrap();
    let error = verify(&p7m, &pins(&expired)).unwrap_err();
    assert!(matches!(error, SignedFileError::NotInForce { .. }), "{error}");
    let judged =
        |policy| SignedFile::verify(&p7m, &pins(&expired), policy, now(), &crypto()).map(drop);
    assert_eq!(judged(Policy::archive(before)), Ok(()));
    // What the signer says of the time does not help.
    let claimed = judged(Policy::strict().consider_claimed_time());
    assert!(matches!(claimed, Err(SignedFileError::NotInForce { .. })), "{claimed:?}");
}

/// Files of OpenSSL, in BER: see `testdata/README.md`.
#[test]
fn weak_algorithms_are_a_matter_of_policy() {
    let signer = Certificate::from_der(include_bytes!("../testdata/signer.cer")).unwrap();
    let pins = PinnedSigners::from_iter([signer]);
    let later = "2026-12-01T12:00:00Z".parse().unwrap();
    let verify = |p7m, policy| SignedFile::verify(p7m, &pins, policy, later, &crypto());
    let p7m = include_bytes!("../testdata/openssl-sha256.p7m");
    let current = verify(p7m, Policy::strict()).unwrap();
    assert_eq!(current.ldif(), include_bytes!("../testdata/alfa.ldif"));
    assert_eq!(current.grade(), Grade::Current);

    let p7m = include_bytes!("../testdata/openssl-sha1.p7m");
    let error = verify(p7m, Policy::strict()).unwrap_err();
    assert!(
        matches!(error, SignedFileError::Signature { check: Check::Algorithms, .. }),
        "{error}"
    );
    let file = verify(p7m, Policy::interoperable()).unwrap();
    assert_eq!(file.grade(), Grade::Legacy);
    assert_eq!(file.contents(&crypto()).unwrap().0.providers.len(), 1);
}

#[test]
fn what_has_no_content_is_refused() {
    let options = SigningOptions::new(now());
    let signer = centre().signer(&crypto());
    let detached = sign_detached(&[b"x"], &signer, &options, &crypto()).unwrap();
    assert_eq!(
        verify(&detached, &pins(&centre())).unwrap_err(),
        SignedFileError::Signature { check: Check::Existence, reason: Reason::NoContent }
    );
    let ldif = contents().to_ldif().unwrap();
    assert!(verify(ldif.as_bytes(), &pins(&centre())).is_err());
}

#[test]
fn sizes_end_where_the_limits_are() {
    let signer = centre().signer(&crypto());
    let sign = |size| {
        let content = vec![b'#'; size];
        sign_opaque(&[&content], &signer, &SigningOptions::new(now()), &crypto()).unwrap()
    };
    assert!(verify(&sign(MAX_FILE_BYTES), &pins(&centre())).is_ok());
    assert_eq!(
        verify(&sign(MAX_FILE_BYTES + 1), &pins(&centre())).unwrap_err(),
        SignedFileError::TooLarge { size: MAX_FILE_BYTES + 1 }
    );
    let error = verify(&vec![0; MAX_SIGNED_BYTES + 1], &pins(&centre())).unwrap_err();
    assert_eq!(error, SignedFileError::TooLarge { size: MAX_SIGNED_BYTES + 1 });
    let error = verify(&vec![0; MAX_SIGNED_BYTES], &pins(&centre())).unwrap_err();
    assert!(matches!(error, SignedFileError::Signature { .. }));
}

#[test]
fn what_cannot_be_written_is_not_signed() {
    let mut contents = contents();
    contents.providers[0].main = None;
    let signer = centre().signer(&crypto());
    let sealed = contents.to_p7m(&signer, &SigningOptions::new(now()), &crypto());
    assert!(matches!(sealed, Err(SealError::Write(_))));
    assert_eq!(Directory::new(contents, now()).domain_count(), 0);
}
