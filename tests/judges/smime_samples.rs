//! Real PEC messages, judged at the time of signing with the certificates of the authorities as
//! anchors. None of their content is printed.

use std::path::Path;

use chrono::{DateTime, Utc};
use pec_smime::asn1;
use pec_smime::cms::{SignedData, SignerIdentifier};
use pec_smime::crypto::{CryptoProvider, DigestAlgorithm};
use pec_smime::multipart::StructureError;
use pec_smime::verify::{
    Check, ContentForm, Grade, Outcome, Policy, Reason, Verdict, Verification, Verifier,
};
use pec_smime::x509::{CertificateUse, KeyKind, TrustStore};

/// File, instant of signing, form of the stored copy, whether Aruba's certificate of 2014 signed.
const REAL: [(&str, &str, ContentForm, bool); 5] = [
    ("aruba-2014-accettazione-2", "2014-11-14T17:26:32Z", ContentForm::AsReceived, true),
    ("aruba-2014-avvenuta-consegna-2", "2014-11-14T17:26:32Z", ContentForm::AsReceived, true),
    ("aruba-2014-posta-certificata-1", "2014-11-07T15:52:01Z", ContentForm::CrlfCanonical, true),
    ("aruba-2014-posta-certificata-2", "2014-11-27T14:12:16Z", ContentForm::CrlfCanonical, true),
    (
        "namirial-2024-posta-certificata-body",
        "2024-12-04T23:02:10Z",
        ContentForm::CrlfCanonical,
        false,
    ),
];

#[test]
fn real_messages_verify_at_the_time_of_signing() {
    let Some(folder) = pec_tests::samples::folder() else { return };
    let world = World::new(&folder);
    for (name, instant, form, is_2014) in REAL {
        let message = read(&folder, &format!("real/{name}.eml"));
        let instant: DateTime<Utc> = instant.parse().expect("an instant");
        let archive = Policy::archive(instant).allow_unknown_revocation();
        let verification = world.verify(&message, archive, instant);
        assert_eq!(verification.verdict(), Verdict::Valid, "{name}");
        assert!(matches!(verification.outcome(Check::Revocation), Outcome::Indeterminate(_)));
        let signer = verification.signer().expect("a signer");
        assert_eq!(signer.claimed_signing_time(), Some(instant), "{name}");
        assert_eq!(signer.content_form(), Some(form), "{name}");
        assert_eq!(signer.grade(), Grade::Legacy, "{name}");
        // The leaf of 2014 breaks the profile twice: reported, not fatal (norms 56).
        let profile = verification.outcome(Check::Profile);
        assert_eq!(profile.is_passed(), !is_2014, "{name}: {profile}");
        assert_refused_by_strict(&world, &message, instant, is_2014);
    }
}

/// RSA-1024 and SHA-1 are refused under `strict`, and with that reason.
fn assert_refused_by_strict(world: &World, message: &[u8], instant: DateTime<Utc>, is_2014: bool) {
    let strict = world.verify(message, Policy::strict(), instant);
    assert_eq!(
        strict.verdict(),
        Verdict::Invalid {
            check: Check::Algorithms,
            reason: Reason::WeakDigest(DigestAlgorithm::Sha1)
        }
    );
    assert_eq!(strict.outcome(Check::Path), Outcome::Passed);
    assert!(strict.signed_content().is_some());
    let interoperable = Policy::interoperable().allow_unknown_revocation();
    let verdict = world.verify(message, interoperable, instant).verdict();
    if is_2014 {
        let reason = Reason::WeakKey(KeyKind::Rsa { bits: 1024 });
        assert_eq!(verdict, Verdict::Invalid { check: Check::Algorithms, reason });
    } else {
        assert_eq!(verdict, Verdict::Valid, "a gestore still sends SHA-1 message digests");
    }
}

#[test]
fn a_mailing_list_hides_the_signature_from_all_but_the_explicit_call() {
    let Some(folder) = pec_tests::samples::folder() else { return };
    let world = World::new(&folder);
    let message = read(&folder, "real/namirial-2024-posta-certificata-in-mailman.eml");
    let instant = "2024-12-04T23:02:10Z".parse().expect("an instant");
    let policy = Policy::interoperable().allow_unknown_revocation();
    let top = world.verify(&message, policy.clone(), instant);
    let found = StructureError::NotMultipartSigned { found: "multipart/mixed".into() };
    assert_eq!(top.outcome(Check::Existence), Outcome::Failed(Reason::Structure(found)));
    assert_eq!(top.signed_content(), None);

    let verifier = Verifier::new(&world.store, &world.crypto, policy);
    let nested = verifier.message_at_nested_path(&message, &[0], instant);
    assert_eq!(nested.verdict(), Verdict::Valid);
    let alone = read(&folder, "real/namirial-2024-posta-certificata-body.eml");
    let alone = world.verify(&alone, Policy::strict(), instant);
    assert_eq!(nested.signed_content(), alone.signed_content());
}

