//! Numbers for supervision (norms §2.4): messages in and out per mailbox, domain and day.
//!
//! They come from the records alone, one after the other, and parts can be counted apart and
//! merged. A day is one of legal time in Italy.
//!
//! ```
//! use pec_gestore::{Role, log::{Record, statistics::{Flow, Statistics}}};
//!
//! # let data = pec_daticert::fuzzing::example();
//! let mut statistics = Statistics::default();
//! // Half an hour before midnight UTC it is tomorrow in Rome.
//! let late = "2026-11-21T23:30:00Z".parse()?;
//! statistics.add(&Record::made(&data, Role::Sender, late, &"r1@alfa.example".parse()?));
//! let (key, counts) = statistics.rows().next().unwrap();
//! assert_eq!(key.day.to_string(), "2026-11-22");
//! assert_eq!(key.mailbox, "mario.rossi@alfa.example");
//! assert_eq!(counts.of(Flow::Sent), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod csv;
mod supervision;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use pec_daticert::{Address, ErrorCode};
use serde::Serialize;

pub use supervision::{Bimester, BimesterError, DayTotal, SupervisionReport};

use super::{LogEvent, Record};
use crate::Role;
use crate::instant::legal_time;

/// Defines the flows with their names.
macro_rules! flows {
    ($($(#[$meta:meta])* $variant:ident = $name:literal,)+) => {
        /// What is counted of a mailbox.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Flow { $($(#[$meta])* $variant,)+ }

        impl Flow {
            /// All of them, in the order of the columns.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name of the column.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

flows! {
    /// Messages of the mailbox that were accepted and sent: what goes out.
    Sent = "sent",
    /// Messages of the mailbox that were not accepted for formal reasons.
    NotAccepted = "not_accepted",
    /// Messages of the mailbox that were not accepted for a virus.
    VirusOut = "virus_out",
    /// Certified messages that were put into the mailbox: what comes in.
    Delivered = "delivered",
    /// Certified messages that could not be put into the mailbox.
    NotDelivered = "not_delivered",
    /// Certified messages for the mailbox in which a virus was found.
    VirusIn = "virus_in",
    /// Anomaly envelopes for the mailbox.
    Anomalies = "anomalies",
    /// Delivery receipts for messages of the mailbox.
    DeliveryReceipts = "delivery_receipts",
    /// Delivery errors for messages of the mailbox, those for a virus included.
    DeliveryErrors = "delivery_errors",
    /// Notices after 12 hours.
    FirstNotices = "notices_12h",
    /// Notices after 24 hours.
    FinalNotices = "notices_24h",
    /// SMTP transactions that were refused; they count for no mailbox.
    Rejected = "rejected",
}

/// How many flows there are.
const FLOWS: usize = Flow::ALL.len();

/// What the counts are of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct StatisticsKey {
    /// The day, in legal time.
    pub day: NaiveDate,
    /// The domain, in lower case; empty for what belongs to none.
    pub domain: String,
    /// The mailbox, in lower case; empty for what belongs to none, as mail for unknown ones.
    pub mailbox: String,
}

/// Numbers of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; FLOWS]);

/// Numbers of messages per mailbox and day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    rows: BTreeMap<StatisticsKey, Counts>,
}

impl Statistics {
    /// Counts a record.
    // norms 77
    pub fn add(&mut self, record: &Record) {
        let day = day_of(record.time);
        for (address, flow) in flows(record) {
            let mailbox = address.map(|address| address.as_str().to_ascii_lowercase());
            let domain = mailbox.as_deref().and_then(|mailbox| mailbox.rsplit_once('@'));
            let domain = domain.map_or_else(String::new, |(_, domain)| domain.to_owned());
            // Whoever invents addresses of ours gets no row for each.
            let is_known = record.error != Some(ErrorCode::NoRecipient);
            let mailbox = mailbox.filter(|_| is_known).unwrap_or_default();
            self.rows.entry(StatisticsKey { day, domain, mailbox }).or_default().add(flow, 1);
        }
    }

    /// Adds what was counted elsewhere, of other records.
    pub fn merge(&mut self, other: &Self) {
        for (key, counts) in &other.rows {
            self.rows.entry(key.clone()).or_default().merge(counts);
        }
    }

    /// The counts, by day, domain and mailbox.
    pub fn rows(&self) -> impl Iterator<Item = (&StatisticsKey, &Counts)> {
        self.rows.iter()
    }

    /// The counts of each domain on each day.
    #[must_use]
    pub fn by_domain(&self) -> BTreeMap<(NaiveDate, &str), Counts> {
        let mut sums: BTreeMap<(NaiveDate, &str), Counts> = BTreeMap::new();
        for (key, counts) in &self.rows {
            sums.entry((key.day, &key.domain)).or_default().merge(counts);
        }
        sums
    }

    /// The counts of each day.
    #[must_use]
    pub fn by_day(&self) -> BTreeMap<NaiveDate, Counts> {
        let mut sums: BTreeMap<NaiveDate, Counts> = BTreeMap::new();
        for (key, counts) in &self.rows {
            sums.entry(key.day).or_default().merge(counts);
        }
        sums
    }
}

impl Counts {
    /// How many messages of one sort.
    #[must_use]
    pub fn of(&self, flow: Flow) -> u64 {
        let counts = Flow::ALL.iter().zip(self.0);
        counts.filter(|(known, _)| **known == flow).map(|(_, count)| count).sum()
    }

    fn add(&mut self, flow: Flow, count: u64) {
        for (known, own) in Flow::ALL.iter().zip(&mut self.0) {
            if *known == flow {
                *own = own.saturating_add(count);
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own = own.saturating_add(other);
        }
    }
}

/// An object with a member for each flow that is not zero.
impl Serialize for Counts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts = Flow::ALL.iter().zip(self.0).filter(|(_, count)| *count > 0);
        serializer.collect_map(counts.map(|(flow, count)| (flow.as_str(), count)))
    }
}

/// A list of rows: `day`, `domain`, `mailbox`, and the counts.
impl Serialize for Statistics {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Row<'r> {
            #[serde(flatten)]
            key: &'r StatisticsKey,
            #[serde(flatten)]
            counts: &'r Counts,
        }
        serializer.collect_seq(self.rows.iter().map(|(key, counts)| Row { key, counts }))
    }
}

