//! A development PKI: authorities, providers' certificates good and bad, revocation lists.
//!
//! **Its private keys are published with this crate.** Whoever trusts [`TestPki::root`] trusts
//! everybody. It exists so that tests, benchmarks and demonstrations share one world, whose
//! issuing authority is made in the manner of AgID CA1: name constraints list the providers'
//! domains and the country of their names.
//!
//! ```
//! use pec_smime::crypto::CryptoProvider;
//! use pec_smime::sign::Signer;
//! use pec_smime::testpki::{Shape, TestPki};
//!
//! let now = "2026-11-21T12:00:00Z".parse()?;
//! let pki = TestPki::new(now, &["pec.alfa.example", "pec.beta.example"]);
//! let alfa = pki.provider("Alfa S.p.A.", "pec.alfa.example", Shape::Sound);
//! let signer = alfa.signer(&CryptoProvider::rustcrypto());
//! assert_eq!(signer.certificate().rfc822_names(), ["posta-certificata@pec.alfa.example"]);
//! # Ok::<(), chrono::ParseError>(())
//! ```
#![expect(
    clippy::arithmetic_side_effects,
    reason = "a caller's instant is within centuries of now"
)]

mod issue;
mod keys;
mod stamp;

use chrono::{DateTime, TimeDelta, Utc};

use crate::crypto::CryptoProvider;
use crate::sign::SoftwareSigner;
use crate::x509::Certificate;
use issue::{CertificateDraft, Extensions, Name};
pub use keys::TestKey;

/// Authorities with everything that they issue, all of it relative to one instant.
#[derive(Clone, Debug)]
pub struct TestPki {
    now: DateTime<Utc>,
    root: Certificate,
    authority: Certificate,
}

/// What a provider's certificate is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shape {
    /// Fits the profile of RFC 6109 §5.5: RSA-2048, SHA-256.
    Sound,
    /// As sound, with an RSA-4096 key.
    Rsa4096,
    /// As sound, with a P-256 key.
    P256,
    /// As sound, with a P-384 key.
    P384,
    /// An RSA-1024 key.
    Rsa1024,
    /// Signed by the authority with SHA-1.
    Sha1,
    /// Expired a day before the instant.
    Expired,
    /// Valid from a day after the instant.
    NotYetValid,
    /// On the revocation list since a day before the instant.
    Revoked,
    /// keyUsage without digitalSignature.
    WrongKeyUsage,
    /// Without subjectAltName.
    NoAlternativeName,
    /// For a domain that the authority may not certify.
    OutsideNameConstraints,
    /// With a subject that the authority may not certify: not in Italy.
    ForeignSubject,
    /// Issued by the holder of a certificate that may not issue any.
    IssuerWithoutCertSign,
    /// With basicConstraints and a keyUsage that is not critical, as Aruba's of 2014.
    ProfileBroken,
    /// A time-stamp authority (RFC 3161 §2.3).
    TimeStampAuthority,
}

/// A certificate of the development PKI with its key.
#[derive(Clone, Debug)]
pub struct Identity {
    key: TestKey,
    chain: Vec<Certificate>,
}

impl Identity {
    /// The certificate.
    #[must_use]
    #[expect(clippy::expect_used, reason = "made with at least one certificate")]
    pub fn certificate(&self) -> &Certificate {
        self.chain.first().expect("an identity has a certificate")
    }

    /// The certificate and those of its issuers, without the root.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> TestKey {
        self.key
    }

    /// A signer with this key and chain.
    #[must_use]
    #[expect(clippy::expect_used, reason = "key and certificate are made for each other")]
    pub fn signer(&self, crypto: &CryptoProvider) -> SoftwareSigner {
        let key = crypto.keys.load(&self.key.pkcs8_der()).expect("the provider loads the key");
        SoftwareSigner::new(key, &self.chain, crypto).expect("the key is the certificate's")
    }
}

