//! The delivery point (*punto di consegna*, RFC 6109 §3.3): rows in mailboxes, and the receipts
//! that follow from envelopes.

use pec_daticert::{Address, CertificationData, DeliveryErrorCause, Event, ReceiptType};

use crate::issue::event_data;
use crate::judgement::Addressed;
use crate::log::LogEvent;
use crate::{
    Alarm, Cargo, Change, Context, EffectId, MailboxFailure, MessageRef, PlacementEvent, Plan,
    State, Unsigned,
};

/// A deposit that the shell answers for.
pub(crate) struct Asked {
    pub cargo: Cargo,
    pub mailbox: Address,
    pub message: MessageRef,
}

/// The receipt that a delivery to this address gets: what the sender asked for when it is a
/// primary recipient, or when that cannot be told; the concise one when it stands in `Cc` alone.
// rfc6109 §3.3.2.1#1, norms 39
pub(crate) fn receipt_type(
    data: &CertificationData,
    addressed: &Addressed,
    address: &Address,
) -> ReceiptType {
    let is_in = |list: &[Address]| list.iter().any(|one| one.is_same_mailbox(address));
    let is_copy = !addressed.is_ambiguous && is_in(&addressed.cc) && !is_in(&addressed.to);
    let requested = data.event.receipt_type().unwrap_or(ReceiptType::Complete);
    if is_copy { ReceiptType::Concise } else { requested }
}

/// The mailbox can take the message: the row, and the receipt that bears its instant.
// rfc6109 §2.2.3#1, §2.2.3#2, §3.3.2#1, norms 37, norms 38
pub(crate) fn deposit(plan: &mut Plan, effect: &EffectId, asked: Asked, ctx: &Context<'_>) {
    let Asked { cargo, mailbox, message } = asked;
    if !plan.change(Change::Settled { effect: effect.clone() }) {
        return;
    }
    plan.finish(effect);
    let (recipient, event, at) = (mailbox.clone(), PlacementEvent::Deposit, plan.at());
    let is_envelope = cargo == Cargo::Envelope;
    if is_envelope && !plan.change(Change::Placed { recipient, event, at }) {
        return;
    }
    plan.put(effect, &mailbox, message);
    if let Some(record) = plan.happening(LogEvent::Deposito) {
        plan.record(record.to(&mailbox));
    }
    if is_envelope {
        certify(plan, &mailbox, ctx);
    }
}

/// The delivery receipt, to the sender of the envelope.
// rfc6109 §3.3.2.1#3, norms 37, norms 39
fn certify(plan: &mut Plan, mailbox: &Address, ctx: &Context<'_>) {
    let Some(State::Received(received)) = plan.state() else { return };
    let Some(addressee) = received.recipient(mailbox).cloned() else { return };
    let receipt_type = addressee.receipt;
    let event = Event::Delivery { receipt_type, delivered_to: addressee.address };
    let data = event_data(&received.arrived().data, event, plan.at(), ctx);
    let envelope = addressee.envelope;
    let unsigned = {
        let data = data.clone();
        move |message_id| match receipt_type {
            ReceiptType::Concise => Unsigned::Notification { data, message_id },
            ReceiptType::Complete | ReceiptType::Brief => {
                Unsigned::Delivery { data, message_id, envelope }
            }
        }
    };
    let to = data.header.sender.clone();
    plan.send_receipt(&data, &to, unsigned, ctx);
}

/// The mailbox cannot take the message. An envelope's sender is told; everything else was
/// acknowledged and goes to the service mailbox, where somebody sees it.
pub(crate) fn fail(
    plan: &mut Plan,
    effect: &EffectId,
    asked: Asked,
    why: MailboxFailure,
    ctx: &Context<'_>,
) {
    let Asked { cargo, mailbox, message } = asked;
    if !plan.change(Change::Settled { effect: effect.clone() }) {
        return;
    }
    plan.finish(effect);
    if cargo == Cargo::Envelope {
        return refuse(plan, &mailbox, why, ctx);
    }
    let step = plan.key().step(effect).to_owned();
    let note = format!("{mailbox}: {}", describe(why).1);
    plan.alarm(&format!("undepositable:{step}"), Alarm::Undepositable, &note);
    let service = &ctx.provider.service_mailbox;
    if !mailbox.is_same_mailbox(service) {
        plan.deposit(&format!("{step}/service"), service, message, cargo);
    }
}

/// The non-delivery notice, to the sender of the envelope.
// rfc6109 §2.2.3, §3.3.3, norms 41
pub(crate) fn refuse(plan: &mut Plan, mailbox: &Address, why: MailboxFailure, ctx: &Context<'_>) {
    let (recipient, event, at) = (mailbox.clone(), PlacementEvent::Refusal, plan.at());
    if !plan.change(Change::Placed { recipient, event, at }) {
        return;
    }
    let Some(State::Received(received)) = plan.state() else { return };
    let (status, description) = describe(why);
    let event = Event::DeliveryError {
        cause: match why {
            MailboxFailure::Unknown => DeliveryErrorCause::NoRecipient,
            MailboxFailure::Full | MailboxFailure::Suspended | MailboxFailure::ClosedToSender => {
                DeliveryErrorCause::Other
            }
        },
        delivered_to: mailbox.clone(),
        receipt_type: None,
        error_detail: ctx.provider.error_detail(status, description),
    };
    let data = event_data(&received.arrived().data, event, at, ctx);
    let to = data.header.sender.clone();
    let unsigned = {
        let data = data.clone();
        move |message_id| Unsigned::Notification { data, message_id }
    };
    plan.send_receipt(&data, &to, unsigned, ctx);
}

/// Status code of RFC 3463 and description.
const fn describe(why: MailboxFailure) -> (&'static str, &'static str) {
    match why {
        MailboxFailure::Unknown => ("5.1.1", "indirizzo non valido"),
        MailboxFailure::Full => ("5.2.2", "casella piena"),
        MailboxFailure::Suspended => ("5.2.1", "casella sospesa"),
        MailboxFailure::ClosedToSender => {
            ("5.7.1", "la casella non accetta messaggi da questo mittente")
        }
    }
}
