//! What became of a message for each recipient.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::{Address, Event, EventTime, RecipientType};
use serde::Serialize;

use super::deadline::{
    Deadline, DeadlineKind, FIRST_NOTICE, GRACE, LAST_NOTICE, LAST_NOTICE_EARLIEST, later,
};
use super::sent::mailbox;
use super::state::{Failure, RecipientState, is_virus, status_code};
use super::{Contradiction, Follow, Receipt};

/// What became of a message for one recipient, and on what that rests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RecipientStatus<'f> {
    /// The recipient.
    pub address: &'f Address,
    /// Whether the mailbox is a certified one, once the sender's provider has said so.
    #[serde(rename = "type")]
    pub recipient_type: Option<RecipientType>,
    /// What became of the message.
    #[serde(flatten)]
    pub state: RecipientState,
    /// The final notice that a late delivery superseded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded: Option<EventTime>,
    /// When the recipient's provider took the message, where that is seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_in_charge: Option<EventTime>,
    /// When the recipient's provider told the sender's of a virus, where that is seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virus_detected: Option<EventTime>,
    /// What is certified about this recipient, in the order of time.
    pub history: Vec<&'f Receipt>,
    /// What is due for this recipient.
    #[serde(skip)]
    pub(super) deadlines: Vec<Deadline>,
}

impl RecipientStatus<'_> {
    /// The provider's words about a refusal, a failure or a delay (`errore-esteso`).
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        let said = |receipt: &&&Receipt| match &self.state {
            RecipientState::Warned { at } | RecipientState::Expired { at } => receipt.at() == *at,
            _ => false,
        };
        match &self.state {
            RecipientState::Refused { detail, .. } | RecipientState::Failed { detail, .. } => {
                Some(detail.as_str())
            }
            _ => {
                let notice = self.history.iter().find(said)?;
                notice.event().error_detail().map(|detail| detail.as_str())
            }
        }
    }
}

/// Without an acceptance: how much later than the first notice the last one comes at least.
const BETWEEN_NOTICES: TimeDelta = TimeDelta::hours(6);

pub(super) fn all(follow: &Follow, now: DateTime<Utc>) -> Vec<RecipientStatus<'_>> {
    let recipients = Recipients::of(follow);
    let general: Vec<&Receipt> =
        follow.own().filter(|receipt| receipt.about().next().is_none()).collect();
    let statuses = recipients.rows.into_values().map(|row| {
        let facts = Facts { follow, general: &general, row: &row };
        let mut history: Vec<&Receipt> = general.iter().chain(&row.receipts).copied().collect();
        history.sort_by_key(|receipt| (receipt.at(), receipt.data()));
        let (state, deadlines) = facts.state(now);
        RecipientStatus {
            address: row.address,
            recipient_type: row.recipient_type,
            superseded: facts.last_notice().filter(|_| state.is_delivered()),
            taken_in_charge: facts.earliest(|event| matches!(event, Event::TakeInCharge { .. })),
            virus_detected: facts.earliest(|event| matches!(event, Event::VirusDetection { .. })),
            state,
            history,
            deadlines,
        }
    });
    statuses.collect()
}

pub(super) fn contradictions(follow: &Follow) -> Vec<Contradiction> {
    let refused =
        follow.own().any(|receipt| matches!(receipt.event(), Event::NonAcceptance { .. }));
    let recipients = Recipients::of(follow);
    let is_known = !follow.all().is_empty();
    let mut found = Vec::new();
    for row in recipients.rows.values() {
        let address = || row.address.clone();
        let count = |test: fn(&Event) -> bool| row.events().filter(|event| test(event)).count();
        let times = count(|event| matches!(event, Event::Delivery { .. }));
        let failures = count(|event| matches!(event, Event::DeliveryError { .. }));
        if times > 0 && failures > 0 {
            found.push(Contradiction::DeliveredAndFailed { address: address() });
        }
        if times > 1 {
            found.push(Contradiction::SeveralDeliveries { address: address(), times });
        }
        if refused && !row.receipts.is_empty() {
            found.push(Contradiction::AnsweredAndRefused { address: address() });
        }
        if is_known && !row.is_certified {
            found.push(if row.is_sent {
                Contradiction::NotCertified { address: address() }
            } else {
                Contradiction::NotARecipient { address: address() }
            });
        }
    }
    found
}

