//! Seeded faults: what the net must catch. Each one is a bug that a gestore could have, made
//! between deciding and storing, so that the library itself stays as it is.

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::{CertificationData, ErrorCode, Event, EventTime, Kind, ReceiptType};
use pec_gestore::log::Record;
use pec_gestore::{
    Action, BodyRef, Change, Deposit, Effect, EffectId, Key, MessageRef, Plan, Role, Snapshot,
    State, Unsigned,
};

use super::invariants::data_of;
use super::store::{MemoryStore, Octets, SimStore, Stale, Transaction};

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Bug {
    /// The acceptance is not made.
    NoAcceptance,
    /// The transport envelope is signed and not sent.
    NoRelay,
    /// The recipient's gestore does not take in charge.
    NoTakeInCharge,
    /// A delivery is not told.
    NoDeliveryReceipt,
    /// A delivery is told twice.
    TwoDeliveryReceipts,
    /// A delivery is told, and nothing is in the mailbox.
    NoRow,
    /// An envelope is put into its mailbox twice.
    TwoRows,
    /// An envelope is put into another mailbox.
    OtherMailbox,
    /// What is between providers goes to the user.
    TakeInChargeToUser,
    /// Timers ring five hours late.
    LateDeadline,
    /// Timers ring three hours early.
    EarlyDeadline,
    /// There are no timers.
    NoDeadline,
    /// The first notice calls itself final.
    FinalTooSoon,
    /// The final notice does not say that it is final.
    NotFinal,
    /// The last change of a plan is not stored.
    LostChange,
    /// Receipts that were read are read again.
    ForgottenReading,
    /// Answers for recipients are forgotten.
    ForgottenAnswers,
    /// Nothing is logged.
    NoLog,
    /// A submission is acknowledged and not stored.
    AcknowledgedOnly,
    /// A submission is refused and gets a notice.
    RefusedAndTold,
    /// Messages bear another time than their step.
    OtherTime,
    /// Messages bear another provider's name.
    OtherProvider,
    /// Receipts are about another recipient.
    OtherRecipient,
    /// Delivery receipts are concise whatever was asked for.
    AlwaysConcise,
    /// A delivery is told as a failure.
    FailureInstead,
    /// What is done stays in the outbox.
    NeverFinished,
    /// What is to be done is held to be done.
    FinishedAtOnce,
    /// Plans made from an older state are committed.
    StaleCommitted,
    /// A message is signed again at every try.
    SealedAgain,
    /// A crash loses the outbox.
    LostOutbox,
    /// A crash loses the timers.
    LostTimers,
}

impl Bug {
    /// All bugs.
    pub const ALL: [Self; 31] = [
        Self::NoAcceptance,
        Self::NoRelay,
        Self::NoTakeInCharge,
        Self::NoDeliveryReceipt,
        Self::TwoDeliveryReceipts,
        Self::NoRow,
        Self::TwoRows,
        Self::OtherMailbox,
        Self::TakeInChargeToUser,
        Self::LateDeadline,
        Self::EarlyDeadline,
        Self::NoDeadline,
        Self::FinalTooSoon,
        Self::NotFinal,
        Self::LostChange,
        Self::ForgottenReading,
        Self::ForgottenAnswers,
        Self::NoLog,
        Self::AcknowledgedOnly,
        Self::RefusedAndTold,
        Self::OtherTime,
        Self::OtherProvider,
        Self::OtherRecipient,
        Self::AlwaysConcise,
        Self::FailureInstead,
        Self::NeverFinished,
        Self::FinishedAtOnce,
        Self::StaleCommitted,
        Self::SealedAgain,
        Self::LostOutbox,
        Self::LostTimers,
    ];
}

/// A store with a bug, which may as well be one of the code that plans.
#[derive(Debug)]
pub struct Sabotaged {
    bug: Bug,
    store: MemoryStore,
}

impl Sabotaged {
    /// An empty store with a bug.
    #[must_use]
    pub fn new(bug: Bug) -> Self {
        Self { bug, store: MemoryStore::default() }
    }

