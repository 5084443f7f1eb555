//! Messages that a plan asks for, before they are signed: everything is fixed but the signature.

use pec_daticert::{Address, CertificationData, EventTime, OneOrMore, PecMsgid, Text};
use serde::{Deserialize, Serialize};

use crate::BodyRef;

/// A message to be signed: identifier and time are fixed, so the same value gives the same octets
/// up to the signature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Unsigned {
    /// A transport envelope around a submission of ours.
    TransportEnvelope {
        /// What it certifies.
        data: CertificationData,
        /// The submission.
        original: BodyRef,
    },
    /// Acceptance, non-acceptance, delivery error, timeout notice, concise delivery.
    Notification {
        /// What it certifies.
        data: CertificationData,
        /// Its own identifier.
        message_id: PecMsgid,
    },
    /// A complete or brief delivery receipt, as the data say.
    Delivery {
        /// What it certifies.
        data: CertificationData,
        /// Its own identifier.
        message_id: PecMsgid,
        /// The transport envelope that was delivered, which holds the original.
        envelope: BodyRef,
    },
    /// A take-in-charge or a virus detection notice, as the data say.
    BetweenProviders {
        /// What it certifies.
        data: CertificationData,
        /// Its own identifier.
        message_id: PecMsgid,
        /// The service mailbox of the other provider.
        to: Address,
    },
    /// An anomaly envelope.
    AnomalyEnvelope {
        /// The reverse path.
        sender: Option<Address>,
        /// The forward paths.
        recipients: OneOrMore<Address>,
        /// The subject.
        subject: Option<Text>,
        /// Why nothing is certified, in Italian.
        reason: Text,
        /// When the message arrived.
        time: EventTime,
        /// For a message that has no identifier.
        message_id: PecMsgid,
        /// The message as it came.
        received: BodyRef,
    },
    /// A receipt that was lost, made again from the log: the same certification data, a new date
    /// and identifier, and a text part that says so.
    Reissue {
        /// What it certifies: as it was.
        data: CertificationData,
        /// Its own identifier.
        message_id: PecMsgid,
        /// When it is made again.
        time: EventTime,
    },
}
