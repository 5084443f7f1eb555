//! The directory as programs ask it: an immutable snapshot with its indices.

use std::{collections::HashMap, fmt, slice, sync::Arc};

use chrono::{DateTime, Utc};
use pec_smime::crypto::{CryptoProvider, SignatureError};

use crate::{CertificateHash, Contents, Domain, Environment, Provider, ProviderCertificate, Text};

/// A snapshot of the providers' directory (*indice dei gestori*): who manages a domain, and whose
/// is a certificate.
///
/// It never changes and is cheap to clone; each question costs the same however large it is.
///
/// ```
/// # use pec_smime::testpki::{Shape, TestPki};
/// # let pki = TestPki::new("2026-11-21T12:00:00Z".parse()?, &["alfa.example"]);
/// # let alfa = pki.provider("Alfa", "alfa.example", Shape::Sound);
/// # let signer = alfa.certificate();
/// # let contents = pec_directory::fuzzing::contents(&[("Alfa", signer.der(), &["alfa.example"])]);
/// use pec_directory::Directory;
/// use pec_smime::crypto::CryptoProvider;
///
/// let directory = Directory::new(contents, "2026-11-21T12:00:00Z".parse()?);
/// let manager = directory.manager("ALFA.example").ok_or("not a PEC domain")?;
/// assert_eq!(manager.provider().name.as_str(), "Alfa");
///
/// let crypto = CryptoProvider::rustcrypto();
/// let mut holders = directory.holders(signer.der(), &crypto)?;
/// assert!(holders.any(|holder| holder.manages("alfa.example")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "indice dei gestori")]
#[doc(alias = "IGPEC")]
#[derive(Clone)]
pub struct Directory {
    snapshot: Arc<Snapshot>,
    obtained_at: DateTime<Utc>,
    signed_at: Option<DateTime<Utc>>,
}

struct Snapshot {
    contents: Contents,
    /// Every environment, by which the indices name them.
    slots: Vec<Slot>,
    domains: HashMap<Domain, Slots>,
    /// Environment and place of the certificate in it.
    certificates: HashMap<CertificateHash, Vec<(usize, usize)>>,
}

#[derive(Clone, Copy)]
struct Slot {
    provider: usize,
    /// `None` is the main environment.
    secondary: Option<usize>,
}

/// The environments of a domain: nearly always one.
enum Slots {
    One(usize),
    Several(Vec<usize>),
}

impl Slots {
    const fn as_slice(&self) -> &[usize] {
        match self {
            Self::One(slot) => slice::from_ref(slot),
            Self::Several(slots) => slots.as_slice(),
        }
    }

    fn push(&mut self, slot: usize) {
        match self {
            Self::One(first) => *self = Self::Several(vec![*first, slot]),
            Self::Several(slots) => slots.push(slot),
        }
    }
}

impl Directory {
    /// A snapshot of the contents as they were obtained, and known to be in force, at that instant.
    #[must_use]
    pub fn new(contents: Contents, obtained_at: DateTime<Utc>) -> Self {
        Self { snapshot: Arc::new(Snapshot::new(contents)), obtained_at, signed_at: None }
    }

    /// With the instant at which the file claims to have been signed. A snapshot that was signed
    /// before its predecessor is an [`Alarm`](crate::Alarm).
    #[must_use]
    pub const fn with_signed_at(mut self, signed_at: Option<DateTime<Utc>>) -> Self {
        self.signed_at = signed_at;
        self
    }

    /// The same snapshot, found unchanged at a later instant. Nothing is copied.
    #[must_use]
    pub fn confirmed_at(&self, obtained_at: DateTime<Utc>) -> Self {
        Self { snapshot: Arc::clone(&self.snapshot), obtained_at, signed_at: self.signed_at }
    }

    /// When the contents were obtained.
    #[must_use]
    pub const fn obtained_at(&self) -> DateTime<Utc> {
        self.obtained_at
    }

    /// When the file claims to have been signed.
    #[must_use]
    pub const fn signed_at(&self) -> Option<DateTime<Utc>> {
        self.signed_at
    }

    /// What the file said.
    #[must_use]
    pub fn contents(&self) -> &Contents {
        &self.snapshot.contents
    }

