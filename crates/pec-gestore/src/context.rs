//! What planning looks at and does not change.

use std::fmt;

use chrono::{DateTime, Utc};
use pec_daticert::{Address, PecMsgid, Recipient, Text};
use pec_directory::Directory;
use pec_message::identifier::IdGenerator;
use pec_message::write::SystemAddress;

use crate::Route;
use crate::limits::{LEGAL_PRODUCT_OCTETS, LEGAL_RECIPIENTS};

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

impl Context<'_> {
    /// The recipient of this address: certified when a provider manages its domain (norms 22).
    pub(crate) fn recipient(&self, address: &Address) -> Recipient {
        match Route::to(address, self.directory) {
            Route::Provider(_) => Recipient::certified(address.clone()),
            Route::Ordinary(_) => Recipient::external(address.clone()),
        }
    }
}

/// Who we are, and our rules.
#[doc(alias = "gestore")]
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

/// What a gestore takes, in octets and numbers (norms 24). What the law guarantees is kept
/// whatever stands here: ask [`message`](Limits::message), [`product`](Limits::product),
/// [`recipients`](Limits::recipients).
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

impl Default for Limits {
    /// 100 MiB for a message, 30 MiB for the product, 500 recipients, 100 hops (RFC 5321 §6.3).
    fn default() -> Self {
        Self {
            message_octets: 100 * 1024 * 1024,
            product_octets: LEGAL_PRODUCT_OCTETS,
            recipients: 500,
            hops: 100,
        }
    }
}

impl Limits {
    /// The outer bound in octets: what a server announces as `SIZE`. It is never below the
    /// product, which one recipient may use up alone.
    #[must_use]
    pub const fn message(&self) -> u64 {
        let product = self.product();
        if self.message_octets < product { product } else { self.message_octets }
    }

    /// Size times recipients in octets, never below [`LEGAL_PRODUCT_OCTETS`].
    // rfc6109 §3.1.1#2, norms 24
    #[must_use]
    pub const fn product(&self) -> u64 {
        let legal = LEGAL_PRODUCT_OCTETS;
        if self.product_octets < legal { legal } else { self.product_octets }
    }

    /// Recipients of one submission, never below [`LEGAL_RECIPIENTS`].
    // norms 24
    #[must_use]
    pub const fn recipients(&self) -> usize {
        if self.recipients < LEGAL_RECIPIENTS { LEGAL_RECIPIENTS } else { self.recipients }
    }
}

/// What to do with ordinary mail to a mailbox (norms 33, 95). The list is closed by the norm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrdinaryPolicy {
    /// Refuse it.
    Refuse,
    /// Deliver it inside an anomaly envelope.
    Envelope,
    /// Send it on, as it is, to this address outside.
    Forward(Address),
}

/// Whom a mailbox corresponds with (norms 96). The list is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Correspondents {
    /// Anybody.
    All,
    /// Only addresses of these domains, in lower case, and of their subdomains.
    Domains(Vec<String>),
}

impl Correspondents {
    /// Whether an address is one of them.
    #[must_use]
    pub fn admit(&self, address: &Address) -> bool {
        let domain = address.domain().to_ascii_lowercase();
        match self {
            Self::All => true,
            Self::Domains(domains) => domains.iter().any(|admitted| {
                let parent = domain.strip_suffix(admitted.as_str());
                parent.is_some_and(|parent| parent.is_empty() || parent.ends_with('.'))
            }),
        }
    }
}

/// Whether a mailbox works. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailboxState {
    /// It does.
    Active,
    /// It neither sends nor takes mail.
    Suspended,
}

/// What is known of one mailbox of ours.
#[doc(alias = "casella")]
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

impl Provider {
    /// Whether mail for the address is ours: users of our domains, and the system's addresses.
    #[must_use]
    pub fn serves(&self, address: &Address) -> bool {
        let is_own = |domain: &String| domain.eq_ignore_ascii_case(address.domain());
        self.domains.iter().any(is_own) || self.is_service(address)
    }

    /// Whether it is the service mailbox or the system address, which no user has.
    #[must_use]
    pub fn is_service(&self, address: &Address) -> bool {
        address.is_same_mailbox(&self.service_mailbox)
            || address.is_same_mailbox(self.system.address())
    }

    /// `errore-esteso` as providers write it: status code, provider, description (norms §6.1).
    pub(crate) fn error_detail(&self, status: &str, description: &str) -> Text {
        let detail = format!("{status} - {} - {description}", self.name);
        Text::new(detail).unwrap_or_default()
    }
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
