//! What all gestori share: the authority that issues their certificates, its revocation lists,
//! and the directory.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use pec_directory::{Contents, Directory, Environment, Provider, ProviderCertificate};
use pec_smime::crypto::CryptoProvider;
use pec_smime::testpki::{Identity, Shape, TestPki};
use pec_smime::x509::{Crl, TrustAnchor, TrustStore};

/// How often lists and directory are published.
const PUBLICATION: TimeDelta = TimeDelta::hours(12);

/// After what time everybody has a new certificate: it is published, then taken.
const KNOWN: TimeDelta = TimeDelta::hours(25);

/// A gestore as the directory shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// What it manages; the first one is that of its addresses.
    pub domains: Vec<String>,
    /// Its certificates.
    pub certificates: Vec<Published>,
    /// When it is missing from the directory, if ever: from, to.
    pub absent: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// A certificate with what becomes of it.
#[derive(Clone, Debug)]
pub struct Published {
    /// Key and certificate.
    pub identity: Identity,
    /// When it enters the directory.
    pub from: DateTime<Utc>,
    /// When it is revoked, if it is.
    pub revoked: Option<DateTime<Utc>>,
    /// When it expires, if it does so in the run.
    pub expires: Option<DateTime<Utc>>,
}

impl Published {
    fn is_good(&self, at: DateTime<Utc>) -> bool {
        [self.revoked, self.expires].iter().flatten().all(|end| at < *end)
    }
}

/// The authority and the directory of one world.
#[derive(Debug)]
pub struct Authority {
    start: DateTime<Utc>,
    /// All gestori.
    pub listed: Vec<Listed>,
}

impl Authority {
    /// The authority of a world that starts at an instant: its certificates hold for a month
    /// before and for 33 months after it.
    #[must_use]
    pub fn new(start: DateTime<Utc>) -> Self {
        Self { start, listed: Vec::new() }
    }

    /// Lists a gestore with a certificate.
    pub fn list(&mut self, name: &str, domains: &[String]) -> usize {
        let identity = identity(self.start, None, name, &domains[0], Shape::Sound);
        let from = self.start - TimeDelta::days(2);
        let certificate = Published { identity, from, revoked: None, expires: None };
        self.listed.push(Listed {
            name: name.to_owned(),
            domains: domains.to_vec(),
            certificates: vec![certificate],
            absent: None,
        });
        self.listed.len() - 1
    }

    /// The first certificate of a gestore expires at an instant.
    pub fn let_expire(&mut self, gestore: usize, at: DateTime<Utc>) {
        let (start, listed) = (self.start, &mut self.listed[gestore]);
        let shape = Shape::Rsa4096;
        let soon = identity(start, Some(at), &listed.name, &listed.domains[0], shape);
        listed.certificates[0].identity = soon;
        listed.certificates[0].expires = Some(at);
    }

    /// The first certificate of a gestore is revoked at an instant.
    pub fn revoke(&mut self, gestore: usize, at: DateTime<Utc>) {
        self.listed[gestore].certificates[0].revoked = Some(at);
    }

    /// A gestore gets another certificate, in the directory from an instant on.
    pub fn renew(&mut self, gestore: usize, from: DateTime<Utc>) {
        let (start, listed) = (self.start, &mut self.listed[gestore]);
        let identity = identity(start, None, &listed.name, &listed.domains[0], Shape::P256);
        listed.certificates.push(Published { identity, from, revoked: None, expires: None });
    }

    /// With what a gestore signs at an instant: its newest good certificate that all others have
    /// had time to find in the directory, else the newest at all.
    ///
    /// # Panics
    /// When the gestore has none yet.
    #[must_use]
    pub fn identity_of(&self, gestore: usize, at: DateTime<Utc>) -> &Identity {
        let published = || self.listed[gestore].certificates.iter().rev();
        let is_known =
            |certificate: &&Published| certificate.from + KNOWN <= at && certificate.is_good(at);
        let known = published().find(is_known);
        let newest = known.or_else(|| published().find(|certificate| certificate.from <= at));
        &newest.expect("a gestore begins with a certificate").identity
    }

    /// The directory as it is published at an instant.
    #[must_use]
    pub fn directory(&self, at: DateTime<Utc>) -> Directory {
        let published = self.publication(at);
        let is_present = |listed: &&Listed| {
            listed.absent.is_none_or(|(from, to)| published < from || published >= to)
        };
        let providers = self.listed.iter().filter(is_present);
        let providers = providers.map(|listed| provider(listed, published)).collect();
        Directory::new(Contents { base: None, providers }, published)
    }

