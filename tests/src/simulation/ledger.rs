//! What the world knows of every transmission, from watching alone. No rule of the library is used
//! here: what ought to be is judged in [`invariants`](super::invariants).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use pec_daticert::{Address, CertificationData, Kind, PecMsgid, ReceiptType, RecipientType};
use pec_gestore::{Alarm, BodyRef, EffectId};

use super::audit::ReadLog;

/// Everything that was seen.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The transmissions that were accepted, by their identifiers.
    pub transmissions: BTreeMap<String, Transmission>,
    /// Submissions that were acknowledged and not accepted: gestore, account, identifier.
    pub refused: BTreeMap<String, Refused>,
    /// What gestori made, by gestore and effect.
    pub made: HashMap<(usize, EffectId), Made>,
    /// What messages are that came with a certificate, by gestore.
    pub arrived: HashMap<(usize, BodyRef), Certified>,
    /// Recipients of envelopes that their gestore took, or refused for good.
    taken: BTreeSet<(String, String)>,
    turned_away: BTreeSet<(String, String)>,
    /// The logs of the gestori.
    pub(super) logs: BTreeMap<usize, ReadLog>,
    /// What the rules do not keep.
    pub breaches: Vec<Breach>,
    /// What was counted.
    pub counts: BTreeMap<&'static str, u64>,
}

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// When, in true time.
    pub at: DateTime<Utc>,
    /// The rule.
    pub rule: &'static str,
    /// What happened.
    pub what: String,
}

/// A submission that was acknowledged and not accepted.
#[derive(Debug)]
pub struct Refused {
    /// The gestore.
    pub gestore: usize,
    /// Whether the non-acceptance reached the account.
    pub told: u32,
}

/// A transmission, as its sender's gestore accepted it.
#[derive(Debug)]
pub struct Transmission {
    /// The sender's gestore.
    pub gestore: usize,
    /// The account.
    pub account: Address,
    /// When, by the clock of the gestore.
    pub at: DateTime<Utc>,
    /// Every recipient once, by its address in lower case.
    pub recipients: BTreeMap<String, Tracked>,
    /// How often the acceptance reached the account.
    pub told: u32,
}

/// What became of one recipient.
#[derive(Debug)]
pub struct Tracked {
    /// Whether the directory knew its domain.
    pub is_certified: bool,
    /// Its gestore, if that is an honest one.
    pub gestore: Option<usize>,
    /// Which delivery receipt the sender asked for, as the recipient is addressed.
    pub expected: Option<ReceiptType>,
    /// When the sender's gestore learnt of the take-in-charge.
    pub known_taken: Option<DateTime<Utc>>,
    /// When the sender's gestore learnt of an outcome, or made one.
    pub known_final: Option<DateTime<Utc>>,
    /// When each notice was made.
    pub notices: [Option<DateTime<Utc>>; 2],
    /// How often its gestore took it in charge.
    pub takes: u32,
    /// How often the envelope was put into its mailbox.
    pub deposits: u32,
    /// How often its gestore made a receipt of delivery, or of failure.
    pub receipts: [u32; 2],
    /// What the sender was told, in order.
    pub told: Vec<(Told, DateTime<Utc>)>,
}

/// What a sender is told of a recipient. Closed: RFC 6109 knows no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// It was delivered.
    Delivered,
    /// It was not.
    Failed,
    /// Nothing is known after 12 hours.
    FirstNotice,
    /// Nothing is known after 24 hours.
    FinalNotice,
}

/// A message that a gestore had signed.
#[derive(Clone, Debug)]
pub struct Made {
    /// What it certifies; an anomaly envelope certifies nothing.
    pub data: Option<CertificationData>,
}

/// A message that came with a provider's certificate.
#[derive(Clone, Debug)]
pub struct Certified {
    /// What it certifies.
    pub data: CertificationData,
    /// Who signed, by its place in the directory.
    pub signer: Option<usize>,
}