    fn spoil(&self, done: &mut Transaction) {
        match self.bug {
            Bug::NoAcceptance => drop_messages(done, Kind::Acceptance),
            Bug::NoTakeInCharge => drop_messages(done, Kind::TakeInCharge),
            Bug::NoDeliveryReceipt => drop_messages(done, Kind::Delivery),
            Bug::NoRelay => done.effects.retain(|effect| {
                let is_relay = matches!(effect.action, Action::Relay { .. });
                !is_relay || done.key.role != Role::Sender
            }),
            Bug::NoRow => done.deposits.clear(),
            Bug::TwoRows => copy_rows(done),
            Bug::OtherMailbox | Bug::TakeInChargeToUser => self.misplace(done),
            Bug::TwoDeliveryReceipts => copy_receipts(done),
            Bug::LateDeadline => shift(&mut done.deadline, 5),
            Bug::EarlyDeadline => shift(&mut done.deadline, -3),
            Bug::NoDeadline => done.deadline = None,
            Bug::LostChange => _ = done.changes.pop(),
            Bug::ForgottenReading => {
                self.forget(done, |change| matches!(change, Change::Read { .. }));
            }
            Bug::ForgottenAnswers => {
                self.forget(done, |change| {
                    matches!(change, Change::Answered { .. } | Change::Settled { .. })
                });
            }
            Bug::NoLog => done.log.clear(),
            Bug::AcknowledgedOnly if done.key.role == Role::Sender && done.based_on.is_none() => {
                done.effects.clear();
            }
            Bug::RefusedAndTold if done.key.role == Role::Sender => {
                if let Some(reply) = &mut done.reply {
                    reply.code = 554;
                }
            }
            Bug::NeverFinished => done.finished.clear(),
            Bug::FinishedAtOnce => {
                done.finished.extend(done.effects.iter().map(|effect| effect.id.clone()));
            }
            Bug::StaleCommitted => {
                done.based_on = self.store.load(&done.key).map(|snapshot| snapshot.version);
            }
            _ => done.effects.iter_mut().for_each(|effect| self.spoil_message(effect)),
        }
    }

    /// Bugs that change what a message says.
    fn spoil_message(&self, effect: &mut Effect) {
        let Action::Seal(unsigned) = &mut effect.action else { return };
        let Some(data) = data_mut(unsigned) else { return };
        match (self.bug, &mut data.event) {
            (Bug::FinalTooSoon, Event::DeliveryNotice { error_detail, .. }) => {
                *error_detail = "5.4.1 - Gestore - anzitempo".parse().expect("text");
            }
            (Bug::NotFinal, Event::DeliveryNotice { error_detail, .. }) => {
                *error_detail = "4.4.7 - Gestore - non definitivo".parse().expect("text");
            }
            (Bug::OtherTime, _) => {
                let later = data.time.to_utc() + TimeDelta::hours(1);
                data.time = EventTime::legal(later).expect("a year of four digits");
            }
            (Bug::OtherProvider, _) => data.provider = "Altro S.p.A.".parse().expect("text"),
            (
                Bug::OtherRecipient,
                Event::Delivery { delivered_to, .. } | Event::DeliveryError { delivered_to, .. },
            ) => *delivered_to = data.header.sender.clone(),
            (Bug::AlwaysConcise, Event::Delivery { receipt_type, .. }) => {
                *receipt_type = ReceiptType::Concise;
            }
            (Bug::FailureInstead, Event::Delivery { receipt_type, delivered_to }) => {
                data.event = Event::DeliveryError {
                    cause: pec_daticert::DeliveryErrorCause::Other,
                    delivered_to: delivered_to.clone(),
                    receipt_type: Some(*receipt_type),
                    error_detail: "5.0.0 - Gestore - non vero".parse().expect("text"),
                };
                let (data, message_id) = match &**unsigned {
                    Unsigned::Delivery { data, message_id, .. }
                    | Unsigned::Notification { data, message_id } => {
                        (data.clone(), message_id.clone())
                    }
                    _ => return,
                };
                debug_assert_ne!(data.event.error(), ErrorCode::None);
                **unsigned = Unsigned::Notification { data, message_id };
            }
            _ => {}
        }
    }

    /// Rows go where they should not.
    fn misplace(&self, done: &mut Transaction) {
        let is_service = |row: &Deposit| row.mailbox.local_part() == "ricevute";
        for row in &mut done.deposits {
            let other = match (self.bug, is_service(row)) {
                (Bug::TakeInChargeToUser, true) => "anna",
                (Bug::OtherMailbox, false) => "ricevute",
                _ => continue,
            };
            let mailbox = format!("{other}@{}", row.mailbox.domain());
            row.mailbox = mailbox.parse().expect("an address");
        }
    }

    /// Some changes are not made: neither to the state nor to what it is restored from.
    fn forget(&self, done: &mut Transaction, is_forgotten: impl Fn(&Change) -> bool) {
        done.changes.retain(|change| !is_forgotten(change));
        let mut all = self.store.changes(&done.key);
        all.extend(done.changes.iter().cloned());
        done.state = State::restore(&all).ok();
    }
}

