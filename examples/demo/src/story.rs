//! What happened, as people are told it: transmissions, their messages, what was expected.

use chrono::{DateTime, FixedOffset};
use pec_message::MessageKind;

/// Everything that a run of the demonstration comes to.
#[derive(Debug, Default)]
pub(crate) struct Story {
    /// The transmissions, in the order in which they were sent.
    pub(crate) transmissions: Vec<Transmission>,
    /// Every message of every mailbox.
    pub(crate) letters: Vec<Letter>,
    /// What was expected and came, and what did not.
    pub(crate) findings: Vec<Finding>,
}

/// A message found in a mailbox.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letter {
    /// The provider whose mailbox it was in.
    pub(crate) gestore: String,
    /// The mailbox.
    pub(crate) mailbox: String,
    /// The file under the folder of the report.
    pub(crate) file: String,
    /// What it is, `None` for mail that nobody certifies.
    pub(crate) kind: Option<MessageKind>,
    /// The subject.
    pub(crate) subject: String,
    /// When its provider issued it.
    pub(crate) time: Option<DateTime<FixedOffset>>,
    /// The transmission that it is about (*identificativo*).
    pub(crate) transmission: Option<String>,
    /// The recipient that it is about (*consegna*).
    pub(crate) delivered_to: Option<String>,
    /// The recipients that a take-in-charge is about (*ricezione*).
    pub(crate) received_for: Vec<String>,
    /// The provider that certifies it.
    pub(crate) provider: Option<String>,
    /// Whether it is the final one of the timeout notices.
    pub(crate) is_final_notice: bool,
    /// Whether it holds the original, whole or in brief.
    pub(crate) has_original: bool,
    /// `None` when signature, origin and form hold; else why not.
    pub(crate) fault: Option<String>,
    /// Length in octets.
    pub(crate) octets: usize,
}

/// One transmission: who sent what to whom, and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Transmission {
    /// What the act shows.
    pub(crate) title: String,
    /// The identifier (*identificativo*), once it has one.
    pub(crate) id: Option<String>,
    /// The sender.
    pub(crate) sender: String,
    /// Every recipient, with what became of the message for it.
    pub(crate) recipients: Vec<Fate>,
    /// What the sender's provider answered by SMTP.
    pub(crate) smtp: String,
}

/// What became of a message for one recipient: the instants of the receipts about it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fate {
    /// The recipient.
    pub(crate) recipient: String,
    /// Acceptance.
    pub(crate) accepted: Option<DateTime<FixedOffset>>,
    /// Non-acceptance.
    pub(crate) refused: Option<DateTime<FixedOffset>>,
    /// Take-in-charge, which only the providers see.
    pub(crate) taken: Option<DateTime<FixedOffset>>,
    /// Delivery.
    pub(crate) delivered: Option<DateTime<FixedOffset>>,
    /// Delivery error.
    pub(crate) failed: Option<DateTime<FixedOffset>>,
    /// The notice after 12 hours.
    pub(crate) warned: Option<DateTime<FixedOffset>>,
    /// The notice after 24 hours.
    pub(crate) expired: Option<DateTime<FixedOffset>>,
}

/// Something that the norm asks for, and whether it happened.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// What is asked for.
    pub(crate) what: String,
    /// `None` when it happened; else what happened instead.
    pub(crate) instead: Option<String>,
}

impl Story {
    /// Whether all is as the norm asks.
    #[must_use]
    pub(crate) fn is_as_expected(&self) -> bool {
        self.findings.iter().all(|finding| finding.instead.is_none())
    }

    /// The messages about one transmission, in the order of their instants.
    #[must_use]
    pub(crate) fn letters_of(&self, id: &str) -> Vec<&Letter> {
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
