//! What changed from one snapshot to the next, and what somebody should look at.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use chrono::{DateTime, Utc};
use pec_smime::x509::Certificate;

use crate::{
    CertificateHash, Directory, Domain, Entry, Environment, Provider, ProviderCertificate, Text,
};

/// Which record a change is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The provider's name.
    pub provider: Text,
    /// The name of a secondary environment; `None` is the main one.
    pub unit: Option<Text>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.unit {
            None => self.provider.fmt(f),
            Some(unit) => write!(f, "{} ({unit})", self.provider),
        }
    }
}

/// One difference between two snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The file claims to have been signed before the one that it replaces.
    SignedEarlier {
        /// When the earlier snapshot was signed.
        before: DateTime<Utc>,
        /// When the later one was.
        after: DateTime<Utc>,
    },
    /// Fewer domains than the [`Thresholds`] let pass.
    Shrunk {
        /// The provider; `None` for the whole network.
        provider: Option<Text>,
        /// How many domains there were.
        before: usize,
        /// How many there are.
        after: usize,
    },
    /// An environment that was not there, with all that it has.
    Added(Place),
    /// An environment that is no longer there, with all that it had.
    Removed(Place),
    /// A certificate was added to an environment.
    CertificateAdded {
        /// The environment.
        place: Place,
        /// The certificate.
        hash: CertificateHash,
        /// Whether this is how certificates are renewed: beside an older one that stays, with
        /// overlapping validity (rfc6109 §4.5).
        in_renewal: bool,
    },
    /// A certificate was removed from an environment.
    CertificateRemoved {
        /// The environment.
        place: Place,
        /// The certificate.
        hash: CertificateHash,
        /// Whether any certificate of the environment is left.
        others_left: bool,
    },
    /// A domain that nobody managed.
    DomainAdded {
        /// The domain.
        domain: Domain,
        /// Who manages it now.
        to: Place,
    },
    /// A domain that somebody managed and no longer does.
    DomainRemoved {
        /// The domain.
        domain: Domain,
        /// Who managed it.
        from: Place,
    },
    /// A domain went from one environment to another.
    DomainMoved {
        /// The domain.
        domain: Domain,
        /// Who managed it.
        from: Place,
        /// Who manages it now.
        to: Place,
    },
    /// A domain has one manager more.
    DomainShared {
        /// The domain.
        domain: Domain,
        /// Who managed it, and still does.
        with: Place,
        /// Who manages it as well.
        to: Place,
    },
    /// The service mailbox of an environment is another one.
    MailboxChanged(Place),
    /// The location of a provider's file is another one; `None` for that of the whole directory.
    LocationChanged(Option<Text>),
}

/// What should not happen without somebody knowing why (norms 53).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Alarm {
    /// An old file comes again.
    Rollback,
    /// The directory lost a good part of a provider, or of all.
    Shrinking,
    /// Somebody new signs messages that count.
    NewSigner,
    /// A certificate was replaced outside renewal.
    CertificateReplaced,
    /// An environment has no certificate any more.
    NoCertificate,
    /// A domain went to another provider, or two claim it.
    DomainToOtherProvider,
    /// The whole directory is to be fetched elsewhere.
    DirectoryMoved,
}

impl Change {
    /// The alarm that the change gives, if it does.
    #[must_use]
    pub fn alarm(&self) -> Option<Alarm> {
        match self {
            Self::SignedEarlier { .. } => Some(Alarm::Rollback),
            Self::Shrunk { .. } | Self::Removed(_) => Some(Alarm::Shrinking),
            Self::Added(_) => Some(Alarm::NewSigner),
            Self::CertificateAdded { in_renewal: false, .. } => Some(Alarm::CertificateReplaced),
            Self::CertificateRemoved { others_left: false, .. } => Some(Alarm::NoCertificate),
            Self::DomainMoved { from, to, .. } | Self::DomainShared { with: from, to, .. } => {
                let is_other = from.provider.key() != to.provider.key();
                is_other.then_some(Alarm::DomainToOtherProvider)
            }
            Self::LocationChanged(None) => Some(Alarm::DirectoryMoved),
            Self::CertificateAdded { .. }
            | Self::CertificateRemoved { .. }
            | Self::DomainAdded { .. }
            | Self::DomainRemoved { .. }
            | Self::MailboxChanged(_)
            | Self::LocationChanged(Some(_)) => None,
        }
    }
}

