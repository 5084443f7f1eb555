//! What must hold after every step, whatever goes wrong.
//!
//! The rules are those of RFC 6109 §2.3, §3.1.6, §3.2.1, §3.3 and of the audit of norms §2.2, asked
//! of what gestori did, not of how they think.

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::{CertificationData, Event, EventTime, Kind, PecMsgid};
use pec_gestore::{
    Action, BodyRef, Deposit, Input, Judgement, Key, MessageRef, Role, Scan, Unsigned,
};

use super::ledger::{Made, Refused, Told, Tracked, Transmission, is_between_providers, told};
use super::shell::LATE;
use super::store::Transaction;
use super::user::{Form, Letter};
use super::world::World;

impl World {
    /// Looks at one committed transaction.
    pub(super) fn observe(
        &mut self,
        node: usize,
        input: &Input,
        done: &Transaction,
        now: DateTime<Utc>,
    ) {
        if let Input::Submission(submission) = input {
            self.observe_submission(node, &submission.id, done, now);
        }
        for effect in &done.effects {
            if let Action::Seal(unsigned) = &effect.action {
                let data = data_of(unsigned).cloned();
                let key = (node, effect.id.clone());
                if self.ledger.made.insert(key, Made { data: data.clone() }).is_some() {
                    let what = effect.id.to_string();
                    self.breach("a message is planned once", what);
                }
                if let Some(data) = data {
                    self.check_maker(node, &data, now);
                    if self.is_genuine(&done.key) {
                        self.observe_made(node, &data, done, now);
                    }
                }
            }
        }
        for row in &done.deposits {
            self.observe_deposit(node, &done.key, row, now);
        }
        // What was decided without it is judged first, then it is known.
        let is_taken = done.reply.as_ref().is_some_and(|reply| reply.code < 300);
        if let Input::Arrival(arrival) = input
            && is_taken
            && matches!(arrival.judgement, Judgement::Certified(_))
            && arrival.scan == Scan::Clean
        {
            self.observe_arrival(node, &arrival.message, now);
        }
        self.observe_log(node, done);
        self.read_log(node, done);
    }

    /// Item by item of RFC 6109 §2.3: nothing is made, put into a mailbox or refused in silence.
    fn observe_log(&mut self, node: usize, done: &Transaction) {
        let sealed = done.effects.iter().filter(|e| matches!(e.action, Action::Seal(_))).count();
        let generated: usize = done.log.iter().map(|record| record.generated.len()).sum();
        if generated < sealed {
            let what = format!("{node}: {sealed} messages made, {generated} logged: {done:?}");
            self.breach("every message that is made is logged", what);
        }
        if let Some(reply) = &done.reply
            && reply.code >= 400
            && !done.effects.is_empty()
            && sealed > 0
        {
            let what = format!("{}: {} and {sealed} messages", done.key, reply.code);
            self.breach("never both a refusal and a notice", what);
        }
    }

    fn observe_submission(
        &mut self,
        node: usize,
        id: &PecMsgid,
        done: &Transaction,
        now: DateTime<Utc>,
    ) {
        let made = |kind| {
            let kinds = done.effects.iter().filter_map(|effect| match &effect.action {
                Action::Seal(unsigned) => data_of(unsigned).map(CertificationData::kind),
                _ => None,
            });
            kinds.filter(|made| *made == kind).count()
        };
        let counts = [Kind::Acceptance, Kind::TransportEnvelope, Kind::NonAcceptance].map(made);
        let is_acknowledged = done.reply.as_ref().is_some_and(|reply| reply.code < 300);
        match (is_acknowledged, counts) {
            (true, [1, 1, 0]) => {
                let transmission = self.accepted(node, done, now);
                self.ledger.count("transmissions");
                let recipients = transmission.iter().flat_map(|of| of.recipients.values());
                for _ in 0..recipients.filter(|one| one.is_certified).count() {
                    self.ledger.count("recipients: certified");
                }
                self.ledger.transmissions.extend(
                    transmission.map(|transmission| (id.as_str().to_owned(), transmission)),
                );
            }
            (true, [0, 0, 1]) => {
                self.ledger.count("non-acceptances");
                let refused = Refused { gestore: node, told: 0 };
                self.ledger.refused.insert(id.as_str().to_owned(), refused);
            }
            (false, [0, 0, 0]) => self.ledger.count("submissions refused"),
            _ => {
                let what = format!("{id}: {:?}, {counts:?}", done.reply);
                self.breach("one acceptance and one envelope, or one non-acceptance", what);
            }
        }
    }

