//! The sender's side of a transmission: what became of each recipient.

use chrono::{DateTime, Utc};
use pec_daticert::{Address, CertificationData, RecipientType};
use serde::{Deserialize, Serialize};

use super::ledger::Ledger;
use super::{Illegal, Stage, StageEvent, Timer};
use crate::BodyRef;

/// A submission that was accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    /// The certification data of the transport envelope; all that follows is made from them.
    pub data: CertificationData,
    /// The mailbox that submitted it.
    pub account: Address,
    /// The submission.
    pub original: BodyRef,
    /// When it was accepted: the timers count from here.
    pub at: DateTime<Utc>,
}

/// The sender's side of a transmission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    accepted: Accepted,
    recipients: Vec<Tracked>,
    pub(super) ledger: Ledger,
}

/// One recipient of a transmission, as its sender's provider sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked {
    address: Address,
    stage: Stage,
}

impl Sent {
    pub(super) fn new(accepted: Accepted) -> Self {
        let mut recipients: Vec<Tracked> = Vec::new();
        for recipient in &accepted.data.header.recipients {
            let stage = match recipient.recipient_type {
                RecipientType::Certified => Stage::Waiting,
                RecipientType::External => Stage::Ordinary,
            };
            if !recipients.iter().any(|known| known.address.is_same_mailbox(&recipient.address)) {
                recipients.push(Tracked { address: recipient.address.clone(), stage });
            }
        }
        let ledger = Ledger::new(accepted.at);
        Self { accepted, recipients, ledger }
    }

    /// What was accepted.
    #[must_use]
    pub const fn accepted(&self) -> &Accepted {
        &self.accepted
    }

    /// The recipients, each once, in the order of the envelope.
    #[must_use]
    pub fn recipients(&self) -> &[Tracked] {
        &self.recipients
    }

    /// Where it is with this address, whatever the case of its letters.
    #[must_use]
    pub fn stage(&self, address: &Address) -> Option<Stage> {
        self.recipient(address).map(Tracked::stage)
    }

    /// The recipient of this address.
    #[must_use]
    pub fn recipient(&self, address: &Address) -> Option<&Tracked> {
        self.recipients.iter().find(|one| one.address.is_same_mailbox(address))
    }

    /// The timer that some recipient waits for and that is due first.
    #[must_use]
    pub fn next_timer(&self) -> Option<(Timer, DateTime<Utc>)> {
        let is_awaited = |timer: &Timer| {
            self.recipients.iter().any(|recipient| timer.is_awaited(recipient.stage))
        };
        let timer = Timer::ALL.iter().copied().find(is_awaited)?;
        Some((timer, timer.due(self.accepted.at)))
    }

    pub(super) fn track(
        &mut self,
        address: &Address,
        event: StageEvent,
        at: DateTime<Utc>,
    ) -> Result<(), Illegal> {
        let recipient = self.recipients.iter_mut().find(|one| one.address.is_same_mailbox(address));
        let recipient = recipient.ok_or_else(|| Illegal::NoRecipient(address.clone()))?;
        recipient.stage = recipient.stage.after(event).ok_or(Illegal::NoTransition {
            from: recipient.stage.as_str(),
            event: event.as_str(),
        })?;
        self.ledger.see(at);
        Ok(())
    }
}

impl Tracked {
    /// The address, as the envelope has it.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// Where it is.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }
}
