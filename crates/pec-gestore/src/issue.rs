//! Messages that the provider makes: sealed, sent or deposited, and logged, all in one step.

use chrono::{DateTime, Utc};
use pec_daticert::{
    Address, CertificationData, DeliveryErrorCause, Event, NonAcceptanceCause, PecMsgid,
};

use crate::incoming::tail;
use crate::instant::legal_time;
use crate::log::{LogEvent, Record};
use crate::plan::Relay;
use crate::{Cargo, Context, Key, Plan, Route, SmtpEnvelope, Timer, Unsigned};

/// Certification data of another event of a transmission, at this instant, by us.
pub(crate) fn event_data(
    transmission: &CertificationData,
    event: Event,
    at: DateTime<Utc>,
    ctx: &Context<'_>,
) -> CertificationData {
    CertificationData {
        header: transmission.header.clone(),
        provider: ctx.provider.name.clone(),
        time: legal_time(at),
        pec_msgid: transmission.pec_msgid.clone(),
        msgid: transmission.msgid.clone(),
        event,
    }
}

/// The step that signs the receipt or notice of an event: one for each transmission, and for each
/// recipient where it is about one. The log, which has both, leads to the octets again.
pub(crate) fn step(event: LogEvent, recipient: Option<&Address>) -> String {
    let name = match event {
        LogEvent::Accettazione => "acceptance",
        LogEvent::NonAccettazione | LogEvent::NonAccettazioneVirus => "non-acceptance",
        LogEvent::Consegna => "receipt",
        LogEvent::MancataConsegna => "error",
        LogEvent::MancataConsegnaVirus => "virus-error",
        LogEvent::MancataConsegna12h => "notice-12h",
        LogEvent::MancataConsegna24h => "notice-24h",
        other => other.as_str(),
    };
    recipient.map_or_else(|| name.to_owned(), |recipient| format!("{name}:{}", tail(recipient)))
}

fn step_of(data: &CertificationData) -> String {
    step(LogEvent::of(&data.event), data.event.delivered_to())
}

impl Plan {
    /// A receipt or notice into the mailbox of a user of ours: acceptance, non-acceptance, timeout
    /// notices, the errors that the sender's provider tells.
    // rfc6109 §2.1#7, §2.1#8, norms 16
    pub(crate) fn notify(&mut self, data: CertificationData, mailbox: &Address, ctx: &Context<'_>) {
        let (step, message_id) = (step_of(&data), ctx.ids.next());
        self.log_made(&data, &message_id);
        let message = self.seal(&step, Unsigned::Notification { data, message_id });
        self.deposit(&format!("deposit:{step}"), mailbox, message, Cargo::Receipt);
    }

    /// A receipt or notice to another provider, or to a user of it, by SMTP. `message` gets the
    /// identifier of the receipt.
    pub(crate) fn send_receipt(
        &mut self,
        data: &CertificationData,
        to: &Address,
        message: impl FnOnce(PecMsgid) -> Unsigned,
        ctx: &Context<'_>,
    ) {
        self.send_step(&step_of(data), data, to, message, ctx);
    }

    /// As [`send_receipt`](Self::send_receipt), under another name: where a transmission has
    /// several messages of the event.
    pub(crate) fn send_step(
        &mut self,
        step: &str,
        data: &CertificationData,
        to: &Address,
        message: impl FnOnce(PecMsgid) -> Unsigned,
        ctx: &Context<'_>,
    ) {
        let message_id = ctx.ids.next();
        self.log_made(data, &message_id);
        let message = self.seal(step, message(message_id));
        // The reverse path is ours: a receipt that comes back must not reach the user.
        let envelope = SmtpEnvelope {
            reverse_path: Some(ctx.provider.system.address().clone()),
            forward_paths: vec![to.clone()],
        };
        let until = Timer::TwentyFourHours.due(self.at());
        let route = Route::to(to, ctx.directory);
        let relay = Relay { cargo: Cargo::Receipt, message, envelope, route, until };
        self.relay(&format!("relay:{step}"), relay);
    }

    fn log_made(&mut self, data: &CertificationData, message_id: &PecMsgid) {
        let Key { role, provider, .. } = self.key();
        let record = Record::made(data, *role, self.at(), message_id).sent_by(provider);
        self.record(match &data.event {
            Event::VirusDetection { error_detail, .. }
            | Event::DeliveryError { cause: DeliveryErrorCause::Virus, error_detail, .. }
            | Event::NonAcceptance { cause: NonAcceptanceCause::Virus, error_detail } => {
                record.with_virus(error_detail)
            }
            _ => record,
        });
    }
}