    /// A transmission begins.
    fn accepted(
        &self,
        node: usize,
        done: &Transaction,
        now: DateTime<Utc>,
    ) -> Option<Transmission> {
        let data = done.effects.iter().find_map(|effect| match &effect.action {
            Action::Seal(unsigned) => match &**unsigned {
                Unsigned::TransportEnvelope { data, .. } => Some(data),
                _ => None,
            },
            _ => None,
        })?;
        let recipients = data.header.recipients.iter().map(|recipient| {
            let gestore = self.node_of(recipient.address.domain());
            let tracked = Tracked::new(recipient.recipient_type, gestore);
            (recipient.address.as_str().to_ascii_lowercase(), tracked)
        });
        let account = data.header.sender.clone();
        let recipients = recipients.collect();
        Some(Transmission { gestore: node, account, at: now, recipients, told: 0 })
    }

    /// Whether a submission came to what its form deserves.
    pub(super) fn judge_submission(
        &mut self,
        node: usize,
        letter: &Letter,
        scan: &Scan,
        is_active: bool,
        done: &Transaction,
    ) {
        let is_accepted = done.effects.iter().any(|effect| {
            matches!(&effect.action, Action::Seal(unsigned)
                if matches!(**unsigned, Unsigned::TransportEnvelope { .. }))
        });
        for (address, receipt) in &letter.receipts {
            if let Some(of) = self.ledger.transmissions.get_mut(&done.key.id)
                && let Some(tracked) = of.recipients.get_mut(address)
            {
                tracked.expected = Some(*receipt);
            }
        }
        let code = done.reply.as_ref().map_or(0, |reply| reply.code);
        let fault = match (letter.form, scan) {
            (_, Scan::Failed) if is_accepted || is_active && code / 100 != 4 => "is not put off",
            (Form::Sound, Scan::Clean) if is_active && !is_accepted => "is not accepted",
            (form, Scan::Clean) if form != Form::Sound && is_accepted => "is accepted",
            (form, Scan::Clean) if form != Form::Sound && is_active && code != 250 => {
                "is refused instead of getting a notice"
            }
            (_, Scan::Infected(_)) if is_accepted => "is accepted",
            (_, Scan::Infected(_)) if is_active && code != 250 => {
                "is refused instead of getting a notice"
            }
            _ => return,
        };
        let what = format!(
            "gestore {node}: a submission ({:?}, {scan:?}) {fault}: {:?}",
            letter.form, done.reply
        );
        self.breach("submissions are judged by RFC 6109 §3.1.1", what);
    }

    /// Whether a state is that of the transmission of its identifier, and not of another one for
    /// which a hostile gestore took the same identifier.
    fn is_genuine(&self, key: &Key) -> bool {
        let of = self.ledger.transmissions.get(&key.id);
        of.is_none_or(|of| self.nodes[of.gestore].provider.name.as_str() == key.provider)
    }

    /// A message says who made it, and when.
    fn check_maker(&mut self, node: usize, data: &CertificationData, now: DateTime<Utc>) {
        self.check_time(node, data, now);
        if data.provider != self.nodes[node].provider.name {
            self.breach("a message names its maker", format!("{data:?}"));
        }
    }

