//! Reports and deadlines: what becomes of a transmission after it was planned (RFC 6109 §3.1.6).

use pec_daticert::{Address, DeliveryErrorCause, ErrorCode, Event, Text};

use crate::delivery::{self, Asked};
use crate::incoming::tail;
use crate::issue::event_data;
use crate::log::LogEvent;
use crate::plan::one_line;
use crate::{
    Action, Alarm, Cargo, Change, Context, EffectId, Key, Outcome, Plan, RelayResult, Report,
    Route, Snapshot, Stage, StageEvent, State, Task, Timer,
};

/// Plans what follows from the end of an effect. A repeat plans nothing.
pub(crate) fn report(current: Option<&Snapshot>, report: &Report, ctx: &Context<'_>) -> Plan {
    let mut plan = Plan::on(report.key.clone(), current, ctx.now);
    let effect = &report.effect;
    let task = plan.state().and_then(|state| state.task(effect)).cloned();
    match (&report.outcome, task) {
        (Outcome::Relayed(results), Some(Task::Relay { cargo, .. })) => {
            relayed(&mut plan, effect, cargo, results, ctx);
        }
        (Outcome::Depositable, Some(Task::Deposit { cargo, mailbox, message })) => {
            delivery::deposit(&mut plan, effect, Asked { cargo, mailbox, message }, ctx);
        }
        (Outcome::NotDepositable(why), Some(Task::Deposit { cargo, mailbox, message })) => {
            delivery::fail(&mut plan, effect, Asked { cargo, mailbox, message }, *why, ctx);
        }
        // Nothing depends on these: the outbox forgets them, however often it is told.
        (Outcome::Sealed(_) | Outcome::Done, None) => plan.finish(effect),
        // What was answered before, or answers something else than what was asked.
        _ => {}
    }
    plan
}

fn relayed(
    plan: &mut Plan,
    effect: &EffectId,
    cargo: Cargo,
    results: &[(Address, RelayResult)],
    ctx: &Context<'_>,
) {
    let mut accepted = Vec::new();
    for (recipient, result) in results {
        let (effect, recipient) = (effect.clone(), recipient.clone());
        if !plan.change(Change::Answered { effect: effect.clone(), recipient: recipient.clone() }) {
            continue;
        }
        match (result, cargo) {
            (RelayResult::Accepted, _) => accepted.push(recipient),
            (RelayResult::Refused(code, text), Cargo::Envelope) => {
                let reply = one_line(&format!("{code} {text}"));
                log_relay(plan, &recipient, &reply);
                refused(plan, &recipient, &reply, ctx);
            }
            (RelayResult::Refused(code, text), _) => {
                not_relayed(plan, &effect, cargo, &recipient, &one_line(&format!("{code} {text}")));
            }
            // A certified recipient's own timer tells the sender.
            (RelayResult::Expired, _) => {
                not_relayed(plan, &effect, cargo, &recipient, &one_line("tempo massimo superato"));
            }
        }
    }
    if let Some(record) = plan.happening(LogEvent::Inoltro).filter(|_| !accepted.is_empty()) {
        plan.record(record.for_recipients(&accepted));
    }
    let is_over = plan.state().is_some_and(|state| state.task(effect).is_none());
    if is_over {
        plan.finish(effect);
    }
}

fn not_relayed(plan: &mut Plan, effect: &EffectId, cargo: Cargo, to: &Address, why: &Text) {
    log_relay(plan, to, why);
    if cargo == Cargo::Receipt {
        let step = plan.key().step(effect).to_owned();
        plan.alarm(&format!("{step}:{}", tail(to)), Alarm::ReceiptRefused, why);
    }
}

fn log_relay(plan: &mut Plan, to: &Address, why: &Text) {
    if let Some(record) = plan.happening(LogEvent::Inoltro) {
        plan.record(record.to(to).failed(ErrorCode::Other, why));
    }
}

/// The envelope of a certified recipient was refused for good: its sender is told at once. Refusals
/// of ordinary recipients come back as bounces.
// norms 41, norms 45
fn refused(plan: &mut Plan, recipient: &Address, reply: &Text, ctx: &Context<'_>) {
    let (event, at) = (StageEvent::Refusal, plan.at());
    if !plan.change(Change::Tracked { recipient: recipient.clone(), event, at }) {
        return;
    }
    let Some(State::Sent(sent)) = plan.state() else { return };
    let account = sent.accepted().account.clone();
    let status = status(reply);
    let event = Event::DeliveryError {
        cause: cause(status, recipient, ctx),
        delivered_to: recipient.clone(),
        receipt_type: None,
        // It begins with a permanent code, by which readers know that the sender's provider may
        // say this of another's recipient (norms 61).
        error_detail: ctx.provider.error_detail(
            status.unwrap_or("5.0.0"),
            &format!("il gestore del destinatario ha rifiutato il messaggio: {reply}"),
        ),
    };
    let data = event_data(&sent.accepted().data, event, at, ctx);
    plan.notify(data, &account, ctx);
}