/// How much the directory may shrink from one snapshot to the next before that is an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Domains of the whole network, in percent of those before.
    pub network_percent: u8,
    /// Domains of one provider, in percent of those before.
    pub provider_percent: u8,
}

impl Default for Thresholds {
    /// Two percent of the network, a fifth of a provider: our choice.
    fn default() -> Self {
        Self { network_percent: 2, provider_percent: 20 }
    }
}

impl Directory {
    /// What changed since an earlier snapshot. [`Change::alarm`] tells what to look at.
    ///
    /// Providers and environments are the same when their names are, letters of either case.
    ///
    /// ```
    /// use pec_directory::{Alarm, Change, Directory, Thresholds, fuzzing::contents};
    ///
    /// let old = contents(&[("Alfa", b"1", &["alfa.example"]), ("Beta", b"2", &["beta.example"])]);
    /// let new = contents(&[("Alfa", b"1", &["alfa.example"])]);
    /// let old = Directory::new(old, "2026-11-20T06:00:00Z".parse()?);
    /// let new = Directory::new(new, "2026-11-21T06:00:00Z".parse()?);
    /// let changes = new.changes_since(&old, Thresholds::default());
    /// assert!(changes.iter().any(|change| change.alarm() == Some(Alarm::Shrinking)));
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    #[must_use]
    pub fn changes_since(&self, old: &Self, thresholds: Thresholds) -> Vec<Change> {
        let mut changes = Vec::new();
        if let (Some(before), Some(after)) = (old.signed_at(), self.signed_at())
            && after < before
        {
            changes.push(Change::SignedEarlier { before, after });
        }
        shrinking(old, self, thresholds, &mut changes);
        environments(old, self, &mut changes);
        domains(old, self, &mut changes);
        locations(old, self, &mut changes);
        changes
    }
}

fn shrinking(old: &Directory, new: &Directory, limits: Thresholds, changes: &mut Vec<Change>) {
    let has_shrunk = |before: usize, after: usize, percent: u8| {
        let lost = before.saturating_sub(after);
        lost.saturating_mul(100) > before.saturating_mul(percent.into())
    };
    let (before, after) = (old.domain_count(), new.domain_count());
    if has_shrunk(before, after, limits.network_percent) {
        changes.push(Change::Shrunk { provider: None, before, after });
    }
    let count = |provider: &Provider| {
        provider.environments().map(|(_, environment)| environment.domains.len()).sum::<usize>()
    };
    let providers = &new.contents().providers;
    let counts: HashMap<String, usize> =
        providers.iter().map(|provider| (provider.name.key(), count(provider))).collect();
    for provider in &old.contents().providers {
        let before = count(provider);
        if let Some(after) = counts.get(&provider.name.key()).copied()
            && has_shrunk(before, after, limits.provider_percent)
        {
            let provider = Some(provider.name.clone());
            changes.push(Change::Shrunk { provider, before, after });
        }
    }
}

/// An environment whatever the letters of its name.
type Key = (String, Option<String>);

fn key(entry: &Entry<'_>) -> Key {
    (entry.provider().name.key(), entry.unit().map(Text::key))
}

fn place(entry: &Entry<'_>) -> Place {
    Place { provider: entry.provider().name.clone(), unit: entry.unit().cloned() }
}

fn environments(old: &Directory, new: &Directory, changes: &mut Vec<Change>) {
    let before: HashMap<Key, Entry<'_>> = old.entries().map(|entry| (key(&entry), entry)).collect();
    let after: HashSet<Key> = new.entries().map(|entry| key(&entry)).collect();
    let is_gone = |entry: &Entry<'_>| !after.contains(&key(entry));
    changes.extend(old.entries().filter(is_gone).map(|entry| Change::Removed(place(&entry))));
    for entry in new.entries() {
        let place = place(&entry);
        let Some(earlier) = before.get(&key(&entry)) else {
            changes.push(Change::Added(place));
            continue;
        };
        let (earlier, now) = (earlier.environment(), entry.environment());
        certificates(earlier, now, &place, changes);
        if earlier.mail_receipt != now.mail_receipt {
            changes.push(Change::MailboxChanged(place));
        }
    }
}

