//! Two providers of the development PKI, what they manage, and how messages are judged there.

use chrono::{DateTime, TimeDelta, Utc};
use pec_directory::{
    Contents, Directory, DirectoryHistory, Environment, Provider, ProviderCertificate,
};
use pec_message::{Authentication, Origin, authenticate, read};
use pec_smime::crypto::CryptoProvider;
use pec_smime::testpki::{Identity, Shape, TestPki};
use pec_smime::verify::{Policy, Verification, Verifier};
use pec_smime::x509::{Crl, TrustAnchor, TrustStore};

pub(crate) struct World {
    pub(crate) crypto: CryptoProvider,
    pub(crate) pki: TestPki,
    pub(crate) store: TrustStore,
    /// The sender's provider.
    pub(crate) alfa: Identity,
    /// The recipient's provider.
    pub(crate) beta: Identity,
    pub(crate) directory: DirectoryHistory,
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-21T09:15:00Z".parse().unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        let pki = TestPki::new(now(), &["alfa.example", "beta.example"]);
        let alfa = pki.provider("Alfa PEC S.p.A.", "alfa.example", Shape::Sound);
        let beta = pki.provider("Beta PEC S.p.A.", "beta.example", Shape::P256);
        let mut store = TrustStore::new();
        store.add_anchor(TrustAnchor::new(pki.root().clone()));
        let yesterday = now() - TimeDelta::days(1);
        for crl in [pki.revocation_list(yesterday, &[]), pki.root_revocation_list(yesterday)] {
            store.add_crl(Crl::from_der(&crl).unwrap());
        }
        let directory = directory(
            yesterday,
            &[(ALFA, &alfa, &["alfa.example", "comune.example"]), (BETA, &beta, &["beta.example"])],
        );
        Self { crypto: CryptoProvider::rustcrypto(), pki, store, alfa, beta, directory }
    }

    pub(crate) fn origin(&self) -> Origin<'_> {
        Origin::directory(&self.directory, &self.crypto)
    }

    pub(crate) fn verify<'m>(&self, message: &'m [u8], policy: Policy) -> Verification<'m> {
        Verifier::new(&self.store, &self.crypto, policy).message(message, now())
    }

    /// Under the strict policy, with the directory.
    pub(crate) fn judge<'m>(&self, message: &'m [u8]) -> Authentication<'m> {
        self.judge_by(message, &self.origin())
    }

    pub(crate) fn judge_by<'m>(
        &self,
        message: &'m [u8],
        origin: &Origin<'_>,
    ) -> Authentication<'m> {
        authenticate(&read(message), &self.verify(message, Policy::strict()), origin)
    }
}

/// A directory obtained yesterday: the records of each provider.
pub(crate) fn directory(
    since: DateTime<Utc>,
    records: &[(&str, &Identity, &[&str])],
) -> DirectoryHistory {
    let crypto = CryptoProvider::rustcrypto();
    let provider = |(name, identity, domains): &(&str, &Identity, &[&str])| {
        let certificate = ProviderCertificate::new(identity.certificate().der(), &crypto).unwrap();
        let environment = Environment {
            certificates: vec![certificate],
            domains: domains.iter().map(|domain| domain.parse().unwrap()).collect(),
            ..Environment::default()
        };
        Provider::new(name.parse().unwrap(), environment)
    };
    let providers = records.iter().map(provider).collect();
    let mut history = DirectoryHistory::new();
    history.insert(Directory::new(Contents { base: None, providers }, since));
    history
}

pub(crate) const ALFA: &str = "Alfa PEC S.p.A.";
pub(crate) const BETA: &str = "Beta PEC S.p.A.";
