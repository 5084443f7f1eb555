//! Statistics for supervision, and extracts for holders.

use std::collections::BTreeMap;

use pec_daticert::{DeliveryErrorCause, Event, NonAcceptanceCause};
use pec_gestore::Role;
use pec_gestore::log::statistics::{Bimester, BimesterError, Flow, Statistics};
use pec_gestore::log::{Extract, LogEvent, Record};
use proptest::prelude::*;

use crate::reissue::every_kind;
use crate::sample::{ANNA, BRUNO, address, at, id};
use crate::transmission::{deposit, failed, made, notice, received, sent, taken_in, virus};

const T: &str = "t1@alfa.example";
const MARIO: &str = "mario.rossi@alfa.example";

fn count(records: &[Record]) -> Statistics {
    let mut statistics = Statistics::default();
    records.iter().for_each(|record| statistics.add(record));
    statistics
}

/// The numbers that are not zero, of one mailbox.
fn of(statistics: &Statistics, mailbox: &str) -> Vec<(Flow, u64)> {
    let mut rows = statistics.rows().filter(|(key, _)| key.mailbox == mailbox);
    let counts = rows.next().map(|(_, counts)| *counts).unwrap_or_default();
    assert!(rows.next().is_none());
    let all = Flow::ALL.iter().map(|flow| (*flow, counts.of(*flow)));
    all.filter(|(_, count)| *count > 0).collect()
}

/// norms 77
#[test]
fn messages_are_counted_by_mailbox_and_kind() {
    let refused = |cause| Event::NonAcceptance { cause, error_detail: "no".parse().unwrap() };
    let anomaly = Record::new(LogEvent::BustaAnomalia, Role::Other, at(0))
        .for_recipients(&[address(ANNA), address("x@beta.example")]);
    let mut log = [sent(T), taken_in(T)].concat();
    log.extend([
        made("t2@alfa.example", Role::Sender, 1, refused(NonAcceptanceCause::Virus)),
        made("t3@alfa.example", Role::Sender, 1, refused(NonAcceptanceCause::FormalException)),
        made(T, Role::Sender, 1, notice(ANNA, "dodici")),
        made(T, Role::Sender, 1, notice(ANNA, "5.4.1 - ventiquattro")),
        made(T, Role::Sender, 1, failed(ANNA, DeliveryErrorCause::Virus)),
        received(T, Role::Sender, 1, failed(ANNA, DeliveryErrorCause::Other)),
        made(T, Role::Receiver, 1, failed("Full@beta.example", DeliveryErrorCause::Other)),
        made(T, Role::Receiver, 1, failed("x1@beta.example", DeliveryErrorCause::NoRecipient)),
        made(T, Role::Receiver, 1, failed("x2@beta.example", DeliveryErrorCause::NoRecipient)),
        made(T, Role::Receiver, 1, virus(BRUNO)),
        anomaly,
        Record::new(LogEvent::Rifiuto, Role::Other, at(0)),
    ]);
    let statistics = count(&log);
    let expected = [
        (Flow::Sent, 1),
        (Flow::NotAccepted, 1),
        (Flow::VirusOut, 1),
        (Flow::DeliveryReceipts, 2),
        (Flow::DeliveryErrors, 2),
        (Flow::FirstNotices, 1),
        (Flow::FinalNotices, 1),
    ];
    assert_eq!(of(&statistics, MARIO), expected);
    assert_eq!(of(&statistics, ANNA), [(Flow::Delivered, 1), (Flow::Anomalies, 1)]);
    let bruno = "bruno@beta.example";
    assert_eq!(of(&statistics, bruno), [(Flow::Delivered, 1), (Flow::VirusIn, 1)]);
    assert_eq!(of(&statistics, "full@beta.example"), [(Flow::NotDelivered, 1)]);
    assert_eq!(of(&statistics, "x1@beta.example"), []);
    let day = "2026-11-21".parse().unwrap();
    let beta = statistics.by_domain()[&(day, "beta.example")];
    assert_eq!((beta.of(Flow::Delivered), beta.of(Flow::NotDelivered)), (2, 3));
    let all = statistics.by_day()[&day];
    assert_eq!((all.of(Flow::Sent), all.of(Flow::Rejected), all.of(Flow::Anomalies)), (1, 1, 2));
}

