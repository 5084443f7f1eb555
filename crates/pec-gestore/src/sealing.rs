//! Sealing: what a plan asks for becomes signed octets. The shell calls it, never a plan.

use std::fmt;
use std::sync::Arc;

use pec_daticert::{CertificationData, Event, PecMsgid, ReceiptType};
use pec_message::abridged::{Abridged, Octets, Unreadable};
use pec_message::brief::{BriefCopy, BriefError};
use pec_message::original::{Original, OriginalError, normalise};
use pec_message::read_up_to;
use pec_message::write::{Anomaly, Draft, Issue, SealError, Sealed, SystemAddress, WriteError};
use pec_smime::crypto::CryptoProvider;
use pec_smime::sign::Signer;

use crate::{BodyRef, Unsigned};

/// What signing needs beside the message: who we are, our key, cryptography.
#[derive(Clone, Copy)]
pub struct Sealer<'a> {
    /// The address that messages come from: it stands in the signer's certificate.
    pub system: &'a SystemAddress,
    /// Our key and certificate.
    pub signer: &'a dyn Signer,
    /// Digests, of the content and of the attachments in brief receipts.
    pub crypto: &'a CryptoProvider,
}

/// A signed message in one piece, and what its transport needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedMessage {
    /// The message: keep these octets, a second signature differs.
    pub octets: Vec<u8>,
    /// Every hop must offer 8BITMIME (RFC 6152).
    pub needs_8bitmime: bool,
    /// Every hop must offer SMTPUTF8 (RFC 6531).
    pub needs_smtputf8: bool,
}

