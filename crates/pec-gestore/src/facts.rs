//! What the header of a message says: found once, by the shell, while the octets are at hand.

use pec_daticert::{Address, Msgid, ReceiptType, Text};
use pec_message::original::NotCanonical;

/// What the header of a message says; nothing of it is certified.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MessageFacts {
    /// The addresses of `From`, over all its fields.
    pub from: Vec<Address>,
    /// The addresses of `To`, groups opened.
    pub to: Vec<Address>,
    /// The addresses of `Cc`, groups opened.
    pub cc: Vec<Address>,
    /// Whether `Bcc` holds anything.
    pub has_bcc: bool,
    /// What RFC 5322 forbids in this header, in its order.
    pub faults: Vec<HeaderFault>,
    /// Why the message cannot travel inside another one, if so.
    pub not_canonical: Option<NotCanonical>,
    /// The subject, readable.
    pub subject: Option<Text>,
    /// `Reply-To`, else `From`, readable.
    pub reply_to: Text,
    /// The identifier that the client gave.
    pub msgid: Option<Msgid>,
    /// The delivery receipt that the sender asks for.
    pub receipt_type: ReceiptType,
    /// How many `Received` fields there are.
    pub hops: usize,
    /// Length in octets.
    pub octets: u64,
}

/// What RFC 5322 forbids in a header (norms 66).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderFault {
    /// A field that may stand once stands more often.
    Duplicate(&'static str),
    /// A field has an octet outside US-ASCII.
    NotAscii,
    /// There is no such field.
    Missing(&'static str),
    /// The addresses of this field cannot be read.
    BadAddresses(&'static str),
}
