//! The auditor: clean logs, and every way to break an invariant.

use pec_daticert::{DeliveryErrorCause, Event, NonAcceptanceCause, Recipient};
use pec_gestore::Role;
use pec_gestore::log::Record;
use pec_gestore::log::audit::{AuditOptions, AuditReport, Auditor, BreachKind as Kind, Fault};

use crate::sample::{ANNA, BRUNO, OUTSIDE, address, at};
use crate::transmission::{
    delivered, failed, made, notice, received, sent, taken, taken_in, virus,
};

pub(crate) const T: &str = "t1@alfa.example";
const FINAL: &str = "5.4.1 - non consegnato nelle ventiquattro ore";
pub(crate) const HOUR: i64 = 60;

/// A log that is complete for a week.
pub(crate) fn week() -> AuditOptions {
    AuditOptions::new().covering(at(-HOUR), at(7 * 24 * HOUR))
}

pub(crate) fn audit_with(options: AuditOptions, records: &[Record]) -> AuditReport {
    let mut auditor = Auditor::new(options);
    for (line, record) in (1..).zip(records) {
        auditor.read_record(line, record);
    }
    auditor.finish()
}

/// Audits a log in all of its forms, which must agree.
pub(crate) fn audit(records: &[Record]) -> AuditReport {
    let report = audit_with(week(), records);
    for form in [Record::to_line, |record: &Record| record.to_json_line().unwrap()] {
        let mut auditor = Auditor::new(week());
        for (line, record) in (1..).zip(records) {
            auditor.read_line(line, form(record).as_bytes());
        }
        assert_eq!(auditor.finish(), report);
    }
    report
}

pub(crate) type Found = (u8, Kind, Option<String>, Vec<u64>, Fault);

pub(crate) fn breaches(report: &AuditReport) -> Vec<Found> {
    let found = report.breaches.iter().map(|breach| {
        let address = breach.address.clone();
        (breach.invariant.number(), breach.kind, address, breach.lines.clone(), breach.fault)
    });
    found.collect()
}

pub(crate) fn found(invariant: u8, kind: Kind, person: &str, lines: &[u64], fault: Fault) -> Found {
    let address = Some(person.to_lowercase()).filter(|person| !person.is_empty());
    (invariant, kind, address, lines.to_vec(), fault)
}

#[track_caller]
pub(crate) fn assert_found(records: &[Record], expected: &[Found]) {
    let report = audit(records);
    assert_eq!(breaches(&report), expected, "\n{report}");
    assert_eq!(report.pending, [], "\n{report}");
}

/// norms 76: addresses compare without regard to case.
#[test]
fn clean_logs_are_clean_on_both_sides() {
    assert_found(&sent(T), &[]);
    assert_found(&taken_in(T), &[]);
    let report = audit(&[sent(T), taken_in(T), sent("t2@alfa.example")].concat());
    assert!(report.is_clean(), "{report}");
    assert_eq!((report.lines, report.transmissions, report.odd), (16, 2, 0));
}

#[test]
fn refusals_viruses_errors_and_notices_are_clean_too() {
    let cause = NonAcceptanceCause::Virus;
    let refused = Event::NonAcceptance { cause, error_detail: "Eicar".parse().unwrap() };
    assert_found(&[made(T, Role::Sender, 0, refused)], &[]);
    let mut log = sent(T);
    log.truncate(3);
    log.push(received(T, Role::Sender, 5, virus(ANNA)));
    log.push(made(T, Role::Sender, 5, failed(ANNA, DeliveryErrorCause::Virus)));
    log.push(made(T, Role::Sender, 24 * HOUR, notice(BRUNO, FINAL)));
    assert_found(&log, &[]);
    // A late delivery supersedes the notice.
    log.push(received(T, Role::Sender, 40 * HOUR, delivered(BRUNO)));
    assert_found(&log, &[]);
    let mut log = taken_in(T);
    log.truncate(2);
    log.push(made(T, Role::Receiver, 2, virus(ANNA)));
    log.push(made(T, Role::Receiver, 2, failed(BRUNO, DeliveryErrorCause::NoRecipient)));
    assert_found(&log, &[]);
    // Refused for good by SMTP: no take-in-charge, and the sender's provider tells the error.
    let mut log = sent(T);
    log[2] = received(T, Role::Sender, 2, taken(&[BRUNO]));
    log[3] = made(T, Role::Sender, 3, failed(ANNA, DeliveryErrorCause::NoRecipient));
    assert_found(&log, &[]);
}

/// norms 76: what gestori of this crate log of every kind of outcome.
#[test]
fn logs_of_gestori_in_memory_are_clean() {
    let mut network = crate::reissue::every_kind();
    network.advance_to(at(72 * HOUR));
    for node in &network.nodes {
        let report = audit(&node.stored.log);
        assert!(report.is_clean() && report.breaches.is_empty(), "{report}");
        assert!(report.transmissions >= 4, "{report}");
        assert_eq!(report.pending, [], "{report}");
    }
}

