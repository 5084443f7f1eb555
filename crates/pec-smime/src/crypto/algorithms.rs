//! Digest and signature algorithms with their ASN.1 identifiers.

use std::fmt;

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Encode, Sequence};
use spki::AlgorithmIdentifierRef;

use super::SignatureError;
use crate::oid;

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// SHA-1: read in old and in deployed messages, never written.
    Sha1,
    /// SHA-256, the default.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl DigestAlgorithm {
    /// Length of the digest in octets.
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The name that `micalg` gives this digest (RFC 8551 §3.5.3.2).
    #[must_use]
    pub const fn micalg(self) -> &'static str {
        match self {
            Self::Sha1 => "sha-1",
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    /// The digest that a `micalg` parameter names, in any spelling seen in mail:
    /// `sha1`, `sha-1`, `SHA256`, `rsa-sha1` and so on.
    #[must_use]
    pub fn from_micalg(name: &str) -> Option<Self> {
        let plain: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        match plain.strip_prefix("rsa").unwrap_or(&plain) {
            "sha1" => Some(Self::Sha1),
            "sha256" | "sha2256" => Some(Self::Sha256),
            "sha384" | "sha2384" => Some(Self::Sha384),
            "sha512" | "sha2512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// Reads a DER `AlgorithmIdentifier` of a digest.
    ///
    /// # Errors
    /// [`SignatureError::MalformedAlgorithm`] or [`SignatureError::UnsupportedAlgorithm`].
    pub fn from_der(algorithm_identifier: &[u8]) -> Result<Self, SignatureError> {
        Self::from_identifier(decode(algorithm_identifier)?)
    }

    /// The DER `AlgorithmIdentifier`, without parameters as RFC 5754 §2 prefers.
    #[must_use]
    pub fn to_der(self) -> Vec<u8> {
        encode(self.oid(), None)
    }

    fn from_identifier(identifier: AlgorithmIdentifierRef<'_>) -> Result<Self, SignatureError> {
        require_no_parameters(identifier)?;
        match identifier.oid {
            oid::SHA1 => Ok(Self::Sha1),
            oid::SHA256 => Ok(Self::Sha256),
            oid::SHA384 => Ok(Self::Sha384),
            oid::SHA512 => Ok(Self::Sha512),
            _ => Err(SignatureError::UnsupportedAlgorithm),
        }
    }

    const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha1 => oid::SHA1,
            Self::Sha256 => oid::SHA256,
            Self::Sha384 => oid::SHA384,
            Self::Sha512 => oid::SHA512,
        }
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}

/// A digest together with the algorithm that made it.
#[derive(Clone, Copy)]
pub struct Digest {
    algorithm: DigestAlgorithm,
    octets: [u8; 64],
}

impl Digest {
    /// Takes over a finished digest.
    ///
    /// # Errors
    /// [`SignatureError::UnsupportedAlgorithm`] when `octets` is not as long as it must be.
    pub fn new(algorithm: DigestAlgorithm, octets: &[u8]) -> Result<Self, SignatureError> {
        let mut digest = Self { algorithm, octets: [0; 64] };
        let target = digest.octets.get_mut(..algorithm.output_len());
        match target {
            Some(target) if target.len() == octets.len() => target.copy_from_slice(octets),
            _ => return Err(SignatureError::UnsupportedAlgorithm),
        }
        Ok(digest)
    }

    /// The algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// The digest itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..self.algorithm.output_len()).unwrap_or_default()
    }

    /// The digest as an element of a field of `N` octets, for ECDSA: the leftmost octets of a long
    /// digest, zeros before a short one (FIPS 186-4 §6.4). Libraries refuse pairs of curve and
    /// digest that the standard allows; with this they need not know of the digest.
    #[must_use]
    pub fn as_field<const N: usize>(&self) -> [u8; N] {
        let mut field = [0; N];
        let octets = self.as_bytes();
        let taken = octets.get(..N).unwrap_or(octets);
        if let Some(target) = field.get_mut(N.saturating_sub(taken.len())..) {
            target.copy_from_slice(taken);
        }
        field
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.algorithm)?;
        self.as_bytes().iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// A signature algorithm with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS (RFC 8017 §8.1).
    RsaPss {
        /// Digest of the message.
        digest: DigestAlgorithm,
        /// Digest of MGF1.
        mgf: DigestAlgorithm,
        /// Length of the salt in octets.
        salt_len: usize,
    },
    /// ECDSA (FIPS 186-4); the curve is that of the key.
    Ecdsa(DigestAlgorithm),
}

impl SignatureAlgorithm {
    /// Reads the DER `AlgorithmIdentifier` of a certificate, CRL or OCSP response: the
    /// identifier must name the digest as well (RFC 4055, RFC 5758).
    ///
    /// # Errors
    /// [`SignatureError::MalformedAlgorithm`] or [`SignatureError::UnsupportedAlgorithm`].
    pub fn from_der(algorithm_identifier: &[u8]) -> Result<Self, SignatureError> {
        Self::from_identifier(decode(algorithm_identifier)?)
    }

