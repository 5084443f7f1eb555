//! Anomaly envelopes (*buste di anomalia*, RFC 6109 §3.2.2).

use pec_daticert::{Address, OneOrMore};

use super::tail;
use crate::instant::legal_time;
use crate::log::LogEvent;
use crate::plan::one_line;
use crate::{About, Arrival, Cargo, Context, Plan, Unsigned};

/// Why a message is wrapped. In Italian for the recipient, in English for the log.
pub(super) struct Reason<'a> {
    /// What the envelope says.
    pub italian: &'static str,
    /// What an operator should know.
    pub note: &'a str,
}

/// Wraps the arrival and puts it into these mailboxes. No receipts follow.
// rfc6109 §2.2.2#2, §3.2.2#1, norms 32, norms 33, norms 36
pub(super) fn wrap(
    plan: &mut Plan,
    reason: &Reason<'_>,
    recipients: &[Address],
    arrival: &Arrival,
    ctx: &Context<'_>,
) {
    let Ok(listed) = OneOrMore::try_from(recipients.to_vec()) else { return };
    let italian = one_line(reason.italian);
    let message_id = ctx.ids.next();
    let about = About::arrival(arrival, ctx);
    let mut record = about
        .record(LogEvent::BustaAnomalia, plan.key().role, plan.at())
        .generating(&message_id)
        .with_message_id(arrival.facts.msgid.as_ref())
        .for_recipients(recipients);
    record.error_detail = Some(italian.clone());
    record.note = Some(one_line(reason.note));
    plan.record(record);
    // The arrival has a fresh identifier: a state may see several anomalies.
    let step = format!("anomaly:{}", arrival.id);
    let unsigned = Unsigned::AnomalyEnvelope {
        sender: arrival.envelope.reverse_path.clone(),
        recipients: listed,
        subject: arrival.facts.subject.clone(),
        reason: italian,
        time: legal_time(plan.at()),
        message_id,
        received: arrival.message,
    };
    let message = plan.seal(&step, unsigned);
    for recipient in recipients {
        let step = format!("deposit:{step}:{}", tail(recipient));
        let is_service = ctx.provider.is_service(recipient);
        let mailbox = if is_service { &ctx.provider.service_mailbox } else { recipient };
        plan.deposit(&step, mailbox, message.clone(), Cargo::Mail);
    }
}
