//! The access point (*punto di accesso*, RFC 6109 §3.1): a submission becomes a transport envelope
//! and an acceptance, or a non-acceptance, or is refused in the SMTP session.

mod checks;
mod fault;
mod refusal;

use chrono::{DateTime, Utc};
use pec_daticert::{
    Address, CertificationData, Event, Header, NonAcceptanceCause, OneOrMore, Recipient, Text,
};

pub use fault::FormalFault;
pub use refusal::SubmissionRefusal;

use crate::instant::legal_time;
use crate::limits::{CERTIFIED_OCTETS, FAULTS_DESCRIBED, QUARANTINE};
use crate::log::{LogEvent, Record};
use crate::plan::Relay;
use crate::{
    About, Accepted, Action, Cargo, Change, Context, Key, MailboxFacts, MailboxState, Plan, Reply,
    Role, Route, Scan, SmtpEnvelope, Snapshot, State, Submission, Timer, Unsigned,
};

/// Plans a submission. A repeat of one that was planned gets the same answer and nothing else.
pub(crate) fn submit(
    current: Option<&Snapshot>,
    submission: &Submission,
    ctx: &Context<'_>,
) -> Plan {
    let key = Key::new(Role::Sender, ctx.provider.name.as_str(), &submission.id);
    let mut plan = Plan::on(key, current, ctx.now);
    match examine(current, submission, plan.at(), ctx) {
        Ok(Verdict::Repeat) => {}
        Ok(Verdict::Accepted(data)) => accept(&mut plan, submission, data, ctx),
        Ok(Verdict::NotAccepted(data)) => decline(&mut plan, submission, data, ctx),
        Err(refusal) => {
            refuse(&mut plan, submission, &refusal, ctx);
            return plan;
        }
    }
    plan.answer(Reply::new(250, "2.0.0", &format!("Ok: {}", submission.id)));
    plan
}

/// What becomes of a submission that is not refused.
enum Verdict {
    /// It was planned before.
    Repeat,
    /// The data of the transport envelope.
    Accepted(CertificationData),
    /// The data of the non-acceptance.
    NotAccepted(CertificationData),
}

fn examine(
    current: Option<&Snapshot>,
    submission: &Submission,
    at: DateTime<Utc>,
    ctx: &Context<'_>,
) -> Result<Verdict, SubmissionRefusal> {
    if let Some(snapshot) = current {
        return repeat(&snapshot.state, submission);
    }
    let recipients = checks::distinct(&submission.envelope.forward_paths);
    let (sender, mailbox) = entitled(submission, &recipients, ctx)?;
    let mut data = certifiable(submission, sender, &recipients, at, ctx)?;
    let faults = checks::faults(submission, &recipients, &mailbox, &ctx.provider.limits);
    let refused = match &submission.scan {
        // rfc6109 §3.1.3#1, §3.1.3#2
        Scan::Infected(virus) => Some((NonAcceptanceCause::Virus, virus.clone())),
        _ if faults.is_empty() => None,
        _ => Some((NonAcceptanceCause::FormalException, describe(&faults, ctx))),
    };
    let Some((cause, error_detail)) = refused else { return Ok(Verdict::Accepted(data)) };
    data.event = Event::NonAcceptance { cause, error_detail };
    Ok(Verdict::NotAccepted(data))
}

/// The same submission gets the same answer; another one cannot have its identifier.
fn repeat(state: &State, submission: &Submission) -> Result<Verdict, SubmissionRefusal> {
    let is_same = match state {
        State::Sent(sent) => {
            let accepted = sent.accepted();
            accepted.original == submission.message && accepted.account == submission.account
        }
        State::Passing(passing) => {
            let about = passing.about();
            about.sender == submission.envelope.reverse_path
                && about.msgid == submission.facts.msgid
                && about.subject == submission.facts.subject
        }
        State::Received(_) => false,
    };
    if is_same { Ok(Verdict::Repeat) } else { Err(SubmissionRefusal::IdentifierTaken) }
}

/// Whether the mailbox may send this at all, in the order in which a client can do something
/// about it. Gives the sender and what is known of the mailbox.
// rfc6109 §3.1.2, norms 20, norms 68
fn entitled<'s>(
    submission: &'s Submission,
    recipients: &[Address],
    ctx: &Context<'_>,
) -> Result<(&'s Address, MailboxFacts), SubmissionRefusal> {
    let account = &submission.account;
    let envelope = &submission.envelope;
    let own = envelope.reverse_path.as_ref().filter(|path| path.is_same_mailbox(account));
    let sender = own.ok_or_else(|| SubmissionRefusal::NotOwned {
        reverse_path: envelope.reverse_path.clone(),
        account: account.clone(),
    })?;
    let mailbox = ctx.mailboxes.facts(account);
    let mailbox = mailbox.ok_or_else(|| SubmissionRefusal::UnknownAccount(account.clone()))?;
    if mailbox.state == MailboxState::Suspended {
        return Err(SubmissionRefusal::Suspended(account.clone()));
    }
    let limit = ctx.provider.limits.message();
    if submission.facts.octets > limit {
        return Err(SubmissionRefusal::TooLarge { limit });
    }
    if recipients.is_empty() {
        return Err(SubmissionRefusal::NoRecipient);
    }
    if mailbox.quota_left == Some(0) {
        return Err(SubmissionRefusal::MailboxFull(account.clone()));
    }
    let count = u64::try_from(recipients.len()).unwrap_or(u64::MAX);
    if let Some(left) = mailbox.rate_left.filter(|left| *left < count) {
        return Err(SubmissionRefusal::RateExceeded { left });
    }
    if submission.scan == Scan::Failed {
        return Err(SubmissionRefusal::NotScanned);
    }
    Ok((sender, mailbox))
}

