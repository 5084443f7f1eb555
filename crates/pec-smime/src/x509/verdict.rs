//! What comes of judging a path: never a bare yes or no.

use chrono::{DateTime, Utc};

use super::Oid;
use super::certificate::Certificate;
use super::crl::RevocationReason;
use super::key::KeyKind;
use super::policy::PathPolicies;
use super::store::TrustAnchor;
use crate::crypto::{DigestAlgorithm, SignatureError};

/// The outcome of [`validate`](super::validate); a closed list of three.
#[derive(Debug, Clone)]
pub enum PathVerdict {
    /// A path to an anchor is valid.
    Valid(ValidPath),
    /// A path was found and breaks a rule; more data cannot mend it.
    Invalid(InvalidPath),
    /// Not enough is known, or finding out would take too long.
    Indeterminate(IndeterminatePath),
}

/// A valid path.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ValidPath {
    /// From the leaf up to the certificate that the anchor issued.
    pub chain: Vec<Certificate>,
    /// What the path leads to.
    pub anchor: TrustAnchor,
    /// The status of each certificate of the chain.
    pub revocation: Vec<RevocationStatus>,
    /// The policies for which the path is valid.
    pub policies: PathPolicies,
    /// What is below the current floor of algorithms, though accepted.
    pub weaknesses: Vec<Weakness>,
}

/// A path that breaks a rule.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InvalidPath {
    /// The rule.
    pub reason: InvalidReason,
    /// The certificate that breaks it, by its place in the chain: 0 is the leaf.
    pub certificate: usize,
    /// From the leaf up, as far as the path was built.
    pub chain: Vec<Certificate>,
    /// The status of each certificate of the chain, as far as it was found out.
    pub revocation: Vec<RevocationStatus>,
}

/// A path of which too little is known.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct IndeterminatePath {
    /// What is not known.
    pub reason: IndeterminateReason,
    /// The certificate concerned, by its place in the chain: 0 is the leaf.
    pub certificate: usize,
    /// From the leaf up, as far as the path was built.
    pub chain: Vec<Certificate>,
    /// The status of each certificate of the chain, as far as it was found out.
    pub revocation: Vec<RevocationStatus>,
}

/// A rule that a path breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidReason {
    /// The algorithm inside the signed octets is not the one outside.
    #[error("signature algorithm differs inside and outside")]
    AlgorithmsDiffer,
    /// anyPolicy is mapped.
    #[error("anyPolicy is mapped to or from another policy")]
    AnyPolicyMapped,
    /// The signature is over a digest below the floor.
    #[error("signature over {0} is not accepted")]
    DigestTooWeak(DigestAlgorithm),
    /// The instant lies after the validity.
    #[error("expired at {0}")]
    Expired(DateTime<Utc>),
    /// extendedKeyUsage does not allow the use.
    #[error("extendedKeyUsage does not allow this use")]
    ExtendedKeyUsage,
    /// A key is smaller than the floor.
    #[error("key {0} is not accepted")]
    KeyTooWeak(KeyKind),
    /// keyUsage does not allow the use.
    #[error("keyUsage does not allow this use")]
    KeyUsage,
    /// An extension that this crate processes has a malformed value.
    #[error("extension {0} is malformed")]
    MalformedExtension(Oid),
    /// A name lies in an excluded subtree.
    #[error("a name is in a subtree excluded by a certificate above")]
    NameExcluded,
    /// A name or the constraint on its kind cannot be compared.
    #[error("a name is of a form whose constraint cannot be checked")]
    NameIncomparable,
    /// A name lies in no permitted subtree.
    #[error("a name is in no subtree permitted by a certificate above")]
    NameNotPermitted,
    /// An issuer is not a CA by its basicConstraints.
    #[error("the issuer is not a CA")]
    NotACa,
    /// The instant lies before the validity.
    #[error("not valid before {0}")]
    NotYetValid(DateTime<Utc>),
    /// More CA certificates follow than a basicConstraints above allows.
    #[error("the path is longer than a certificate above allows")]
    PathTooLong,
    /// A policy is required and there is none.
    #[error("the path is valid for no required policy")]
    PolicyRequired,
    /// The certificate was revoked.
    #[error("revoked at {at} ({reason:?})")]
    Revoked {
        /// Since when.
        at: DateTime<Utc>,
        /// Why.
        reason: RevocationReason,
    },
    /// The signature is not the issuer's.
    #[error("signature of the issuer: {0}")]
    Signature(SignatureError),
    /// An extension is critical and not processed here.
    #[error("unknown critical extension {0}")]
    UnknownCriticalExtension(Oid),
}

