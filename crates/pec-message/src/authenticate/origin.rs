//! Signature origin: whether the signature belongs to a PEC provider, and to which.

use chrono::{DateTime, Utc};
use pec_directory::{
    CertificateHash, Directory, DirectoryHistory, Entry, FreshnessGrade, FreshnessLimits,
    ProviderCertificate,
};
use pec_smime::crypto::{CryptoProvider, SignatureError};
use pec_smime::verify::SignerVerification;
use pec_smime::x509::{Certificate, PathVerdict, ProfileItem};

use super::OriginGrade;
use super::outcome::{Distrust, Doubt, Step, Trouble};
use crate::{Claimed, Mailbox};

/// What the caller holds as evidence of who is a PEC provider.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Origin<'o> {
    /// The providers' directory, as it was in force at the instant that the signature is judged
    /// at. The only evidence that a gestore accepts.
    Directory {
        /// The snapshots.
        history: &'o DirectoryHistory,
        /// How old a snapshot may be at the instant.
        limits: FreshnessLimits,
        /// What finds a certificate by its hash.
        crypto: &'o CryptoProvider,
    },
    /// Certificates of providers that the caller vouches for.
    Pinned(&'o [PinnedProvider]),
    /// Authorities that certify PEC providers. Enough for a client without access to the
    /// directory: the certificate must be of their issue and fit the profile. Which domains its
    /// provider manages remains unknown, and so who may issue which receipt.
    AccreditedCa(&'o [Certificate]),
}

impl<'o> Origin<'o> {
    /// The directory, with the usual limits on its age.
    #[must_use]
    pub fn directory(history: &'o DirectoryHistory, crypto: &'o CryptoProvider) -> Self {
        Self::Directory { history, limits: FreshnessLimits::default(), crypto }
    }
}

/// Why the directory does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryDoubt {
    /// No snapshot is known that was in force at the instant.
    #[error("no snapshot was in force at that instant")]
    NoneInForce,
    /// The snapshot in force was too old to say anything about the instant.
    #[error("the snapshot is too old")]
    Stale,
    /// The hash that finds a certificate cannot be computed.
    #[error(transparent)]
    Cryptography(SignatureError),
}

/// A provider that the caller vouches for.
#[derive(Clone, Debug)]
pub struct PinnedProvider {
    certificate: Certificate,
    name: Option<String>,
    domains: Option<Vec<String>>,
}

impl PinnedProvider {
    /// A provider by its certificate. Unless [domains](PinnedProvider::managing) are given, it is
    /// not known which ones it manages.
    #[must_use]
    pub const fn new(certificate: Certificate) -> Self {
        Self { certificate, name: None, domains: None }
    }

    /// Its name, for reports.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// All the domains that it manages.
    #[must_use]
    pub fn managing<D: Into<String>>(mut self, domains: impl IntoIterator<Item = D>) -> Self {
        self.domains = Some(domains.into_iter().map(Into::into).collect());
        self
    }

    fn manages(&self, domain: &str) -> Option<bool> {
        let domains = self.domains.as_ref()?;
        Some(domains.iter().any(|known| known.eq_ignore_ascii_case(domain)))
    }
}

/// Who signed, as far as the evidence goes.
pub(super) struct KnownOrigin<'o> {
    pub(super) grade: OriginGrade,
    pub(super) provider: Option<String>,
    pub(super) certificate: Certificate,
    domains: Domains<'o>,
}

/// What is known about domains.
enum Domains<'o> {
    /// The directory, and the environments that sign with the certificate.
    Directory(&'o Directory, Vec<Entry<'o>>),
    Pinned(&'o [PinnedProvider]),
    Unknown,
}

impl KnownOrigin<'_> {
    /// Whether the signer's environment manages a domain; `None` when that is not known.
    fn manages_itself(&self, domain: &str) -> Option<bool> {
        match &self.domains {
            Domains::Directory(_, holders) => {
                Some(holders.iter().any(|holder| holder.manages(domain)))
            }
            _ => self.manages(domain),
        }
    }

    /// Whether the signer's provider manages a domain; `None` when that is not known.
    pub(super) fn manages(&self, domain: &str) -> Option<bool> {
        match &self.domains {
            Domains::Directory(_, holders) => {
                Some(holders.iter().any(|holder| holder.provider_manages(domain)))
            }
            Domains::Pinned(providers) => {
                let mut known = same_certificate(providers, &self.certificate)
                    .filter_map(|provider| provider.manages(domain))
                    .peekable();
                known.peek().is_some().then(|| known.any(|manages| manages))
            }
            Domains::Unknown => None,
        }
    }

    /// Whether a domain belongs to the PEC network; `None` when that is not known.
    pub(super) fn is_certified(&self, domain: &str) -> Option<bool> {
        match self.domains {
            Domains::Directory(directory, _) => Some(directory.manager(domain).is_some()),
            Domains::Pinned(_) | Domains::Unknown => None,
        }
    }
}

