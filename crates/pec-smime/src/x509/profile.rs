//! The profile of a provider's signing certificate, RFC 6109 §5.5, item by item.

use core::fmt;

use super::certificate::Certificate;
use super::extension::{Extension, KeyUsage, Reading};
use super::oid::known;

/// Compares a certificate with RFC 6109 §5.5.
///
/// Nothing is refused here: certificates of 2014 break the profile and their messages are genuine
/// all the same (norms 56). Who signs must meet it; who verifies reports what is broken.
///
/// # Example
/// ```
/// use pec_smime::x509::{Certificate, ProfileItem, profile};
/// # let leaf = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/x509/leaf.cer"));
/// # let ca = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/x509/root.cer"));
/// assert!(profile(&Certificate::from_der(leaf)?).is_met());
///
/// let report = profile(&Certificate::from_der(ca)?);
/// let breaches: Vec<_> = report.breaches().collect();
/// assert!(breaches.contains(&ProfileItem::NoBasicConstraints), "{breaches:?}");
/// # Ok::<(), pec_smime::x509::CertificateError>(())
/// ```
#[must_use]
pub fn profile(certificate: &Certificate) -> ProfileReport {
    let findings = ProfileItem::ALL
        .iter()
        .map(|item| ProfileFinding { item: *item, verdict: item.judge(certificate) })
        .collect();
    ProfileReport { findings }
}

/// All items with their verdicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileReport {
    findings: Vec<ProfileFinding>,
}

/// One item with its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProfileFinding {
    /// What the profile asks.
    pub item: ProfileItem,
    /// Whether the certificate does it.
    pub verdict: ProfileVerdict,
}

/// Whether a certificate does what an item asks; a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileVerdict {
    /// It does not.
    Broken,
    /// It does.
    Met,
    /// The item is about an extension that is not there; that it is missing is an item of its own.
    NotApplicable,
}

/// What RFC 6109 §5.5 asks of a certificate. The list is closed by the norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProfileItem {
    /// The subject has `C=IT` (norms 54).
    CountryItaly,
    /// The subject has a `CommonName` or `OrganizationName`, one of which is the providerName.
    ProviderName,
    /// The subjectAltName has an e-mail address.
    EmailInSubjectAltName,
    /// The subject should have no e-mail address.
    NoEmailInSubject,
    /// keyUsage is there.
    KeyUsage,
    /// keyUsage is critical.
    KeyUsageCritical,
    /// keyUsage has digitalSignature.
    DigitalSignature,
    /// authorityKeyIdentifier is there, with a keyIdentifier.
    AuthorityKeyIdentifier,
    /// authorityKeyIdentifier is not critical.
    AuthorityKeyIdentifierNotCritical,
    /// subjectKeyIdentifier is there.
    SubjectKeyIdentifier,
    /// subjectKeyIdentifier is not critical.
    SubjectKeyIdentifierNotCritical,
    /// subjectAltName is there.
    SubjectAltName,
    /// subjectAltName is not critical.
    SubjectAltNameNotCritical,
    /// basicConstraints is not there.
    NoBasicConstraints,
    /// No other extension is critical.
    OthersNotCritical,
}

impl ProfileReport {
    /// Every item, in the order of the norm.
    pub fn findings(&self) -> impl Iterator<Item = ProfileFinding> + '_ {
        self.findings.iter().copied()
    }

    /// The items that are broken, those that are only recommended included.
    pub fn breaches(&self) -> impl Iterator<Item = ProfileItem> + '_ {
        self.findings()
            .filter(|finding| finding.verdict == ProfileVerdict::Broken)
            .map(|finding| finding.item)
    }

    /// Whether all that the norm demands is met.
    #[must_use]
    pub fn is_met(&self) -> bool {
        !self.breaches().any(ProfileItem::is_demanded)
    }
}

impl ProfileItem {
    /// All items, in the order of the norm.
    pub const ALL: [Self; 15] = [
        Self::CountryItaly,
        Self::ProviderName,
        Self::EmailInSubjectAltName,
        Self::NoEmailInSubject,
        Self::KeyUsage,
        Self::KeyUsageCritical,
        Self::DigitalSignature,
        Self::AuthorityKeyIdentifier,
        Self::AuthorityKeyIdentifierNotCritical,
        Self::SubjectKeyIdentifier,
        Self::SubjectKeyIdentifierNotCritical,
        Self::SubjectAltName,
        Self::SubjectAltNameNotCritical,
        Self::NoBasicConstraints,
        Self::OthersNotCritical,
    ];

