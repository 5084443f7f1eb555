//! What a holder may see of the log.

use chrono::{DateTime, Utc};
use pec_daticert::{Address, PecMsgid};

use super::{LogEvent, Record};
use crate::Role;

/// Which records a holder asks for (norms 73). Only what concerns the mailbox is given: of what
/// others sent, what reached it; of what it sent, everything. Refused SMTP transactions and alarms
/// are not part of it.
///
/// ```
/// use pec_gestore::{Role, log::{Extract, Record}};
///
/// # let data = pec_daticert::fuzzing::example();
/// # let now = chrono::DateTime::<chrono::Utc>::default();
/// let log = [Record::made(&data, Role::Sender, now, &"r1@alfa.example".parse()?)];
/// let of = |mailbox: &str| Ok::<_, pec_daticert::AddressError>(Extract::of(mailbox.parse()?));
/// assert_eq!(of("Mario.Rossi@alfa.example")?.select(&log).count(), 1);
/// // Anna is a recipient, but what the sender's provider told the sender is not hers to see.
/// assert_eq!(of("anna@beta.example")?.select(&log).count(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extract {
    mailbox: Address,
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    pec_msgid: Option<PecMsgid>,
}

impl Extract {
    /// Everything that concerns a mailbox.
    #[must_use]
    pub const fn of(mailbox: Address) -> Self {
        Self { mailbox, from: None, until: None, pec_msgid: None }
    }

    /// From this instant on, and before that one.
    #[must_use]
    pub const fn between(mut self, from: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        self.from = Some(from);
        self.until = Some(until);
        self
    }

    /// Of this transmission alone.
    #[must_use]
    pub fn of_transmission(mut self, id: PecMsgid) -> Self {
        self.pec_msgid = Some(id);
        self
    }

    /// The records of the extract, in the order of the log.
    pub fn select<'r>(
        &self,
        log: impl IntoIterator<Item = &'r Record>,
    ) -> impl Iterator<Item = &'r Record> {
        log.into_iter().filter(|record| self.takes(record))
    }

    /// Whether the record belongs to the extract.
    // norms 73
    #[must_use]
    pub fn takes(&self, record: &Record) -> bool {
        self.from.is_none_or(|from| from <= record.time)
            && self.until.is_none_or(|until| record.time < until)
            && self.pec_msgid.as_ref().is_none_or(|id| record.pec_msgid.as_ref() == Some(id))
            && self.concerns(record)
    }

    fn concerns(&self, record: &Record) -> bool {
        // Alarms are the operator's, and who was refused may have used another's address.
        if matches!(record.event, LogEvent::Allarme | LogEvent::Rifiuto) {
            return false;
        }
        let is_it = |address: &Address| address.is_same_mailbox(&self.mailbox);
        let is_sender = record.sender.as_ref().is_some_and(is_it);
        let is_reached = record.delivered_to.iter().chain(&record.received_for).any(is_it);
        match record.role {
            Role::Sender => is_sender,
            Role::Receiver => is_reached,
            // Of mail that nobody certifies, the sender is whom it claims to be.
            Role::Other => is_reached || is_sender && record.event == LogEvent::Riemissione,
        }
    }
}