fn certificates(old: &Environment, new: &Environment, place: &Place, changes: &mut Vec<Change>) {
    let is_in = |environment: &Environment, certificate: &ProviderCertificate| {
        environment.certificates.contains(certificate)
    };
    let kept: Vec<_> = old.certificates.iter().filter(|known| is_in(new, known)).collect();
    for removed in old.certificates.iter().filter(|known| !is_in(new, known)) {
        let others_left = !new.certificates.is_empty();
        let (place, hash) = (place.clone(), removed.hash());
        changes.push(Change::CertificateRemoved { place, hash, others_left });
    }
    for added in new.certificates.iter().filter(|known| !is_in(old, known)) {
        let in_renewal = kept.iter().any(|known| overlap(known, added));
        let (place, hash) = (place.clone(), added.hash());
        changes.push(Change::CertificateAdded { place, hash, in_renewal });
    }
}

/// Whether both certificates are valid at some instant. What cannot be read is never valid.
fn overlap(one: &ProviderCertificate, other: &ProviderCertificate) -> bool {
    let (Ok(one), Ok(other)) = (one.certificate(), other.certificate()) else {
        return false;
    };
    let begins_in_time = |a: &Certificate, b: &Certificate| a.not_before() <= b.not_after();
    begins_in_time(one, other) && begins_in_time(other, one)
}

fn domains(old: &Directory, new: &Directory, changes: &mut Vec<Change>) {
    let mut gone: Vec<_> = old.domains().filter(|d| new.manager(d.as_str()).is_none()).collect();
    gone.sort();
    for domain in gone {
        let removed = |entry| Change::DomainRemoved { domain: domain.clone(), from: place(&entry) };
        changes.extend(old.managers(domain.as_str()).map(removed));
    }
    let mut present: Vec<_> = new.domains().collect();
    present.sort();
    for domain in present {
        let (before, after) = (managers(old, domain), managers(new, domain));
        if before != after {
            managers_changed(domain, &before, &after, changes);
        }
    }
}

fn managers(directory: &Directory, domain: &Domain) -> Vec<Place> {
    directory.managers(domain.as_str()).map(|entry| place(&entry)).collect()
}

fn managers_changed(domain: &Domain, before: &[Place], after: &[Place], changes: &mut Vec<Change>) {
    let is_same = |one: &Place, other: &Place| {
        one.provider.key() == other.provider.key()
            && one.unit.as_ref().map(Text::key) == other.unit.as_ref().map(Text::key)
    };
    let not_in = |list: &[Place], place: &&Place| !list.iter().any(|other| is_same(other, place));
    let domain = || domain.clone();
    let mut lost = before.iter().filter(|place| not_in(after, place)).cloned();
    for to in after.iter().filter(|place| not_in(before, place)).cloned() {
        changes.push(match (lost.next(), before.first().cloned()) {
            (Some(from), _) => Change::DomainMoved { domain: domain(), from, to },
            (None, Some(with)) => Change::DomainShared { domain: domain(), with, to },
            (None, None) => Change::DomainAdded { domain: domain(), to },
        });
    }
    changes.extend(lost.map(|from| Change::DomainRemoved { domain: domain(), from }));
}

fn locations(old: &Directory, new: &Directory, changes: &mut Vec<Change>) {
    let base = |directory: &Directory| directory.contents().base.clone().and_then(|b| b.location);
    if base(old) != base(new) {
        changes.push(Change::LocationChanged(None));
    }
    let before: HashMap<String, &Provider> =
        old.contents().providers.iter().map(|provider| (provider.name.key(), provider)).collect();
    for provider in &new.contents().providers {
        let earlier = before.get(&provider.name.key());
        if earlier.is_some_and(|earlier| earlier.location != provider.location) {
            changes.push(Change::LocationChanged(Some(provider.name.clone())));
        }
    }
}