    /// A message is made: may it be?
    fn observe_made(
        &mut self,
        node: usize,
        data: &CertificationData,
        done: &Transaction,
        now: DateTime<Utc>,
    ) {
        match &data.event {
            Event::DeliveryNotice { .. } => self.made_notice(node, data, now),
            Event::DeliveryError { .. } => self.made_error(node, data, done.key.role, now),
            Event::Delivery { .. } => self.made_delivery(node, data, done, now),
            Event::TakeInCharge { received_for } => {
                for address in received_for.iter() {
                    let is_own = self.nodes[node].manages(address);
                    let tracked = self.ledger.tracked(&data.pec_msgid, address);
                    let takes = tracked.map_or(1, |tracked| {
                        tracked.takes += 1;
                        tracked.takes
                    });
                    if !is_own || takes > 1 {
                        let what = format!("{}: {address}, {takes} times", data.pec_msgid);
                        self.breach("each recipient is taken in charge once, by its own", what);
                    }
                }
            }
            _ => {}
        }
    }

    /// RFC 6109 §4.1: one time value for a step.
    fn check_time(&mut self, node: usize, data: &CertificationData, now: DateTime<Utc>) {
        let slack =
            if self.nodes[node].has_stepped { TimeDelta::seconds(121) } else { TimeDelta::zero() };
        let Ok(legal) = EventTime::legal(now) else { return };
        let difference = (data.time.to_utc() - legal.to_utc()).abs();
        if difference > slack {
            let what = format!("{}: {:?} at {now}", data.pec_msgid, data.time);
            self.breach("a message bears the time of its step", what);
        }
    }

    /// RFC 6109 §3.1.6: 12 hours without take-in-charge or outcome; 24 hours, and not before 22,
    /// without outcome; each once.
    fn made_notice(&mut self, node: usize, data: &CertificationData, now: DateTime<Utc>) {
        let Some((kind, address)) = told(data) else { return };
        let Some(transmission) = self.ledger.transmissions.get(data.pec_msgid.as_str()) else {
            return self.breach("notices are about transmissions", data.pec_msgid.to_string());
        };
        let (of, at, age) = (transmission.gestore, transmission.at, now - transmission.at);
        // Nobody rings at a gestore that is down.
        let started = self.nodes[node].started;
        let Some(tracked) = self.ledger.tracked(&data.pec_msgid, address) else {
            return self.breach("notices are about recipients", address.to_string());
        };
        let (place, least, due) = match kind {
            Told::FirstNotice => (0, TimeDelta::hours(12), TimeDelta::hours(12)),
            _ => (1, TimeDelta::hours(22), TimeDelta::hours(24)),
        };
        let clock = TimeDelta::seconds(121);
        let fault = if of != node || !tracked.is_certified {
            Some("not of this gestore's, or not certified")
        } else if age + clock < least {
            Some("too early")
        } else if place == 1 && tracked.known_final.is_some() {
            Some("after an outcome")
        } else if place == 0 && (tracked.known_taken.or(tracked.known_final)).is_some() {
            Some("after a take-in-charge or an outcome")
        } else if tracked.notices[place].is_some() {
            Some("twice")
        } else if now > (at + due).max(started) + LATE + clock {
            Some("too late")
        } else {
            None
        };
        tracked.notices[place] = Some(now);
        if let Some(fault) = fault {
            let what = format!("{} {address}: {kind:?} after {age}: {fault}", data.pec_msgid);
            self.breach("notices at their times", what);
        }
    }