/// The message of this kind is not made, and nothing that needs it is done.
fn drop_messages(done: &mut Transaction, kind: Kind) {
    let dropped: Vec<EffectId> = done
        .effects
        .iter()
        .filter(|effect| match &effect.action {
            Action::Seal(unsigned) => data_of(unsigned).is_some_and(|data| data.kind() == kind),
            _ => false,
        })
        .map(|effect| effect.id.clone())
        .collect();
    done.effects.retain(|effect| {
        let needs = match &effect.action {
            Action::Relay { message: MessageRef::Sealed(seal), .. }
            | Action::Deposit { message: MessageRef::Sealed(seal), .. } => seal,
            _ => &effect.id,
        };
        !dropped.contains(needs)
    });
}

/// An effect's name with something added.
fn other_name(effect: &EffectId) -> EffectId {
    let name = serde_json::Value::String(format!("{effect}:again"));
    serde_json::from_value(name).expect("a name is a string")
}

fn copy_rows(done: &mut Transaction) {
    let copies: Vec<Deposit> = done
        .deposits
        .iter()
        .map(|row| Deposit { effect: other_name(&row.effect), ..row.clone() })
        .collect();
    done.deposits.extend(copies);
}

fn copy_receipts(done: &mut Transaction) {
    let is_delivery = |effect: &&Effect| match &effect.action {
        Action::Seal(unsigned) => {
            data_of(unsigned).is_some_and(|data| data.kind() == Kind::Delivery)
        }
        _ => false,
    };
    let copies: Vec<Effect> = done
        .effects
        .iter()
        .filter(is_delivery)
        .map(|effect| Effect { id: other_name(&effect.id), action: effect.action.clone() })
        .collect();
    done.effects.extend(copies);
}

fn shift(deadline: &mut Option<DateTime<Utc>>, hours: i64) {
    if let Some(deadline) = deadline {
        *deadline += TimeDelta::hours(hours);
    }
}

fn data_mut(unsigned: &mut Unsigned) -> Option<&mut CertificationData> {
    match unsigned {
        Unsigned::TransportEnvelope { data, .. }
        | Unsigned::Notification { data, .. }
        | Unsigned::Delivery { data, .. }
        | Unsigned::BetweenProviders { data, .. } => Some(data),
        _ => None,
    }
}

impl SimStore for Sabotaged {
    fn load(&self, key: &Key) -> Option<Snapshot> {
        self.store.load(key)
    }

    fn commit(&mut self, plan: &Plan) -> Result<Transaction, Stale> {
        let mut transaction = Transaction::from(plan);
        self.spoil(&mut transaction);
        self.store.commit_transaction(&transaction).map(|()| transaction)
    }

    fn changes(&self, key: &Key) -> Vec<Change> {
        self.store.changes(key)
    }

    fn put_body(&mut self, octets: Octets) -> BodyRef {
        self.store.put_body(octets)
    }

    fn body(&self, body: &BodyRef) -> Option<Octets> {
        self.store.body(body)
    }

    fn seal(&mut self, effect: &EffectId, octets: Octets) -> BodyRef {
        if self.bug == Bug::SealedAgain {
            self.store.unseal(effect);
        }
        self.store.seal(effect, octets)
    }

    fn sealed(&self, effect: &EffectId) -> Option<BodyRef> {
        self.store.sealed(effect)
    }

    fn outbox(&self) -> Vec<(Key, Effect)> {
        self.store.outbox()
    }

    fn wanted(&self, effect: &EffectId) -> Option<(Key, Effect)> {
        self.store.wanted(effect)
    }

    fn deadlines(&self) -> Vec<(DateTime<Utc>, Key)> {
        self.store.deadlines()
    }

    fn deadline(&self, key: &Key) -> Option<DateTime<Utc>> {
        self.store.deadline(key)
    }

    fn rows(&self) -> &[Deposit] {
        self.store.rows()
    }

    fn log(&self) -> &[Record] {
        self.store.log()
    }

    fn archive(&mut self, key: &Key) {
        self.store.archive(key);
    }

    fn forget_body(&mut self, body: &BodyRef) {
        self.store.forget_body(body);
    }

    fn crash(&mut self) {
        match self.bug {
            Bug::LostOutbox => self.store.lose_outbox(),
            Bug::LostTimers => self.store.lose_timers(),
            _ => {}
        }
    }
}
