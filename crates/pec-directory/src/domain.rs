//! Domains as they are compared: A-labels in lower case.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::limits::MAX_DOMAIN_BYTES;

/// A domain of the PEC network (`managedDomains`), in the form in which it is compared.
///
/// Internationalised names become A-labels (UTS #46), ASCII becomes lower case; comparison is then
/// exact, as the schema's `caseIgnoreIA5Match` asks.
///
/// ```
/// use pec_directory::Domain;
///
/// let domain: Domain = "PEC.Città.example".parse()?;
/// assert_eq!(domain.as_str(), "pec.xn--citt-3na.example");
/// assert_eq!(domain, "pec.xn--CITT-3na.example".parse()?);
/// assert!("pec.example.".parse::<Domain>().is_err());
/// # Ok::<(), pec_directory::DomainError>(())
/// ```
#[doc(alias = "managedDomains")]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(Arc<str>);

/// Why a text is no domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DomainError {
    /// Nothing there.
    #[error("empty")]
    Empty,
    /// An empty label, a label or name that is too long, or characters and A-labels that no domain
    /// has (UTS #46).
    #[error("not a domain name")]
    Malformed,
}

impl Domain {
    /// The domain, A-labels in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Domain {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        if text.is_empty() {
            return Err(DomainError::Empty);
        }
        if is_canonical(text) {
            return Ok(Self(text.into()));
        }
        // A dot-atom (rfc6109 §4.5.5) may have underscores, which UTS #46 leaves to the deny list.
        let ascii = Uts46::new()
            .to_ascii(text.as_bytes(), DENIED, Hyphens::Allow, DnsLength::Verify)
            .map_err(|_| DomainError::Malformed)?;
        Ok(Self(ascii.as_ref().into()))
    }
}

const DENIED: AsciiDenyList = AsciiDenyList::new(true, "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~");

/// Whether nothing has to be done, which is so for nearly every domain of a directory: lower case,
/// labels of legal length, none of them an A-label, whose Punycode would have to be looked at.
fn is_canonical(text: &str) -> bool {
    let is_plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(is_plain)
            && label.as_bytes().get(2..4) != Some(b"--")
    };
    text.len() <= MAX_DOMAIN_BYTES && text.split('.').all(is_label)
}

impl Borrow<str> for Domain {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Domain {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_read_and_refused() {
        for (text, domain) in [
            ("pec.example", "pec.example"),
            ("PEC.Example", "pec.example"),
            ("a_b.example", "a_b.example"),
            ("città.example", "xn--citt-3na.example"),
            ("CITTÀ.example", "xn--citt-3na.example"),
            ("pec。example", "pec.example"),
            ("localhost", "localhost"),
            ("1.example", "1.example"),
            ("-a-.example", "-a-.example"),
        ] {
            assert_eq!(text.parse::<Domain>().map(|d| d.to_string()), Ok(domain.to_owned()));
        }
        assert_eq!("".parse::<Domain>(), Err(DomainError::Empty));
        for text in [
            ".",
            ".a",
            "a.",
            "a..b",
            " a",
            "a b",
            "a@b",
            "[1.2.3.4]",
            "a/b",
            "xn--a\u{df}.it",
            "xn--\u{e8}",
            "a\u{0}",
            "a,b",
            "xn--zzzzzz99999",
            "*",
        ] {
            assert_eq!(text.parse::<Domain>(), Err(DomainError::Malformed), "{text}");
        }
    }

    #[test]
    fn lengths_end_where_the_limits_are() {
        let label = "a".repeat(63);
        assert!(label.parse::<Domain>().is_ok());
        assert!(format!("{label}a").parse::<Domain>().is_err());
        assert!(format!("A{label}").parse::<Domain>().is_err());
        let long = format!("{label}.{label}.{label}.{}", "b".repeat(61));
        assert_eq!(long.len(), MAX_DOMAIN_BYTES);
        assert!(long.parse::<Domain>().is_ok());
        assert!(long.to_uppercase().parse::<Domain>().is_ok());
        assert!(format!("{long}b").parse::<Domain>().is_err());
        assert!(format!("{long}B").parse::<Domain>().is_err());
    }

    /// The short way and the long one agree.
    #[test]
    fn canonical_domains_stay() {
        for text in ["a", "a.b-c.d_e", "0.1", "ab--c.it", "xn--citt-3na.it"] {
            assert_eq!(text.parse::<Domain>().map(|d| d.to_string()), Ok(text.to_owned()));
        }
    }
}