    /// An error is told by the sender's gestore (refused, virus) or by the recipient's.
    fn made_error(
        &mut self,
        node: usize,
        data: &CertificationData,
        role: Role,
        now: DateTime<Utc>,
    ) {
        let Some((_, address)) = told(data) else { return };
        let is_virus = data.event.error() == pec_daticert::ErrorCode::Virus;
        let id = &data.pec_msgid;
        let is_senders = role == Role::Sender;
        let is_receivers = !is_senders && self.nodes[node].manages(address);
        let Some(tracked) = self.ledger.tracked(id, address) else { return };
        let is_noticed = tracked.notices[1].is_some();
        let is_delivered = tracked.known_final.is_some();
        let (own, others) = (tracked.receipts[1] + 1, tracked.receipts[0]);
        let fault = if is_senders && is_noticed && !is_virus {
            Some("by the sender's gestore after its final notice")
        } else if is_senders && is_delivered && !is_virus {
            Some("by the sender's gestore after an outcome")
        } else if is_receivers && own > 1 {
            Some("twice")
        } else if is_receivers && (others > 0 || tracked.deposits > 0) {
            Some("after a delivery")
        } else {
            None
        };
        if is_receivers {
            tracked.receipts[1] += 1;
        }
        if is_senders {
            tracked.known_final.get_or_insert(now);
        }
        if let Some(fault) = fault {
            self.breach("errors are told once and in time", format!("{id} {address}: {fault}"));
        }
    }

    /// No delivery receipt without a deposit, in the same transaction, at the same instant; one.
    fn made_delivery(
        &mut self,
        node: usize,
        data: &CertificationData,
        done: &Transaction,
        now: DateTime<Utc>,
    ) {
        let Some((_, address)) = told(data) else { return };
        let id = &data.pec_msgid;
        let row = done.deposits.iter().find(|row| row.mailbox.is_same_mailbox(address));
        let same = row.is_some_and(|row| {
            EventTime::legal(row.at).is_ok_and(|at| at.to_utc() == data.time.to_utc())
        });
        if !same || !self.nodes[node].manages(address) {
            let what = format!("{id} {address} at {now}: {:?}", done.deposits);
            self.breach("no delivery receipt without a deposit", what);
        }
        let Some(tracked) = self.ledger.tracked(id, address) else { return };
        tracked.receipts[0] += 1;
        let (receipts, expected) = (tracked.receipts, tracked.expected);
        if let Event::Delivery { receipt_type, .. } = data.event
            && expected.is_some_and(|expected| expected != receipt_type)
        {
            let what = format!("{id} {address}: {receipt_type:?} instead of {expected:?}");
            self.breach("the receipt is the one that was asked for", what);
        }
        if receipts != [1, 0] {
            let what = format!("{id} {address}: {receipts:?} receipts");
            self.breach("at most one delivery receipt", what);
        }
    }

    /// What an arrival tells the gestore that made the transmission.
    fn observe_arrival(&mut self, node: usize, message: &BodyRef, now: DateTime<Utc>) {
        let Some(certified) = self.ledger.arrived.get(&(node, *message)).cloned() else { return };
        let (data, signer) = (certified.data, certified.signer);
        let sender = &data.header.sender;
        let is_own = |transmission: &Transmission| {
            transmission.gestore == node && transmission.account.is_same_mailbox(sender)
        };
        let known = self.ledger.transmissions.get(data.pec_msgid.as_str()).is_some_and(is_own);
        if !known {
            return;
        }
        let listed = &self.authority.listed;
        let manages = |domain: &str| {
            signer.is_some_and(|signer| {
                listed[signer].domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
            })
        };
        let (addresses, is_final): (Vec<_>, bool) = match &data.event {
            Event::TakeInCharge { received_for } => (received_for.iter().collect(), false),
            Event::Delivery { delivered_to, .. }
            | Event::DeliveryError { delivered_to, .. }
            | Event::VirusDetection { delivered_to, .. } => (vec![delivered_to], true),
            _ => return,
        };
        let genuine: Vec<_> =
            addresses.into_iter().filter(|address| manages(address.domain())).cloned().collect();
        for address in genuine {
            if let Some(tracked) = self.ledger.tracked(&data.pec_msgid, &address) {
                let known =
                    if is_final { &mut tracked.known_final } else { &mut tracked.known_taken };
                known.get_or_insert(now);
            }
        }
    }