#[test]
fn first_invariant_other_parties() {
    let mut log = sent(T);
    log[3].sender = Some(address("luigi@alfa.example"));
    assert_found(&log, &[found(1, Kind::OtherParties, "", &[4], Fault::Other)]);
    let mut log = taken_in(T);
    log[1].recipients.pop();
    assert_found(&log, &[found(1, Kind::OtherParties, "", &[2], Fault::Own)]);
    // The envelope counts, wherever it stands; the order of recipients does not.
    let mut log = sent(T);
    log[0].recipients.reverse();
    assert_found(&log, &[]);
    log[0].recipients[0] = Recipient::certified(address(OUTSIDE));
    assert_found(&log, &[found(1, Kind::OtherParties, "", &[1], Fault::Own)]);
    // Both sides of mail inside one domain.
    let mut both = [sent(T), taken_in(T)].concat();
    for record in &mut both[5..] {
        record.sender = Some(address("luigi@alfa.example"));
    }
    let report = audit(&both);
    let kinds: Vec<_> = report.breaches.iter().map(|breach| breach.kind).collect();
    assert_eq!(kinds, [Kind::OtherParties]);
}

#[test]
fn second_invariant_one_envelope_and_one_acceptance() {
    let log = |change: fn(&mut Vec<Record>)| {
        let mut log = sent(T);
        change(&mut log);
        log
    };
    let missing = log(|log| drop(log.remove(0)));
    let lines = [1, 2, 3, 4];
    assert_found(&missing, &[found(2, Kind::AcceptanceMissing, "", &lines, Fault::Own)]);
    let missing = log(|log| drop(log.remove(1)));
    assert_found(&missing, &[found(2, Kind::EnvelopeMissing, "", &lines, Fault::Own)]);
    let twice = log(|log| log.push(made(T, Role::Sender, 1, Event::Acceptance)));
    assert_found(&twice, &[found(2, Kind::AcceptanceRepeated, "", &[1, 6], Fault::Own)]);
    let twice = log(|log| log.push(log[1].clone()));
    assert_found(&twice, &[found(2, Kind::EnvelopeRepeated, "", &[2, 6], Fault::Own)]);
    let mut of_received = taken_in(T);
    of_received.push(made(T, Role::Receiver, 2, Event::Acceptance));
    assert_found(&of_received, &[found(2, Kind::AcceptanceOfReceived, "", &[7], Fault::Own)]);
    let mut no_envelope = taken_in(T);
    no_envelope.remove(0);
    // The log is there long enough to know that none came.
    let options = AuditOptions::new().covering(at(-8 * 24 * HOUR), at(7 * 24 * HOUR));
    let expected = found(2, Kind::EnvelopeMissing, "", &[1, 3, 5], Fault::Own);
    assert_eq!(breaches(&audit_with(options, &no_envelope)), [expected]);
}

#[test]
fn second_invariant_refused_and_accepted() {
    let refused = || Event::NonAcceptance {
        cause: NonAcceptanceCause::FormalException,
        error_detail: "Bcc".parse().unwrap(),
    };
    let mut log = sent(T);
    log.push(made(T, Role::Sender, 1, refused()));
    assert_found(&log, &[found(2, Kind::RefusedAndAccepted, "", &[1, 2, 6], Fault::Own)]);
    let twice = [1, 2].map(|minutes| made(T, Role::Sender, minutes, refused()));
    assert_found(&twice, &[found(2, Kind::RefusalRepeated, "", &[1, 2], Fault::Own)]);
}

/// What a hostile provider says in our place counts for nothing, and is told.
#[test]
fn second_invariant_nobody_speaks_for_the_sender() {
    let mut log = sent(T);
    log.push(received(T, Role::Sender, 5, Event::Acceptance));
    log.push(received(T, Role::Sender, 5, notice(ANNA, FINAL)));
    assert_found(&log, &[found(2, Kind::Usurped, "", &[6, 7], Fault::Other)]);
    let mut log = sent(T)[..2].to_vec();
    log.extend([ANNA, BRUNO].map(|one| received(T, Role::Sender, 20 * HOUR, notice(one, FINAL))));
    let kinds: Vec<_> = audit(&log).own_breaches().map(|breach| breach.kind).collect();
    let [first, last] = [Kind::FirstNoticeMissing, Kind::FinalNoticeMissing];
    assert_eq!(kinds, [first, first, last, last]);
}

