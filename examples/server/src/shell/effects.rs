//! Effects: what plans ask for, done, and reported.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use pec_daticert::Address;
use pec_gestore::{
    Action, Alarm, BodyRef, Effect, EffectId, Input, Key, MessageRef, Outcome, RelayResult, Report,
    Route, SmtpEnvelope,
};
use pec_store::{Lease, PutOff};
use tokio::sync::Notify;

use super::bounce::Unreached;
use super::deposit::resolve;
use super::{Gestore, RelayAnswer, RelayRequest, ShellError};
use crate::content::Incoming;
use crate::random;

/// How long to wait before a full disk is asked again.
const FULL_DISK_PAUSE: Duration = Duration::from_secs(2);
/// How often: for five minutes, then the lease is near its end.
const FULL_DISK_TRIES: u32 = 150;

/// Counts what is under way, so that a stop can wait for it.
#[derive(Debug, Default)]
pub(super) struct Running {
    count: AtomicUsize,
    ended: Notify,
    hands: Arc<Mutex<HashSet<EffectId>>>,
}

/// An effect that is in hand: one whose lease ran out while it waited is not begun again.
struct InHand {
    hands: Arc<Mutex<HashSet<EffectId>>>,
    effect: EffectId,
}

impl Running {
    fn take(&self, effect: &EffectId) -> Option<InHand> {
        let hands = Arc::clone(&self.hands);
        let is_new = lock(&hands).insert(effect.clone());
        is_new.then(|| InHand { hands, effect: effect.clone() })
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        lock(&self.hands).remove(&self.effect);
    }
}

fn lock(hands: &Mutex<HashSet<EffectId>>) -> MutexGuard<'_, HashSet<EffectId>> {
    hands.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How an effect ended. Put off: it is tried again.
enum Ended {
    With(Outcome),
    Reported,
    PutOff(Option<Vec<Address>>),
}

impl Gestore {
    /// Runs the effects of a plan, which are leased to us: in order, but relays and deposits side
    /// by side once their messages are signed.
    pub(super) fn start(&self, key: &Key, effects: Vec<Effect>) {
        if effects.is_empty() {
            return;
        }
        let (shell, key) = (self.clone(), key.clone());
        self.spawn(
            async move {
                for effect in effects {
                    let lease = Lease { key: key.clone(), effect, attempts: 0 };
                    match lease.effect.action {
                        Action::Relay { .. } => shell.start_leased(lease),
                        _ => {
                            shell.perform(lease).await;
                        }
                    }
                }
            }
            .boxed(),
        );
    }

    /// Runs one effect that is leased to us.
    pub(super) fn start_leased(&self, lease: Lease) {
        let shell = self.clone();
        self.spawn(async move { shell.perform(lease).await }.boxed());
    }

    /// Waits until nothing is under way.
    pub(super) async fn settle(&self) {
        loop {
            let ended = self.0.running.ended.notified();
            if self.0.running.count.load(Ordering::SeqCst) == 0 {
                return;
            }
            ended.await;
        }
    }

    fn spawn(&self, work: BoxFuture<'static, ()>) {
        let shell = self.clone();
        shell.0.running.count.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            work.await;
            if shell.0.running.count.fetch_sub(1, Ordering::SeqCst) == 1 {
                shell.0.running.ended.notify_waiters();
            }
        });
    }

    async fn perform(&self, lease: Lease) {
        let Lease { key, effect, attempts } = lease;
        let id = effect.id.clone();
        let Some(in_hand) = self.0.running.take(&id) else { return };
        let ended = match self.act(&key, effect).await {
            Ok(Ended::Reported) => return,
            Ok(Ended::PutOff(remaining)) => Err(remaining),
            Ok(Ended::With(outcome)) => self.report(key, &id, outcome).await.map_err(|error| {
                tracing::error!(%error, effect = %id, "a report cannot be stored");
                None
            }),
            Err(error) => {
                tracing::error!(%error, effect = %id, "an effect failed and is tried again");
                Err(None)
            }
        };
        // What is put off may be leased again at once.
        drop(in_hand);
        if let Err(remaining) = ended {
            self.put_off(&id, attempts, remaining).await;
        }
    }

    async fn act(&self, key: &Key, effect: Effect) -> Result<Ended, ShellError> {
        let Effect { id, action } = effect;
        Ok(match action {
            Action::Seal(unsigned) => match self.seal(&id, *unsigned).await {
                Ok(sealed) => Ended::With(Outcome::Sealed(sealed)),
                Err(error) => {
                    tracing::error!(%error, effect = %id, "a message cannot be signed yet");
                    metrics::counter!("pec_seal_failures_total").increment(1);
                    Ended::PutOff(None)
                }
            },
            Action::Relay { message, envelope, route, until } => {
                self.relay(key, &id, message, envelope, route, until).await?
            }
            Action::Deposit { mailbox, message } => {
                self.deposit(key.clone(), id, mailbox, message).await?;
                Ended::Reported
            }
            Action::Quarantine { message, until } => {
                self.0.store.quarantine(id, message, self.now(), until).await?;
                Ended::With(Outcome::Done)
            }
            Action::Withdraw(_) => Ended::With(Outcome::Done),
            Action::Alarm(alarm) => {
                raise(&alarm, key);
                Ended::With(Outcome::Done)
            }
            // A later release asks for something that this one does not know.
            _ => Ended::PutOff(None),
        })
    }

    async fn report(&self, key: Key, id: &EffectId, outcome: Outcome) -> Result<(), ShellError> {
        let report = Report { key, effect: id.clone(), outcome };
        self.handle(move |_, _| Ok(Input::Report(report.clone())), None).await.map(drop)
    }

    async fn put_off(&self, id: &EffectId, attempts: u32, remaining: Option<Vec<Address>>) {
        let random = random::octets().map_or(0, u64::from_be_bytes);
        let due = self.0.retries.next(attempts.saturating_add(1), self.now(), random);
        let worker = self.0.worker.clone();
        let put_off = PutOff { effect: id.clone(), worker, due, remaining };
        if let Err(error) = self.0.store.put_off(put_off.clone()).await {
            tracing::error!(%error, effect = %id, "an effect cannot be put off");
            if !error.is_fatal() {
                self.put_off_later(put_off);
            }
        }
        self.wake();
    }

    /// Asks again until the disk has space. A stop does not wait for this, since it gives all
    /// leases back; at the worst the lease runs out by itself.
    fn put_off_later(&self, put_off: PutOff) {
        let inner = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            for _ in 0..FULL_DISK_TRIES {
                tokio::time::sleep(FULL_DISK_PAUSE).await;
                let Some(inner) = inner.upgrade() else { return };
                match inner.store.put_off(put_off.clone()).await {
                    Ok(_) => return inner.wake.notify_one(),
                    Err(error) if error.is_fatal() => return,
                    Err(_) => {}
                }
            }
        });
    }
}

