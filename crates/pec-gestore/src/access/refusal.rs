//! What the access point leaves to SMTP: nothing is certified then, and no notice is made.

use pec_daticert::Address;

use crate::Reply;

/// Why a submission is refused in the SMTP session itself. There is either this or a notice, never
/// both.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubmissionRefusal {
    /// The reverse path is not the address of the authenticated mailbox, or empty
    /// (RFC 6109 §5.2; norms §2.6).
    NotOwned {
        /// The reverse path.
        reverse_path: Option<Address>,
        /// The mailbox.
        account: Address,
    },
    /// The mailbox does not exist any more.
    UnknownAccount(Address),
    /// The mailbox is suspended.
    Suspended(Address),
    /// The mailbox is full: the receipts could not be put into it.
    MailboxFull(Address),
    /// More recipients than the mailbox may write to in this period (norms 68).
    RateExceeded {
        /// How many it may still write to.
        left: u64,
    },
    /// There is no recipient.
    NoRecipient,
    /// The message is larger than the outer bound (RFC 6109 §3.1.2).
    TooLarge {
        /// The bound, in octets.
        limit: u64,
    },
    /// Subject, reply addresses and recipients together are more than certification data hold
    /// ([`CERTIFIED_OCTETS`](crate::limits::CERTIFIED_OCTETS)).
    HeaderTooLarge,
    /// The scanner did not answer.
    NotScanned,
    /// Another submission has this identifier.
    IdentifierTaken,
}

impl SubmissionRefusal {
    /// What the client is told.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let (code, enhanced, text) = match self {
            Self::NotOwned { reverse_path, account } => {
                let path = reverse_path.as_ref().map_or("", Address::as_str);
                let text =
                    format!("<{path}>: Sender address rejected: not owned by user {account}");
                (553, "5.7.1", text)
            }
            Self::UnknownAccount(account) => (550, "5.1.8", format!("<{account}>: no mailbox")),
            Self::Suspended(account) => (550, "5.2.1", format!("<{account}>: mailbox suspended")),
            Self::MailboxFull(account) => (
                452,
                "4.2.2",
                format!("<{account}>: mailbox full, there is no room for the receipts"),
            ),
            Self::RateExceeded { left } => {
                (450, "4.7.1", format!("Too many recipients in this period, {left} are left"))
            }
            Self::NoRecipient => (554, "5.5.1", "No valid recipients".to_owned()),
            Self::TooLarge { limit } => {
                (552, "5.3.4", format!("Message size exceeds the limit of {limit} octets"))
            }
            Self::HeaderTooLarge => {
                (552, "5.3.4", "Subject and addresses are too long to be certified".to_owned())
            }
            Self::NotScanned => {
                (451, "4.7.1", "The virus scanner does not answer, try again later".to_owned())
            }
            Self::IdentifierTaken => {
                (451, "4.3.0", "The identifier is taken, try again".to_owned())
            }
        };
        Reply::new(code, enhanced, &text)
    }

    /// What asks for it.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match self {
            Self::NotOwned { .. } | Self::UnknownAccount(_) => "rfc6109 §5.2",
            Self::TooLarge { .. } | Self::HeaderTooLarge => "rfc6109 §3.1.2",
            Self::NotScanned => "rfc6109 §3.1.3",
            Self::IdentifierTaken => "rfc6109 §2.2.1",
            Self::NoRecipient => "rfc6109 §3.1.1",
            Self::Suspended(_) | Self::MailboxFull(_) | Self::RateExceeded { .. } => "norms 68",
        }
    }
}
