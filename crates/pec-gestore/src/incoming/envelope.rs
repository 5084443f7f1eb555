//! Transport envelopes at the incoming point (RFC 6109 §3.2.1, §3.2.3).

use pec_daticert::{Address, CertificationData, Event, OneOrMore, Text};

use super::anomaly::{self, Reason};
use super::tail;
use crate::delivery;
use crate::issue::event_data;
use crate::log::Record;
use crate::{
    Addressee, Alarm, Arrival, Arrived, Cargo, CertifiedMail, Change, Context, MailboxFailure,
    MessageRef, Placement, PlacementEvent, Plan, Scan, State, Unsigned,
};

const REUSED: Reason<'_> = Reason {
    italian: "l'identificativo del messaggio è già quello di un altro messaggio",
    note: "the identifier of a known transmission around other octets",
};

const NOT_CERTIFIED: Reason<'_> = Reason {
    italian: "il destinatario non è tra quelli certificati dal gestore mittente",
    note: "a forward path that the certification data do not list",
};

/// Takes an envelope: a take-in-charge for the recipients of this transaction that no earlier one
/// had, and deposits. A repeat plans nothing.
// rfc6109 §3.2.1#1, §3.2.1#2, norms 30
pub(super) fn take(plan: &mut Plan, mail: &CertifiedMail, arrival: &Arrival, ctx: &Context<'_>) {
    let paths = &arrival.envelope.forward_paths;
    if let Some(State::Received(received)) = plan.state()
        && received.arrived().content != mail.content
    {
        anomaly::wrap(plan, &REUSED, &distinct(paths), arrival, ctx);
        return plan.alarm(arrival.id.as_str(), Alarm::IdentifierReused, REUSED.note);
    }
    if plan.state().is_none() {
        let (data, content, at) = (mail.data.clone(), mail.content, plan.at());
        plan.change(Change::Arrived(Box::new(Arrived { data, content, at })));
    }
    let (new, strangers) = addressees(plan, mail, arrival);
    if !strangers.is_empty() {
        // Whoever has an envelope could send it to anybody. It certifies nothing about them.
        anomaly::wrap(plan, &NOT_CERTIFIED, &strangers, arrival, ctx);
    }
    let at = plan.at();
    if new.is_empty() || !plan.change(Change::Taken { recipients: new.clone(), at }) {
        return;
    }
    let addresses: Vec<Address> = new.iter().map(|one| one.address.clone()).collect();
    let record = Record::received(&mail.data, plan.key().role, at).sent_by(mail.provider());
    let record = record.with_message_id(arrival.facts.msgid.as_ref()).for_recipients(&addresses);
    plan.record(record);
    let service = service_mailbox(mail, ctx);
    if service.is_none() {
        let note = "no take-in-charge: the directory has no mailReceipt of the sending provider";
        plan.alarm("take-in-charge", Alarm::NoServiceMailbox, note);
    }
    if let Some(service) = &service {
        take_in_charge(plan, mail, &addresses, service, ctx);
    }
    match &arrival.scan {
        Scan::Infected(virus) => {
            infected(plan, mail, &addresses, virus, service.as_ref(), arrival, ctx);
        }
        Scan::Clean | Scan::Forbidden(_) | Scan::Failed => {
            for address in &addresses {
                deliver(plan, address, arrival, ctx);
            }
        }
    }
}

/// The recipients that are new to the state, as the certification data write them, and the forward
/// paths that these do not list.
fn addressees(
    plan: &Plan,
    mail: &CertifiedMail,
    arrival: &Arrival,
) -> (Vec<Addressee>, Vec<Address>) {
    let (mut new, mut strangers): (Vec<Addressee>, Vec<Address>) = Default::default();
    for path in distinct(&arrival.envelope.forward_paths) {
        let is_known = match plan.state() {
            Some(State::Received(received)) => received.recipient(&path).is_some(),
            _ => false,
        };
        let mut listed = mail.data.header.recipients.iter();
        match listed.find(|recipient| recipient.address.is_same_mailbox(&path)) {
            _ if is_known => {}
            None => strangers.push(path),
            Some(recipient) => new.push(Addressee {
                address: recipient.address.clone(),
                receipt: delivery::receipt_type(&mail.data, &mail.addressed, &path),
                envelope: arrival.message,
                placement: Placement::Taken,
            }),
        }
    }
    (new, strangers)
}

