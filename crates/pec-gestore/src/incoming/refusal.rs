//! What the incoming point refuses in the SMTP session.

use pec_daticert::{Address, Text};
use pec_message::Doubt;

use crate::Reply;

/// Why an arrival is refused in the SMTP session. The host that hands it in keeps it, and tells its
/// sender in the end: nothing is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArrivalRefusal {
    /// It cannot be told now what the message is (RFC 6109 §2.2.2).
    Undecided(Doubt),
    /// The scanner did not answer.
    NotScanned,
    /// There is no recipient.
    NoRecipient,
    /// A recipient that is not ours: we relay for nobody.
    NotOurs(Address),
    /// The message is larger than what we take.
    TooLarge {
        /// The bound, in octets.
        limit: u64,
    },
    /// The header is larger than what is looked at: no envelope could be put around it
    /// ([`HeaderFault::TooLarge`](crate::HeaderFault::TooLarge)).
    HeaderTooLarge,
    /// The certification data are so large that no receipt could repeat them
    /// ([`RECEIVED_OCTETS`](crate::limits::RECEIVED_OCTETS)).
    DataTooLarge,
    /// The message runs in circles.
    Loop {
        /// How many hosts it came through.
        hops: usize,
    },
    /// A message of a provider over a channel that is not secure (RFC 6109 §5.3).
    Insecure,
    /// Ordinary mail with a virus (RFC 6109 §2.2.2).
    Infected(Text),
    /// Ordinary mail with an attachment that our rules forbid.
    Forbidden(Text),
    /// Ordinary mail for a mailbox that does not exist.
    Unknown(Address),
    /// Ordinary mail for a mailbox that is full.
    Full(Address),
    /// Ordinary mail for a mailbox that is suspended.
    Suspended(Address),
    /// Ordinary mail for a mailbox that takes none (norms 95), or none of this sender (norms 96).
    NotWanted(Address),
    /// Some of the mailboxes take the message and others do not: one transaction has one answer.
    Mixed,
}

impl ArrivalRefusal {
    /// What the host is told.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let (code, enhanced, text) = match self {
            Self::Undecided(doubt) => {
                (451, "4.7.5", format!("The signature cannot be judged now: {doubt}"))
            }
            Self::NotScanned => {
                (451, "4.7.1", "The virus scanner does not answer, try again later".to_owned())
            }
            Self::NoRecipient => (554, "5.5.1", "No valid recipients".to_owned()),
            Self::NotOurs(address) => (550, "5.7.1", format!("<{address}>: Relaying denied")),
            Self::TooLarge { limit } => {
                (552, "5.3.4", format!("Message size exceeds the limit of {limit} octets"))
            }
            Self::HeaderTooLarge => (554, "5.6.0", "The header is too large".to_owned()),
            Self::DataTooLarge => {
                (554, "5.3.4", "The certification data are too large to be answered".to_owned())
            }
            Self::Loop { hops } => (554, "5.4.6", format!("Routing loop: {hops} hops")),
            Self::Insecure => {
                (554, "5.7.0", "Messages of PEC providers are taken over TLS only".to_owned())
            }
            Self::Infected(virus) => (554, "5.7.1", format!("Virus found: {virus}")),
            Self::Forbidden(name) => (554, "5.7.1", format!("Attachment not admitted: {name}")),
            Self::Unknown(address) => (550, "5.1.1", format!("<{address}>: no such mailbox")),
            Self::Full(address) => (452, "4.2.2", format!("<{address}>: mailbox full")),
            Self::Suspended(address) => (550, "5.2.1", format!("<{address}>: mailbox suspended")),
            Self::NotWanted(address) => {
                (550, "5.7.1", format!("<{address}> takes certified mail only"))
            }
            Self::Mixed => {
                (452, "4.5.3", "These recipients differ, one at a time please".to_owned())
            }
        };
        Reply::new(code, enhanced, &text)
    }

    /// Whether trying again may help.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.reply().code < 500
    }
}
