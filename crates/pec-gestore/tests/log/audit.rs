//! The auditor: clean logs, every way to break an invariant, logs that begin or end in the middle.

use chrono::TimeDelta;
use pec_daticert::{DeliveryErrorCause, Event, NonAcceptanceCause, Recipient};
use pec_gestore::Role;
use pec_gestore::log::audit::{
    AuditOptions, AuditReport, Auditor, BreachKind as Kind, Fault, MAX_ADDRESSES, MAX_EVIDENCE,
    MAX_UNREAD, PendingReason, UnreadReason,
};
use pec_gestore::log::{LogEvent, Record};
use proptest::prelude::*;

use crate::sample::{ANNA, BRUNO, OUTSIDE, address, at, data};
use crate::transmission::{
    delivered, deposit, envelope, failed, made, notice, received, sent, taken, taken_in, virus,
};

const T: &str = "t1@alfa.example";
const FINAL: &str = "5.4.1 - non consegnato nelle ventiquattro ore";
const HOUR: i64 = 60;

/// A log that is complete for a week.
fn week() -> AuditOptions {
    AuditOptions::new().covering(at(-HOUR), at(7 * 24 * HOUR))
}

fn audit_with(options: AuditOptions, records: &[Record]) -> AuditReport {
    let mut auditor = Auditor::new(options);
    for (line, record) in (1..).zip(records) {
        auditor.read_record(line, record);
    }
    auditor.finish()
}

