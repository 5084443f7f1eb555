//! What a plan asks the shell to do, after the plan is durable.

use chrono::{DateTime, Utc};
use pec_daticert::Address;
use pec_directory::Directory;
use serde::{Deserialize, Serialize};

use crate::{BodyRef, EffectId, SmtpEnvelope, Unsigned};

/// One thing to do. It may be done again after a crash: its name is the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Its name.
    pub id: EffectId,
    /// What to do.
    pub action: Action,
}

/// What to do. Every action is reported back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// Sign, and keep the octets under the effect's name if none are there yet.
    Seal(Box<Unsigned>),
    /// Send by SMTP; those recipients that the next hop puts off again and again, until `until`.
    Relay {
        /// What.
        message: MessageRef,
        /// The paths.
        envelope: SmtpEnvelope,
        /// To whom.
        route: Route,
        /// When to give up and report [`RelayResult::Expired`](crate::RelayResult::Expired).
        until: DateTime<Utc>,
    },
    /// Put into a mailbox of ours: look whether it can take the message and report that; the plan
    /// for the report holds the row.
    Deposit {
        /// The mailbox.
        mailbox: Address,
        /// What.
        message: MessageRef,
    },
    /// Keep an infected message apart, until an instant (RFC 6109 §2.2.4).
    Quarantine {
        /// What.
        message: BodyRef,
        /// When it may go.
        until: DateTime<Utc>,
    },
    /// Stop an earlier relay; what was sent is sent.
    Withdraw(EffectId),
    /// Tell the operator.
    Alarm(Alarm),
}

/// Where the octets of a message are. The list is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageRef {
    /// A message as it came.
    Body(BodyRef),
    /// A message that the effect of this name signs.
    Sealed(EffectId),
}

/// To whom a message goes. The list is closed: RFC 6109 knows certified and ordinary mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// A provider, ourselves included: TLS only (RFC 6109 §5.3). The domain of the recipients.
    Provider(String),
    /// The ordinary world. The domain of the recipients.
    Ordinary(String),
}

impl Route {
    /// The way to an address: the directory tells whether its domain is a provider's.
    #[must_use]
    pub fn to(address: &Address, directory: &Directory) -> Self {
        let domain = address.domain().to_ascii_lowercase();
        match directory.manager(&domain) {
            Some(_) => Self::Provider(domain),
            None => Self::Ordinary(domain),
        }
    }

    /// The domain of the recipients, in lower case.
    #[must_use]
    pub fn domain(&self) -> &str {
        match self {
            Self::Provider(domain) | Self::Ordinary(domain) => domain,
        }
    }
}

/// What an operator must hear of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Alarm {
    /// A receipt of ours came back (design: logged, alarmed, never answered).
    ReceiptBounced,
    /// Another message bears the identifier of a transmission that is known.
    IdentifierReused,
    /// Receipts say both that a message was delivered and that it was not.
    ContradictoryReceipts,
    /// A provider that does not know of our transmission sent a receipt for it, or one for a
    /// transmission that is not ours.
    UnknownTransmission,
    /// A virus got past our own scanner (RFC 6109 §3.2.4).
    VirusMissed,
    /// A mailbox of ours cannot take a message that was acknowledged and gets no receipt: it is in
    /// the service mailbox.
    Undepositable,
    /// The directory names no service mailbox of the provider that a receipt is for.
    NoServiceMailbox,
    /// A next hop refused a receipt of ours for good.
    ReceiptRefused,
}
