//! Ordinary mail, bounces, and messages of providers that are not well-formed: what goes into an
//! anomaly envelope, what is sent on, what is refused (RFC 6109 §2.2.2, §3.2.2).

use pec_daticert::Address;
use pec_message::Step;

use super::ArrivalRefusal;
use super::anomaly::{self, Reason};
use super::tail;
use crate::log::LogEvent;
use crate::plan::Relay;
use crate::{
    About, Alarm, Arrival, Cargo, Change, Context, MailboxState, MessageRef, OrdinaryPolicy, Plan,
    Route, Scan, SmtpEnvelope, Timer,
};

/// What becomes of ordinary mail for one recipient.
enum Way {
    /// Into the mailbox, in an anomaly envelope.
    Wrap,
    /// On to this address, as it is.
    Forward(Address),
    /// It is a receipt of ours that comes back.
    Bounced,
}

/// Takes what no provider certifies. `why` says at which of the four tests it failed, for the log.
// rfc6109 §2.2.2#2, §3.2.2#1, norms 32, norms 33, norms 95
pub(super) fn take(
    plan: &mut Plan,
    step: Step,
    why: &str,
    arrival: &Arrival,
    ctx: &Context<'_>,
) -> Result<(), ArrivalRefusal> {
    let is_provider_s = step == Step::FormalCorrectness;
    match &arrival.scan {
        Scan::Infected(virus) => {
            if is_provider_s {
                // It came from the PEC network: rfc6109 §2.2.4#2.
                plan.quarantine(arrival.message);
            }
            return Err(ArrivalRefusal::Infected(virus.clone()));
        }
        Scan::Forbidden(name) if !is_provider_s => {
            return Err(ArrivalRefusal::Forbidden(name.clone()));
        }
        Scan::Forbidden(_) | Scan::Clean | Scan::Failed => {}
    }
    let ways = ways(is_provider_s, arrival, ctx)?;
    let (about, at) = (Box::new(About::arrival(arrival, ctx)), plan.at());
    plan.change(Change::Passed { about, at });
    let wrapped = ways.iter().filter(|(_, way)| matches!(way, Way::Wrap));
    let wrapped: Vec<Address> = wrapped.map(|(address, _)| address.clone()).collect();
    let reason = Reason { italian: reason(step, arrival), note: why };
    anomaly::wrap(plan, &reason, &wrapped, arrival, ctx);
    for (address, way) in &ways {
        match way {
            Way::Wrap => {}
            Way::Forward(target) => forward(plan, address, target, arrival, ctx),
            Way::Bounced => bounced(plan, arrival, ctx),
        }
    }
    Ok(())
}

/// What the envelope says to the recipient (norms §1.4).
fn reason(step: Step, arrival: &Arrival) -> &'static str {
    match step {
        Step::SignatureExistence if arrival.envelope.reverse_path.is_none() => {
            "avviso di errore proveniente dalla posta ordinaria"
        }
        Step::SignatureExistence => "il messaggio non è firmato da un gestore di posta certificata",
        Step::SignatureOrigin => {
            "la firma digitale del messaggio non è di un gestore di posta certificata"
        }
        Step::SignatureValidity => "la firma digitale del messaggio non risulta attendibile",
        Step::FormalCorrectness => {
            "il messaggio del gestore non rispetta il formato della posta certificata"
        }
    }
}

/// The way of each recipient, if one answer fits them all.
fn ways(
    is_provider_s: bool,
    arrival: &Arrival,
    ctx: &Context<'_>,
) -> Result<Vec<(Address, Way)>, ArrivalRefusal> {
    let (mut ways, mut refusals): (Vec<(Address, Way)>, Vec<ArrivalRefusal>) = Default::default();
    for address in &arrival.envelope.forward_paths {
        if ways.iter().any(|(known, _)| known.is_same_mailbox(address)) {
            continue;
        }
        match way(is_provider_s, address, arrival, ctx) {
            Ok(way) => ways.push((address.clone(), way)),
            Err(refusal) => refusals.push(refusal),
        }
    }
    let is_mixed = !ways.is_empty();
    match refusals.iter().find(|refusal| refusal.is_temporary()).or(refusals.first()) {
        None => Ok(ways),
        Some(_) if is_mixed => Err(ArrivalRefusal::Mixed),
        Some(refusal) => Err(refusal.clone()),
    }
}

fn way(
    is_provider_s: bool,
    address: &Address,
    arrival: &Arrival,
    ctx: &Context<'_>,
) -> Result<Way, ArrivalRefusal> {
    let sender = arrival.envelope.reverse_path.as_ref();
    if ctx.provider.is_service(address) {
        return match sender {
            None => Ok(Way::Bounced),
            // The service mailbox is for providers; what is theirs but malformed is kept.
            Some(_) if is_provider_s => Ok(Way::Wrap),
            Some(_) => Err(ArrivalRefusal::NotWanted(address.clone())),
        };
    }
    let facts = ctx.mailboxes.facts(address);
    let facts = facts.ok_or_else(|| ArrivalRefusal::Unknown(address.clone()))?;
    if facts.state == MailboxState::Suspended {
        return Err(ArrivalRefusal::Suspended(address.clone()));
    }
    let may_wrap = || match facts.quota_left {
        Some(left) if left < arrival.facts.octets => Err(ArrivalRefusal::Full(address.clone())),
        _ => Ok(Way::Wrap),
    };
    // A bounce answers the user's own mail: no policy is asked.
    let Some(sender) = sender.filter(|_| !is_provider_s) else { return may_wrap() };
    let not_wanted = || ArrivalRefusal::NotWanted(address.clone());
    if !facts.correspondents.admit(sender) {
        return Err(not_wanted());
    }
    match &facts.ordinary {
        OrdinaryPolicy::Refuse => Err(not_wanted()),
        OrdinaryPolicy::Envelope => may_wrap(),
        OrdinaryPolicy::Forward(target) => Ok(Way::Forward(target.clone())),
    }
}

/// Sends the message on, as it is: it never entered the PEC network.
// norms 95
fn forward(
    plan: &mut Plan,
    mailbox: &Address,
    target: &Address,
    arrival: &Arrival,
    ctx: &Context<'_>,
) {
    let relay = Relay {
        cargo: Cargo::Mail,
        message: MessageRef::Body(arrival.message),
        envelope: SmtpEnvelope {
            reverse_path: arrival.envelope.reverse_path.clone(),
            forward_paths: vec![target.clone()],
        },
        route: Route::to(target, ctx.directory),
        until: Timer::TwentyFourHours.due(plan.at()),
    };
    plan.relay(&format!("relay:{}", tail(mailbox)), relay);
}

/// A receipt of ours comes back: somebody must look at it, and nobody is answered.
fn bounced(plan: &mut Plan, arrival: &Arrival, ctx: &Context<'_>) {
    let service = &ctx.provider.service_mailbox;
    let message = MessageRef::Body(arrival.message);
    let record = About::arrival(arrival, ctx).record(LogEvent::Allarme, plan.key().role, plan.at());
    let record = record.with_message_id(arrival.facts.msgid.as_ref());
    plan.alarm_with("bounce", Alarm::ReceiptBounced, record, "a receipt of ours came back");
    plan.deposit(&format!("deposit:bounce:{}", tail(service)), service, message, Cargo::Mail);
}