#[test]
fn second_invariant_receipts_of_what_was_never_sent() {
    let log = sent(T).split_off(2);
    let expected = [Kind::EnvelopeMissing, Kind::AcceptanceMissing]
        .map(|kind| found(2, kind, "", &[1, 2, 3], Fault::Other));
    // The log is there long enough to know that nothing was sent.
    let options = AuditOptions::new().covering(at(-8 * 24 * HOUR), at(7 * 24 * HOUR));
    assert_eq!(breaches(&audit_with(options.clone(), &log)), expected);
    // And no notices are owed of it.
    let report = audit_with(options, &log[..1]);
    assert_eq!((report.breaches.len(), report.own_breaches().count()), (2, 0), "{report}");
}

#[test]
fn third_invariant_one_take_in_charge() {
    let mut twice = sent(T);
    twice.push(received(T, Role::Sender, 9, taken(&[ANNA])));
    assert_found(&twice, &[found(3, Kind::TakeInChargeRepeated, ANNA, &[3, 6], Fault::Other)]);
    // The same receipt once more is no second one.
    let mut again = sent(T);
    again.push(again[2].clone());
    assert_found(&again, &[]);
    let mut missing = sent(T);
    missing[2] = received(T, Role::Sender, 2, taken(&[BRUNO]));
    assert_found(&missing, &[found(3, Kind::TakeInChargeMissing, ANNA, &[4], Fault::Other)]);
    // A virus is found in what was taken.
    let mut missing = sent(T);
    missing[2] = received(T, Role::Sender, 2, taken(&[BRUNO]));
    missing[3] = received(T, Role::Sender, 3, virus(ANNA));
    missing.push(made(T, Role::Sender, 3, failed(ANNA, DeliveryErrorCause::Virus)));
    assert_found(&missing, &[found(3, Kind::TakeInChargeMissing, ANNA, &[4], Fault::Other)]);
    for stranger in [OUTSIDE, "zeno@beta.example"] {
        let mut log = sent(T);
        log[2] = received(T, Role::Sender, 2, taken(&[ANNA, BRUNO, stranger]));
        assert_found(&log, &[found(3, Kind::Stranger, stranger, &[3], Fault::Other)]);
    }
    let mut twice = taken_in(T);
    twice.push(made(T, Role::Receiver, 2, taken(&[BRUNO])));
    assert_found(&twice, &[found(3, Kind::TakeInChargeRepeated, BRUNO, &[2, 7], Fault::Own)]);
    let mut missing = taken_in(T);
    missing[1] = made(T, Role::Receiver, 2, taken(&[BRUNO]));
    assert_found(&missing, &[found(3, Kind::TakeInChargeMissing, ANNA, &[1], Fault::Own)]);
}

/// The recipients' provider answers for those that the envelopes were for, and for nobody else.
#[test]
fn third_invariant_the_share_of_the_receiver() {
    let mut log = taken_in(T);
    log.truncate(4);
    log[0].received_for = vec![address("Anna@beta.example")];
    log[1] = made(T, Role::Receiver, 1, taken(&[ANNA]));
    assert_found(&log, &[]);
    log[1] = made(T, Role::Receiver, 1, taken(&[ANNA, BRUNO]));
    assert_found(&log, &[found(3, Kind::Stranger, BRUNO, &[2], Fault::Own)]);
    // Where the sender's directory was old, its provider took Anna's for an ordinary address.
    for record in &mut log {
        record.recipients[0] = Recipient::external(address(ANNA));
    }
    log[1].received_for.pop();
    assert_found(&log, &[]);
    for record in &mut log {
        record.recipients[0] = Recipient::certified(address(ANNA));
    }
    // Bruno's share comes in another transaction.
    log.push(log[0].clone().for_recipients(&[address(BRUNO)]));
    log[1] = made(T, Role::Receiver, 1, taken(&[ANNA]));
    assert_found(&log, &[found(3, Kind::TakeInChargeMissing, BRUNO, &[1], Fault::Own)]);
}

