//! What the signature of an arriving message proves.

use pec_daticert::{Address, CertificationData, PecMsgid};
use pec_message::{Distrust, Doubt, MessageKind, Step};

use crate::{Digest, Key, Role};

/// What the signature of an arriving message proves. Closed: as
/// [`Authentication`](pec_message::Authentication), without the octets.
#[derive(Clone, Debug)]
pub enum Judgement {
    /// A provider of the directory certifies it.
    Certified(Box<CertifiedMail>),
    /// A test failed. Before the last step the message is ordinary mail, at the last one it is a
    /// provider's and faulty (RFC 6109 §2.2.2).
    Untrusted(Step, Distrust),
    /// It cannot be told now: refuse for the time being.
    Undecided(Doubt),
}

/// A message that a provider of the directory certifies: its data and what else the signed octets
/// say. Only `Judgement::of` makes one.
#[derive(Clone, Debug)]
pub struct CertifiedMail {
    pub(crate) data: CertificationData,
    pub(crate) provider: String,
    /// SHA-256 of the signed octets: what makes a repeat known.
    pub(crate) content: Digest,
    /// `To` and `Cc` of the original inside a transport envelope, from the signed octets.
    pub(crate) addressed: Addressed,
}

/// `To` and `Cc` of a signed original (RFC 6109 §3.3.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addressed {
    /// The addresses of `To`.
    pub(crate) to: Vec<Address>,
    /// The addresses of `Cc`.
    pub(crate) cc: Vec<Address>,
    /// Whether the fields cannot be read without doubt: then everybody is a primary recipient.
    pub(crate) is_ambiguous: bool,
}

impl CertifiedMail {
    /// The certification data.
    #[must_use]
    pub const fn data(&self) -> &CertificationData {
        &self.data
    }

    /// The provider that signed, as the directory calls it.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// What the message is.
    #[must_use]
    pub fn kind(&self) -> MessageKind {
        self.data.kind().into()
    }
}

impl Judgement {
    /// The state that an arrival belongs to: envelopes to the receiver's side, receipts to the
    /// sender's, all else to none.
    pub(crate) fn key(&self, own: &str, fresh: &PecMsgid) -> Key {
        match self {
            Self::Certified(mail) if mail.kind() == MessageKind::TransportEnvelope => {
                Key::new(Role::Receiver, mail.provider.clone(), &mail.data.pec_msgid)
            }
            Self::Certified(mail) => Key::new(Role::Sender, own, &mail.data.pec_msgid),
            Self::Untrusted(..) | Self::Undecided(_) => Key::new(Role::Other, own, fresh),
        }
    }
}