/// Everybody to whom the message went, by what was sent, by the certified lists and by `consegna`
/// and `ricezione` of the receipts.
struct Recipients<'f> {
    rows: BTreeMap<String, Row<'f>>,
}

/// What is known about one of them.
struct Row<'f> {
    address: &'f Address,
    recipient_type: Option<RecipientType>,
    is_sent: bool,
    is_certified: bool,
    /// The receipts about this recipient.
    receipts: Vec<&'f Receipt>,
}

impl<'f> Recipients<'f> {
    fn of(follow: &'f Follow) -> Self {
        let mut recipients = Self { rows: BTreeMap::new() };
        for receipt in follow.own() {
            for listed in receipt.data().header.recipients.iter() {
                let row = recipients.row(&listed.address);
                row.is_certified = true;
                // In doubt the mailbox is certified, and receipts are expected.
                row.recipient_type =
                    super::sent::earliest(row.recipient_type, Some(listed.recipient_type));
            }
        }
        for address in follow.sent().into_iter().flat_map(|sent| &sent.recipients) {
            recipients.row(address).is_sent = true;
        }
        for receipt in follow.own() {
            for address in receipt.about() {
                recipients.row(address).receipts.push(receipt);
            }
        }
        recipients
    }

    /// Of the ways to write an address the least is shown, whatever came first.
    fn row(&mut self, address: &'f Address) -> &mut Row<'f> {
        let row = self.rows.entry(mailbox(address)).or_insert_with(|| Row {
            address,
            recipient_type: None,
            is_sent: false,
            is_certified: false,
            receipts: Vec::new(),
        });
        row.address = row.address.min(address);
        row
    }
}

impl<'f> Row<'f> {
    fn events(&self) -> impl Iterator<Item = &'f Event> {
        self.receipts.iter().map(|receipt| receipt.event())
    }
}

/// All that is certified for one recipient.
struct Facts<'f, 'r> {
    follow: &'f Follow,
    /// Receipts about all recipients.
    general: &'r [&'f Receipt],
    row: &'r Row<'f>,
}

impl Facts<'_, '_> {
    fn state(&self, now: DateTime<Utc>) -> (RecipientState, Vec<Deadline>) {
        let state = self.certified_state();
        if state.is_settled() {
            return (state, Vec::new());
        }
        let deadlines = self.deadlines(&state);
        let overdue = deadlines.iter().find(|deadline| deadline.kind == DeadlineKind::Overdue);
        match overdue.filter(|overdue| overdue.at <= now) {
            Some(overdue) => (RecipientState::NoAnswer { since: overdue.at }, deadlines),
            None => (state, deadlines),
        }
    }

    /// The first in the order of precedence that is documented at [`Follow::recipients`].
    fn certified_state(&self) -> RecipientState {
        self.delivered()
            .or_else(|| self.failed())
            .or_else(|| self.refused())
            .or_else(|| self.last_notice().map(|at| RecipientState::Expired { at }))
            .or_else(|| self.warned().map(|at| RecipientState::Warned { at }))
            .or_else(|| {
                let taken = self.earliest(|event| matches!(event, Event::TakeInCharge { .. }));
                taken.map(|at| RecipientState::TakenInCharge { at })
            })
            .or_else(|| self.accepted())
            .unwrap_or(RecipientState::Unanswered)
    }

    fn delivered(&self) -> Option<RecipientState> {
        let found = self.row.receipts.iter().filter_map(|receipt| match receipt.event() {
            Event::Delivery { receipt_type, .. } => Some((receipt.at(), *receipt_type)),
            _ => None,
        });
        let (at, receipt_type) = found.min()?;
        Some(RecipientState::Delivered { at, receipt_type })
    }

