//! Any sequence of operations, on a store and on the plain model beside it.

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::Address;
use pec_gestore::{
    Action, Input, Key, MailboxFailure, MailboxState, Outcome, Plan, RelayResult, Report,
};

use super::model::{Box, Model};
use super::{Gestore, address, lease, start};
use crate::mailbox::{FlagChange, Flags, Settings};
use crate::{Commit, Lease, Options, PutOff, Store, Worker};

const USERS: [&str; 4] = ["anna", "luca", "mario", "ricevute"];
const RECIPIENTS: [&str; 4] =
    ["anna@beta.example", "anna@alfa.example", "fuori@altrove.example", "luca@alfa.example"];
/// Longer inputs show nothing new and take long.
const OPERATIONS_MAX: usize = 200;

/// Reads the octets as operations on a store in memory, and compares it with the model after each.
///
/// # Panics
/// When the store differs from the model, which is what fuzzing looks for.
pub fn store_operations(octets: &[u8]) {
    operate(octets, &mut || Store::open(Options::memory("a1")).unwrap(), false);
}

/// The same on any store; where it may be opened again, one operation does that.
///
/// # Panics
/// When the store differs from the model.
pub fn operate(octets: &[u8], open: &mut dyn FnMut() -> Store, reopens: bool) {
    let mut run = Run::new(open());
    let mut octets = octets.iter().copied().take(OPERATIONS_MAX);
    while let Some(operation) = octets.next() {
        let choice = octets.next().unwrap_or_default();
        if operation == 255 && reopens {
            // The old one goes first: a folder belongs to one store at a time.
            run.store = Store::open(Options::memory("a1")).unwrap();
            run.store = open();
        } else {
            run.step(operation, choice);
        }
        run.compare();
    }
    assert_eq!(run.store.check().wait().unwrap(), []);
}

struct Run {
    gestore: Gestore,
    store: Store,
    model: Model,
    now: DateTime<Utc>,
    leases: Vec<(Worker, Lease)>,
    old: Vec<Plan>,
}

impl Run {
    fn new(store: Store) -> Self {
        let gestore = Gestore::new();
        gestore.furnish(&store).unwrap();
        let mut model = Model::default();
        for user in USERS {
            let settings = Settings { is_service: user == "ricevute", ..Settings::default() };
            model.boxes.insert(format!("{user}@alfa.example"), Box::new(settings));
        }
        let (leases, old) = Default::default();
        Self { gestore, store, model, now: start(), leases, old }
    }

    fn step(&mut self, operation: u8, choice: u8) {
        match operation % 12 {
            0 | 1 => self.submit(choice),
            2 | 3 => self.lease(choice),
            4..=6 => self.perform(choice),
            7 => self.postpone(choice),
            8 => self.advance(choice),
            9 => self.mark(choice),
            10 => self.set(choice),
            _ => self.again(choice),
        }
    }

    fn submit(&mut self, choice: u8) {
        let first = RECIPIENTS[usize::from(choice % 4)];
        let second = RECIPIENTS[usize::from(choice / 4 % 4)];
        let to = if first == second { vec![first] } else { vec![first, second] };
        let octets = if choice > 230 { 70_000 } else { usize::from(choice).saturating_mul(8) };
        let message = self.gestore.message(&to, octets);
        let body = self.store.body(message.clone()).wait().unwrap();
        let input = self.gestore.submission(&body, &message, &to, self.now);
        let plan = self.gestore.plan(&self.store, input, self.now).wait().unwrap();
        let until = self.now.checked_add_signed(TimeDelta::minutes(9)).unwrap();
        let lease = choice.is_multiple_of(2).then(|| (Worker::new("w0"), until));
        let mut commit = Commit::new(plan.clone(), self.now).with_body(body);
        if let Some((worker, until)) = &lease {
            commit = commit.leased_to(worker.clone(), *until);
        }
        self.commit(&plan, commit, lease);
    }

    fn commit(&mut self, plan: &Plan, commit: Commit, lease: Option<(Worker, DateTime<Utc>)>) {
        let expected = self.model.commit(plan, self.now, lease.as_ref());
        match self.store.commit(commit).wait() {
            Ok(committed) => {
                assert!(expected, "a stale plan was committed");
                assert_eq!(committed.reply.as_ref(), plan.reply());
                let held = committed.effects.into_iter().map(|effect| {
                    let lease = Lease { key: plan.key().clone(), effect, attempts: 0 };
                    (Worker::new("w0"), lease)
                });
                self.leases.extend(held.filter(|_| lease.is_some()));
            }
            Err(error) => assert!(error.is_stale() && !expected, "{error}"),
        }
        self.old.push(plan.clone());
    }