impl Ledger {
    /// Writes down a breach.
    pub fn breach(&mut self, at: DateTime<Utc>, rule: &'static str, what: String) {
        self.breaches.push(Breach { at, rule, what });
    }

    /// Counts something.
    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// Counts an alarm.
    pub fn alarm(&mut self, alarm: &Alarm) {
        self.count(match alarm {
            Alarm::ReceiptBounced => "alarm: receipt bounced",
            Alarm::IdentifierReused => "alarm: identifier reused",
            Alarm::ContradictoryReceipts => "alarm: contradictory receipts",
            Alarm::UnknownTransmission => "alarm: unknown transmission",
            Alarm::VirusMissed => "alarm: virus missed",
            Alarm::Undepositable => "alarm: undepositable",
            Alarm::ReceiptRefused => "alarm: receipt refused",
            _ => "alarm: other",
        });
    }

    /// What is known of a recipient of a transmission.
    pub fn tracked(&mut self, id: &PecMsgid, address: &Address) -> Option<&mut Tracked> {
        let transmission = self.transmissions.get_mut(id.as_str())?;
        transmission.recipients.get_mut(&address.as_str().to_ascii_lowercase())
    }

    /// A gestore took an envelope for a recipient.
    pub fn took(&mut self, id: &PecMsgid, address: &Address) {
        self.taken.insert(about(id, address));
    }

    /// A gestore refused an envelope for a recipient for good.
    pub fn turned_away(&mut self, id: &PecMsgid, address: &Address) {
        self.turned_away.insert(about(id, address));
    }

    /// Whether the recipient's gestore both took the envelope and refused it for good, in two
    /// attempts, since the network or the directory was bad: then both outcomes are true.
    #[must_use]
    pub fn is_two_faced(&self, id: &str, address: &str) -> bool {
        let about = (id.to_owned(), address.to_owned());
        self.taken.contains(&about) && self.turned_away.contains(&about)
    }

    /// Forgets a transmission that has come to its end.
    pub fn forget(&mut self, id: &str) {
        self.transmissions.remove(id);
        self.refused.remove(id);
        for set in [&mut self.taken, &mut self.turned_away] {
            set.retain(|(of, _)| of != id);
        }
        let is_of = |data: &CertificationData| data.pec_msgid.as_str() == id;
        self.made.retain(|_, made| made.data.as_ref().is_some_and(|data| !is_of(data)));
        self.arrived.retain(|_, certified| !is_of(&certified.data));
    }
}

impl Tracked {
    /// A recipient of whom nothing is known yet.
    #[must_use]
    pub fn new(recipient: RecipientType, gestore: Option<usize>) -> Self {
        Self {
            is_certified: recipient == RecipientType::Certified,
            gestore,
            expected: None,
            known_taken: None,
            known_final: None,
            notices: [None; 2],
            takes: 0,
            deposits: 0,
            receipts: [0; 2],
            told: Vec::new(),
        }
    }
}

/// What a receipt or notice tells its reader about a recipient.
#[must_use]
pub fn told(data: &CertificationData) -> Option<(Told, &Address)> {
    use pec_daticert::Event;
    match &data.event {
        Event::Delivery { delivered_to, .. } => Some((Told::Delivered, delivered_to)),
        Event::DeliveryError { delivered_to, .. } => Some((Told::Failed, delivered_to)),
        Event::DeliveryNotice { delivered_to, error_detail } => {
            let is_final = error_detail.as_str().starts_with("5.4.1");
            Some((if is_final { Told::FinalNotice } else { Told::FirstNotice }, delivered_to))
        }
        _ => None,
    }
}

/// Whether only providers may see a message of this kind (RFC 6109 §2.2.2).
#[must_use]
pub fn is_between_providers(kind: Kind) -> bool {
    matches!(kind, Kind::TakeInCharge | Kind::VirusDetection)
}

fn about(id: &PecMsgid, address: &Address) -> (String, String) {
    (id.as_str().to_owned(), address.as_str().to_ascii_lowercase())
}