/// Why a message of a plan is not signed. All but [`SealingError::Seal`],
/// [`SealingError::Digest`] and [`SealingError::Unreadable`] say the same at every try.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealingError {
    /// The body that [`Unsigned::body`] names was not given, or it is of another length.
    #[error("the body of {} octets is missing", .0.octets)]
    OtherBody(BodyRef),
    /// The message that is to be wrapped cannot travel inside another one.
    #[error(transparent)]
    Original(#[from] OriginalError),
    /// Data and body make no message.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The hashes of a brief receipt could not be computed.
    #[error(transparent)]
    Digest(BriefError),
    /// Signing failed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The octets of a large body could not be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl Unsigned {
    /// The message whose octets [`seal`](Unsigned::seal) needs, if it needs one.
    #[must_use]
    pub const fn body(&self) -> Option<&BodyRef> {
        match self {
            Self::TransportEnvelope { original: body, .. }
            | Self::Delivery { envelope: body, .. }
            | Self::AnomalyEnvelope { received: body, .. } => Some(body),
            Self::Notification { .. } | Self::BetweenProviders { .. } | Self::Reissue { .. } => {
                None
            }
        }
    }

    /// The message, signed. Seal once and keep the octets.
    ///
    /// # Errors
    /// [`SealingError`].
    pub fn seal(
        &self,
        body: Option<&[u8]>,
        sealer: &Sealer<'_>,
    ) -> Result<SealedMessage, SealingError> {
        self.seal_with(body, sealer, |sealed| SealedMessage {
            octets: sealed.to_vec(),
            needs_8bitmime: sealed.needs_8bitmime(),
            needs_smtputf8: sealed.needs_smtputf8(),
        })
    }

    /// As [`seal`](Unsigned::seal), but nothing of a large body is copied: `take` gets the message
    /// as slices, which it writes or sends.
    ///
    /// A transport envelope and an anomaly envelope hold the body as it is; only what transport
    /// would change (see [`normalise`]) is brought into canonical form in an anomaly envelope.
    /// A delivery receipt holds the original that the signed envelope carries. One that cannot be
    /// copied with hashes is given back whole, one whose header is too large to be looked at not at
    /// all: the certification data then say `completa` or `sintetica`.
    ///
    /// # Errors
    /// [`SealingError`].
    // rfc6109 §3.1.5, §3.2.2, §3.3.2
    pub fn seal_with<R>(
        &self,
        body: Option<&[u8]>,
        sealer: &Sealer<'_>,
        take: impl FnOnce(&Sealed<'_>) -> R,
    ) -> Result<R, SealingError> {
        self.seal_from(self.required(body)?, sealer, take)
    }

    /// As [`seal_with`](Unsigned::seal_with) for a large body of which only the skeleton is in
    /// memory; `octets` reads the body. The slices that `take` gets are partly lent from the
    /// skeleton: [`Abridged::pieces`] says what they stand for.
    ///
    /// # Errors
    /// [`SealingError`].
    pub fn seal_abridged<R>(
        &self,
        body: &Arc<Abridged>,
        octets: &Arc<dyn Octets>,
        sealer: &Sealer<'_>,
        take: impl FnOnce(&Sealed<'_>) -> R,
    ) -> Result<R, SealingError> {
        if let Some(needed) = self.body().filter(|needed| needed.octets != body.octets()) {
            return Err(SealingError::OtherBody(*needed));
        }
        body.examine(octets, sealer.crypto, |skeleton, crypto| {
            self.seal_from(skeleton, &Sealer { crypto, ..*sealer }, take)
        })?
    }

    fn seal_from<R>(
        &self,
        body: &[u8],
        sealer: &Sealer<'_>,
        take: impl FnOnce(&Sealed<'_>) -> R,
    ) -> Result<R, SealingError> {
        let issue = |id: &PecMsgid| Issue { from: sealer.system.clone(), message_id: id.clone() };
        match self {
            Self::TransportEnvelope { data, .. } => {
                let original = Original::new(body)?;
                sealer.finish(&Draft::transport_envelope(data, sealer.system, &original)?, take)
            }
            Self::Notification { data, message_id } => {
                sealer.finish(&Draft::notification(data, &issue(message_id))?, take)
            }
            Self::Delivery { data, message_id, .. } => {
                sealer.delivery(data, &issue(message_id), body, take)
            }
            Self::BetweenProviders { data, message_id, to } => {
                let issue = issue(message_id);
                let draft = match data.event {
                    Event::TakeInCharge { .. } => Draft::take_in_charge(data, &issue, to)?,
                    _ => Draft::virus_detection(data, &issue, to)?,
                };
                sealer.finish(&draft, take)
            }
            Self::AnomalyEnvelope {
                sender, recipients, subject, reason, time, message_id, ..
            } => {
                let anomaly = Anomaly {
                    sender: sender.clone(),
                    recipients: recipients.clone(),
                    subject: subject.clone(),
                    reason: reason.clone(),
                    time: *time,
                };
                let body = normalise(body).message;
                let received = Original::new(&body)?;
                let draft = Draft::anomaly_envelope(&anomaly, &issue(message_id), &received)?;
                sealer.finish(&draft, take)
            }
            Self::Reissue { data, message_id, time } => {
                sealer.finish(&Draft::reissue(data, &issue(message_id), time)?, take)
            }
        }
    }

    /// The body, if it is the one that is needed: its length tells a mistake, its digest the store
    /// has checked.
    fn required<'b>(&self, body: Option<&'b [u8]>) -> Result<&'b [u8], SealingError> {
        let Some(needed) = self.body() else { return Ok(&[]) };
        let is_needed = |body: &&[u8]| u64::try_from(body.len()) == Ok(needed.octets);
        body.filter(is_needed).ok_or(SealingError::OtherBody(*needed))
    }
}

impl Sealer<'_> {
    fn finish<R>(
        &self,
        draft: &Draft<'_>,
        take: impl FnOnce(&Sealed<'_>) -> R,
    ) -> Result<R, SealingError> {
        #[expect(clippy::disallowed_methods, reason = "the shell calls it, never a plan")]
        let sealed = draft.seal(self.signer, self.crypto)?;
        Ok(take(&sealed))
    }

    /// A delivery receipt with the original out of the envelope that was delivered.
    // rfc6109 §3.3.2.1, §3.3.2.2, norms 39, norms 40
    fn delivery<R>(
        &self,
        data: &CertificationData,
        issue: &Issue,
        envelope: &[u8],
        take: impl FnOnce(&Sealed<'_>) -> R,
    ) -> Result<R, SealingError> {
        let mail = read_up_to(envelope, envelope.len());
        let carried = mail.original().map(|original| original.octets()).unwrap_or_default();
        let carried = normalise(&carried).message;
        let Ok(original) = Original::new(&carried) else {
            let data = with_receipt_type(data, ReceiptType::Concise);
            return self.finish(&Draft::notification(&data, issue)?, take);
        };
        if data.event.receipt_type() == Some(ReceiptType::Brief) {
            match BriefCopy::new(&original, self.crypto) {
                Ok(copy) => return self.finish(&Draft::brief_delivery(data, issue, &copy)?, take),
                Err(error @ BriefError::Digest(_)) => return Err(SealingError::Digest(error)),
                Err(_) => {}
            }
        }
        let data = with_receipt_type(data, ReceiptType::Complete);
        self.finish(&Draft::complete_delivery(&data, issue, &original)?, take)
    }
}

/// The data of a delivery, with another type of receipt.
fn with_receipt_type(data: &CertificationData, to: ReceiptType) -> CertificationData {
    let mut data = data.clone();
    if let Event::Delivery { receipt_type, .. } = &mut data.event {
        *receipt_type = to;
    }
    data
}

impl fmt::Debug for Sealer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("system", &self.system).finish_non_exhaustive()
    }
}