    fn failed(&self) -> Option<RecipientState> {
        let found = self.row.receipts.iter().filter_map(|receipt| match receipt.event() {
            Event::DeliveryError { cause, error_detail, .. } => {
                Some((receipt.at(), *cause, error_detail))
            }
            _ => None,
        });
        let (at, cause, detail) = found.min()?;
        let failure = Failure::new(cause, detail);
        Some(RecipientState::Failed { at, failure, detail: detail.clone() })
    }

    fn refused(&self) -> Option<RecipientState> {
        let found = self.general.iter().filter_map(|receipt| match receipt.event() {
            Event::NonAcceptance { cause, error_detail } => {
                Some((receipt.at(), *cause, error_detail))
            }
            _ => None,
        });
        let (at, cause, detail) = found.min()?;
        Some(RecipientState::Refused { at, virus: is_virus(cause), detail: detail.clone() })
    }

    fn accepted(&self) -> Option<RecipientState> {
        let at = self.follow.accepted()?;
        Some(match self.row.recipient_type {
            Some(RecipientType::External) => RecipientState::SentUncertified { at },
            _ => RecipientState::Accepted { at },
        })
    }

    /// The earliest notice that is the last one.
    fn last_notice(&self) -> Option<EventTime> {
        let first = self.notices().map(|(at, _)| at).min();
        let is_last = |(at, detail): &(EventTime, &str)| {
            // norms 46: `5.4.1`, and not `5.4.10`
            let after = match (self.follow.accepted(), first) {
                (Some(accepted), _) => Some(later(accepted.to_utc(), LAST_NOTICE_EARLIEST)),
                (None, Some(first)) => Some(later(first.to_utc(), BETWEEN_NOTICES)),
                (None, None) => None,
            };
            status_code(detail) == "5.4.1" || after.is_some_and(|after| at.to_utc() >= after)
        };
        self.notices().filter(is_last).map(|(at, _)| at).min()
    }

    fn warned(&self) -> Option<EventTime> {
        self.notices().map(|(at, _)| at).min()
    }

    fn notices(&self) -> impl Iterator<Item = (EventTime, &str)> {
        self.row.receipts.iter().filter_map(|receipt| match receipt.event() {
            Event::DeliveryNotice { error_detail, .. } => {
                Some((receipt.at(), error_detail.as_str()))
            }
            _ => None,
        })
    }

    fn earliest(&self, test: impl Fn(&Event) -> bool) -> Option<EventTime> {
        let found = self.row.receipts.iter().filter(|receipt| test(receipt.event()));
        found.map(|receipt| receipt.at()).min()
    }

    /// Counted from the acceptance, else from when the message was sent, else from the first
    /// receipt about this recipient, which is later.
    fn deadlines(&self, state: &RecipientState) -> Vec<Deadline> {
        let accepted = self.follow.accepted().map(|at| at.to_utc());
        let sent = self.follow.sent().and_then(|sent| sent.at);
        let receipts = self.general.iter().chain(&self.row.receipts);
        let first = receipts.map(|receipt| receipt.at().to_utc()).min();
        let Some(start) = accepted.or(sent).or(first) else {
            return Vec::new();
        };
        let deadline = |after, kind| Deadline { at: later(start, after), kind };
        let mut deadlines = Vec::new();
        if matches!(state, RecipientState::Accepted { .. }) {
            deadlines.push(deadline(FIRST_NOTICE, DeadlineKind::FirstNotice));
        }
        if !matches!(state, RecipientState::Unanswered) {
            deadlines.push(deadline(LAST_NOTICE, DeadlineKind::LastNotice));
        }
        let overdue = LAST_NOTICE.checked_add(&GRACE).unwrap_or(LAST_NOTICE);
        deadlines.push(deadline(overdue, DeadlineKind::Overdue));
        deadlines
    }
}