    fn lease(&mut self, choice: u8) {
        let worker = format!("w{}", choice % 3);
        let mut request = lease(&worker, self.now);
        request.limit = u32::from(choice / 3 % 8);
        let expected = self.model.lease(&request);
        let leased = self.store.lease(request.clone()).wait().unwrap();
        assert_eq!(leased, expected);
        self.leases.extend(leased.into_iter().map(|lease| (request.worker.clone(), lease)));
    }

    /// Runs one of the leased effects, perhaps one that went to another worker since.
    fn perform(&mut self, choice: u8) {
        let Some(last) = self.leases.len().checked_sub(1) else { return };
        let (worker, lease) = self.leases.swap_remove(usize::from(choice).min(last));
        let mut put_off = None;
        let outcome = match &lease.effect.action {
            Action::Seal(_) => {
                let octets = format!("{}{choice}", lease.effect.id).into_bytes();
                let body = self.store.body(octets).wait().unwrap();
                let name = lease.effect.id.clone();
                let expected = *self.model.sealed.entry(name.clone()).or_insert(body.reference());
                assert_eq!(self.store.seal(name, body, self.now).wait(), Ok(expected));
                Outcome::Sealed(expected)
            }
            Action::Relay { envelope, .. } => {
                let (results, left) = relayed(&envelope.forward_paths, choice);
                let (effect, due) = (lease.effect.id.clone(), self.now);
                put_off = Some(PutOff { effect, worker, due, remaining: Some(left) });
                Outcome::Relayed(results)
            }
            Action::Deposit { .. } if choice > 200 => Outcome::NotDepositable(MailboxFailure::Full),
            Action::Deposit { .. } => Outcome::Depositable,
            _ => Outcome::Done,
        };
        self.report(&lease.key, &lease, outcome, put_off);
    }

    fn report(&mut self, key: &Key, lease: &Lease, outcome: Outcome, put_off: Option<PutOff>) {
        let report = Report { key: key.clone(), effect: lease.effect.id.clone(), outcome };
        let input = Input::Report(report);
        let plan = self.gestore.plan(&self.store, input, self.now).wait().unwrap();
        let mut commit = Commit::new(plan.clone(), self.now);
        // A deposit of octets that are not sealed is refused; the shell never asks for one.
        let is_ready = plan.deposits().iter().all(|deposit| match &deposit.message {
            pec_gestore::MessageRef::Sealed(seal) => self.model.sealed.contains_key(seal),
            pec_gestore::MessageRef::Body(_) => true,
        });
        if !is_ready {
            assert!(self.store.commit(commit).wait().is_err());
            return;
        }
        if let Some(put_off) = put_off {
            commit = commit.put_off(put_off.clone());
            self.commit(&plan, commit, None);
            self.model.put_off(&put_off);
        } else {
            self.commit(&plan, commit, None);
        }
    }

    fn postpone(&mut self, choice: u8) {
        let Some(last) = self.leases.len().checked_sub(1) else { return };
        let (_, lease) = &self.leases[usize::from(choice).min(last)];
        let effect = lease.effect.id.clone();
        let worker = Worker::new(format!("w{}", choice % 3));
        let later = self.now.checked_add_signed(TimeDelta::minutes(i64::from(choice))).unwrap();
        match choice % 3 {
            0 => {
                let expected = self.model.renew(&worker, &effect, later);
                assert_eq!(self.store.renew(&worker, &effect, later).wait(), Ok(expected));
            }
            1 => {
                let put_off = PutOff { effect, worker, due: later, remaining: None };
                let expected = self.model.put_off(&put_off);
                assert_eq!(self.store.put_off(put_off).wait(), Ok(expected));
            }
            _ => {
                let expected = self.model.release(&worker, self.now);
                assert_eq!(self.store.release(&worker, self.now).wait(), Ok(expected));
            }
        }
    }

    /// Time passes, and the deadlines that it reaches are planned.
    fn advance(&mut self, choice: u8) {
        let step = TimeDelta::minutes(i64::from(choice).saturating_mul(5));
        self.now = self.now.checked_add_signed(step).unwrap();
        let now = self.now;
        let due = self.store.read(move |view| view.due_deadlines(now, 100)).wait().unwrap();
        let mut expected: Vec<_> =
            self.model.deadlines.iter().filter(|(_, at)| **at <= now).map(|(key, _)| key).collect();
        expected.sort();
        let mut found: Vec<_> = due.iter().collect();
        found.sort();
        assert_eq!(found, expected);
        for key in due {
            let plan = self.gestore.plan(&self.store, Input::Deadline(key), now).wait().unwrap();
            self.commit(&plan, Commit::new(plan.clone(), now), None);
        }
    }

