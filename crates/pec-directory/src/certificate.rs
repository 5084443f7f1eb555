//! Certificates of providers and the hashes by which they are found.

use std::{fmt, str::FromStr};

use pec_smime::{
    crypto::{CryptoProvider, DigestAlgorithm, SignatureError},
    x509::{Certificate, CertificateError},
};

/// SHA-1 of a certificate (`providerCertificateHash`, rfc6109 §4.5.1), written in hexadecimal.
///
/// It serves to find a certificate and not to trust it: whoever finds one by its hash compares the
/// whole of it.
///
/// ```
/// use pec_directory::CertificateHash;
///
/// let hash: CertificateHash = "e00fdd9d88be0e2cc766b893315caf93d5701a6a".parse()?;
/// assert_eq!(hash.to_string(), "E00FDD9D88BE0E2CC766B893315CAF93D5701A6A");
/// # Ok::<(), pec_directory::HashError>(())
/// ```
#[doc(alias = "providerCertificateHash")]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateHash([u8; 20]);

/// A text that is not 40 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not 40 hexadecimal digits")]
pub struct HashError;

impl CertificateHash {
    /// The hash of a certificate.
    ///
    /// # Errors
    /// What the provider of cryptography reports, for example that it has no SHA-1.
    pub fn of(der: &[u8], crypto: &CryptoProvider) -> Result<Self, SignatureError> {
        let digest = crypto.digest(DigestAlgorithm::Sha1, der)?;
        let octets = digest.as_bytes().try_into();
        octets.map(Self).map_err(|_| SignatureError::UnsupportedAlgorithm)
    }

    /// The 20 octets.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

impl From<[u8; 20]> for CertificateHash {
    fn from(octets: [u8; 20]) -> Self {
        Self(octets)
    }
}

impl FromStr for CertificateHash {
    type Err = HashError;

    // norms 52: digits of either case
    fn from_str(text: &str) -> Result<Self, HashError> {
        let digit = |byte: u8| {
            let digit = char::from(byte).to_digit(16).ok_or(HashError)?;
            u8::try_from(digit).map_err(|_| HashError)
        };
        let mut octets = [0; 20];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != octets.len() || !rest.is_empty() {
            return Err(HashError);
        }
        for (octet, [high, low]) in octets.iter_mut().zip(pairs) {
            *octet = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(octets))
    }
}

impl fmt::Display for CertificateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

impl fmt::Debug for CertificateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateHash({self})")
    }
}

/// A certificate with which a provider signs (`providerCertificate`), kept as it was published.
///
/// A certificate that cannot be read is kept too: it signs nothing, but the record that holds it
/// stays whole.
#[doc(alias = "providerCertificate")]
#[derive(Clone, Debug)]
pub struct ProviderCertificate {
    hash: CertificateHash,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    Read(Certificate),
    Raw(Box<[u8]>, CertificateError),
}

impl ProviderCertificate {
    /// Takes a certificate, readable or not, and hashes it.
    ///
    /// # Errors
    /// What the provider of cryptography reports, for example that it has no SHA-1.
    pub fn new(der: &[u8], crypto: &CryptoProvider) -> Result<Self, SignatureError> {
        let form = match Certificate::from_der(der) {
            Ok(certificate) => Form::Read(certificate),
            Err(error) => Form::Raw(der.into(), error),
        };
        Ok(Self { hash: CertificateHash::of(der, crypto)?, form })
    }

    /// Its octets, as published.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        match &self.form {
            Form::Read(certificate) => certificate.der(),
            Form::Raw(der, _) => der,
        }
    }

    /// Its hash.
    #[must_use]
    pub const fn hash(&self) -> CertificateHash {
        self.hash
    }

    /// The certificate.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub const fn certificate(&self) -> Result<&Certificate, &CertificateError> {
        match &self.form {
            Form::Read(certificate) => Ok(certificate),
            Form::Raw(_, error) => Err(error),
        }
    }
}

impl PartialEq for ProviderCertificate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for ProviderCertificate {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_have_forty_digits_of_either_case() {
        let upper: CertificateHash = "7E7AEF1059AE0F454F2643A95F69EC3556009239".parse().unwrap();
        assert_eq!("7e7aef1059ae0f454f2643a95f69ec3556009239".parse(), Ok(upper));
        assert_eq!(upper.to_string().len(), 40);
        let nineteen = "7E".repeat(19);
        for text in ["", &nineteen, &format!("{nineteen}7"), &format!("{nineteen}7E7")] {
            assert_eq!(text.parse::<CertificateHash>(), Err(HashError), "{text}");
        }
        for end in ["+1", "7g", " 7", "\u{e8}"] {
            assert!(format!("{nineteen}{end}").parse::<CertificateHash>().is_err(), "{end}");
        }
    }

    #[test]
    fn an_unreadable_certificate_is_kept() {
        let crypto = CryptoProvider::rustcrypto();
        let certificate = ProviderCertificate::new(b"abc", &crypto).unwrap();
        assert_eq!(certificate.der(), b"abc");
        assert_eq!(certificate.hash().to_string(), "A9993E364706816ABA3E25717850C26C9CD0D89D");
        assert!(certificate.certificate().is_err());
    }
}