/// norms 11: the day is one of legal time, also when it has 23 or 25 hours.
#[test]
fn days_are_of_legal_time() {
    let day = |instant: &str| {
        let mut record = Record::new(LogEvent::Rifiuto, Role::Other, at(0));
        record.time = instant.parse().unwrap();
        count(&[record]).rows().next().unwrap().0.day.to_string()
    };
    for (instant, expected) in [
        ("2026-03-28T22:59:59Z", "2026-03-28"),
        ("2026-03-28T23:00:00Z", "2026-03-29"),
        ("2026-03-29T21:59:59Z", "2026-03-29"),
        ("2026-03-29T22:00:00Z", "2026-03-30"),
        ("2026-10-24T22:00:00Z", "2026-10-25"),
        ("2026-10-25T22:59:59Z", "2026-10-25"),
        ("2026-10-25T23:00:00Z", "2026-10-26"),
        ("2026-12-31T23:00:00Z", "2027-01-01"),
    ] {
        assert_eq!(day(instant), expected, "{instant}");
    }
}

#[test]
fn tables_are_written_in_both_forms() {
    let mut log = vec![made(T, Role::Sender, 0, Event::Acceptance)];
    log.push(Record::new(LogEvent::Rifiuto, Role::Other, at(0)));
    let mut evil = made(T, Role::Sender, 0, Event::Acceptance);
    evil.sender = Some(address("=1+1|x@alfa.example"));
    log.push(evil.clone());
    evil.sender = Some(address("\"a,b\\\"\"@alfa.example"));
    log.push(evil);
    let statistics = count(&log);
    let zeros = ",0,0,0,0,0,0,0,0,0,0,0\r\n";
    assert_eq!(
        statistics.to_csv(),
        format!(
            "day,domain,mailbox,sent,not_accepted,virus_out,delivered,not_delivered,virus_in,\
             anomalies,delivery_receipts,delivery_errors,notices_12h,notices_24h,rejected\r\n\
             2026-11-21,,,0,0,0,0,0,0,0,0,0,0,0,1\r\n\
             2026-11-21,alfa.example,\"\"\"a,b\\\"\"\"\"@alfa.example\",1{zeros}\
             2026-11-21,alfa.example,'=1+1|x@alfa.example,1{zeros}\
             2026-11-21,alfa.example,mario.rossi@alfa.example,1{zeros}"
        )
    );
    let json = serde_json::to_value(&statistics).unwrap();
    let expected = serde_json::json!({
        "day": "2026-11-21", "domain": "alfa.example", "mailbox": MARIO, "sent": 1
    });
    assert_eq!(json[3], expected);
}

/// norms 77: every two months, mailboxes per domain and messages per day in and out.
#[test]
fn supervision_gets_two_months() {
    let statistics = count(&[sent(T), taken_in(T)].concat());
    let mailboxes = BTreeMap::from([("alfa.example".to_owned(), 2)]);
    let report = statistics.supervision(Bimester::new(2026, 6).unwrap(), mailboxes);
    assert_eq!(
        (report.from.to_string(), report.to.to_string()),
        ("2026-11-01".into(), "2026-12-31".into())
    );
    assert_eq!(report.days.len(), 61);
    assert_eq!((report.days[20].incoming, report.days[20].outgoing), (2, 1));
    assert_eq!((report.days[21].incoming, report.days[21].outgoing), (0, 0));
    let csv = report.to_csv();
    assert!(
        csv.starts_with(
            "domain,mailboxes\r\nalfa.example,2\r\n\r\nday,in,out\r\n2026-11-01,0,0\r\n"
        )
    );
    assert!(csv.contains("2026-11-21,2,1\r\n"));
    assert_eq!(serde_json::to_value(&report).unwrap()["days"][20]["outgoing"], 1);
    assert_eq!(Bimester::new(2028, 1).unwrap().days().count(), 60);
    for wrong in [0, 7, u32::MAX] {
        assert_eq!(Bimester::new(2026, wrong), Err(BimesterError));
    }
    assert_eq!(Bimester::new(i32::MAX, 1), Err(BimesterError));
}