/// The addresses, each once.
fn distinct(addresses: &[Address]) -> Vec<Address> {
    let mut distinct: Vec<Address> = Vec::new();
    for address in addresses {
        if !distinct.iter().any(|known| known.is_same_mailbox(address)) {
            distinct.push(address.clone());
        }
    }
    distinct
}

/// One receipt for all new recipients of the transaction.
// rfc6109 §2.1.1.1.1#1, §3.2.1#1
fn take_in_charge(
    plan: &mut Plan,
    mail: &CertifiedMail,
    addresses: &[Address],
    service: &Address,
    ctx: &Context<'_>,
) {
    let Ok(received_for) = OneOrMore::try_from(addresses.to_vec()) else { return };
    let transaction = match plan.state() {
        Some(State::Received(received)) => received.transactions(),
        _ => 0,
    };
    let event = Event::TakeInCharge { received_for };
    let data = event_data(&mail.data, event, plan.at(), ctx);
    let step = format!("take-in-charge:{transaction}");
    between_providers(plan, &step, data, service, ctx);
}

/// The message is kept apart, and the sending provider hears of each recipient.
// rfc6109 §2.2.4#1, §2.2.4#2, §3.2.3#1, §3.2.3#2, §3.2.3#3, norms 34, norms 74
fn infected(
    plan: &mut Plan,
    mail: &CertifiedMail,
    addresses: &[Address],
    virus: &Text,
    service: Option<&Address>,
    arrival: &Arrival,
    ctx: &Context<'_>,
) {
    plan.quarantine(arrival.message);
    for address in addresses {
        let (recipient, event, at) = (address.clone(), PlacementEvent::Virus, plan.at());
        plan.change(Change::Placed { recipient, event, at });
        let (delivered_to, error_detail) = (address.clone(), virus.clone());
        let event = Event::VirusDetection { delivered_to, error_detail };
        let data = event_data(&mail.data, event, at, ctx);
        if let Some(service) = service {
            between_providers(plan, &format!("virus:{}", tail(address)), data, service, ctx);
        }
    }
}

fn between_providers(
    plan: &mut Plan,
    step: &str,
    data: CertificationData,
    service: &Address,
    ctx: &Context<'_>,
) {
    let to = service.clone();
    let unsigned = {
        let data = data.clone();
        move |message_id| Unsigned::BetweenProviders { data, message_id, to }
    };
    plan.send_step(step, &data, service, unsigned, ctx);
}

/// On to the delivery point. A mailbox that takes nothing of this sender is not asked.
// norms 96
fn deliver(plan: &mut Plan, address: &Address, arrival: &Arrival, ctx: &Context<'_>) {
    let sender = match plan.state() {
        Some(State::Received(received)) => received.arrived().data.header.sender.clone(),
        _ => return,
    };
    let facts = ctx.mailboxes.facts(address);
    if facts.is_some_and(|facts| !facts.correspondents.admit(&sender)) {
        return delivery::refuse(plan, address, MailboxFailure::ClosedToSender, ctx);
    }
    let message = MessageRef::Body(arrival.message);
    plan.deposit(&format!("deposit:{}", tail(address)), address, message, Cargo::Envelope);
}

/// `mailReceipt` of the environment that signed: it is the one that manages the sender's domain
/// (norms 29). Where the directory names none, that of another environment of the provider.
fn service_mailbox(mail: &CertifiedMail, ctx: &Context<'_>) -> Option<Address> {
    let is_signer =
        |entry: &pec_directory::Entry<'_>| entry.provider().name.as_str() == mail.provider();
    let domain = mail.data.header.sender.domain();
    let signing = ctx.directory.managers(domain).filter(is_signer);
    let mut all = signing.chain(ctx.directory.entries().filter(is_signer));
    let mailbox = all.find_map(|entry| entry.environment().mail_receipt.as_ref())?;
    mailbox.to_string().parse().ok()
}