fn day_of(time: DateTime<Utc>) -> NaiveDate {
    legal_time(time).to_datetime().date_naive()
}

/// What a record adds, and for which mailbox.
fn flows(record: &Record) -> Vec<(Option<&Address>, Flow)> {
    let sender = record.sender.as_ref();
    let recipient = record.delivered_to.as_ref();
    let one = |address, flow| vec![(address, flow)];
    match (record.event, record.role, record.is_received) {
        (LogEvent::Accettazione, Role::Sender, false) => one(sender, Flow::Sent),
        (LogEvent::NonAccettazione, Role::Sender, false) => one(sender, Flow::NotAccepted),
        (LogEvent::NonAccettazioneVirus, Role::Sender, false) => one(sender, Flow::VirusOut),
        (LogEvent::Consegna, Role::Receiver, false) => one(recipient, Flow::Delivered),
        (LogEvent::MancataConsegna, Role::Receiver, false) => one(recipient, Flow::NotDelivered),
        (LogEvent::RilevazioneVirus, Role::Receiver, false) => one(recipient, Flow::VirusIn),
        (LogEvent::Consegna, Role::Sender, true) => one(sender, Flow::DeliveryReceipts),
        (LogEvent::MancataConsegna | LogEvent::MancataConsegnaVirus, Role::Sender, _) => {
            one(sender, Flow::DeliveryErrors)
        }
        (LogEvent::MancataConsegna12h, Role::Sender, false) => one(sender, Flow::FirstNotices),
        (LogEvent::MancataConsegna24h, Role::Sender, false) => one(sender, Flow::FinalNotices),
        (LogEvent::BustaAnomalia, ..) => {
            let recipients = record.received_for.iter();
            recipients.map(|address| (Some(address), Flow::Anomalies)).collect()
        }
        (LogEvent::Rifiuto, ..) => one(None, Flow::Rejected),
        _ => Vec::new(),
    }
}
