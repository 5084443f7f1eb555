//! What happened, as people are told it: transmissions, their messages, what was expected.

use chrono::{DateTime, FixedOffset};
use pec_message::MessageKind;

/// Everything that a run of the demonstration comes to.
#[derive(Debug, Default)]
pub struct Story {
    /// The transmissions, in the order in which they were sent.
    pub transmissions: Vec<Transmission>,
    /// Every message of every mailbox.
    pub letters: Vec<Letter>,
    /// What was expected and came, and what did not.
    pub findings: Vec<Finding>,
}

/// A message found in a mailbox.
#[derive(Clone, Debug, Default)]
pub struct Letter {
    /// The provider whose mailbox it was in.
    pub gestore: String,
    /// The mailbox.
    pub mailbox: String,
    /// The file under the folder of the report.
    pub file: String,
    /// What it is, `None` for mail that nobody certifies.
    pub kind: Option<MessageKind>,
    /// The subject.
    pub subject: String,
    /// When its provider issued it.
    pub time: Option<DateTime<FixedOffset>>,
    /// The transmission that it is about (*identificativo*).
    pub transmission: Option<String>,
    /// The recipient that it is about (*consegna*).
    pub delivered_to: Option<String>,
    /// The recipients that a take-in-charge is about (*ricezione*).
    pub received_for: Vec<String>,
    /// The provider that certifies it.
    pub provider: Option<String>,
    /// Whether it is the final one of the timeout notices.
    pub is_final_notice: bool,
    /// Whether it holds the original, whole or in brief.
    pub has_original: bool,
    /// `None` when signature, origin and form hold; else why not.
    pub fault: Option<String>,
    /// Length in octets.
    pub octets: usize,
}

/// One transmission: who sent what to whom, and what became of it.
#[derive(Clone, Debug)]
pub struct Transmission {
    /// What the act shows.
    pub title: String,
    /// The identifier (*identificativo*), once it has one.
    pub id: Option<String>,
    /// The sender.
    pub sender: String,
    /// Every recipient, with what became of the message for it.
    pub recipients: Vec<Fate>,
    /// What the sender's provider answered by SMTP.
    pub smtp: String,
}

/// What became of a message for one recipient: the instants of the receipts about it.
#[derive(Clone, Debug, Default)]
pub struct Fate {
    /// The recipient.
    pub recipient: String,
    /// Acceptance.
    pub accepted: Option<DateTime<FixedOffset>>,
    /// Non-acceptance.
    pub refused: Option<DateTime<FixedOffset>>,
    /// Take-in-charge, which only the providers see.
    pub taken: Option<DateTime<FixedOffset>>,
    /// Delivery.
    pub delivered: Option<DateTime<FixedOffset>>,
    /// Delivery error.
    pub failed: Option<DateTime<FixedOffset>>,
    /// The notice after 12 hours.
    pub warned: Option<DateTime<FixedOffset>>,
    /// The notice after 24 hours.
    pub expired: Option<DateTime<FixedOffset>>,
}

/// Something that the norm asks for, and whether it happened.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What is asked for.
    pub what: String,
    /// `None` when it happened; else what happened instead.
    pub instead: Option<String>,
}

impl Story {
    /// Whether all is as the norm asks.
    #[must_use]
    pub fn is_as_expected(&self) -> bool {
        self.findings.iter().all(|finding| finding.instead.is_none())
    }

    /// The messages about one transmission, in the order of their instants.
    #[must_use]
    pub fn letters_of(&self, id: &str) -> Vec<&Letter> {
        let is_of = |letter: &&Letter| letter.transmission.as_deref() == Some(id);
        let mut letters: Vec<&Letter> = self.letters.iter().filter(is_of).collect();
        letters.sort_by_key(|letter| (letter.time, order(letter.kind)));
        letters
    }
}

/// Messages of one second stand in the order in which they come about.
fn order(kind: Option<MessageKind>) -> u8 {
    match kind {
        Some(MessageKind::Acceptance | MessageKind::NonAcceptance) => 0,
        Some(MessageKind::TransportEnvelope) => 1,
        Some(MessageKind::TakeInCharge) => 2,
        Some(MessageKind::VirusDetection) => 3,
        _ => 4,
    }
}