    /// Where the item stands in the norm.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::CountryItaly
            | Self::ProviderName
            | Self::EmailInSubjectAltName
            | Self::NoEmailInSubject => "RFC 6109 §5.5.1",
            _ => "RFC 6109 §5.5.2",
        }
    }

    /// Whether the norm demands it ("MUST") or only recommends it ("SHOULD").
    #[must_use]
    pub const fn is_demanded(self) -> bool {
        !matches!(self, Self::NoEmailInSubject)
    }

    fn judge(self, certificate: &Certificate) -> ProfileVerdict {
        let extensions = certificate.extensions();
        let usable = |oid| extensions.find(oid).filter(|found| found.reading != Reading::Malformed);
        let critical = |oid| extensions.find(oid).map(|found| found.critical);
        let met = match self {
            // rfc6109 §5.5.1, norms 54
            Self::CountryItaly => {
                certificate.countries().iter().any(|country| country.eq_ignore_ascii_case("IT"))
            }
            Self::ProviderName => {
                let names = [certificate.organization_names(), certificate.common_names()];
                names.iter().flatten().any(|name| !name.trim().is_empty())
            }
            Self::EmailInSubjectAltName => !certificate.rfc822_names().is_empty(),
            Self::NoEmailInSubject => certificate.email_addresses().is_empty(),
            // rfc6109 §5.5.2, norms 55
            Self::KeyUsage => usable(known::KEY_USAGE).is_some(),
            Self::KeyUsageCritical => return of(critical(known::KEY_USAGE)),
            Self::DigitalSignature => {
                return of(extensions
                    .key_usage
                    .map(|usage| usage.has(KeyUsage::DIGITAL_SIGNATURE)));
            }
            Self::AuthorityKeyIdentifier => certificate.authority_key_id().is_some(),
            Self::AuthorityKeyIdentifierNotCritical => {
                return of(critical(known::AUTHORITY_KEY_IDENTIFIER).map(|is| !is));
            }
            Self::SubjectKeyIdentifier => certificate.subject_key_id().is_some(),
            Self::SubjectKeyIdentifierNotCritical => {
                return of(critical(known::SUBJECT_KEY_IDENTIFIER).map(|is| !is));
            }
            Self::SubjectAltName => usable(known::SUBJECT_ALT_NAME).is_some(),
            Self::SubjectAltNameNotCritical => {
                return of(critical(known::SUBJECT_ALT_NAME).map(|is| !is));
            }
            Self::NoBasicConstraints => extensions.find(known::BASIC_CONSTRAINTS).is_none(),
            Self::OthersNotCritical => !extensions.iter().any(is_other_and_critical),
        };
        of(Some(met))
    }
}

impl fmt::Display for ProfileItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CountryItaly => "the subject has C=IT",
            Self::ProviderName => "the subject has the provider's name in CN or O",
            Self::EmailInSubjectAltName => "subjectAltName has an rfc822Name",
            Self::NoEmailInSubject => "the subject has no e-mail address",
            Self::KeyUsage => "keyUsage is present",
            Self::KeyUsageCritical => "keyUsage is critical",
            Self::DigitalSignature => "keyUsage has digitalSignature",
            Self::AuthorityKeyIdentifier => "authorityKeyIdentifier has a keyIdentifier",
            Self::AuthorityKeyIdentifierNotCritical => "authorityKeyIdentifier is not critical",
            Self::SubjectKeyIdentifier => "subjectKeyIdentifier is present",
            Self::SubjectKeyIdentifierNotCritical => "subjectKeyIdentifier is not critical",
            Self::SubjectAltName => "subjectAltName is present",
            Self::SubjectAltNameNotCritical => "subjectAltName is not critical",
            Self::NoBasicConstraints => "basicConstraints is absent",
            Self::OthersNotCritical => "no other extension is critical",
        })
    }
}

fn of(met: Option<bool>) -> ProfileVerdict {
    match met {
        Some(true) => ProfileVerdict::Met,
        Some(false) => ProfileVerdict::Broken,
        None => ProfileVerdict::NotApplicable,
    }
}

/// An extension that the profile does not describe. basicConstraints is described: as absent.
fn is_other_and_critical(extension: &Extension) -> bool {
    let described = [
        known::KEY_USAGE,
        known::AUTHORITY_KEY_IDENTIFIER,
        known::SUBJECT_KEY_IDENTIFIER,
        known::SUBJECT_ALT_NAME,
        known::BASIC_CONSTRAINTS,
    ];
    extension.critical && !described.contains(&extension.oid.content())
}