impl InvalidReason {
    /// The rule in the standards.
    #[must_use]
    pub fn section(&self) -> &'static str {
        match self {
            Self::AlgorithmsDiffer => "RFC 5280 §4.1.1.2",
            Self::AnyPolicyMapped => "RFC 5280 §6.1.4 (a)",
            Self::DigestTooWeak(_) | Self::KeyTooWeak(_) => "policy of the caller",
            Self::Expired(_) | Self::NotYetValid(_) => "RFC 5280 §6.1.3 (a)(2)",
            Self::ExtendedKeyUsage => "RFC 5280 §4.2.1.12",
            Self::KeyUsage => "RFC 5280 §4.2.1.3, §6.1.4 (n)",
            Self::MalformedExtension(_) => "RFC 5280 §4.2",
            Self::NameExcluded => "RFC 5280 §6.1.3 (c)",
            Self::NameIncomparable => "RFC 5280 §4.2.1.10",
            Self::NameNotPermitted => "RFC 5280 §6.1.3 (b)",
            Self::NotACa => "RFC 5280 §6.1.4 (k)",
            Self::PathTooLong => "RFC 5280 §6.1.4 (l)",
            Self::PolicyRequired => "RFC 5280 §6.1.3 (f), §6.1.5 (g)",
            Self::Revoked { .. } => "RFC 5280 §6.1.3 (a)(3)",
            Self::Signature(_) => "RFC 5280 §6.1.3 (a)(1)",
            Self::UnknownCriticalExtension(_) => "RFC 5280 §6.1.4 (o), §6.1.5 (f)",
        }
    }
}

/// What is not known about a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IndeterminateReason {
    /// A limit of the search was reached.
    #[error("limit reached: {0}")]
    Budget(Budget),
    /// No certificates lead from the leaf to an anchor.
    #[error("no path to a trust anchor")]
    NoPath,
    /// It cannot be told whether a certificate is revoked.
    #[error("revocation status unknown: {0}")]
    Revocation(RevocationUnknown),
    /// The provider of cryptography cannot verify a signature of this kind.
    #[error("signature algorithm not supported")]
    UnsupportedAlgorithm,
}

/// A limit of the search (see [`limits`](crate::limits)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Budget {
    /// Comparisons of names with constraints.
    #[error("comparisons of names with constraints")]
    NameComparisons,
    /// Certificates of a path.
    #[error("length of a path")]
    PathLength,
    /// Complete paths that were judged.
    #[error("paths judged")]
    Paths,
    /// Signatures that were verified.
    #[error("signatures verified")]
    Signatures,
    /// Candidates that were looked at.
    #[error("candidate issuers looked at")]
    Steps,
}

/// The status of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationStatus {
    /// Not revoked, by this evidence.
    Good(RevocationEvidence),
    /// Not looked at: switched off, or the path was refused before.
    NotChecked,
    /// Revoked.
    Revoked {
        /// Since when.
        at: DateTime<Utc>,
        /// Why.
        reason: RevocationReason,
    },
    /// No usable data, and why not.
    Unknown(RevocationUnknown),
}

/// What shows that a certificate was not revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevocationEvidence {
    /// Where it came from.
    pub source: RevocationSource,
    /// When it was issued.
    pub this_update: DateTime<Utc>,
    /// Until when it holds.
    pub next_update: Option<DateTime<Utc>>,
}

/// The kind of revocation data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationSource {
    /// A complete CRL.
    Crl,
    /// A complete CRL together with a delta.
    DeltaCrl,
    /// An OCSP response.
    Ocsp,
}

/// Why the status of a certificate is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationUnknown {
    /// To trust the data, the certificate in question would have to be trusted first.
    #[error("the signer's own status depends on this certificate")]
    Circular,
    /// The responder says that it does not know the certificate.
    #[error("the OCSP responder does not know the certificate")]
    NotKnownToResponder,
    /// There are no data of this issuer.
    #[error("no CRL or OCSP response of the issuer")]
    NoData,
    /// Data are there, but not for this certificate.
    #[error("no CRL covers this certificate")]
    OutOfScope,
    /// The lists at hand cover only some reasons.
    #[error("the CRLs cover only some reasons")]
    ReasonsNotCovered,
    /// The data are signed, but not by whom the issuer entitled.
    #[error("no entitled signer of the revocation data")]
    Signer,
    /// The data were not in force at the instant.
    #[error("the revocation data were not in force at the instant")]
    Stale,
    /// The data hold a critical extension that is not processed here.
    #[error("unknown critical extension {0} in the CRL")]
    UnknownCriticalExtension(Oid),
    /// The data are signed by an algorithm below the floor.
    #[error("revocation data signed by a weak algorithm")]
    WeakAlgorithm,
}

/// Something below the current floor of algorithms, though accepted by the options.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Weakness {
    /// The signature on a certificate is over a weak digest.
    Digest {
        /// Its place in the chain: 0 is the leaf.
        certificate: usize,
        /// The digest.
        digest: DigestAlgorithm,
    },
    /// The key in a certificate is small. The anchor's stands one past the chain's end.
    Key {
        /// Its place in the chain: 0 is the leaf.
        certificate: usize,
        /// The key.
        key: KeyKind,
    },
}

impl PathVerdict {
    /// The path if it is valid.
    #[must_use]
    pub fn valid(&self) -> Option<&ValidPath> {
        match self {
            Self::Valid(path) => Some(path),
            Self::Invalid(_) | Self::Indeterminate(_) => None,
        }
    }

    /// The certificates of the path, from the leaf up, as far as it was built.
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        match self {
            Self::Valid(path) => &path.chain,
            Self::Invalid(path) => &path.chain,
            Self::Indeterminate(path) => &path.chain,
        }
    }
}