#[test]
fn anonymised_messages_differ_in_the_digest_and_in_nothing_else() {
    let Some(folder) = pec_tests::samples::folder() else { return };
    let world = World::new(&folder);
    for (name, instant, grade) in [
        ("aruba-2026-errore-consegna-ber", "2026-09-19T13:41:20Z", Grade::Current),
        ("sogei-2018-posta-certificata", "2018-12-08T11:26:18Z", Grade::Legacy),
        ("sogei-2019-posta-certificata-no-daticert", "2019-01-04T20:34:01Z", Grade::Legacy),
    ] {
        let message = read(&folder, &format!("anonymised/{name}.eml"));
        let instant = instant.parse().expect("an instant");
        let verification = world.verify(&message, Policy::interoperable(), instant);
        for (check, outcome) in verification.checks() {
            let as_expected = match check {
                Check::Content => outcome == Outcome::Failed(Reason::DigestDiffers),
                Check::Revocation => matches!(outcome, Outcome::Indeterminate(_)),
                _ => outcome.is_passed(),
            };
            assert!(as_expected, "{name}: {check:?} {outcome}");
        }
        assert_eq!(verification.signer().map(|signer| signer.grade()), Some(grade), "{name}");
        assert_eq!(verification.signed_content(), None, "{name}");
    }
}

#[test]
fn what_has_no_sound_signature_structure_is_said_to_have_none() {
    let Some(folder) = pec_tests::samples::folder() else { return };
    let world = World::new(&folder);
    let report = StructureError::NotMultipartSigned { found: "multipart/report".into() };
    for (name, error) in [
        ("aruba-shaped-accettazione-truncated", StructureError::PartCount(1)),
        ("aruba-shaped-errore-consegna-truncated", StructureError::PartCount(1)),
        ("fake-2024-accettazione", StructureError::Base64),
        ("fake-2024-errore-consegna", StructureError::Base64),
        ("gestore-2021-avvenuta-consegna", StructureError::Base64),
        ("gestore-2021-posta-certificata", StructureError::Base64),
        ("ordinary-dsn-failure", report),
    ] {
        let message = read(&folder, &format!("anonymised/{name}.eml"));
        let verification = world.verify(&message, Policy::strict(), DateTime::UNIX_EPOCH);
        let expected = Outcome::Failed(Reason::Structure(error));
        assert_eq!(verification.outcome(Check::Existence), expected, "{name}");
    }
}

#[test]
fn detached_signatures_parse_in_der_and_ber() {
    let Some(folder) = pec_tests::samples::folder() else { return };
    for (name, is_der, certificates, digest) in [
        ("aruba2014", true, 2, DigestAlgorithm::Sha1),
        ("aruba2026-ber", false, 2, DigestAlgorithm::Sha256),
        ("namirial2024", true, 2, DigestAlgorithm::Sha1),
        ("sogei2018", true, 2, DigestAlgorithm::Sha1),
    ] {
        let cms = read(&folder, &format!("p7s/{name}.p7s"));
        let der = asn1::normalise(&cms).expect(name);
        assert_eq!(*der == cms, is_der, "{name}");
        let signed = SignedData::from_der(&der).expect(name);
        assert_eq!((signed.certificates().len(), signed.signers().len()), (certificates, 1));
        assert_eq!(signed.content(), None, "{name}");
        let signer = &signed.signers()[0];
        assert_eq!(signer.digest_algorithm(), Ok(digest), "{name}");
        assert!(matches!(signer.identifier(), SignerIdentifier::IssuerAndSerial { .. }));
        let attributes = signer.signed_attributes().expect(name).expect("signed attributes");
        assert_eq!(attributes.message_digest().map(<[u8]>::len), Ok(digest.output_len()));
    }
}

struct World {
    crypto: CryptoProvider,
    store: TrustStore,
}

impl World {
    fn new(folder: &Path) -> Self {
        let mut store = TrustStore::new();
        for anchor in ["AgID_CA1_32322AE2E31A", "AgID_CA1_4648900B0427", "DigitPA_CA1_D75420B7E905"]
        {
            let pem = read(folder, &format!("certs/{anchor}.pem"));
            store.add_bundle(&pem, CertificateUse::Anchor).expect(anchor);
        }
        Self { crypto: CryptoProvider::rustcrypto(), store }
    }

    fn verify<'m>(
        &self,
        message: &'m [u8],
        policy: Policy,
        now: DateTime<Utc>,
    ) -> Verification<'m> {
        Verifier::new(&self.store, &self.crypto, policy).message(message, now)
    }
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).expect(name)
}
