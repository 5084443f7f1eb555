//! The receiver's side of a transmission: who of ours got it.

use chrono::{DateTime, Utc};
use pec_daticert::{Address, CertificationData, ReceiptType};
use serde::{Deserialize, Serialize};

use super::ledger::Ledger;
use super::{Illegal, Placement, PlacementEvent};
use crate::{BodyRef, Digest};

/// A transport envelope that arrived for the first time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrived {
    /// Its certification data, from which all that follows is made.
    pub data: CertificationData,
    /// SHA-256 of its signed octets: another message of this identifier is not this one.
    pub content: Digest,
    /// When.
    pub at: DateTime<Utc>,
}

/// One mailbox of ours that an envelope is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressee {
    /// The mailbox.
    pub address: Address,
    /// The receipt that its delivery gets, by what the sender asked for and by where the address
    /// stands in the original (RFC 6109 §3.3.2).
    pub receipt: ReceiptType,
    /// The envelope as it came for this mailbox.
    pub envelope: BodyRef,
    /// What became of it.
    pub placement: Placement,
}

/// The receiver's side of a transmission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Received {
    arrived: Arrived,
    recipients: Vec<Addressee>,
    transactions: u32,
    pub(super) ledger: Ledger,
}

impl Received {
    pub(super) const fn new(arrived: Arrived) -> Self {
        let ledger = Ledger::new(arrived.at);
        Self { arrived, recipients: Vec::new(), transactions: 0, ledger }
    }

    /// What arrived.
    #[must_use]
    pub const fn arrived(&self) -> &Arrived {
        &self.arrived
    }

    /// The mailboxes of ours that were taken in charge, in the order in which they came.
    #[must_use]
    pub fn recipients(&self) -> &[Addressee] {
        &self.recipients
    }

    /// The mailbox of this address, whatever the case of its letters.
    #[must_use]
    pub fn recipient(&self, address: &Address) -> Option<&Addressee> {
        self.recipients.iter().find(|one| one.address.is_same_mailbox(address))
    }

    /// In how many SMTP transactions new recipients came: as many take-in-charge receipts were
    /// made.
    #[must_use]
    pub const fn transactions(&self) -> u32 {
        self.transactions
    }

    pub(super) fn take(&mut self, new: &[Addressee], at: DateTime<Utc>) -> Result<(), Illegal> {
        for (place, one) in new.iter().enumerate() {
            let mut earlier = new.iter().take(place);
            let is_repeated = earlier.any(|other| other.address.is_same_mailbox(&one.address));
            if is_repeated || self.recipient(&one.address).is_some() {
                return Err(Illegal::KnownRecipient(one.address.clone()));
            }
        }
        self.recipients.extend_from_slice(new);
        self.transactions = self.transactions.saturating_add(1);
        self.ledger.see(at);
        Ok(())
    }

    pub(super) fn place(
        &mut self,
        address: &Address,
        event: PlacementEvent,
        at: DateTime<Utc>,
    ) -> Result<(), Illegal> {
        let recipient = self.recipients.iter_mut().find(|one| one.address.is_same_mailbox(address));
        let recipient = recipient.ok_or_else(|| Illegal::NoRecipient(address.clone()))?;
        recipient.placement = recipient.placement.after(event).ok_or(Illegal::NoTransition {
            from: recipient.placement.as_str(),
            event: event.as_str(),
        })?;
        self.ledger.see(at);
        Ok(())
    }
}