/// Audits a log in all of its forms, which must agree.
fn audit(records: &[Record]) -> AuditReport {
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

type Found = (u8, Kind, Option<String>, Vec<u64>, Fault);

fn breaches(report: &AuditReport) -> Vec<Found> {
    let found = report.breaches.iter().map(|breach| {
        let address = breach.address.clone();
        (breach.invariant.number(), breach.kind, address, breach.lines.clone(), breach.fault)
    });
    found.collect()
}

fn found(invariant: u8, kind: Kind, person: &str, lines: &[u64], fault: Fault) -> Found {
    let address = Some(person.to_lowercase()).filter(|person| !person.is_empty());
    (invariant, kind, address, lines.to_vec(), fault)
}

#[track_caller]
fn assert_found(records: &[Record], expected: &[Found]) {
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
    // The envelope counts, wherever it stands.
    let mut log = sent(T);
    log.swap(0, 1);
    log[1].recipients.reverse();
    assert_found(&log, &[]);
    log[1].recipients[0] = Recipient::certified(address(OUTSIDE));
    assert_found(&log, &[found(1, Kind::OtherParties, "", &[2], Fault::Own)]);
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

#[test]
fn second_invariant_receipts_of_what_was_never_sent() {
    let log = sent(T).split_off(2);
    let expected = [Kind::EnvelopeMissing, Kind::AcceptanceMissing]
        .map(|kind| found(2, kind, "", &[1, 2, 3], Fault::Other));
    // The log is there long enough to know that nothing was sent.
    let options = AuditOptions::new().covering(at(-8 * 24 * HOUR), at(7 * 24 * HOUR));
    assert_eq!(breaches(&audit_with(options, &log)), expected);
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

/// What is still going on when the log ends is no breach.
#[test]
fn a_log_that_ends_in_the_middle_is_told_apart() {
    let log = &sent(T)[..3];
    let end = |minutes| audit_with(AuditOptions::new().covering(at(-60), at(minutes)), log);
    let report = end(3);
    assert_eq!(report.breaches, []);
    let pending = report.pending.iter().map(|open| (open.kind, open.reason));
    let open = (Kind::FinalNoticeMissing, PendingReason::StillOpen);
    assert_eq!(pending.collect::<Vec<_>>(), [open, open]);
    assert!(report.is_clean());
    assert_eq!(end(25 * HOUR - 1).breaches, []);
    assert_eq!(end(25 * HOUR).breaches.len(), 2);
    // The last line, when nothing else is said.
    let report = audit_with(AuditOptions::new().from_the_beginning(), log);
    assert_eq!((report.breaches.len(), report.pending.len()), (0, 2));
    let report = audit_with(AuditOptions::new(), &taken_in(T)[..3]);
    let kinds: Vec<_> = report.pending.iter().map(|open| open.kind).collect();
    assert_eq!(kinds, [Kind::OutcomeMissing, Kind::OutcomeMissing]);
}

/// A log of every day begins with receipts of yesterday's messages.
#[test]
fn a_log_that_begins_in_the_middle_is_told_apart() {
    for from in 1..5 {
        let log = &sent(T)[from..];
        let report = audit_with(AuditOptions::new().covering(at(-1), at(7 * 24 * HOUR)), log);
        assert_eq!(report.breaches, [], "from record {from}");
        let reasons = report.pending.iter().map(|pending| pending.reason);
        assert!(reasons.into_iter().all(|reason| reason == PendingReason::BeganBefore));
        assert!(!report.pending.is_empty());
    }
    for from in 1..6 {
        let log = &taken_in(T)[from..];
        let report = audit_with(AuditOptions::new().covering(at(0), at(7 * 24 * HOUR)), log);
        assert_eq!(report.breaches, [], "from record {from}");
    }
    // What is seen twice is a breach, wherever the log begins.
    let mut log = sent(T).split_off(2);
    log.push(received(T, Role::Sender, 9, delivered(ANNA)));
    let report = audit_with(AuditOptions::new(), &log);
    let kinds: Vec<_> = report.breaches.iter().map(|breach| breach.kind).collect();
    assert_eq!(kinds, [Kind::DeliveryRepeated]);
    let options = AuditOptions::new().covering(at(-5), at(9)).lateness(TimeDelta::minutes(5));
    assert_eq!(audit_with(options.grace(TimeDelta::zero()), &log).breaches.len(), 3);
}

/// Another provider may reuse an identifier of ours: it is another transmission.
#[test]
fn a_reused_identifier_is_another_transmission() {
    let mut log = sent(T);
    let theirs = taken_in(T).into_iter().map(|record| {
        let record = record.sent_by("Gamma PEC");
        Record { sender: Some(address("nemo@gamma.example")), ..record }
    });
    log.extend(theirs);
    assert_found(&log, &[]);
}

#[test]
fn other_events_and_other_roles_are_not_judged() {
    let mut log = sent(T);
    for event in LogEvent::ALL {
        log.push(Record::new(*event, Role::Other, at(1)));
    }
    log.push(deposit(T, OUTSIDE));
    assert_found(&log, &[]);
}

/// Lines of others: no word about the side; the domains tell it, or what only a sender has.
#[test]
fn logs_of_others_are_judged() {
    let line = |event: &str, rest: &str| {
        format!(
            "Mar 27 12:51:49 2008 PEC_Milter tmail [4412]: 1.2@x.example: tipo=k ({event}): \
             mittente=a@X.example: destinatari=b@y.example (certificato), c@z.example \
             (esterno), d@z.example: oggetto=R: fattura: message-id={event}@x.example: \
             gestore=X{rest}"
        )
    };
    let log = [
        line("BustaTrasporto", ": tipo_ricevuta=completa"),
        line("Accettazione", ""),
        line("PresaInCarico", ": ricezione=B@y.example, d@z.example"),
        line("Consegna", ": tipo_ricevuta=completa: consegna=b@Y.example"),
        line("MancataConsegna", ": consegna=b@y.example: errore=no-dest: errore-esteso=no"),
        "  - e ancora".to_owned(),
        line("RilevazioneVirus", ": ricezione=c@z.example: errore=virus: virus=Eicar"),
        line("BustaTrasporto", ": tipo_ricevuta=completa").replace("1.2@", "1.3@"),
        "Mar 29 00:00:00 2008 M t [1]: ruotazione-log: code=OK".to_owned(),
        line("Boh", ""),
        "???".to_owned(),
    ];
    let read = |options: AuditOptions| {
        let mut auditor = Auditor::new(options.from_the_beginning());
        for (number, line) in (1..).zip(&log) {
            auditor.read_line(number, line.as_bytes());
        }
        auditor.finish_at(Some("2008-03-30T00:00:00Z".parse().unwrap()))
    };
    let report = read(AuditOptions::new());
    let expected = [
        found(4, Kind::Conflict, "b@y.example", &[4, 5], Fault::Other),
        found(5, Kind::Stranger, "c@z.example", &[7], Fault::Other),
    ];
    assert_eq!(breaches(&report), expected);
    assert_eq!((report.lines, report.unread_lines, report.odd), (11, 2, 7));
    let lines: Vec<_> = report.unread.iter().map(|unread| unread.line).collect();
    assert_eq!(lines, [10, 11]);
    assert_eq!(report.unread[0].reason, UnreadReason::Event);
    // With its domain known, the second message was sent, too, and not accepted.
    let report = read(AuditOptions::new().own_domains(["X.Example"]));
    let second = |breach: &&_| breaches_of(breach, "1.3@x.example");
    let kinds: Vec<_> = report.breaches.iter().filter(second).map(|breach| breach.kind).collect();
    let three = [Kind::AcceptanceMissing, Kind::FirstNoticeMissing, Kind::FinalNoticeMissing];
    assert_eq!(kinds, three);
    // Of another provider's log it is received, and nobody of its own is among the recipients.
    let report = read(AuditOptions::new().own_domains(["y.example"]));
    let kinds: Vec<_> = report.breaches.iter().filter(second).map(|breach| breach.kind).collect();
    assert_eq!(kinds, [Kind::TakeInChargeMissing]);
}

fn breaches_of(breach: &pec_gestore::log::audit::Breach, id: &str) -> bool {
    breach.id == id
}

/// Who writes a log of one transmission without end gets no memory without end for it.
#[test]
fn hostile_logs_are_bounded() {
    let mut log = sent(T);
    for n in 0..MAX_ADDRESSES {
        log.push(received(T, Role::Sender, 9, delivered(&format!("x{n}@beta.example"))));
    }
    let report = audit_with(week(), &log);
    let strangers = report.breaches.iter().filter(|breach| breach.kind == Kind::Stranger);
    assert_eq!(strangers.count(), MAX_ADDRESSES - 2);
    let many = report.breaches.iter().find(|breach| breach.kind == Kind::TooManyAddresses);
    assert_eq!(many.unwrap().lines.len(), 2);
    let mut log = sent(T);
    for n in 0..20 {
        log.push(received(T, Role::Sender, 10 + n, delivered(ANNA)));
        log[5 + usize::try_from(n).unwrap()].sender = Some(address(&format!("x{n}@a.example")));
    }
    let report = audit_with(week(), &log);
    assert!(report.breaches.iter().all(|breach| breach.lines.len() <= MAX_EVIDENCE), "{report}");
    let mut auditor = Auditor::new(week());
    for line in 1..=2 * MAX_UNREAD as u64 {
        auditor.read_line(line, b"{}");
    }
    let report = auditor.finish();
    assert_eq!((report.unread.len(), report.unread_lines), (MAX_UNREAD, 2 * MAX_UNREAD as u64));
    assert!(!report.is_clean());
}

#[test]
fn the_report_reads_well() {
    let mut log = sent(T);
    log.push(received(T, Role::Sender, 9, delivered(ANNA)));
    log[0].generated.clear();
    log.remove(1);
    let expected = "5 lines (0 not read, 0 odd), 1 transmissions: 1 breaches, 1 of other \
        providers, 0 not to be told\n\
        invariant 2: t1@alfa.example: no transport envelope (line 1, 2, 3, 4, 5)\n\
        invariant 4: t1@alfa.example: delivered more than once: anna@beta.example (line 3, 5, by \
        another provider)\n";
    let report = audit(&log);
    assert_eq!(report.to_string(), expected);
    let json = serde_json::to_value(&report.breaches[1]).unwrap();
    assert_eq!(json["invariant"], 4);
    assert_eq!(json["kind"], "delivery-repeated");
}

/// Transmissions of all sorts, some of them broken.
fn transmissions() -> impl Strategy<Value = Vec<Record>> {
    let one = (0..6_u8, any::<bool>(), prop::collection::vec(any::<prop::sample::Index>(), 0..3));
    prop::collection::vec(one, 1..6).prop_map(|choices| {
        let mut log = Vec::new();
        for (number, (shape, is_sender, changes)) in choices.into_iter().enumerate() {
            let id = format!("t{number}@alfa.example");
            let mut records = if is_sender { sent(&id) } else { taken_in(&id) };
            for change in changes {
                let at = change.index(records.len());
                let again = records[at].clone();
                match shape {
                    0 => drop(records.remove(at)),
                    1 => records.push(again),
                    2 => records[at].sender = None,
                    3 => records[at].delivered_to = Some(address(OUTSIDE)),
                    4 => records.push(received(&id, Role::Sender, 9, envelope())),
                    _ => {}
                }
                if records.is_empty() {
                    break;
                }
            }
            log.extend(records);
        }
        log
    })
}

proptest! {
    /// The order of the lines does not matter, only what stands in them.
    #[test]
    fn shuffled_logs_give_the_same_report(
        (log, shuffled) in transmissions().prop_flat_map(|log| {
            let numbered: Vec<_> = (1..).zip(log).collect();
            (Just(numbered.clone()), Just(numbered).prop_shuffle())
        }),
    ) {
        let audit = |log: &[(u64, Record)]| {
            let mut auditor = Auditor::new(week());
            for (line, record) in log {
                auditor.read_record(*line, record);
            }
            auditor.finish()
        };
        prop_assert_eq!(audit(&log), audit(&shuffled));
    }
}