impl Gestore {
    async fn relay(
        &self,
        key: &Key,
        id: &EffectId,
        message: MessageRef,
        envelope: SmtpEnvelope,
        route: Route,
        until: DateTime<Utc>,
    ) -> Result<Ended, ShellError> {
        let body = self.0.store.read(move |view| resolve(view, &message)).await?;
        let is_ordinary = matches!(route, Route::Ordinary(_));
        let answers = self.send(route, envelope.clone(), &body).await?;
        let is_over = self.now() >= until;
        let (mut results, mut remaining) = (Vec::new(), Vec::new());
        let mut unreached = Vec::new();
        for recipient in &envelope.forward_paths {
            let answer = answers.iter().find(|(answered, _)| answered == recipient);
            match answer.map(|(_, answer)| answer) {
                Some(RelayAnswer::Accepted) => {
                    results.push((recipient.clone(), RelayResult::Accepted));
                }
                Some(RelayAnswer::Refused(code, said)) => {
                    unreached.push(Unreached { recipient, code: *code, said });
                    results.push((recipient.clone(), RelayResult::Refused(*code, said.clone())));
                }
                other => {
                    let (code, said) = match other {
                        Some(RelayAnswer::PutOff(code, said)) => (*code, said.as_str()),
                        _ => (451, "no answer"),
                    };
                    tracing::info!(%recipient, code, said, effect = %id, "put off");
                    if is_over {
                        unreached.push(Unreached { recipient, code, said });
                        results.push((recipient.clone(), RelayResult::Expired));
                    } else {
                        remaining.push(recipient.clone());
                    }
                }
            }
        }
        let must_tell = is_ordinary && !unreached.is_empty();
        if let (true, Some(sender)) = (must_tell, &envelope.reverse_path)
            && !self.bounce(sender, &unreached).await
        {
            return Ok(Ended::PutOff(None));
        }
        if results.is_empty() {
            return Ok(Ended::PutOff(Some(remaining)));
        }
        self.report(key.clone(), id, Outcome::Relayed(results)).await?;
        Ok(if remaining.is_empty() { Ended::Reported } else { Ended::PutOff(Some(remaining)) })
    }

    /// Sends a message: to ourselves through our own incoming point, to others by SMTP.
    async fn send(
        &self,
        route: Route,
        envelope: SmtpEnvelope,
        body: &BodyRef,
    ) -> Result<Vec<(Address, RelayAnswer)>, ShellError> {
        let is_own = |domain: &str| {
            self.provider().domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
        };
        if is_own(route.domain()) {
            let paths = envelope.forward_paths.clone();
            let message = Incoming::stored(self.0.contents.stored(body).await?, *body);
            let reply = self.arrive("localhost".to_owned(), true, envelope, message).await;
            let answer = match reply.code {
                200..=299 => RelayAnswer::Accepted,
                500..=599 => {
                    RelayAnswer::Refused(reply.code, format!("{} {}", reply.enhanced, reply.text))
                }
                code => RelayAnswer::PutOff(code, reply.text),
            };
            return Ok(paths.into_iter().map(|path| (path, answer.clone())).collect());
        }
        let Ok(_permit) = self.0.relaying.acquire().await else { return Ok(Vec::new()) };
        let message = self.0.contents.outgoing(body).await?;
        Ok(self.0.relays.relay(RelayRequest { route, envelope, message }).await)
    }
}

fn raise(alarm: &Alarm, key: &Key) {
    tracing::error!(?alarm, transmission = %key, "ALARM");
    metrics::counter!("pec_alarms_total", "alarm" => format!("{alarm:?}")).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_hand_is_not_begun_again() {
        let running = Running::default();
        let [one, other] = ["sender/a/1/relay", "sender/a/2/relay"]
            .map(|name| serde_json::from_value::<EffectId>(name.into()).unwrap());
        let in_hand = running.take(&one);
        assert!(in_hand.is_some());
        assert!(running.take(&one).is_none());
        assert!(running.take(&other).is_some());
        drop(in_hand);
        assert!(running.take(&one).is_some());
    }
}
