//! Gestori in memory: a small network for examples, tests and benchmarks.
//!
//! What a shell does stands here in its shortest form: plan, commit, run the effects, report. It
//! forgets everything when it goes; a gestore in earnest uses `pec-store`. The certificates come
//! from [`pec_smime::testpki`], whose keys are public.
//!
//! ```
//! use pec_gestore::Scan;
//! use pec_gestore::testkit::Network;
//!
//! let mut network = Network::new("2026-11-21T09:00:00Z".parse()?);
//! let message = b"Date: Sat, 21 Nov 2026 10:00:00 +0100\r\nFrom: mario@alfa.example\r\n\
//!                 To: anna@beta.example\r\nSubject: Contratto\r\n\r\nEcco.\r\n";
//! let reply = network.submit("mario@alfa.example", &["anna@beta.example"], message)?;
//! assert_eq!(reply.code, 250);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![expect(clippy::expect_used, reason = "made-up names are right, and a fault stops the test")]

mod node;
mod shell;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::Address;
use pec_directory::{
    Contents, Directory, DirectoryHistory, Environment, Provider as Record, ProviderCertificate,
};
use pec_message::abridged::{Abridged, Octets, Unreadable};
use pec_message::{Authentication, Origin, authenticate, read_up_to};
use pec_smime::crypto::CryptoProvider;
use pec_smime::testpki::{Identity, Shape, TestPki};
use pec_smime::verify::{Policy, Verifier};
use pec_smime::x509::{Crl, TrustAnchor, TrustStore};

pub use node::{Node, Stored, User};

use crate::{Input, Judgement, MessageFacts, Reply, Scan, SmtpEnvelope, Submission};

/// What a scanner finds in a message.
pub type Scanner = fn(&[u8]) -> Scan;

/// Two gestori, *Alfa PEC S.p.A.* for `alfa.example` and *Beta PEC S.p.A.* for `beta.example`, each
/// with users, and the ordinary world around them.
#[derive(Debug)]
pub struct Network {
    now: DateTime<Utc>,
    crypto: CryptoProvider,
    pki: TestPki,
    identities: Vec<Identity>,
    trust: TrustStore,
    directory: DirectoryHistory,
    /// The gestori.
    pub nodes: Vec<Node>,
    /// What went to ordinary domains.
    pub outside: Vec<(SmtpEnvelope, Vec<u8>)>,
    /// Domains that no next hop answers for: relays to them wait.
    pub unreachable: Vec<String>,
    /// The access point's scanner, and the incoming point's.
    pub scanners: [Scanner; 2],
}

/// Names and domains of the gestori, and the local parts of their users.
const GESTORI: [(&str, &str); 2] =
    [("Alfa PEC S.p.A.", "alfa.example"), ("Beta PEC S.p.A.", "beta.example")];
const USERS: [&str; 3] = ["mario", "anna", "luca"];