    /// Reads the `signatureAlgorithm` of a CMS `SignerInfo`, which may name the key alone
    /// (`rsaEncryption`, `id-ecPublicKey`) and take the digest from `digestAlgorithm`.
    ///
    /// # Errors
    /// [`SignatureError::DigestMismatch`] when it names another digest than `digest`, and the
    /// errors of [`SignatureAlgorithm::from_der`].
    pub fn from_cms(
        algorithm_identifier: &[u8],
        digest: DigestAlgorithm,
    ) -> Result<Self, SignatureError> {
        let identifier = decode(algorithm_identifier)?;
        let algorithm = match identifier.oid {
            oid::RSA_ENCRYPTION => {
                require_no_parameters(identifier)?;
                Self::RsaPkcs1(digest)
            }
            // RFC 5753 §2.1.1 wants ecdsa-with-*, older software writes the key's identifier.
            oid::EC_PUBLIC_KEY => Self::Ecdsa(digest),
            _ => Self::from_identifier(identifier)?,
        };
        if algorithm.digest() == digest {
            Ok(algorithm)
        } else {
            Err(SignatureError::DigestMismatch { expected: algorithm.digest(), found: digest })
        }
    }

    /// The digest of the message.
    #[must_use]
    pub const fn digest(&self) -> DigestAlgorithm {
        match self {
            Self::RsaPkcs1(digest) | Self::RsaPss { digest, .. } | Self::Ecdsa(digest) => *digest,
        }
    }

    /// The DER `AlgorithmIdentifier`.
    ///
    /// # Errors
    /// [`SignatureError::UnsupportedAlgorithm`] for an algorithm that this crate never writes:
    /// anything with SHA-1, and PSS with a second digest for MGF1.
    pub fn to_der(&self) -> Result<Vec<u8>, SignatureError> {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        let identifier = match self {
            Self::RsaPkcs1(Sha256) => oid::SHA256_WITH_RSA,
            Self::RsaPkcs1(Sha384) => oid::SHA384_WITH_RSA,
            Self::RsaPkcs1(Sha512) => oid::SHA512_WITH_RSA,
            Self::Ecdsa(Sha256) => oid::ECDSA_WITH_SHA256,
            Self::Ecdsa(Sha384) => oid::ECDSA_WITH_SHA384,
            Self::Ecdsa(Sha512) => oid::ECDSA_WITH_SHA512,
            Self::RsaPss { digest, mgf, salt_len } if digest == mgf => {
                return pss_identifier(*digest, *salt_len);
            }
            _ => return Err(SignatureError::UnsupportedAlgorithm),
        };
        let parameters = matches!(self, Self::RsaPkcs1(_)).then_some(AnyRef::NULL);
        Ok(encode(identifier, parameters))
    }

    /// The DER `signatureAlgorithm` of a CMS `SignerInfo`. For PKCS #1 v1.5 that is
    /// `rsaEncryption`, which every reader knows (RFC 5754 §3.2).
    ///
    /// # Errors
    /// As for [`SignatureAlgorithm::to_der`].
    pub fn to_cms_der(&self) -> Result<Vec<u8>, SignatureError> {
        let identifier = self.to_der()?;
        let is_pkcs1 = matches!(self, Self::RsaPkcs1(_));
        Ok(if is_pkcs1 { encode(oid::RSA_ENCRYPTION, Some(AnyRef::NULL)) } else { identifier })
    }

    fn from_identifier(identifier: AlgorithmIdentifierRef<'_>) -> Result<Self, SignatureError> {
        use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
        let algorithm = match identifier.oid {
            oid::SHA1_WITH_RSA | oid::SHA1_WITH_RSA_OIW => Self::RsaPkcs1(Sha1),
            oid::SHA256_WITH_RSA => Self::RsaPkcs1(Sha256),
            oid::SHA384_WITH_RSA => Self::RsaPkcs1(Sha384),
            oid::SHA512_WITH_RSA => Self::RsaPkcs1(Sha512),
            oid::ECDSA_WITH_SHA1 => Self::Ecdsa(Sha1),
            oid::ECDSA_WITH_SHA256 => Self::Ecdsa(Sha256),
            oid::ECDSA_WITH_SHA384 => Self::Ecdsa(Sha384),
            oid::ECDSA_WITH_SHA512 => Self::Ecdsa(Sha512),
            oid::RSASSA_PSS => return pss_parameters(identifier),
            _ => return Err(SignatureError::UnsupportedAlgorithm),
        };
        require_no_parameters(identifier)?;
        Ok(algorithm)
    }
}

/// `RSASSA-PSS-params` (RFC 4055 §3.1). The salt length is wider than in `pkcs1`, whose single
/// octet cannot hold the 478 octets that OpenSSL writes for RSA-4096.
#[derive(Sequence)]
struct PssParameters<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask_gen: Option<AlgorithmIdentifierRef<'a>>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt_len: Option<u16>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u8>,
}

