//! Object identifiers of any length, compared by their DER content.

use core::fmt;
use core::str::FromStr;

use super::tlv::{DerError, Tlv, tag};

/// An object identifier, for example a certificate policy.
///
/// # Example
/// ```
/// use pec_smime::x509::Oid;
/// // The policy under which AgID CA 1 certifies the providers of PEC.
/// let policy: Oid = "1.3.76.16.3.1.1".parse()?;
/// assert_eq!(policy.to_string(), "1.3.76.16.3.1.1");
/// # Ok::<(), pec_smime::x509::OidError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Oid(Box<[u8]>);

/// The text is not an object identifier in dotted form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an object identifier in dotted form")]
pub struct OidError;

impl Oid {
    /// Takes the content octets of an OBJECT IDENTIFIER element.
    pub(crate) fn from_tlv(element: Tlv<'_>) -> Result<Self, DerError> {
        if element.tag != tag::OID {
            return Err(element.unexpected());
        }
        let content = element.value();
        // X.690 §8.19.2: the last octet ends a subidentifier.
        if content.last().is_none_or(|last| last & 0x80 != 0) {
            return Err(element.bad_value());
        }
        Ok(Self(content.into()))
    }

    pub(crate) fn from_content(content: &[u8]) -> Self {
        Self(content.into())
    }

