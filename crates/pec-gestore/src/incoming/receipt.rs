//! Receipts and notices at the incoming point: to the mailbox that they are for, and into the
//! tracking of the transmission (RFC 6109 §2.2.2, §3.1.6, §3.2.4).

use pec_daticert::{Address, CertificationData, DeliveryErrorCause, Event};

use super::tail;
use crate::issue::event_data;
use crate::limits::RECEIPTS_REMEMBERED;
use crate::log::Record;
use crate::{
    About, Alarm, Arrival, Cargo, CertifiedMail, Change, Context, MessageRef, Plan, Scan, Sent,
    Stage, StageEvent, State,
};

/// Takes a receipt; the same signed octets count once.
// norms 31, norms 46
pub(super) fn take(plan: &mut Plan, mail: &CertifiedMail, arrival: &Arrival, ctx: &Context<'_>) {
    if plan.state().is_some_and(|state| state.has_read(&mail.content)) {
        return;
    }
    let (at, content) = (plan.at(), mail.content);
    if plan.state().is_none() {
        let about = Box::new(About::certified(&mail.data, &plan.key().provider));
        plan.change(Change::Passed { about, at });
    }
    let is_full = plan.state().is_some_and(|state| state.receipts_read() >= RECEIPTS_REMEMBERED);
    if !is_full {
        plan.change(Change::Read { content, at });
    }
    let record = Record::received(&mail.data, plan.key().role, at).sent_by(&plan.key().provider);
    plan.record(record.with_message_id(arrival.facts.msgid.as_ref()));
    let name = short(mail);
    if let Scan::Infected(_) = arrival.scan {
        plan.quarantine(arrival.message);
        plan.alarm(&name, Alarm::VirusMissed, "a receipt with a virus is kept apart");
        // The sender is not told by it, so it ends no waiting: the notices are still due.
        return;
    }
    deposit(plan, mail, &name, arrival, ctx);
    let is_ours = match plan.state() {
        Some(State::Sent(sent)) => is_about(sent, &mail.data),
        _ => false,
    };
    if is_ours {
        track(plan, &mail.data, &name, ctx);
    } else {
        plan.alarm(&name, Alarm::UnknownTransmission, "a receipt for nothing that we sent");
    }
}

/// What makes the names of effects differ between receipts of one transmission.
fn short(mail: &CertifiedMail) -> String {
    String::from(mail.content).chars().take(16).collect()
}

/// Into the mailboxes that it is for. What providers tell each other reaches no user.
// rfc6109 §2.1.1.1.1#1, norms 31
fn deposit(
    plan: &mut Plan,
    mail: &CertifiedMail,
    name: &str,
    arrival: &Arrival,
    ctx: &Context<'_>,
) {
    let service = &ctx.provider.service_mailbox;
    let is_for_providers =
        matches!(mail.data.event, Event::TakeInCharge { .. } | Event::VirusDetection { .. });
    let users = arrival.envelope.forward_paths.iter();
    let users = users.filter(|path| !is_for_providers && !ctx.provider.is_service(path));
    let mut mailboxes: Vec<&Address> = users.collect();
    if mailboxes.is_empty() {
        mailboxes.push(service);
    }
    for mailbox in mailboxes {
        let step = format!("deposit:receipt:{name}:{}", tail(mailbox));
        plan.deposit(&step, mailbox, MessageRef::Body(arrival.message), Cargo::Receipt);
    }
}

/// Whether the receipt is about this transmission: any provider can sign one that names our
/// identifier (norms §2.2, first audit invariant).
fn is_about(sent: &Sent, data: &CertificationData) -> bool {
    let known = &sent.accepted().data.header;
    let is_known = |address: &Address| sent.recipient(address).is_some();
    known.sender.is_same_mailbox(&data.header.sender)
        && match &data.event {
            Event::TakeInCharge { received_for } => received_for.iter().any(is_known),
            Event::Delivery { delivered_to, .. }
            | Event::DeliveryError { delivered_to, .. }
            | Event::VirusDetection { delivered_to, .. } => is_known(delivered_to),
            // Those that a provider tells its own users do not come from elsewhere.
            Event::Acceptance
            | Event::NonAcceptance { .. }
            | Event::DeliveryNotice { .. }
            | Event::TransportEnvelope { .. } => false,
        }
}

// rfc6109 §3.1.6, norms 42, norms 43, norms 46
fn track(plan: &mut Plan, data: &CertificationData, name: &str, ctx: &Context<'_>) {
    match &data.event {
        Event::TakeInCharge { received_for } => {
            for recipient in received_for {
                happen(plan, recipient, StageEvent::TakeInCharge, name);
            }
        }
        Event::Delivery { delivered_to, .. } => {
            happen(plan, delivered_to, StageEvent::Delivery, name);
        }
        Event::DeliveryError { delivered_to, .. } => {
            happen(plan, delivered_to, StageEvent::Failure, name);
        }
        Event::VirusDetection { delivered_to, error_detail } => {
            // rfc6109 §2.2.2#5, norms 35
            plan.alarm(&format!("virus:{name}"), Alarm::VirusMissed, error_detail);
            if happen(plan, delivered_to, StageEvent::Failure, name) {
                virus_error(plan, data, delivered_to, ctx);
            }
        }
        _ => {}
    }
}

/// Makes the change, and says whether it was one.
fn happen(plan: &mut Plan, recipient: &Address, event: StageEvent, name: &str) -> bool {
    let (recipient, at) = (recipient.clone(), plan.at());
    let is_new = plan.change(Change::Tracked { recipient: recipient.clone(), event, at });
    let stage = match plan.state() {
        Some(State::Sent(sent)) => sent.stage(&recipient),
        _ => None,
    };
    if is_new && stage == Some(Stage::Contradicted) {
        let note = format!("delivered and not delivered: {recipient}");
        plan.alarm(&format!("contradiction:{name}"), Alarm::ContradictoryReceipts, &note);
    }
    is_new
}

/// All that the notice needs is in the virus notice.
// rfc6109 §3.2.4#2, norms 35
fn virus_error(
    plan: &mut Plan,
    notice: &CertificationData,
    recipient: &Address,
    ctx: &Context<'_>,
) {
    let Some(State::Sent(sent)) = plan.state() else { return };
    let (data, account) = (sent.accepted().data.clone(), sent.accepted().account.clone());
    let event = Event::DeliveryError {
        cause: DeliveryErrorCause::Virus,
        delivered_to: recipient.clone(),
        receipt_type: None,
        error_detail: notice.event.error_detail().cloned().unwrap_or_default(),
    };
    let data = event_data(&data, event, plan.at(), ctx);
    plan.notify(data, &account, ctx);
}