    fn mark(&mut self, choice: u8) {
        let name = format!("{}@alfa.example", USERS[usize::from(choice % 4)]);
        let (mailbox, uids) = (address(&name), vec![u32::from(choice / 4), u32::from(choice % 7)]);
        let known = self.model.boxes.get_mut(&name).unwrap();
        let flags = Flags::from_bits(choice / 8);
        match choice % 5 {
            0 => {
                let expected = known.expunge(&uids);
                assert_eq!(self.store.expunge(&mailbox, uids).wait(), Ok(expected));
            }
            kind => {
                let change = match kind {
                    1 => FlagChange::Add(flags),
                    2 => FlagChange::Remove(flags),
                    _ => FlagChange::Replace(flags),
                };
                let mut once = uids.clone();
                once.dedup();
                let expected = known.set_flags(&once, change);
                assert_eq!(self.store.set_flags(&mailbox, once, change).wait(), Ok(expected));
            }
        }
    }

    fn set(&mut self, choice: u8) {
        let name = format!("{}@alfa.example", USERS[usize::from(choice % 4)]);
        let settings = Settings {
            quota: (choice > 100).then(|| u64::from(choice).saturating_mul(40)),
            state: if choice > 200 { MailboxState::Suspended } else { MailboxState::Active },
            ..Settings::default()
        };
        self.model.boxes.get_mut(&name).unwrap().settings = settings.clone();
        assert_eq!(self.store.change_mailbox(&address(&name), settings).wait(), Ok(true));
    }

    /// A plan is committed again, the log is closed, orphans are collected.
    fn again(&mut self, choice: u8) {
        if choice.is_multiple_of(5) {
            self.store.close_log(self.now).wait().unwrap();
        } else if choice.is_multiple_of(3) {
            self.store.collect().wait().unwrap();
        } else if let Some(last) = self.old.len().checked_sub(1) {
            let plan = self.old[usize::from(choice).min(last)].clone();
            self.commit(&plan, Commit::new(plan.clone(), self.now), None);
        }
    }

    fn compare(&self) {
        let model = self.model.clone();
        let compared = self.store.read(move |view| {
            for (key, snapshot) in &model.states {
                assert_eq!(view.state(key)?.as_ref(), Some(snapshot));
            }
            let outbox = view.outbox(None, u32::MAX)?;
            let names = outbox.iter().map(|lease| (&lease.effect, lease.attempts));
            let expected = model.outbox.iter().map(|open| (&open.effect, open.attempts));
            assert!(names.eq(expected));
            for (name, known) in &model.boxes {
                let mailbox = address(name);
                let found = view.mailbox(&mailbox)?.unwrap();
                assert_eq!(found.settings, known.settings);
                assert_eq!((found.uid_next, found.octets), (known.uid_next, known.octets()));
                let messages = view.messages(&mailbox, 0, u32::MAX)?;
                let found: Vec<_> =
                    messages.iter().map(|one| (one.uid, (one.body, one.flags))).collect();
                let expected: Vec<_> =
                    known.messages.iter().map(|(uid, known)| (*uid, *known)).collect();
                assert_eq!(found, expected);
            }
            for (name, body) in &model.sealed {
                assert_eq!(view.sealed(name)?, Some(*body));
            }
            let log = view.log("a1", 1, u32::MAX)?;
            assert!(log.iter().map(|entry| &entry.record).eq(&model.log));
            assert_eq!(view.next_wake()?, model.next_wake());
            Ok(())
        });
        compared.wait().unwrap();
    }
}

/// Some recipients are taken, some refused, some put off.
fn relayed(paths: &[Address], choice: u8) -> (Vec<(Address, RelayResult)>, Vec<Address>) {
    let (mut results, mut left) = (Vec::new(), Vec::new());
    for (index, path) in paths.iter().enumerate() {
        match usize::from(choice).saturating_add(index) % 4 {
            0 => left.push(path.clone()),
            1 => results.push((path.clone(), RelayResult::Refused(550, "5.1.1 no".to_owned()))),
            _ => results.push((path.clone(), RelayResult::Accepted)),
        }
    }
    (results, left)
}