    pub(crate) fn content(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc = 0_u128;
        let mut first = true;
        for octet in &self.0 {
            arc = arc.checked_shl(7).unwrap_or(u128::MAX) | u128::from(octet & 0x7f);
            if octet & 0x80 != 0 {
                continue;
            }
            if first {
                // X.690 §8.19.4: the first two arcs share one subidentifier.
                let root = (arc / 40).min(2);
                write!(f, "{root}.{}", arc.saturating_sub(root.saturating_mul(40)))?;
                first = false;
            } else {
                write!(f, ".{arc}")?;
            }
            arc = 0;
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

impl FromStr for Oid {
    type Err = OidError;

    fn from_str(text: &str) -> Result<Self, OidError> {
        let mut arcs = text.split('.').map(|arc| {
            let digits = !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit());
            if digits { arc.parse::<u64>().map_err(|_| OidError) } else { Err(OidError) }
        });
        let root = arcs.next().ok_or(OidError)??;
        let second = arcs.next().ok_or(OidError)??;
        if root > 2 || (root < 2 && second > 39) {
            return Err(OidError);
        }
        let joined = root.saturating_mul(40).checked_add(second).ok_or(OidError)?;
        let mut content = Vec::new();
        push_base128(&mut content, joined);
        for arc in arcs {
            push_base128(&mut content, arc?);
        }
        Ok(Self(content.into()))
    }
}

/// Appends one subidentifier, most significant septet first.
fn push_base128(content: &mut Vec<u8>, arc: u64) {
    let mut shift = 63_u32;
    while shift > 0 && arc >> shift == 0 {
        shift = shift.saturating_sub(7);
    }
    loop {
        let septet = u8::try_from((arc >> shift) & 0x7f).unwrap_or(0);
        content.push(if shift == 0 { septet } else { septet | 0x80 });
        if shift == 0 {
            return;
        }
        shift = shift.saturating_sub(7);
    }
}

/// Content octets of the identifiers this crate knows, named as in their standards.
pub(crate) mod known {
    // RFC 5280 §4.2.1 and §5.2: certificate and CRL extensions.
    pub(crate) const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x0e];
    pub(crate) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
    pub(crate) const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
    pub(crate) const ISSUER_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x12];
    pub(crate) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
    pub(crate) const CRL_NUMBER: &[u8] = &[0x55, 0x1d, 0x14];
    pub(crate) const REASON_CODE: &[u8] = &[0x55, 0x1d, 0x15];
    pub(crate) const INVALIDITY_DATE: &[u8] = &[0x55, 0x1d, 0x18];
    pub(crate) const DELTA_CRL_INDICATOR: &[u8] = &[0x55, 0x1d, 0x1b];
    pub(crate) const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1d, 0x1c];
    pub(crate) const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 0x1d];
    pub(crate) const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x1e];
    pub(crate) const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 0x1f];
    pub(crate) const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 0x20];
    pub(crate) const ANY_POLICY: &[u8] = &[0x55, 0x1d, 0x20, 0x00];
    pub(crate) const POLICY_MAPPINGS: &[u8] = &[0x55, 0x1d, 0x21];
    pub(crate) const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x23];
    pub(crate) const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x24];
    pub(crate) const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
    pub(crate) const ANY_EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25, 0x00];
    pub(crate) const INHIBIT_ANY_POLICY: &[u8] = &[0x55, 0x1d, 0x36];

    // RFC 5280 §4.2.1.12 and RFC 6960 §4.2.2.2: purposes.
    pub(crate) const EMAIL_PROTECTION: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 4];
    pub(crate) const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
    pub(crate) const OCSP_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 9];

    // RFC 5280 §4.2.1.4: policy qualifiers.
    pub(crate) const CPS_QUALIFIER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 2, 1];
    pub(crate) const USER_NOTICE_QUALIFIER: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 2, 2];

    // RFC 6960 §4.2.1 and §4.2.2.2.1.
    pub(crate) const OCSP_BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
    pub(crate) const OCSP_NO_CHECK: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 5];

    // RFC 4519, RFC 2985: attributes of names.
    pub(crate) const COMMON_NAME: &[u8] = &[0x55, 4, 3];
    pub(crate) const SURNAME: &[u8] = &[0x55, 4, 4];
    pub(crate) const SERIAL_NUMBER: &[u8] = &[0x55, 4, 5];
    pub(crate) const COUNTRY: &[u8] = &[0x55, 4, 6];
    pub(crate) const LOCALITY: &[u8] = &[0x55, 4, 7];
    pub(crate) const STATE: &[u8] = &[0x55, 4, 8];
    pub(crate) const STREET: &[u8] = &[0x55, 4, 9];
    pub(crate) const ORGANIZATION: &[u8] = &[0x55, 4, 10];
    pub(crate) const ORGANIZATIONAL_UNIT: &[u8] = &[0x55, 4, 11];
    pub(crate) const TITLE: &[u8] = &[0x55, 4, 12];
    pub(crate) const GIVEN_NAME: &[u8] = &[0x55, 4, 42];
    pub(crate) const DN_QUALIFIER: &[u8] = &[0x55, 4, 46];
    pub(crate) const ORGANIZATION_IDENTIFIER: &[u8] = &[0x55, 4, 97];
    pub(crate) const USER_ID: &[u8] = &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1];
    pub(crate) const DOMAIN_COMPONENT: &[u8] =
        &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25];
    pub(crate) const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];

    // RFC 3279, RFC 5480: keys.
    pub(crate) const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
    pub(crate) const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
    pub(crate) const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    pub(crate) const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    pub(crate) const P384: &[u8] = &[0x2b, 0x81, 4, 0, 34];
    pub(crate) const P521: &[u8] = &[0x2b, 0x81, 4, 0, 35];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_content_are_the_same_identifier() {
        for (text, content) in [
            ("2.5.29.32.0", known::ANY_POLICY),
            ("1.3.6.1.5.5.7.3.4", known::EMAIL_PROTECTION),
            ("1.2.840.113549.1.9.1", known::EMAIL_ADDRESS),
            ("0.9.2342.19200300.100.1.25", known::DOMAIN_COMPONENT),
            ("2.999.1", &[0x88, 0x37, 0x01]),
        ] {
            let oid: Oid = text.parse().unwrap();
            assert_eq!(oid.content(), content, "{text}");
            assert_eq!(oid.to_string(), text);
        }
    }

    #[test]
    fn texts_that_are_no_identifiers_are_refused() {
        for text in
            ["", "1", "3.1", "1.40", "1..2", "1.2.", "1.+2", "1.2.x", "1.99999999999999999999"]
        {
            assert_eq!(text.parse::<Oid>(), Err(OidError), "{text}");
        }
    }
}
