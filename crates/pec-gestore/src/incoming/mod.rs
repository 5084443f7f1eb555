//! The incoming point (*punto di ricezione*, RFC 6109 §3.2): what other hosts hand in becomes a
//! take-in-charge, an entry in the tracking, an anomaly envelope, or is refused.

mod anomaly;
mod envelope;
mod ordinary;
mod receipt;
mod refusal;

use pec_daticert::Address;
use pec_message::{MessageKind, Step};

pub use refusal::ArrivalRefusal;

use crate::limits::RECEIVED_OCTETS;
use crate::log::LogEvent;
use crate::plan::one_line;
use crate::{About, Arrival, Context, HeaderFault, Judgement, Plan, Reply, Scan, Snapshot};

/// Plans an arrival: the tests of RFC 6109 §2.2.2 were made before, here is what they lead to.
pub(crate) fn arrive(current: Option<&Snapshot>, arrival: &Arrival, ctx: &Context<'_>) -> Plan {
    let key = arrival.judgement.key(ctx.provider.name.as_str(), &arrival.id);
    let mut plan = Plan::on(key, current, ctx.now);
    let outcome = admit(arrival, ctx).and_then(|()| match &arrival.judgement {
        Judgement::Certified(mail) if mail.kind() == MessageKind::TransportEnvelope => {
            envelope::take(&mut plan, mail, arrival, ctx);
            Ok(())
        }
        Judgement::Certified(mail) => {
            receipt::take(&mut plan, mail, arrival, ctx);
            Ok(())
        }
        Judgement::Untrusted(step, why) => {
            ordinary::take(&mut plan, *step, &why.to_string(), arrival, ctx)
        }
        Judgement::Undecided(doubt) => Err(ArrivalRefusal::Undecided(doubt.clone())),
    });
    match outcome {
        Ok(()) => plan.answer(Reply::new(250, "2.0.0", "Ok")),
        Err(refusal) => refuse(&mut plan, arrival, &refusal, ctx),
    }
    plan
}

/// What is asked of every arrival, whatever it is.
// rfc6109 §5.3#3, norms 27, norms 63
fn admit(arrival: &Arrival, ctx: &Context<'_>) -> Result<(), ArrivalRefusal> {
    let paths = &arrival.envelope.forward_paths;
    if paths.is_empty() {
        return Err(ArrivalRefusal::NoRecipient);
    }
    if let Some(foreign) = paths.iter().find(|path| !ctx.provider.serves(path)) {
        return Err(ArrivalRefusal::NotOurs(foreign.clone()));
    }
    let limit = ctx.provider.limits.message();
    if arrival.facts.octets > limit {
        return Err(ArrivalRefusal::TooLarge { limit });
    }
    // What is acknowledged must be deliverable: neither could be sealed afterwards.
    if arrival.facts.faults.contains(&HeaderFault::TooLarge) {
        return Err(ArrivalRefusal::HeaderTooLarge);
    }
    if let Judgement::Certified(mail) = &arrival.judgement
        && mail.kind() == MessageKind::TransportEnvelope
        && !mail.data().to_xml().is_ok_and(|xml| xml.len() <= RECEIVED_OCTETS)
    {
        return Err(ArrivalRefusal::DataTooLarge);
    }
    if arrival.facts.hops > ctx.provider.limits.hops {
        return Err(ArrivalRefusal::Loop { hops: arrival.facts.hops });
    }
    let is_provider_s = match &arrival.judgement {
        // Never ordinary mail: it may be a provider's, and then it must not be lost.
        Judgement::Undecided(doubt) => return Err(ArrivalRefusal::Undecided(doubt.clone())),
        Judgement::Certified(_) => true,
        Judgement::Untrusted(step, _) => *step == Step::FormalCorrectness,
    };
    if is_provider_s && !arrival.over_tls {
        return Err(ArrivalRefusal::Insecure);
    }
    // rfc6109 §2.2.2#4
    if arrival.scan == Scan::Failed { Err(ArrivalRefusal::NotScanned) } else { Ok(()) }
}

/// Nothing but an answer and a line in the log.
fn refuse(plan: &mut Plan, arrival: &Arrival, refusal: &ArrivalRefusal, ctx: &Context<'_>) {
    let reply = refusal.reply();
    let said = format!("{} {} {} ({})", reply.code, reply.enhanced, reply.text, arrival.peer);
    let about = match &arrival.judgement {
        Judgement::Certified(mail) => About::certified(&mail.data, &plan.key().provider),
        _ => About::arrival(arrival, ctx),
    };
    let record = about.record(LogEvent::Rifiuto, plan.key().role, plan.at());
    let record = record.with_note(one_line(&said));
    plan.record(match refusal {
        ArrivalRefusal::Infected(virus) => record.with_virus(virus),
        _ => record,
    });
    plan.answer(reply);
}

/// How an address stands in the names of effects: the same for all ways to write it.
pub(crate) fn tail(address: &Address) -> String {
    address.as_str().to_ascii_lowercase()
}