fn pss_parameters(
    identifier: AlgorithmIdentifierRef<'_>,
) -> Result<SignatureAlgorithm, SignatureError> {
    let malformed = SignatureError::MalformedAlgorithm;
    let parameters: PssParameters<'_> =
        identifier.parameters.and_then(|any| any.decode_as().ok()).ok_or(malformed)?;
    let digest =
        parameters.hash.map_or(Ok(DigestAlgorithm::Sha1), DigestAlgorithm::from_identifier)?;
    let mgf = match parameters.mask_gen {
        None => DigestAlgorithm::Sha1,
        Some(mask) if mask.oid == oid::MGF1 => {
            let inner = mask.parameters.and_then(|any| any.decode_as().ok()).ok_or(malformed)?;
            DigestAlgorithm::from_identifier(inner)?
        }
        Some(_) => return Err(SignatureError::UnsupportedAlgorithm),
    };
    if parameters.trailer.is_some_and(|trailer| trailer != 1) {
        return Err(malformed);
    }
    let salt_len = usize::from(parameters.salt_len.unwrap_or(20));
    Ok(SignatureAlgorithm::RsaPss { digest, mgf, salt_len })
}

fn pss_identifier(digest: DigestAlgorithm, salt_len: usize) -> Result<Vec<u8>, SignatureError> {
    let unsupported = SignatureError::UnsupportedAlgorithm;
    if digest == DigestAlgorithm::Sha1 {
        return Err(unsupported);
    }
    // RFC 4055 §2.1: inside PSS the digest carries NULL.
    let hash = AlgorithmIdentifierRef { oid: digest.oid(), parameters: Some(AnyRef::NULL) };
    let hash_der = hash.to_der().map_err(|_| unsupported)?;
    let hash_any = AnyRef::from_der(&hash_der).map_err(|_| unsupported)?;
    let parameters = PssParameters {
        hash: Some(hash),
        mask_gen: Some(AlgorithmIdentifierRef { oid: oid::MGF1, parameters: Some(hash_any) }),
        salt_len: Some(u16::try_from(salt_len).map_err(|_| unsupported)?),
        trailer: None,
    };
    let der = parameters.to_der().map_err(|_| unsupported)?;
    let any = AnyRef::from_der(&der).map_err(|_| unsupported)?;
    Ok(encode(oid::RSASSA_PSS, Some(any)))
}

fn decode(der: &[u8]) -> Result<AlgorithmIdentifierRef<'_>, SignatureError> {
    AlgorithmIdentifierRef::from_der(der).map_err(|_| SignatureError::MalformedAlgorithm)
}

fn encode(oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>) -> Vec<u8> {
    // Two fields of known small size: encoding has nothing that could fail.
    AlgorithmIdentifierRef { oid, parameters }.to_der().unwrap_or_default()
}

/// Absent or NULL: RFC 5754 §2 tells to accept both forms.
fn require_no_parameters(identifier: AlgorithmIdentifierRef<'_>) -> Result<(), SignatureError> {
    match identifier.parameters {
        None => Ok(()),
        Some(any) if any.is_null() => Ok(()),
        Some(_) => Err(SignatureError::MalformedAlgorithm),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_identifiers_are_read_back() {
        use DigestAlgorithm::{Sha256, Sha384, Sha512};
        for digest in [Sha256, Sha384, Sha512] {
            for algorithm in [
                SignatureAlgorithm::RsaPkcs1(digest),
                SignatureAlgorithm::Ecdsa(digest),
                SignatureAlgorithm::RsaPss { digest, mgf: digest, salt_len: 478 },
            ] {
                let der = algorithm.to_der().unwrap();
                assert_eq!(SignatureAlgorithm::from_der(&der), Ok(algorithm));
                assert_eq!(SignatureAlgorithm::from_cms(&der, digest), Ok(algorithm));
                assert_eq!(
                    SignatureAlgorithm::from_cms(&der, DigestAlgorithm::Sha1),
                    Err(SignatureError::DigestMismatch {
                        expected: digest,
                        found: DigestAlgorithm::Sha1
                    })
                );
            }
            assert_eq!(DigestAlgorithm::from_der(&digest.to_der()), Ok(digest));
        }
        assert!(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha1).to_der().is_err());
    }

    #[test]
    fn pss_defaults_are_those_of_rfc_4055() {
        let absent_fields =
            [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10, 0x30, 0];
        assert_eq!(
            SignatureAlgorithm::from_der(&absent_fields),
            Ok(SignatureAlgorithm::RsaPss {
                digest: DigestAlgorithm::Sha1,
                mgf: DigestAlgorithm::Sha1,
                salt_len: 20
            })
        );
    }

    #[test]
    fn micalg_in_every_spelling() {
        for (name, expected) in [
            ("sha-256", Some(DigestAlgorithm::Sha256)),
            ("SHA256", Some(DigestAlgorithm::Sha256)),
            ("sha2-256", Some(DigestAlgorithm::Sha256)),
            ("rsa-sha1", Some(DigestAlgorithm::Sha1)),
            ("sha1", Some(DigestAlgorithm::Sha1)),
            ("sha-512", Some(DigestAlgorithm::Sha512)),
            ("md5", None),
        ] {
            assert_eq!(DigestAlgorithm::from_micalg(name), expected, "{name}");
        }
    }
}