    /// Whom to trust at an instant, with the revocation lists that are published then.
    ///
    /// # Panics
    /// When a list that was just made cannot be read.
    #[must_use]
    pub fn trust(&self, at: DateTime<Utc>) -> TrustStore {
        let published = self.publication(at);
        let certificates = self.listed.iter().flat_map(|listed| &listed.certificates);
        let is_revoked = |certificate: &&Published| {
            certificate.revoked.is_some_and(|revoked| revoked <= published)
        };
        let revoked: Vec<_> = certificates.filter(is_revoked).map(|c| &c.identity).collect();
        let mut store = TrustStore::new();
        let root = made().pki(self.start + MIDDLE).root().clone();
        store.add_anchor(TrustAnchor::new(root));
        for list in revocation_lists(self.start, published, &revoked) {
            store.add_crl(Crl::from_der(&list).expect("a list that was just made"));
        }
        store
    }

    /// The last publication at or before an instant.
    fn publication(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let first = self.start - TimeDelta::days(1);
        let period = PUBLICATION.num_seconds();
        let passed = (at - first).num_seconds().max(0) / period;
        first + TimeDelta::seconds(passed * period)
    }
}

/// The service mailbox of a gestore, `mailReceipt` of the directory.
#[must_use]
pub fn service_mailbox(domain: &str) -> String {
    format!("ricevute@{domain}")
}

fn provider(listed: &Listed, at: DateTime<Utc>) -> Provider {
    let crypto = CryptoProvider::rustcrypto();
    let known = listed.certificates.iter().filter(|certificate| certificate.from <= at);
    let certificate = |published: &Published| {
        let der = published.identity.certificate().der();
        ProviderCertificate::new(der, &crypto).expect("SHA-1 is known")
    };
    let environment = Environment {
        certificates: known.map(certificate).collect(),
        mail_receipt: service_mailbox(&listed.domains[0]).parse().ok(),
        domains: listed.domains.iter().filter_map(|domain| domain.parse().ok()).collect(),
        descriptions: Vec::new(),
    };
    Provider::new(listed.name.parse().expect("a name"), environment)
}

type IdentityKey = (DateTime<Utc>, Option<DateTime<Utc>>, String, Shape);
type ListKey = (DateTime<Utc>, DateTime<Utc>, Vec<Vec<u8>>);

/// What RSA has made, for all worlds of this process: making it is slow.
#[derive(Default)]
struct Made {
    authorities: HashMap<DateTime<Utc>, TestPki>,
    identities: HashMap<IdentityKey, Identity>,
    lists: HashMap<ListKey, [Vec<u8>; 2]>,
}

impl Made {
    fn pki(&mut self, now: DateTime<Utc>) -> &TestPki {
        self.authorities.entry(now).or_insert_with(|| TestPki::new(now, &[]))
    }
}

fn made() -> MutexGuard<'static, Made> {
    static MADE: LazyLock<Mutex<Made>> = LazyLock::new(Mutex::default);
    MADE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The instant of the development PKI after the start: its certificates hold from a year before it
/// until two years after it.
const MIDDLE: TimeDelta = TimeDelta::days(300);

/// The certificate of a gestore; it expires at an instant, if one is given.
fn identity(
    start: DateTime<Utc>,
    expiry: Option<DateTime<Utc>>,
    name: &str,
    domain: &str,
    shape: Shape,
) -> Identity {
    let key = (start, expiry, name.to_owned(), shape);
    let mut made = made();
    if let Some(known) = made.identities.get(&key) {
        return known.clone();
    }
    let now = expiry.map_or(start + MIDDLE, |expiry| expiry - TimeDelta::days(2 * 365));
    let identity = made.pki(now).provider(name, domain, shape);
    made.identities.insert(key, identity.clone());
    identity
}

/// The lists of the issuing authority and of the root.
fn revocation_lists(
    start: DateTime<Utc>,
    at: DateTime<Utc>,
    revoked: &[&Identity],
) -> [Vec<u8>; 2] {
    let serials = revoked.iter().map(|identity| identity.certificate().serial().to_vec());
    let key = (start, at, serials.collect());
    let mut made = made();
    if let Some(known) = made.lists.get(&key) {
        return known.clone();
    }
    // This one dates revocations before the start.
    let pki = made.pki(start);
    let lists = [pki.revocation_list(at, revoked), pki.root_revocation_list(at)];
    made.lists.insert(key, lists.clone());
    lists
}
