//! What planning looks at and does not change.

use std::fmt;

use chrono::{DateTime, Utc};
use pec_daticert::{Address, PecMsgid, Text};
use pec_directory::Directory;
use pec_message::identifier::IdGenerator;
use pec_message::write::SystemAddress;

/// What planning looks at: all of it is fixed before, so planning is a function.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The one time reference of the step (RFC 6109 §4.1).
    pub now: DateTime<Utc>,
    /// Identifiers for the messages that are made.
    pub ids: Ids<'a>,
    /// Who we are.
    pub provider: &'a Provider,
    /// The directory in force.
    pub directory: &'a Directory,
    /// What is known of our mailboxes.
    pub mailboxes: &'a dyn Mailboxes,
}

/// Fresh identifiers of one planning.
#[derive(Clone, Copy)]
pub struct Ids<'a> {
    generator: &'a dyn IdGenerator,
    now: DateTime<Utc>,
    random: u128,
}

impl<'a> Ids<'a> {
    /// `random` is fresh for each planning, from a generator fit for cryptography.
    #[must_use]
    pub fn new(generator: &'a dyn IdGenerator, now: DateTime<Utc>, random: [u8; 16]) -> Self {
        Self { generator, now, random: u128::from_be_bytes(random) }
    }

    /// An identifier that differs from all others of this generator.
    pub(crate) fn next(&self) -> PecMsgid {
        self.generator.next_id(self.now, self.random.to_be_bytes())
    }
}

/// Who we are, and our rules.
#[derive(Clone, Debug)]
pub struct Provider {
    /// The name, as in the directory and in `gestore-emittente`.
    pub name: Text,
    /// `posta-certificata@…`, the address in our certificate.
    pub system: SystemAddress,
    /// Where receipts between providers go, `mailReceipt` of the directory.
    pub service_mailbox: Address,
    /// The domains that we manage, in lower case.
    pub domains: Vec<String>,
    /// Our limits.
    pub limits: Limits,
}

/// What a gestore takes, in octets and numbers (norms 24).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A larger submission or arrival is refused by SMTP with `552`.
    pub message_octets: u64,
    /// Size times recipients of a submission; at least 30 MB.
    pub product_octets: u64,
    /// Recipients of a submission; at least 50.
    pub recipients: usize,
    /// `Received` fields after which a message is held to run in circles.
    pub hops: usize,
}

/// What to do with ordinary mail to a mailbox (norms 33, 95). Closed by the norm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrdinaryPolicy {
    /// Refuse it.
    Refuse,
    /// Deliver it inside an anomaly envelope.
    Envelope,
    /// Send it on, as it is, to this address outside.
    Forward(Address),
}

/// Whom a mailbox corresponds with (norms 96). Closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Correspondents {
    /// Anybody.
    All,
    /// Only addresses of these domains, in lower case, and of their subdomains.
    Domains(Vec<String>),
}

/// Whether a mailbox works. Closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailboxState {
    /// It does.
    Active,
    /// It neither sends nor takes mail.
    Suspended,
}

/// What is known of one mailbox of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxFacts {
    /// Whether it works.
    pub state: MailboxState,
    /// Octets that it can still take; `None` is no limit.
    pub quota_left: Option<u64>,
    /// Recipients that it may still write to in the current period; `None` is no limit.
    pub rate_left: Option<u64>,
    /// What to do with ordinary mail.
    pub ordinary: OrdinaryPolicy,
    /// Whom it writes to and hears from.
    pub correspondents: Correspondents,
}

/// What is known of our mailboxes at the instant of planning: a snapshot.
pub trait Mailboxes {
    /// The facts of a mailbox; `None` when there is none of that name.
    fn facts(&self, address: &Address) -> Option<MailboxFacts>;
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let provider = self.provider.name.as_str();
        f.debug_struct("Context").field("now", &self.now).field("provider", &provider).finish()
    }
}

impl fmt::Debug for Ids<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}
