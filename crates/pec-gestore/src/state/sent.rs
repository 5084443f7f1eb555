//! The sender's side of a transmission: what became of each recipient.

use chrono::{DateTime, Utc};
use pec_daticert::{Address, CertificationData};
use serde::{Deserialize, Serialize};

use crate::{BodyRef, EffectId};

/// A submission that was accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    /// The certification data of the transport envelope; all that follows is made from them.
    pub data: CertificationData,
    /// The mailbox that submitted it.
    pub account: Address,
    /// The submission.
    pub original: BodyRef,
    /// When it was accepted.
    pub at: DateTime<Utc>,
    /// The relays of the envelope, with their recipients.
    pub relays: Vec<(EffectId, Vec<Address>)>,
}

/// The sender's side of a transmission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sent {}
