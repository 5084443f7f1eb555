//! What kind of key a `SubjectPublicKeyInfo` holds.

use core::fmt;
use core::ops::Range;

use super::Oid;
use super::oid::known;
use super::tlv::{DerError, Reader, tag};

/// The kind and size of a public key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyKind {
    /// A key on a named elliptic curve.
    Ec {
        /// The curve.
        curve: EcCurve,
    },
    /// Another algorithm, for example DSA.
    Other(Oid),
    /// An RSA key.
    Rsa {
        /// Bits of the modulus.
        bits: u32,
    },
}

/// A named elliptic curve.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EcCurve {
    /// Another curve.
    Other(Oid),
    /// NIST P-256 (secp256r1).
    P256,
    /// NIST P-384 (secp384r1).
    P384,
    /// NIST P-521 (secp521r1).
    P521,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ec { curve: EcCurve::P256 } => f.write_str("P-256"),
            Self::Ec { curve: EcCurve::P384 } => f.write_str("P-384"),
            Self::Ec { curve: EcCurve::P521 } => f.write_str("P-521"),
            Self::Ec { curve: EcCurve::Other(oid) } => write!(f, "curve {oid}"),
            Self::Other(oid) => write!(f, "algorithm {oid}"),
            Self::Rsa { bits } => write!(f, "RSA-{bits}"),
        }
    }
}

/// The two parts of a `SubjectPublicKeyInfo` that this crate looks into.
pub(crate) struct PublicKeyInfo {
    pub(crate) kind: KeyKind,
    /// Where the content of the BIT STRING is, whose SHA-1 names a key in OCSP.
    pub(crate) key_octets: Range<usize>,
}

impl PublicKeyInfo {
    /// Reads the fields of a `SubjectPublicKeyInfo`.
    pub(crate) fn read(mut fields: Reader<'_>) -> Result<Self, DerError> {
        let mut algorithm = fields.expect(tag::SEQUENCE)?.contents();
        let oid = Oid::from_tlv(algorithm.next()?)?;
        let bits = fields.expect(tag::BIT_STRING)?;
        fields.finish()?;
        let octets = bits.bit_string()?;
        let bits = bits.value_range();
        let kind = match oid.content() {
            known::RSA_ENCRYPTION | known::RSASSA_PSS => {
                KeyKind::Rsa { bits: modulus_bits(octets)? }
            }
            known::EC_PUBLIC_KEY => KeyKind::Ec { curve: read_curve(algorithm)? },
            _ => KeyKind::Other(oid),
        };
        // The first octet counts unused bits.
        Ok(Self { kind, key_octets: bits.start.saturating_add(1)..bits.end })
    }
}

fn modulus_bits(key: &[u8]) -> Result<u32, DerError> {
    let mut fields = Reader::single(key, tag::SEQUENCE)?.contents();
    let modulus = fields.expect(tag::INTEGER)?.value();
    let mut octets = modulus.iter().skip_while(|octet| **octet == 0);
    let top = octets.next().map_or(0, |first| 8_u32.saturating_sub(first.leading_zeros()));
    let rest = u32::try_from(octets.count()).unwrap_or(u32::MAX);
    Ok(rest.saturating_mul(8).saturating_add(top))
}

fn read_curve(mut parameters: Reader<'_>) -> Result<EcCurve, DerError> {
    let oid = Oid::from_tlv(parameters.next()?)?;
    Ok(match oid.content() {
        known::P256 => EcCurve::P256,
        known::P384 => EcCurve::P384,
        known::P521 => EcCurve::P521,
        _ => EcCurve::Other(oid),
    })
}