    /// Every environment of every provider.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        (0..self.snapshot.slots.len()).filter_map(|slot| self.snapshot.entry(slot))
    }

    /// Every managed domain, in no order.
    pub fn domains(&self) -> impl Iterator<Item = &Domain> {
        self.snapshot.domains.keys()
    }

    /// How many domains are managed.
    #[must_use]
    pub fn domain_count(&self) -> usize {
        self.snapshot.domains.len()
    }

    /// The environment that manages a domain; the domain belongs to the PEC network if there is
    /// one. Letters of either case, A-labels and U-labels are the same; subdomains are others. What
    /// is no domain is managed by nobody.
    ///
    /// Where several claim a domain it is the first one in the file: see
    /// [`managers`](Self::managers).
    // rfc6109 §4.5; norms 52; erratum 8
    #[must_use]
    pub fn manager(&self, domain: &str) -> Option<Entry<'_>> {
        self.managers(domain).next()
    }

    /// All environments that manage a domain, in the order of the file.
    pub fn managers(&self, domain: &str) -> impl Iterator<Item = Entry<'_>> {
        self.snapshot.managers(domain).iter().filter_map(|slot| self.snapshot.entry(*slot))
    }

    /// Domains that several providers claim, which none should.
    pub fn disputed_domains(&self) -> impl Iterator<Item = &Domain> {
        self.snapshot.domains.iter().filter_map(|(domain, slots)| {
            let mut providers =
                slots.as_slice().iter().filter_map(|slot| self.snapshot.slot(*slot));
            let first = providers.next()?.provider;
            providers.any(|slot| slot.provider != first).then_some(domain)
        })
    }

    /// The environments that sign with a certificate: found by its hash, which is published, and
    /// then compared in full, since SHA-1 alone proves nothing.
    ///
    /// # Errors
    /// What the provider of cryptography reports, for example that it has no SHA-1.
    // rfc6109 §4.5.1; norms §1.6
    pub fn holders<'d>(
        &'d self,
        der: &'d [u8],
        crypto: &CryptoProvider,
    ) -> Result<impl Iterator<Item = Entry<'d>>, SignatureError> {
        let hash = CertificateHash::of(der, crypto)?;
        let is_same = move |(_, found): &(Entry<'_>, &ProviderCertificate)| found.der() == der;
        Ok(self.with_hash(hash).filter(is_same).map(|(entry, _)| entry))
    }

    /// The certificates with a hash, each with an environment that signs with it. Whoever has a
    /// certificate asks for its [`holders`](Self::holders) instead.
    pub fn with_hash(
        &self,
        hash: CertificateHash,
    ) -> impl Iterator<Item = (Entry<'_>, &ProviderCertificate)> {
        let found = self.snapshot.certificates.get(&hash).map_or(&[][..], Vec::as_slice);
        found.iter().filter_map(|(slot, place)| {
            let entry = self.snapshot.entry(*slot)?;
            Some((entry, entry.environment.certificates.get(*place)?))
        })
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory")
            .field("obtained_at", &self.obtained_at)
            .field("signed_at", &self.signed_at)
            .field("providers", &self.snapshot.contents.providers.len())
            .field("domains", &self.snapshot.domains.len())
            .finish_non_exhaustive()
    }
}

impl Snapshot {
    fn new(contents: Contents) -> Self {
        let mut slots = Vec::new();
        let environments = || contents.providers.iter().flat_map(Provider::environments);
        let count = environments().map(|(_, environment)| environment.domains.len()).sum();
        let mut domains = HashMap::with_capacity(count);
        let mut certificates: HashMap<_, Vec<_>> = HashMap::new();
        for (index, provider) in contents.providers.iter().enumerate() {
            let main = provider.main.iter().map(|environment| (None, environment));
            let secondary = provider.secondary.iter().enumerate();
            let secondary = secondary.map(|(place, unit)| (Some(place), &unit.environment));
            for (secondary, environment) in main.chain(secondary) {
                let slot = slots.len();
                slots.push(Slot { provider: index, secondary });
                for domain in &environment.domains {
                    domains
                        .entry(domain.clone())
                        .and_modify(|slots: &mut Slots| slots.push(slot))
                        .or_insert(Slots::One(slot));
                }
                for (place, certificate) in environment.certificates.iter().enumerate() {
                    certificates.entry(certificate.hash()).or_default().push((slot, place));
                }
            }
        }
        Self { contents, slots, domains, certificates }
    }

    fn slot(&self, slot: usize) -> Option<Slot> {
        self.slots.get(slot).copied()
    }

    fn managers(&self, domain: &str) -> &[usize] {
        let found = domain.parse::<Domain>().ok().and_then(|domain| self.domains.get(&domain));
        found.map_or(&[], Slots::as_slice)
    }

    fn entry(&self, index: usize) -> Option<Entry<'_>> {
        let slot = self.slot(index)?;
        let provider = self.contents.providers.get(slot.provider)?;
        let (unit, environment) = match slot.secondary {
            None => (None, provider.main.as_ref()?),
            Some(place) => {
                let secondary = provider.secondary.get(place)?;
                (Some(&secondary.unit), &secondary.environment)
            }
        };
        Some(Entry { snapshot: self, index, provider, unit, environment })
    }
}

/// An environment of a provider, found in a [`Directory`].
#[derive(Clone, Copy)]
pub struct Entry<'d> {
    snapshot: &'d Snapshot,
    index: usize,
    provider: &'d Provider,
    unit: Option<&'d Text>,
    environment: &'d Environment,
}

impl<'d> Entry<'d> {
    /// The provider.
    #[must_use]
    pub const fn provider(&self) -> &'d Provider {
        self.provider
    }

    /// The name of a secondary environment; `None` is the main one.
    #[must_use]
    pub const fn unit(&self) -> Option<&'d Text> {
        self.unit
    }

    /// What the environment has.
    #[must_use]
    pub const fn environment(&self) -> &'d Environment {
        self.environment
    }

    /// Whether this environment manages the domain: that the sender's domain is one of those of
    /// the certificate that signed (norms 29).
    #[must_use]
    pub fn manages(&self, domain: &str) -> bool {
        self.snapshot.managers(domain).contains(&self.index)
    }

    /// Whether any environment of this provider manages the domain.
    #[must_use]
    pub fn provider_manages(&self, domain: &str) -> bool {
        let of_provider = |slot: &Slot| {
            self.snapshot.slot(self.index).map(|own| own.provider) == Some(slot.provider)
        };
        let managers = self.snapshot.managers(domain).iter();
        managers.filter_map(|slot| self.snapshot.slot(*slot)).any(|slot| of_provider(&slot))
    }
}

impl PartialEq for Entry<'_> {
    /// Whether both are the same environment of the same snapshot.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.snapshot, other.snapshot) && self.index == other.index
    }
}

impl Eq for Entry<'_> {}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("provider", &self.provider.name)
            .field("unit", &self.unit)
            .finish_non_exhaustive()
    }
}
