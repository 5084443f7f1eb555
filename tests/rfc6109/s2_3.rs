//! The log.

use std::collections::BTreeSet;

use pec_daticert::{CertificationData, Kind};
use pec_gestore::log::audit::{AuditOptions, Auditor};
use pec_gestore::log::{LogEvent, Record};
use pec_gestore::testkit::Network;
use pec_gestore::{MailboxState, Role, Scan};

use crate::world::*;

fn infected_envelopes(message: &[u8]) -> Scan {
    if String::from_utf8_lossy(message).contains("X-Trasporto: posta-certificata") {
        Scan::Infected("Eicar".parse().unwrap())
    } else {
        Scan::Clean
    }
}

/// Everything that can happen to messages of Mario's, for three days.
fn eventful() -> Network {
    let mut network = network();
    network.nodes[BETA].users.get_mut(LUCA).unwrap().facts.state = MailboxState::Suspended;
    let send = |network: &mut Network, to: &[&str]| {
        write(network, to);
        network.run();
    };
    send(&mut network, &[ANNA, LUCA, NOBODY, OUTSIDE]);
    send(&mut network, &["anna@alfa.example"]);
    network.scanners = [|_| Scan::Infected("Eicar".parse().unwrap()), |_| Scan::Clean];
    send(&mut network, &[ANNA]);
    network.scanners = [|_| Scan::Clean, infected_envelopes];
    send(&mut network, &[ANNA]);
    network.scanners = [|_| Scan::Clean; 2];
    network.submit(MARIO, &[ANNA], &message("To: luca@beta.example\r\n")).unwrap();
    network.run();
    network.unreachable.push("beta.example".to_owned());
    send(&mut network, &[ANNA]);
    for hour in [12, 24, 72] {
        network.advance_to(hours(hour));
        network.run();
    }
    network
}

/// The certified messages in all mailboxes.
fn everywhere(network: &Network) -> Vec<CertificationData> {
    let mailboxes = [MARIO, ANNA, LUCA, "anna@alfa.example", ALFA_SERVICE, BETA_SERVICE];
    mailboxes.map(|mailbox| certified(network, mailbox)).concat()
}

/// rfc6109 §2.3#1, norms 70: every message that was made or received is in the log of its maker,
/// with the eight items; and so is every message that was put into a mailbox.
#[test]
fn every_operation_is_logged_with_the_eight_items() {
    let network = eventful();
    let log = |node| &node_of(&network, node).stored.log;
    let mut kinds = BTreeSet::new();
    for data in everywhere(&network) {
        let is_alfas = data.provider == node_of(&network, ALFA).provider.name;
        let maker = if is_alfas { ALFA } else { BETA };
        let is_of = |record: &&Record| {
            record.event == LogEvent::of(&data.event)
                && record.certification_data().as_ref() == Ok(&data)
        };
        let made = log(maker).iter().find(|record| !record.is_received && is_of(record));
        let made = made.unwrap_or_else(|| panic!("not logged: {data:?}"));
        // The items: msgid, time, sender, recipients, subject, event, identifiers, provider.
        assert_eq!(made.msgid, data.msgid);
        assert_eq!(made.time, data.time.to_utc());
        assert_eq!(made.sender.as_ref(), Some(&data.header.sender));
        assert_eq!(made.recipients, data.header.recipients.to_vec());
        assert_eq!(made.subject, data.header.subject);
        assert_eq!(made.generated.len(), 1);
        assert_eq!(made.sending_provider.as_deref(), Some("Alfa PEC S.p.A."));
        kinds.insert(data.kind());
    }
    let all: BTreeSet<Kind> = Kind::ALL.iter().copied().collect();
    assert_eq!(kinds, all);
    for node in [ALFA, BETA] {
        let deposits = log(node).iter().filter(|record| record.event == LogEvent::Deposito);
        let users = node_of(&network, node).users.values();
        assert_eq!(deposits.count(), users.map(|user| user.messages.len()).sum::<usize>());
    }
}

/// rfc6109 §2.3#2, norms 71: a line that was changed is known as such. That it is kept is the
/// store's part.
#[test]
fn a_changed_line_is_known() {
    let network = eventful();
    for record in &node_of(&network, ALFA).stored.log {
        let line = record.to_line();
        assert_eq!(Record::from_line(&line).as_ref(), Ok(record));
        let changed = line.replacen("istante=2026", "istante=2025", 1);
        assert!(Record::from_line(&changed).is_err(), "{changed}");
    }
}

/// norms 76: the logs of both providers keep the six invariants, in every form.
#[test]
fn the_log_keeps_the_six_invariants() {
    let network = eventful();
    for node in [ALFA, BETA] {
        let log = &node_of(&network, node).stored.log;
        for form in [Record::to_line, |record: &Record| record.to_json_line().unwrap()] {
            let mut auditor = Auditor::new(AuditOptions::new().from_the_beginning());
            for (number, record) in (1..).zip(log) {
                auditor.read_line(number, form(record).as_bytes());
            }
            let report = auditor.finish_at(Some(hours(72)));
            assert!(report.breaches.is_empty() && report.pending.is_empty(), "{report}");
            assert!(report.is_clean(), "{report}");
        }
    }
}

/// A refused SMTP transaction is an operation, too.
#[test]
fn refusals_are_logged() {
    let mut network = network();
    let reply = network.submit("anna@alfa.example", &[ANNA], &message("To: x@beta.example\r\n"));
    assert_eq!(reply.unwrap().code, 250);
    let mut envelope = pec_gestore::SmtpEnvelope {
        reverse_path: Some(MARIO.parse().unwrap()),
        forward_paths: vec![ANNA.parse().unwrap()],
    };
    let submission =
        network.submission(ALFA, "anna@alfa.example".parse().unwrap(), envelope.clone(), b"x");
    let reply = network.handle(ALFA, &pec_gestore::Input::Submission(submission)).unwrap();
    assert_eq!(reply.code, 553);
    let refusals = made(&network, ALFA, LogEvent::Rifiuto);
    assert_eq!(refusals.len(), 1);
    assert_eq!(refusals[0].role, Role::Sender);
    assert_eq!(refusals[0].sender, envelope.reverse_path.take());
    assert!(refusals[0].note.as_ref().unwrap().starts_with("553 "));
}
