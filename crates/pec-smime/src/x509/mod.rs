//! Certificates, trust and revocation: RFC 5280 §6, judged rule by rule.

mod certificate;
mod constraints;
mod distribution;
mod extension;
mod general_name;
mod key;
mod name;
mod oid;
mod time;
mod tlv;

#[cfg(test)]
mod testder;

pub use certificate::{Certificate, CertificateError};
pub use key::{EcCurve, KeyKind};
pub use oid::{Oid, OidError};
pub use tlv::{DerError, DerProblem};