/// The certification data of the envelope that this submission becomes, if all goes well.
// rfc6109 §2.2.1, norms 7, norms 12, norms 22, norms 26
fn certifiable(
    submission: &Submission,
    sender: &Address,
    recipients: &[Address],
    at: DateTime<Utc>,
    ctx: &Context<'_>,
) -> Result<CertificationData, SubmissionRefusal> {
    let recipients: Vec<Recipient> = recipients.iter().map(|one| ctx.recipient(one)).collect();
    let facts = &submission.facts;
    let data = CertificationData {
        header: Header {
            sender: sender.clone(),
            recipients: OneOrMore::try_from(recipients)
                .map_err(|_| SubmissionRefusal::NoRecipient)?,
            reply_to: facts.reply_to.clone(),
            subject: facts.subject.clone(),
        },
        provider: ctx.provider.name.clone(),
        time: legal_time(at),
        pec_msgid: submission.id.clone(),
        msgid: facts.msgid.clone(),
        event: Event::TransportEnvelope { receipt_type: facts.receipt_type },
    };
    let is_short = data.to_xml().is_ok_and(|xml| xml.len() <= CERTIFIED_OCTETS);
    if is_short { Ok(data) } else { Err(SubmissionRefusal::HeaderTooLarge) }
}

/// `errore-esteso`: the code of the first fault, and what is wrong.
// norms 20
fn describe(faults: &[FormalFault], ctx: &Context<'_>) -> Text {
    let status = faults.first().map_or("5.6.0", FormalFault::status);
    let mut words: Vec<String> =
        faults.iter().take(FAULTS_DESCRIBED).map(FormalFault::describe).collect();
    match faults.len().saturating_sub(FAULTS_DESCRIBED) {
        0 => {}
        1 => words.push("un altro errore".to_owned()),
        more => words.push(format!("altri {more} errori")),
    }
    ctx.provider.error_detail(status, &words.join("; "))
}

/// Acceptance to the sender, transport envelope to the recipients, one relay for each domain.
// rfc6109 §3.1.4, §3.1.5, norms 22, norms 23, norms 25
fn accept(plan: &mut Plan, submission: &Submission, data: CertificationData, ctx: &Context<'_>) {
    let at = plan.at();
    plan.change(Change::Accepted(Box::new(Accepted {
        data: data.clone(),
        account: submission.account.clone(),
        original: submission.message,
        at,
    })));
    let acceptance = CertificationData { event: Event::Acceptance, ..data.clone() };
    plan.notify(acceptance, &submission.account, ctx);
    let record = Record::made(&data, Role::Sender, at, &submission.id);
    plan.record(record.sent_by(ctx.provider.name.as_str()));
    let recipients = data.header.recipients.clone();
    let envelope = Unsigned::TransportEnvelope { data, original: submission.message };
    let message = plan.seal("envelope", envelope);
    for (route, forward_paths) in routes(&recipients, ctx) {
        // rfc6109 §3.1.5: the paths are those of the submission.
        let reverse_path = submission.envelope.reverse_path.clone();
        let relay = Relay {
            cargo: Cargo::Envelope,
            message: message.clone(),
            envelope: SmtpEnvelope { reverse_path, forward_paths },
            until: Timer::TwentyFourHours.due(at),
            route: route.clone(),
        };
        plan.relay(&format!("relay:{}", route.domain()), relay);
    }
}

/// The recipients by the way that leads to them, in the order of the envelope.
fn routes(recipients: &[Recipient], ctx: &Context<'_>) -> Vec<(Route, Vec<Address>)> {
    let mut routes: Vec<(Route, Vec<Address>)> = Vec::new();
    for recipient in recipients {
        let route = Route::to(&recipient.address, ctx.directory);
        match routes.iter_mut().find(|(known, _)| *known == route) {
            Some((_, addresses)) => addresses.push(recipient.address.clone()),
            None => routes.push((route, vec![recipient.address.clone()])),
        }
    }
    routes
}

/// The non-acceptance, which holds no original; an infected message is kept apart.
// rfc6109 §3.1.1#3, §3.1.3#2, norms 20, norms 21
fn decline(plan: &mut Plan, submission: &Submission, data: CertificationData, ctx: &Context<'_>) {
    let at = plan.at();
    let about = Box::new(About::certified(&data, &ctx.provider.name));
    plan.change(Change::Passed { about, at });
    if let Scan::Infected(_) = submission.scan {
        let until = at.checked_add_months(QUARANTINE).unwrap_or(DateTime::<Utc>::MAX_UTC);
        plan.effect("quarantine", Action::Quarantine { message: submission.message, until });
    }
    plan.notify(data, &submission.account, ctx);
}

/// Nothing but an answer and a line in the log.
fn refuse(
    plan: &mut Plan,
    submission: &Submission,
    refusal: &SubmissionRefusal,
    ctx: &Context<'_>,
) {
    let (facts, envelope) = (&submission.facts, &submission.envelope);
    let about = About {
        pec_msgid: None,
        msgid: facts.msgid.clone(),
        sender: envelope.reverse_path.clone(),
        recipients: envelope.forward_paths.iter().map(|one| ctx.recipient(one)).collect(),
        subject: facts.subject.clone(),
        reply_to: Some(facts.reply_to.clone()),
        sending_provider: Some(ctx.provider.name.to_string()),
    };
    let reply = refusal.reply();
    let mut record = about.record(LogEvent::Rifiuto, Role::Sender, plan.at());
    record.note = Text::new(format!("{} {} {}", reply.code, reply.enhanced, reply.text)).ok();
    plan.record(record);
    plan.answer(reply);
}