impl TestPki {
    /// Makes the authorities as they stand at `now`; the issuing one may certify addresses at
    /// `domains`.
    #[must_use]
    pub fn new(now: DateTime<Utc>, domains: &[&str]) -> Self {
        let years = |count: i64| TimeDelta::days(count.saturating_mul(365));
        let root_name = Name::new("Postacert", "Development Root CA (keys are public)");
        let root = CertificateDraft {
            serial: 1,
            issuer: &root_name,
            subject: &root_name,
            validity: (now - years(10), now + years(20)),
            key: TestKey::Root,
            extensions: Extensions::authority(TestKey::Root, TestKey::Root, &[]),
            sha1: false,
        }
        .sign(TestKey::Root);
        let authority = CertificateDraft {
            serial: 2,
            issuer: &root_name,
            subject: &authority_name(),
            validity: (now - years(5), now + years(10)),
            key: TestKey::Authority,
            extensions: Extensions::authority(TestKey::Authority, TestKey::Root, domains),
            sha1: false,
        }
        .sign(TestKey::Root);
        Self { now, root, authority }
    }

    /// The trust anchor.
    #[must_use]
    pub const fn root(&self) -> &Certificate {
        &self.root
    }

    /// The issuing authority.
    #[must_use]
    pub const fn authority(&self) -> &Certificate {
        &self.authority
    }

    /// A certificate for the provider `name`, whose system address is at `domain`.
    #[must_use]
    pub fn provider(&self, name: &str, domain: &str, shape: Shape) -> Identity {
        let day = TimeDelta::days(1);
        let (year, now) = (TimeDelta::days(365), self.now);
        let validity = match shape {
            Shape::Expired => (now - year * 3, now - day),
            Shape::NotYetValid => (now + day, now + year * 3),
            _ => (now - year, now + year * 2),
        };
        let domain =
            if shape == Shape::OutsideNameConstraints { "elsewhere.example" } else { domain };
        let country = if shape == Shape::ForeignSubject { "FR" } else { "IT" };
        let address = format!("posta-certificata@{domain}");
        let key = TestKey::of(shape);
        let is_misissued = shape == Shape::IssuerWithoutCertSign;
        let (issuer, issuer_key) = if is_misissued {
            (Name::new("Intruder", "No authority"), TestKey::Other)
        } else {
            (authority_name(), TestKey::Authority)
        };
        let certificate = CertificateDraft {
            serial: serial(name, shape),
            issuer: &issuer,
            subject: &Name::in_country(country, name, "Posta Certificata"),
            validity,
            key,
            extensions: Extensions::provider(shape, key, issuer_key, &address),
            sha1: shape == Shape::Sha1,
        }
        .sign(issuer_key);
        let mut chain = vec![certificate];
        if is_misissued {
            chain.push(self.intruder(&issuer));
        }
        chain.push(self.authority.clone());
        Identity { key, chain }
    }

    /// The authority's revocation list of `this_update`, for a week: each provider certificate of
    /// shape [`Shape::Revoked`] that is named.
    #[must_use]
    pub fn revocation_list(&self, this_update: DateTime<Utc>, revoked: &[&Identity]) -> Vec<u8> {
        let day = TimeDelta::days(1);
        let revoked = revoked.iter().map(|identity| identity.certificate().serial());
        let issuer = authority_name();
        let period = (this_update, this_update + day * 7);
        issue::revocation_list(&issuer, TestKey::Authority, period, self.now - day, revoked)
    }

    /// The root's revocation list, an empty one.
    #[must_use]
    pub fn root_revocation_list(&self, this_update: DateTime<Utc>) -> Vec<u8> {
        let issuer = Name::new("Postacert", "Development Root CA (keys are public)");
        let period = (this_update, this_update + TimeDelta::days(7));
        issue::revocation_list(&issuer, TestKey::Root, period, this_update, std::iter::empty())
    }

    /// A certificate of the authority for signing mail, misused to issue another.
    fn intruder(&self, subject: &Name) -> Certificate {
        let year = TimeDelta::days(365);
        CertificateDraft {
            serial: 0x1bad,
            issuer: &authority_name(),
            subject,
            validity: (self.now - year, self.now + year),
            key: TestKey::Other,
            extensions: Extensions::without_cert_sign(TestKey::Other, TestKey::Authority),
            sha1: false,
        }
        .sign(TestKey::Authority)
    }
}

fn authority_name() -> Name {
    Name::new("Postacert", "Development CA1 (keys are public)")
}

/// A serial number for each name and shape (FNV-1a, cut to stay positive).
fn serial(name: &str, shape: Shape) -> u64 {
    let text = format!("{name}/{shape:?}");
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
        (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
    });
    hash >> 1 | 1 << 62
}
