//! What is told to supervision every two months (norms §2.4).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use super::{Flow, Statistics};

/// Two months of a year, as supervision counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Bimester {
    first_day: NaiveDate,
    next: NaiveDate,
}

/// There is no such pair of months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a year has the bimesters 1 to 6, and a calendar the years that chrono knows")]
pub struct BimesterError;

/// The export of two months: mailboxes in service per domain, messages per day in and out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SupervisionReport {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// Mailboxes in service, by domain.
    pub mailboxes: BTreeMap<String, u64>,
    /// The totals, of every day.
    pub days: Vec<DayTotal>,
}

/// The messages of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DayTotal {
    /// The day, in legal time.
    pub day: NaiveDate,
    /// Messages that were put into mailboxes, anomalies included.
    pub incoming: u64,
    /// Messages that were accepted from mailboxes.
    pub outgoing: u64,
}

impl Bimester {
    /// The bimester of this number, from 1 (January and February) to 6.
    ///
    /// # Errors
    /// [`BimesterError`]: there is none.
    pub fn new(year: i32, number: u32) -> Result<Self, BimesterError> {
        let month = |number: u32| number.checked_sub(1)?.checked_mul(2)?.checked_add(1);
        let day = |year, month| NaiveDate::from_ymd_opt(year, month, 1);
        let first_day = month(number).and_then(|month| day(year, month));
        let next = match number {
            6 => year.checked_add(1).and_then(|year| day(year, 1)),
            _ => number.checked_add(1).and_then(month).and_then(|month| day(year, month)),
        };
        match (first_day, next) {
            (Some(first_day), Some(next)) => Ok(Self { first_day, next }),
            _ => Err(BimesterError),
        }
    }

    /// Its days, in order.
    pub fn days(&self) -> impl Iterator<Item = NaiveDate> {
        let next = self.next;
        self.first_day.iter_days().take_while(move |day| *day < next)
    }
}

impl Statistics {
    /// The export of two months. How many mailboxes are in service in each domain, the log does
    /// not know.
    // norms 77
    #[must_use]
    pub fn supervision(
        &self,
        bimester: Bimester,
        mailboxes: BTreeMap<String, u64>,
    ) -> SupervisionReport {
        let sums = self.by_day();
        let total = |day| {
            let counts = sums.get(&day).copied().unwrap_or_default();
            let incoming = counts.of(Flow::Delivered).saturating_add(counts.of(Flow::Anomalies));
            DayTotal { day, incoming, outgoing: counts.of(Flow::Sent) }
        };
        let to = bimester.next.pred_opt().unwrap_or(bimester.next);
        let days = bimester.days().map(total).collect();
        SupervisionReport { from: bimester.first_day, to, mailboxes, days }
    }
}