    /// A row of a mailbox: what was put there?
    fn observe_deposit(&mut self, node: usize, key: &Key, row: &Deposit, now: DateTime<Utc>) {
        self.ledger.count("deposits");
        if (row.at - now).abs() > TimeDelta::seconds(121) {
            self.breach("a deposit bears the time of its step", format!("{row:?} at {now}"));
        }
        let Some(data) = self.message_in(node, &row.message) else { return };
        let is_own = matches!(row.message, MessageRef::Sealed(_));
        let is_service = row.mailbox == self.nodes[node].provider.service_mailbox
            || row.mailbox == *self.nodes[node].provider.system.address();
        if is_between_providers(data.kind()) && !is_service {
            let what = format!("{}: {} to {}", data.pec_msgid, data.kind(), row.mailbox);
            return self.breach("what is between providers never reaches a user", what);
        }
        match data.kind() {
            Kind::TransportEnvelope if self.is_genuine(key) => self.deposited_envelope(&data, row),
            Kind::TransportEnvelope => {}
            Kind::Acceptance if is_own => self.deposited_acceptance(node, &data, row, is_service),
            // Acceptances are never sent: this one is a lie, or one that is replayed.
            Kind::Acceptance => {}
            Kind::NonAcceptance => {
                let refused = self.ledger.refused.get_mut(data.pec_msgid.as_str());
                let times = refused.map_or(1, |refused| {
                    refused.told += 1;
                    refused.told
                });
                if times > 1 {
                    self.breach("a notice is put into a mailbox once", data.pec_msgid.to_string());
                }
            }
            _ => self.deposited_receipt(node, &data, row, is_service, now),
        }
    }

    /// What a message certifies.
    fn message_in(&self, node: usize, message: &MessageRef) -> Option<CertificationData> {
        match message {
            MessageRef::Sealed(effect) => {
                let made = self.ledger.made.get(&(node, effect.clone()))?;
                made.data.clone()
            }
            MessageRef::Body(body) => {
                let certified = self.ledger.arrived.get(&(node, *body))?;
                Some(certified.data.clone())
            }
        }
    }

    fn deposited_envelope(&mut self, data: &CertificationData, row: &Deposit) {
        let Some(tracked) = self.ledger.tracked(&data.pec_msgid, &row.mailbox) else {
            return; // A hostile gestore's, to whomever it likes.
        };
        tracked.deposits += 1;
        if tracked.deposits > 1 {
            let what = format!("{} {}", data.pec_msgid, row.mailbox);
            self.breach("an envelope is put into a mailbox once", what);
        }
    }

    fn deposited_acceptance(
        &mut self,
        node: usize,
        data: &CertificationData,
        row: &Deposit,
        is_service: bool,
    ) {
        let Some(of) = self.ledger.transmissions.get_mut(data.pec_msgid.as_str()) else { return };
        of.told += 1;
        let is_right = of.gestore == node && (is_service || of.account == row.mailbox);
        if of.told > 1 || !is_right {
            let what = format!("{}: {} times, {}", data.pec_msgid, of.told, row.mailbox);
            self.breach("an acceptance is put into its sender's mailbox once", what);
        }
    }

    /// A receipt or notice about a recipient reaches the sender.
    fn deposited_receipt(
        &mut self,
        node: usize,
        data: &CertificationData,
        row: &Deposit,
        is_service: bool,
        now: DateTime<Utc>,
    ) {
        let Some((what, address)) = told(data) else { return };
        let told = what;
        let id = data.pec_msgid.as_str();
        let Some(of) = self.ledger.transmissions.get(id) else { return };
        let is_about = of.gestore == node && of.account.is_same_mailbox(&data.header.sender);
        if !is_about || !(is_service || of.account.is_same_mailbox(&row.mailbox)) {
            // A replay or a lie, delivered to whom it is addressed: it tells the sender nothing.
            return;
        }
        let Some(tracked) = self.ledger.tracked(&data.pec_msgid, address) else { return };
        if what == Told::Delivered && tracked.gestore.is_some() && tracked.deposits == 0 {
            let what = format!("{id} {address}");
            return self.breach("no delivery receipt without a deposit", what);
        }
        tracked.told.push((what, now));
        let is_certified = tracked.is_certified;
        let times = tracked.told.iter().filter(|(told, _)| *told == what).count();
        let is_honest = tracked.gestore.is_some();
        let lower = address.as_str().to_ascii_lowercase();
        if times > 1 && is_honest && !self.ledger.is_two_faced(id, &lower) {
            let what = format!("{id} {address}: {what:?} {times} times");
            return self.breach("each outcome is told once", what);
        }
        if is_certified {
            self.ledger.count(match told {
                Told::Delivered => "told: delivered",
                Told::Failed => "told: failed",
                Told::FirstNotice => "told: first notice",
                Told::FinalNotice => "told: final notice",
            });
        }
    }