/// The second test of RFC 6109 §2.2.2, with the addresses of §2.1 and the domains of §7.
pub(super) fn judge<'o>(
    origin: &Origin<'o>,
    claimed: &Claimed,
    signer: &SignerVerification,
) -> Result<KnownOrigin<'o>, Trouble> {
    let distrust = |why| Trouble::Distrust(Step::SignatureOrigin, why);
    let certificate = signer.certificate().ok_or_else(|| distrust(Distrust::UnknownCertificate))?;
    let from = from(claimed, certificate).map_err(distrust)?;
    let known = match origin {
        Origin::Directory { history, limits, crypto } => {
            let directory = in_force(history, *limits, signer.judged_at().instant)?;
            let hash = CertificateHash::of(certificate.der(), crypto).map_err(|error| {
                Trouble::Doubt(Doubt::Directory(DirectoryDoubt::Cryptography(error)))
            })?;
            // SHA-1 finds; the whole certificate decides.
            let is_same = |found: &ProviderCertificate| found.der() == certificate.der();
            let holders = directory.with_hash(hash).filter(|(_, found)| is_same(found));
            let holders: Vec<Entry<'o>> = holders.map(|(entry, _)| entry).collect();
            let first = holders.first().ok_or_else(|| distrust(Distrust::UnknownCertificate))?;
            KnownOrigin {
                grade: OriginGrade::Directory,
                provider: Some(first.provider().name.to_string()),
                certificate: certificate.clone(),
                domains: Domains::Directory(directory, holders),
            }
        }
        Origin::Pinned(providers) => {
            let provider = same_certificate(providers, certificate).next();
            let provider = provider.ok_or_else(|| distrust(Distrust::UnknownCertificate))?;
            KnownOrigin {
                grade: OriginGrade::Pinned,
                provider: provider.name.clone(),
                certificate: certificate.clone(),
                domains: Domains::Pinned(providers),
            }
        }
        Origin::AccreditedCa(authorities) => {
            accredited(authorities, signer)?;
            KnownOrigin {
                grade: OriginGrade::AccreditedCa,
                provider: certificate.organization_names().into_iter().next(),
                certificate: certificate.clone(),
                domains: Domains::Unknown,
            }
        }
    };
    let domain = from.address.rsplit_once('@').map_or("", |(_, domain)| domain);
    if known.manages_itself(domain) == Some(false) {
        let domain = domain.to_owned();
        return Err(distrust(Distrust::FromOutsideManagedDomains { domain }));
    }
    Ok(known)
}

/// The snapshot in force at an instant, unless it was too old by then.
// norms 53
fn in_force(
    history: &DirectoryHistory,
    limits: FreshnessLimits,
    instant: DateTime<Utc>,
) -> Result<&Directory, Trouble> {
    let doubt = |doubt| Trouble::Doubt(Doubt::Directory(doubt));
    let directory =
        history.in_force_at(instant).ok_or_else(|| doubt(DirectoryDoubt::NoneInForce))?;
    match directory.freshness(instant, limits).grade {
        FreshnessGrade::Current | FreshnessGrade::Overdue => Ok(directory),
        _ => Err(doubt(DirectoryDoubt::Stale)),
    }
}

/// rfc6109 §2.1#3, norms 14: one mailbox, whose address is in the certificate.
fn from<'c>(claimed: &'c Claimed, certificate: &Certificate) -> Result<&'c Mailbox, Distrust> {
    let [from] = claimed.from.as_slice() else { return Err(Distrust::FromNotOne) };
    if claimed.repeated.contains(&"From") {
        return Err(Distrust::FromNotOne);
    }
    let mut addresses = certificate.rfc822_names().iter();
    if addresses.any(|address| address.eq_ignore_ascii_case(&from.address)) {
        Ok(from)
    } else {
        Err(Distrust::FromNotInCertificate { from: from.address.clone() })
    }
}

fn same_certificate<'o>(
    providers: &'o [PinnedProvider],
    certificate: &Certificate,
) -> impl Iterator<Item = &'o PinnedProvider> {
    providers.iter().filter(|provider| provider.certificate.der() == certificate.der())
}

/// An accredited authority issued the certificate, directly or not, as one for a provider.
fn accredited(authorities: &[Certificate], signer: &SignerVerification) -> Result<(), Trouble> {
    let distrust = |why| Trouble::Distrust(Step::SignatureOrigin, why);
    // An authority is its name and key: it may hold several certificates of them.
    let is_same = |one: &Certificate, other: &Certificate| {
        one.subject_der() == other.subject_der() && one.spki_der() == other.spki_der()
    };
    let is_accredited =
        |issuer: &Certificate| authorities.iter().any(|authority| is_same(authority, issuer));
    let path = signer.path();
    let issuers = path.map(PathVerdict::chain).unwrap_or_default().iter().skip(1);
    let anchor = path.and_then(PathVerdict::valid).map(|path| path.anchor.certificate());
    if !issuers.chain(anchor).any(is_accredited) {
        return match path {
            Some(PathVerdict::Indeterminate(_)) | None => Err(Trouble::Doubt(Doubt::UnknownIssuer)),
            _ => Err(distrust(Distrust::NotAccredited)),
        };
    }
    let breaches = signer.profile().into_iter().flat_map(|profile| profile.breaches());
    let mut breaches = breaches.filter(|item| item.is_demanded());
    if signer.profile().is_none() || breaches.any(|item| !is_historic(item)) {
        return Err(distrust(Distrust::NotProviderProfile));
    }
    Ok(())
}

/// What certificates of 2014 break (norms §1.6); whether it matters, the policy says (norms 56).
fn is_historic(item: ProfileItem) -> bool {
    matches!(item, ProfileItem::NoBasicConstraints | ProfileItem::KeyUsageCritical)
}
