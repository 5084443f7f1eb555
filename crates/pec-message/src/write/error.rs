//! Why a message is not written.

use pec_daticert::{Address, Msgid};
use pec_smime::multipart::DraftError;
use pec_smime::sign::SigningError;

use crate::MessageKind;
use crate::original::NoHeader;

/// Why certification data and their original make no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The certification data are those of another kind of message, or of another type of
    /// delivery receipt.
    #[error("this is not how a message of kind {kind} is made")]
    OtherKind {
        /// The kind that the data are of.
        kind: MessageKind,
    },
    /// The msgid of the certification data is not that of the original.
    #[error("the original's Message-ID is {}, not that of the certification data", show(original))]
    OtherMsgid {
        /// That of the original.
        original: Option<Msgid>,
    },
    /// The certification data are too large.
    #[error(transparent)]
    CertificationData(#[from] pec_daticert::WriteError),
    /// The original has no header beside which its identifier could stand.
    #[error(transparent)]
    NoHeader(#[from] NoHeader),
    /// The boundary, made from the message's identifier, occurs in the original: its author knew
    /// the identifier before. Take another one.
    #[error(transparent)]
    Boundary(#[from] DraftError),
}

fn show(msgid: &Option<Msgid>) -> &str {
    msgid.as_ref().map_or("missing", Msgid::as_str)
}

/// Why a draft is not sealed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The signer's certificate is for other addresses: readers would refuse the signature
    /// (RFC 6109 §2.1).
    #[error("{from} is not an address of the signer's certificate ({})", certified.join(", "))]
    OtherAddress {
        /// The address that the message comes from.
        from: Address,
        /// Those of the certificate.
        certified: Vec<String>,
    },
    /// Signing failed.
    #[error(transparent)]
    Signing(#[from] SigningError),
}
