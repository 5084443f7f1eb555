//! Certificates, trust and revocation: RFC 5280 §6, judged rule by rule.
//!
//! A [`TrustStore`] holds what the caller trusts and knows, [`PathOptions`] how strictly and for
//! which instant to judge, and [`validate`] says whether a certificate can be trusted: a
//! [`PathVerdict`], never a bare yes or no. What RFC 6109 §5.5 asks of a provider's certificate is
//! apart from trust and is reported by [`profile`].
//!
//! Every rule stands in one place: names in `name` and `constraints` (§7.1, §4.2.1.10), policies in
//! `policy` (§6.1, RFC 9618), the other rules in `rules` (§6.1), the search and its budgets in
//! `search` (RFC 4158), CRLs in `revocation` (§6.3), OCSP in `responder` (RFC 6960).

mod certificate;
mod constraints;
mod crl;
mod distribution;
mod extension;
#[doc(hidden)]
pub mod fuzzing;
mod general_name;
mod key;
mod name;
mod ocsp;
mod oid;
mod options;
mod policy;
mod profile;
mod responder;
mod revocation;
mod rules;
mod search;
mod signed;
mod store;
mod time;
mod tlv;
mod verdict;

#[cfg(test)]
mod testder;
#[cfg(test)]
mod testpki;
#[cfg(test)]
mod tests;

pub use certificate::{Certificate, CertificateError};
pub use crl::{Crl, CrlError, RevocationReason};
pub use key::{EcCurve, KeyKind};
pub use ocsp::{OcspError, OcspResponse};
pub use oid::{Oid, OidError};
pub use options::{AlgorithmFloor, LeafUsage, PathOptions, RevocationMode};
pub use policy::PathPolicies;
pub use profile::{ProfileFinding, ProfileItem, ProfileReport, ProfileVerdict, profile};
pub use store::{CertificateUse, Loaded, StoreError, TrustAnchor, TrustStore};
pub use tlv::{DerError, DerProblem};
pub use verdict::{
    Budget, IndeterminatePath, IndeterminateReason, InvalidPath, InvalidReason, PathVerdict,
    RevocationEvidence, RevocationSource, RevocationStatus, RevocationUnknown, ValidPath, Weakness,
};

use crate::crypto::CryptoProvider;

/// Judges whether `leaf` can be trusted: finds a path to an anchor of `store` and validates it by
/// RFC 5280 §6.
///
/// `supplied` are certificates that came along, for example in the signature; they help to find a
/// path and are trusted for nothing. CRLs and OCSP responses come from the store. The work is
/// bounded by [`limits`](crate::limits) whatever is supplied.
///
/// # Example
/// ```
/// use chrono::{TimeZone, Utc};
/// use pec_smime::crypto::CryptoProvider;
/// use pec_smime::x509::{
///     Certificate, CertificateUse, IndeterminateReason, PathOptions, PathVerdict,
///     RevocationUnknown, TrustStore, validate,
/// };
/// # let leaf = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/x509/leaf.cer"));
/// # let root = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/x509/root.cer"));
/// # let crl = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/x509/root.crl"));
///
/// let leaf = Certificate::from_der(leaf)?;
/// let mut store = TrustStore::new();
/// store.add_bundle(root, CertificateUse::Anchor)?;
/// let options = PathOptions::at(Utc.with_ymd_and_hms(2027, 1, 1, 0, 0, 0).single().ok_or("?")?);
/// let crypto = CryptoProvider::rustcrypto();
///
/// let PathVerdict::Indeterminate(path) = validate(&leaf, &[], &store, &options, &crypto) else {
///     panic!("without revocation data nothing is known");
/// };
/// assert_eq!(path.reason, IndeterminateReason::Revocation(RevocationUnknown::NoData));
///
/// store.add_bundle(crl, CertificateUse::Intermediate)?;
/// let verdict = validate(&leaf, &[], &store, &options, &crypto);
/// assert!(verdict.valid().is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn validate(
    leaf: &Certificate,
    supplied: &[Certificate],
    store: &TrustStore,
    options: &PathOptions,
    crypto: &CryptoProvider,
) -> PathVerdict {
    search::Judge::new(supplied, store, options, crypto).verdict(leaf)
}