/// The enhanced status of a permanent refusal (RFC 3463).
fn status(reply: &str) -> Option<&str> {
    let is_number = |part: &str| {
        (1..=3).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit())
    };
    let is_status = |word: &&str| {
        let mut parts = word.split('.');
        parts.next() == Some("5") && parts.clone().count() == 2 && parts.all(is_number)
    };
    reply.split_whitespace().take(2).find(is_status)
}

/// Only who does not find a domain in the directory may say that there is none (norms 61).
fn cause(status: Option<&str>, recipient: &Address, ctx: &Context<'_>) -> DeliveryErrorCause {
    let is_certified = matches!(Route::to(recipient, ctx.directory), Route::Provider(_));
    match status {
        Some("5.1.2" | "5.4.4") if !is_certified => DeliveryErrorCause::NoDomain,
        Some("5.1.1" | "5.1.3" | "5.1.6" | "5.1.10") => DeliveryErrorCause::NoRecipient,
        _ => DeliveryErrorCause::Other,
    }
}

/// Plans what is due. A deadline that comes early, late or again does no harm: what is due once is
/// done once.
// rfc6109 §2.2.2#1, §3.1.6, norms 42, norms 43, norms 44, norms 47
pub(crate) fn deadline(current: Option<&Snapshot>, key: &Key, ctx: &Context<'_>) -> Plan {
    let mut plan = Plan::on(key.clone(), current, ctx.now);
    let Some(State::Sent(sent)) = plan.state() else { return plan };
    let accepted_at = sent.accepted().at;
    let at = plan.at();
    for timer in Timer::ALL.iter().copied().filter(|timer| timer.due(accepted_at) <= at) {
        let Some(State::Sent(sent)) = plan.state() else { return plan };
        let waiting = sent.recipients().iter().filter(|one| timer.is_awaited(one.stage()));
        let waiting: Vec<Address> = waiting.map(|one| one.address().clone()).collect();
        for recipient in &waiting {
            notice(&mut plan, timer, recipient, ctx);
        }
    }
    withdraw(&mut plan);
    plan
}

// rfc6109 §3.1.6, norms 46
fn notice(plan: &mut Plan, timer: Timer, recipient: &Address, ctx: &Context<'_>) {
    let (event, at) = (timer.event(), plan.at());
    if !plan.change(Change::Tracked { recipient: recipient.clone(), event, at }) {
        return;
    }
    let Some(State::Sent(sent)) = plan.state() else { return };
    let account = sent.accepted().account.clone();
    let (status, description) = match timer {
        Timer::TwelveHours => {
            ("4.4.1", "il messaggio non è stato consegnato nelle prime dodici ore dal suo invio")
        }
        Timer::TwentyFourHours => (
            "5.4.1",
            "il messaggio non è stato consegnato nelle ventiquattro ore successive al suo invio. \
             Si ritiene che la spedizione debba considerarsi non andata a buon fine",
        ),
    };
    let event = Event::DeliveryNotice {
        delivered_to: recipient.clone(),
        error_detail: ctx.provider.error_detail(status, description),
    };
    let data = event_data(&sent.accepted().data, event, at, ctx);
    plan.notify(data, &account, ctx);
}

/// What still waits in the queue for recipients that were given up is not sent any more: only the
/// notice counts.
fn withdraw(plan: &mut Plan) {
    let Some(state @ State::Sent(sent)) = plan.state() else { return };
    let is_given_up = |task: &Task| match task {
        Task::Relay { cargo: Cargo::Envelope, recipients } => {
            recipients.iter().any(|one| sent.stage(one) == Some(Stage::Expired))
        }
        _ => false,
    };
    let given_up = state.outstanding().filter(|(_, task)| is_given_up(task));
    let given_up: Vec<EffectId> = given_up.map(|(effect, _)| effect.clone()).collect();
    for effect in given_up {
        plan.change(Change::Settled { effect: effect.clone() });
        plan.finish(&effect);
        let step = format!("withdraw:{}", plan.key().step(&effect));
        plan.effect(&step, Action::Withdraw(effect));
    }
}
