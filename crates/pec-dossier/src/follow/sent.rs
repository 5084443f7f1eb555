//! What the sender knows before any receipt comes.

use chrono::{DateTime, Utc};
use pec_daticert::{Address, Msgid, ReceiptType, Value};
use pec_message::{Claimed, Mailbox};
use serde::{Deserialize, Serialize};

/// A message that was sent, as its sender knows it.
///
/// ```
/// use pec_dossier::Sent;
/// use pec_message::read;
///
/// let mail = read(
///     b"Message-ID: <m1@pc.example>\r\nFrom: Mario <mario@alfa.example>\r\n\
///       To: anna@beta.example\r\nCc: ugo@beta.example\r\n\r\nciao\r\n",
/// );
/// let sent = Sent::from_claimed(&mail.claimed())?;
/// assert_eq!(sent.msgid.as_str(), "<m1@pc.example>");
/// assert_eq!(sent.recipients.len(), 2);
/// # Ok::<(), pec_dossier::SentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sent {
    /// The identifier that the sender's program gave; receipts repeat it.
    pub msgid: Msgid,
    /// The sender. A receipt about a message of somebody else is not about this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Address>,
    /// The recipients.
    #[serde(default)]
    pub recipients: Vec<Address>,
    /// When it was handed to the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// The delivery receipt that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_type: Option<ReceiptType>,
}

/// Why a message cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SentError {
    /// Without `Message-ID` no receipt says that it is about this message.
    #[error("the message has no Message-ID: no receipt can be told to be about it")]
    NoMessageId,
}

impl Sent {
    /// What the header of a kept copy says. Addresses that are none are left out.
    ///
    /// The original that an envelope or a receipt carries is such a copy too: its `Message-ID` is
    /// the provider's, and the sender's stands in `X-Riferimento-Message-ID` (RFC 6109 §8.1.1).
    ///
    /// # Errors
    /// [`SentError::NoMessageId`]
    pub fn from_claimed(claimed: &Claimed) -> Result<Self, SentError> {
        let parsed = |msgid: &Option<String>| msgid.as_deref().and_then(|msgid| msgid.parse().ok());
        let msgid = parsed(&claimed.reference_message_id).or_else(|| parsed(&claimed.message_id));
        let address = |mailbox: &Mailbox| mailbox.address.parse().ok();
        Ok(Self {
            msgid: msgid.ok_or(SentError::NoMessageId)?,
            sender: claimed.from.first().and_then(address),
            recipients: claimed.to.iter().chain(&claimed.cc).filter_map(address).collect(),
            at: claimed.date.map(|date| date.to_utc()),
            receipt_type: claimed.receipt_type.as_ref().and_then(Value::known).copied(),
        })
    }

    /// Whether a receipt about a message of `sender` can be about this one.
    pub(super) fn is_of(&self, sender: &Address) -> bool {
        self.sender.as_ref().is_none_or(|own| own.is_same_mailbox(sender))
    }

    /// Adds what another copy of the same message tells. The order of the two makes no difference.
    pub(super) fn join(&mut self, other: Self) {
        self.recipients.extend(other.recipients);
        self.sender = earliest(self.sender.take(), other.sender);
        self.at = earliest(self.at, other.at);
        self.receipt_type = earliest(self.receipt_type, other.receipt_type);
        self.sort();
    }

    /// With its recipients in the order of their addresses, each once.
    pub(super) fn sorted(mut self) -> Self {
        self.sort();
        self
    }

    fn sort(&mut self) {
        self.recipients.sort_by_cached_key(|address| (mailbox(address), address.clone()));
        self.recipients.dedup_by(|a, b| a.is_same_mailbox(b));
    }
}

/// What is the same for all ways to write the address of a mailbox.
pub(super) fn mailbox(address: &Address) -> String {
    address.as_str().to_ascii_lowercase()
}

/// The lesser of what is known.
pub(super) fn earliest<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
