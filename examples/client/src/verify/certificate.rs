//! Certificates as facts.

use pec_smime::crypto::CryptoProvider;
use pec_smime::x509::{Certificate, PathVerdict};
use serde::Serialize;

use super::rfc3339;

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CertificateFact {
    /// The subject, in the manner of RFC 4514.
    pub subject: String,
    /// The e-mail addresses of the subjectAltName.
    pub emails: Vec<String>,
    /// The serial number in hexadecimal digits.
    pub serial: String,
    /// SHA-256 of the certificate in hexadecimal digits.
    pub sha256: String,
    /// The first instant of its validity, RFC 3339.
    pub not_before: String,
    /// The last instant of its validity, RFC 3339.
    pub not_after: String,
    /// The issuer, in the manner of RFC 4514.
    pub issuer: String,
}

impl CertificateFact {
    pub(super) fn of(certificate: &Certificate, crypto: &CryptoProvider) -> Self {
        let sha256 = certificate.sha256(crypto).map(|digest| hex(digest.as_bytes(), false));
        let serial = certificate.serial();
        let positive = serial.strip_prefix(&[0]).filter(|rest| !rest.is_empty()).unwrap_or(serial);
        Self {
            subject: certificate.subject(),
            emails: certificate.rfc822_names().to_vec(),
            serial: hex(positive, true),
            sha256: sha256.unwrap_or_default(),
            not_before: rfc3339(certificate.not_before()),
            not_after: rfc3339(certificate.not_after()),
            issuer: certificate.issuer(),
        }
    }

    /// The certificates of a path, from the signer's up, with the anchor's where one was reached.
    pub(super) fn chain(path: &PathVerdict, crypto: &CryptoProvider) -> Vec<Self> {
        let anchor = path.valid().map(|path| path.anchor.certificate());
        path.chain().iter().chain(anchor).map(|found| Self::of(found, crypto)).collect()
    }
}

fn hex(octets: &[u8], capital: bool) -> String {
    let digits = |octet: &u8| if capital { format!("{octet:02X}") } else { format!("{octet:02x}") };
    octets.iter().map(digits).collect()
}