impl Network {
    /// Both gestori, at that instant, with the users `mario`, `anna` and `luca` at each.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        let crypto = CryptoProvider::rustcrypto();
        let pki = TestPki::new(now, &GESTORI.map(|(_, domain)| domain));
        let identity = |(name, domain): (&str, &str)| pki.provider(name, domain, Shape::P256);
        let identities: Vec<Identity> = GESTORI.map(identity).into();
        let nodes = GESTORI.iter().zip(&identities);
        let nodes = nodes
            .map(|((name, domain), identity)| {
                let users = USERS.map(|user| format!("{user}@{domain}"));
                Node::new(name, domain, &users, identity.signer(&crypto))
            })
            .collect();
        let mut network = Self {
            now,
            crypto,
            pki,
            identities,
            trust: TrustStore::new(),
            directory: DirectoryHistory::new(),
            nodes,
            outside: Vec::new(),
            unreachable: Vec::new(),
            scanners: [|_| Scan::Clean; 2],
        };
        network.refresh();
        network
    }

    /// The instant.
    #[must_use]
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The cryptography.
    #[must_use]
    pub const fn crypto(&self) -> &CryptoProvider {
        &self.crypto
    }

    /// The directory in force.
    ///
    /// # Panics
    /// Never: the network made one.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        self.directory.in_force_at(self.now).expect("a network has a directory")
    }

    /// The gestore of a domain.
    #[must_use]
    pub fn node_of(&self, domain: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.manages(domain))
    }

    /// The messages in a mailbox, oldest first.
    pub fn mailbox(&self, address: &str) -> impl Iterator<Item = &[u8]> {
        let users: Vec<&User> = self.nodes.iter().filter_map(|node| node.user(address)).collect();
        users.into_iter().flat_map(|user| &user.messages).map(Vec::as_slice)
    }

    /// A user hands a message to the access point; its effects wait for [`run`](Network::run).
    ///
    /// # Errors
    /// [`pec_daticert::AddressError`] when something is no address.
    pub fn submit(
        &mut self,
        account: &str,
        forward_paths: &[&str],
        message: &[u8],
    ) -> Result<Reply, pec_daticert::AddressError> {
        let account: Address = account.parse()?;
        let paths: Result<Vec<Address>, _> =
            forward_paths.iter().map(|path| path.parse()).collect();
        let envelope = SmtpEnvelope { reverse_path: Some(account.clone()), forward_paths: paths? };
        let node = self.node_of(account.domain()).unwrap_or_default();
        let submission = self.submission(node, account, envelope, message);
        Ok(self.handle(node, &Input::Submission(submission)).expect("a submission is answered"))
    }

    /// The input that a submission is.
    pub fn submission(
        &mut self,
        node: usize,
        account: Address,
        envelope: SmtpEnvelope,
        message: &[u8],
    ) -> Submission {
        let [scanner, _] = self.scanners;
        let (now, crypto) = (self.now, self.crypto.clone());
        let node = self.node(node);
        Submission {
            id: node.fresh_id(now),
            account,
            envelope,
            message: node.keep(message, &crypto),
            facts: MessageFacts::of(message),
            scan: scanner(message),
        }
    }

    /// Judges a message as an incoming point does.
    #[must_use]
    pub fn judge(&self, message: &[u8]) -> Judgement {
        self.judge_with(message, &self.crypto)
    }

    /// As [`judge`](Network::judge), with other cryptography for the digest of what is certified.
    #[must_use]
    pub fn judge_with(&self, message: &[u8], digests: &CryptoProvider) -> Judgement {
        self.judge_by(message, &self.crypto, digests)
    }

    /// As [`judge`](Network::judge), of a large message whose octets are elsewhere.
    ///
    /// # Errors
    /// When the octets cannot be read.
    pub fn judge_abridged(
        &self,
        message: &Arc<Abridged>,
        octets: &Arc<dyn Octets>,
    ) -> Result<Judgement, Unreadable> {
        message.examine(octets, &self.crypto, |view, crypto| self.judge_by(view, crypto, crypto))
    }

    fn judge_by(
        &self,
        message: &[u8],
        crypto: &CryptoProvider,
        digests: &CryptoProvider,
    ) -> Judgement {
        let verifier = Verifier::new(&self.trust, crypto, Policy::strict());
        let verification = verifier.message(message, self.now);
        let origin = Origin::directory(&self.directory, crypto);
        let mail = read_up_to(message, message.len());
        let authentication: Authentication<'_> = authenticate(&mail, &verification, &origin);
        Judgement::of(authentication, digests)
    }

    /// Sets the clock, renews revocation lists and directory, and tells the states whose deadlines
    /// are reached.
    pub fn advance_to(&mut self, now: DateTime<Utc>) {
        self.now = now;
        self.refresh();
        for node in 0..self.nodes.len() {
            for key in self.node(node).due(now) {
                self.handle(node, &Input::Deadline(key));
            }
        }
    }

    fn refresh(&mut self) {
        let made = self.now.checked_sub_signed(TimeDelta::hours(1)).expect("an hour before");
        let mut trust = TrustStore::new();
        trust.add_anchor(TrustAnchor::new(self.pki.root().clone()));
        for list in [self.pki.revocation_list(made, &[]), self.pki.root_revocation_list(made)] {
            trust.add_crl(Crl::from_der(&list).expect("a revocation list"));
        }
        self.trust = trust;
        let records = GESTORI.iter().zip(&self.identities).map(|((name, domain), identity)| {
            let der = identity.certificate().der();
            let certificate = ProviderCertificate::new(der, &self.crypto).expect("a certificate");
            let environment = Environment {
                certificates: vec![certificate],
                mail_receipt: Some(format!("ricevute@{domain}").parse().expect("a mailbox")),
                domains: vec![domain.parse().expect("a domain")],
                ..Environment::default()
            };
            Record::new(name.parse().expect("a name"), environment)
        });
        let contents = Contents { base: None, providers: records.collect() };
        self.directory.insert(Directory::new(contents, made));
    }

    fn node(&mut self, node: usize) -> &mut Node {
        self.nodes.get_mut(node).expect("one of the gestori")
    }
}
