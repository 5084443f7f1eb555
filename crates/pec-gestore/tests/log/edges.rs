//! The auditor: logs that begin or end in the middle, logs of others, hostile logs.

use chrono::TimeDelta;
use pec_gestore::Role;
use pec_gestore::log::audit::{
    AuditOptions, Auditor, Breach, BreachKind as Kind, Fault, MAX_ADDRESSES, MAX_EVIDENCE,
    MAX_UNREAD, PendingReason, UnreadReason,
};
use pec_gestore::log::{LogEvent, Record};
use proptest::prelude::*;

use crate::audit::{HOUR, T, assert_found, audit, audit_with, breaches, found, week};
use crate::sample::{ANNA, BRUNO, OUTSIDE, address, at, id};
use crate::transmission::{delivered, deposit, envelope, received, sent, taken, taken_in};

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
    // The acceptance counts, not a receipt that a clock which was wrong put before it.
    let mut early = log.to_vec();
    early[2] = received(T, Role::Sender, -10 * HOUR, taken(&[ANNA, BRUNO]));
    let options = AuditOptions::new().covering(at(-20 * HOUR), at(20 * HOUR));
    assert_eq!(audit_with(options, &early).breaches, []);
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
    assert_eq!(audit_with(options.grace(TimeDelta::zero()), &log).breaches.len(), 2);
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
        log.push(Record::new(*event, Role::Other, at(1)).of_transmission(&id(T)));
    }
    log.push(deposit(T, OUTSIDE));
    assert_found(&log, &[]);
    assert!(audit(&log).is_clean());
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

fn breaches_of(breach: &Breach, id: &str) -> bool {
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