#[test]
fn fourth_invariant_one_outcome() {
    let mut twice = sent(T);
    twice.push(received(T, Role::Sender, 9, delivered(ANNA)));
    assert_found(&twice, &[found(4, Kind::DeliveryRepeated, ANNA, &[4, 6], Fault::Other)]);
    let error = || failed(ANNA, DeliveryErrorCause::Other);
    let mut conflict = sent(T);
    conflict.push(received(T, Role::Sender, 9, error()));
    assert_found(&conflict, &[found(4, Kind::Conflict, ANNA, &[4, 6], Fault::Other)]);
    // Who speaks last contradicts, and that was us.
    conflict[5] = made(T, Role::Sender, 9, error());
    assert_found(&conflict, &[found(4, Kind::Conflict, ANNA, &[4, 6], Fault::Own)]);
    conflict[5] = made(T, Role::Sender, 1, error());
    assert_found(&conflict, &[found(4, Kind::Conflict, ANNA, &[4, 6], Fault::Other)]);
    let mut errors = sent(T);
    errors[3] = made(T, Role::Sender, 3, error());
    errors.push(made(T, Role::Sender, 9, error()));
    assert_found(&errors, &[found(4, Kind::ErrorRepeated, ANNA, &[4, 6], Fault::Own)]);
    let mut stranger = sent(T);
    stranger.push(received(T, Role::Sender, 9, delivered(OUTSIDE)));
    assert_found(&stranger, &[found(4, Kind::Stranger, OUTSIDE, &[6], Fault::Other)]);
    let mut missing = taken_in(T);
    missing.truncate(4);
    assert_found(&missing, &[found(4, Kind::OutcomeMissing, BRUNO, &[2], Fault::Own)]);
    let mut conflict = taken_in(T);
    conflict.push(made(T, Role::Receiver, 9, virus(ANNA)));
    assert_found(&conflict, &[found(4, Kind::Conflict, ANNA, &[4, 7], Fault::Own)]);
}

#[test]
fn fifth_invariant_every_virus_is_told_once() {
    let told = |minutes| made(T, Role::Sender, minutes, failed(ANNA, DeliveryErrorCause::Virus));
    let mut log = sent(T);
    log[3] = received(T, Role::Sender, 3, virus("ANNA@BETA.example"));
    let untold = [
        found(5, Kind::VirusErrorMissing, ANNA, &[4], Fault::Own),
        found(6, Kind::FinalNoticeMissing, ANNA, &[1, 2], Fault::Own),
    ];
    assert_found(&log, &untold);
    log.push(told(3));
    assert_found(&log, &[]);
    log.push(told(4));
    let expected = [
        found(4, Kind::ErrorRepeated, ANNA, &[6, 7], Fault::Own),
        found(5, Kind::VirusErrorRepeated, ANNA, &[4, 6, 7], Fault::Own),
    ];
    assert_found(&log, &expected);
    log[6] = received(T, Role::Sender, 9, virus(ANNA));
    assert_found(&log, &[found(5, Kind::DetectionRepeated, ANNA, &[4, 7], Fault::Other)]);
    let mut log = sent(T);
    log[3] = told(3);
    assert_found(&log, &[found(5, Kind::DetectionMissing, ANNA, &[4], Fault::Own)]);
    let mut log = sent(T);
    log.push(received(T, Role::Sender, 9, virus(OUTSIDE)));
    assert_found(&log, &[found(5, Kind::Stranger, OUTSIDE, &[6], Fault::Other)]);
}

/// rfc6109 §3.1.6: the three cases.
#[test]
fn sixth_invariant_notices() {
    let silent = || sent(T)[..2].to_vec();
    let early = |minutes, person| made(T, Role::Sender, minutes, notice(person, "dodici ore"));
    let last = |minutes, person| made(T, Role::Sender, minutes, notice(person, FINAL));
    let mut log = silent();
    let missing = |kind, person| found(6, kind, person, &[1, 2], Fault::Own);
    let all = [
        missing(Kind::FirstNoticeMissing, ANNA),
        missing(Kind::FirstNoticeMissing, BRUNO),
        missing(Kind::FinalNoticeMissing, ANNA),
        missing(Kind::FinalNoticeMissing, BRUNO),
    ];
    assert_found(&log, &all);
    log.extend([early(12 * HOUR, ANNA), early(12 * HOUR, BRUNO), last(24 * HOUR, ANNA)]);
    assert_found(&log, &[missing(Kind::FinalNoticeMissing, BRUNO)]);
    log.push(last(23 * HOUR, BRUNO));
    assert_found(&log, &[]);
    log.push(last(25 * HOUR, BRUNO));
    assert_found(&log, &[found(6, Kind::NoticeRepeated, BRUNO, &[6, 7], Fault::Own)]);
    log.truncate(4);
    log.extend([last(24 * HOUR, ANNA), last(21 * HOUR, BRUNO)]);
    assert_found(&log, &[found(6, Kind::NoticeEarly, BRUNO, &[6], Fault::Own)]);
    // Taken in charge late: the first notice was due; taken in time: only the final one is.
    let mut log = silent();
    log.push(received(T, Role::Sender, 20 * HOUR, taken(&[ANNA])));
    log.push(received(T, Role::Sender, 11 * HOUR, taken(&[BRUNO])));
    log.extend([ANNA, BRUNO].map(|person| last(24 * HOUR, person)));
    assert_found(&log, &[missing(Kind::FirstNoticeMissing, ANNA)]);
    let mut log = sent(T);
    log.push(last(24 * HOUR, OUTSIDE));
    assert_found(&log, &[found(6, Kind::Stranger, OUTSIDE, &[6], Fault::Own)]);
}