    /// At the end, when the world has long been calm: nothing that was acknowledged is lost, and
    /// each certified recipient has exactly one outcome.
    pub(super) fn judge_ends(&mut self) {
        let ids: Vec<String> = self.ledger.transmissions.keys().cloned().collect();
        ids.iter().for_each(|id| self.judge_end(id));
        let lost = self.ledger.refused.iter().filter(|(_, refused)| refused.told != 1);
        let lost: Vec<String> = lost.map(|(id, refused)| format!("{id}: {refused:?}")).collect();
        for what in lost {
            self.breach("nothing acknowledged is lost", what);
        }
        for node in 0..self.nodes.len() {
            if let Some((key, effect)) = self.nodes[node].store.outbox().first() {
                let what = format!("{key}: {effect:?}");
                self.breach("every effect comes to an end", what);
            }
        }
    }

    pub(super) fn judge_end(&mut self, id: &str) {
        let Some(of) = self.ledger.transmissions.get(id) else { return };
        let mut breaches = Vec::new();
        if of.told != 1 {
            breaches.push(("nothing acknowledged is lost", format!("{id}: no acceptance")));
        }
        let has_crashed = self.ledger.counts.contains_key("crashes");
        for (address, tracked) in of.recipients.iter().filter(|(_, one)| one.is_certified) {
            let is_delivered = matches!(tracked.told[..], [(Told::Delivered, _)]);
            let is_whole = is_delivered && tracked.takes == 1;
            if self.is_sound && !has_crashed && !is_whole {
                let what = format!("{id} {address}: {tracked:?}");
                breaches.push(("a sound world delivers everything", what));
            }
            if self.ledger.is_two_faced(id, address) {
                continue;
            }
            if let Some(fault) = fault_of(tracked) {
                let what = format!("{id} {address}: {fault}: {tracked:?}");
                breaches.push(("exactly one outcome", what));
            }
        }
        for (rule, what) in breaches {
            self.breach(rule, what);
        }
    }
}

/// What is wrong with what a sender was told of a certified recipient.
fn fault_of(tracked: &Tracked) -> Option<&'static str> {
    let when = |what| tracked.told.iter().find(|(told, _)| *told == what).map(|(_, at)| *at);
    let [delivered, failed, noticed] = [Told::Delivered, Told::Failed, Told::FinalNotice].map(when);
    match (delivered, failed, noticed) {
        (None, None, None) => Some("no outcome"),
        // A hostile gestore may say what it likes of its own.
        (Some(_), Some(_), _) if tracked.gestore.is_some() => Some("delivered and failed"),
        // That no final notice is made after an outcome was judged when it was made.
        _ => None,
    }
}

/// What a message certifies, if it does.
pub(super) fn data_of(unsigned: &Unsigned) -> Option<&CertificationData> {
    match unsigned {
        Unsigned::TransportEnvelope { data, .. }
        | Unsigned::Notification { data, .. }
        | Unsigned::Delivery { data, .. }
        | Unsigned::BetweenProviders { data, .. }
        | Unsigned::Reissue { data, .. } => Some(data),
        _ => None,
    }
}
