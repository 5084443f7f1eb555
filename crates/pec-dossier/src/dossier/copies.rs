//! What delivery receipts prove about the message that its sender kept.

use pec_daticert::Address;
use pec_message::Message;
use pec_message::brief::{BriefProof, ProofError};
use pec_smime::crypto::CryptoProvider;

/// The copy in a delivery receipt, whole or with hashes in place of attachments, compared with the
/// message that its sender kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyProof {
    /// The file of the receipt.
    pub name: String,
    /// To whom the copy was delivered.
    pub delivered_to: Option<Address>,
    /// Part by part, whether what was delivered is what was kept.
    pub proof: BriefProof,
}

impl CopyProof {
    /// `None` where the receipt carries no copy, as concise ones do.
    // norms 82
    pub(super) fn of(
        name: &str,
        delivered_to: Option<&Address>,
        receipt: Message<'_, '_>,
        sent: &[u8],
        crypto: &CryptoProvider,
    ) -> Option<Self> {
        match BriefProof::check(receipt, sent, crypto) {
            Ok(proof) => {
                Some(Self { name: name.to_owned(), delivered_to: delivered_to.cloned(), proof })
            }
            // Without SHA-1 nothing is proved either way; other hashes would have failed before.
            Err(ProofError::NoCopy | _) => None,
        }
    }
}