/// What went out of gestori in memory came in somewhere.
#[test]
fn the_numbers_of_gestori_in_memory_agree() {
    let network = every_kind();
    let [alfa, beta] = [0, 1].map(|node| count(&network.nodes[node].stored.log));
    let sum = |statistics: &Statistics, flow| {
        statistics.by_day().values().map(|counts| counts.of(flow)).sum::<u64>()
    };
    assert_eq!(sum(&alfa, Flow::Sent), 5);
    assert_eq!((sum(&alfa, Flow::NotAccepted), sum(&alfa, Flow::VirusOut)), (1, 1));
    assert_eq!(sum(&beta, Flow::Delivered), sum(&alfa, Flow::DeliveryReceipts));
    let errors = sum(&beta, Flow::NotDelivered) + sum(&beta, Flow::VirusIn);
    assert_eq!(errors, sum(&alfa, Flow::DeliveryErrors));
    assert_eq!((sum(&alfa, Flow::FirstNotices), sum(&alfa, Flow::FinalNotices)), (1, 1));
}

fn times_of(extract: &Extract, log: &[Record]) -> Vec<usize> {
    let mut numbers = Vec::new();
    for (number, record) in log.iter().enumerate() {
        if extract.takes(record) {
            numbers.push(number);
        }
    }
    numbers
}

/// norms 73: what concerns the mailbox, and nothing of others.
#[test]
fn a_holder_sees_its_own_records() {
    let mut log = [sent(T), taken_in(T)].concat();
    log.push(deposit("t2@alfa.example", ANNA));
    let forged = Record::new(LogEvent::BustaAnomalia, Role::Other, at(0))
        .between(Some(&address(MARIO)), &[])
        .for_recipients(&[address(BRUNO)]);
    log.push(forged);
    log.push(
        Record::new(LogEvent::Rifiuto, Role::Sender, at(0)).between(Some(&address(MARIO)), &[]),
    );
    let of = |mailbox: &str| Extract::of(address(mailbox));
    assert_eq!(times_of(&of(MARIO), &log), [0, 1, 2, 3, 4]);
    assert_eq!(times_of(&of("ANNA@beta.example"), &log), [5, 6, 7, 8, 11]);
    assert_eq!(times_of(&of(BRUNO), &log), [5, 6, 9, 10, 12]);
    assert_eq!(times_of(&of("carla@example.it"), &log), [0; 0]);
    let first = of(ANNA).of_transmission(id(T));
    assert_eq!(times_of(&first, &log), [5, 6, 7, 8]);
    let minute = of(ANNA).between(at(1), at(2));
    assert_eq!(times_of(&minute, &log), [5, 6]);
    assert_eq!(minute.select(&log).count(), 2);
}

proptest! {
    /// Parts that are counted apart and merged give the same as the whole.
    #[test]
    fn statistics_are_mergeable(parts in prop::collection::vec(0..2_usize, 1..40)) {
        let network_log = [sent(T), taken_in(T)].concat();
        let log: Vec<&Record> = network_log.iter().cycle().take(parts.len()).collect();
        let mut halves = [Statistics::default(), Statistics::default()];
        let mut whole = Statistics::default();
        for (record, part) in log.into_iter().zip(parts) {
            halves[part].add(record);
            whole.add(record);
        }
        let [mut left, right] = halves;
        left.merge(&right);
        prop_assert_eq!(left, whole);
    }
}
