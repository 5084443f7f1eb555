//! Lost receipts, made again from the log of gestori in memory.

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::{Address, CertificationData, Event, Kind, PecMsgid, ReceiptType};
use pec_gestore::log::{LogEvent, LostReceipt, Record, ReissueError, Remains, reissue};
use pec_gestore::testkit::{Network, Node};
use pec_gestore::{Context, Ids, Judgement, MailboxState, MessageRef, Plan, Scan, State};
use pec_message::identifier::NodeIds;
use pec_message::read;

use crate::sample::{address, at};

const MARIO: &str = "mario@alfa.example";
const ALFA: usize = 0;
const BETA: usize = 1;

fn hours(hours: i64) -> DateTime<Utc> {
    at(hours * 60)
}

/// Mario writes to these; everything runs.
fn write(network: &mut Network, to: &[&str], fields: &str) {
    let message = format!(
        "Date: Sat, 21 Nov 2026 10:00:00 +0100\r\nFrom: Mario <mario@alfa.example>\r\nTo: {}\r\n\
         Subject: Contratto: =?utf-8?q?perch=C3=A9?=\r\nMessage-ID: <m1@pc.example>\r\n{fields}\
         \r\nEcco.\r\n",
        to.join(", ")
    );
    network.submit(MARIO, to, message.as_bytes()).unwrap();
    network.run();
}

/// Plans at a gestore of the network.
fn plan_at(
    network: &Network,
    node: usize,
    lost: &Record,
    remains: Remains,
) -> Result<Plan, ReissueError> {
    let node: &Node = &network.nodes[node];
    // Fresh for each planning: the log grows with each.
    let planned = node.stored.log.len();
    let ids = NodeIds::new("log1", "alfa.example").unwrap();
    let ctx = Context {
        now: network.now(),
        ids: Ids::new(&ids, network.now(), u128::to_be_bytes(planned as u128)),
        provider: &node.provider,
        directory: network.directory(),
        mailboxes: &node.users,
    };
    reissue(lost, remains, &ctx)
}

/// Makes the receipt of this record again, and gives the octets that come into Mario's mailbox.
fn again(network: &mut Network, node: usize, lost: &Record) -> Vec<u8> {
    again_from(network, node, lost, Remains::default())
}

fn again_from(network: &mut Network, node: usize, lost: &Record, remains: Remains) -> Vec<u8> {
    let before = network.mailbox(MARIO).count();
    let plan = plan_at(network, node, lost, remains).unwrap();
    network.nodes[node].commit(&plan);
    network.run();
    assert_eq!(network.mailbox(MARIO).count(), before + 1);
    network.mailbox(MARIO).last().unwrap().to_vec()
}

fn certified(network: &Network, message: &[u8]) -> CertificationData {
    match network.judge(message) {
        Judgement::Certified(mail) => mail.data().clone(),
        other => panic!("{other:?}"),
    }
}

fn lost(event: LogEvent, pec_msgid: &PecMsgid, recipient: Option<&str>) -> LostReceipt {
    LostReceipt {
        holder: address("MARIO@alfa.example"),
        pec_msgid: pec_msgid.clone(),
        event,
        recipient: recipient.map(address),
    }
}

fn event_of(data: &CertificationData) -> LogEvent {
    LogEvent::of(&data.event)
}

/// What came into Mario's mailbox up to now.
fn receipts(network: &Network) -> Vec<(CertificationData, Vec<u8>)> {
    let messages = network.mailbox(MARIO);
    messages.map(|message| (certified(network, message), message.to_vec())).collect()
}

fn infected_envelopes(message: &[u8]) -> Scan {
    if String::from_utf8_lossy(message).contains("X-Trasporto: posta-certificata") {
        Scan::Infected("Eicar: \"test\"".parse().unwrap())
    } else {
        Scan::Clean
    }
}

/// A network in which Mario gets a receipt of every kind.
pub(crate) fn every_kind() -> Network {
    let mut network = Network::new(at(0));
    network.nodes[BETA].users.get_mut("luca@beta.example").unwrap().facts.state =
        MailboxState::Suspended;
    write(&mut network, &["anna@beta.example", "luca@beta.example"], "");
    write(&mut network, &["anna@beta.example"], "X-TipoRicevuta: breve\r\n");
    write(&mut network, &["anna@beta.example"], "X-TipoRicevuta: sintetica\r\n");
    write(&mut network, &["anna@beta.example"], "Bcc: luca@beta.example\r\n");
    network.scanners = [|_| Scan::Infected("Eicar".parse().unwrap()), |_| Scan::Clean];
    write(&mut network, &["anna@beta.example"], "");
    network.scanners = [|_| Scan::Clean, infected_envelopes];
    write(&mut network, &["anna@beta.example"], "");
    network.scanners = [|_| Scan::Clean; 2];
    network.unreachable.push("beta.example".to_owned());
    write(&mut network, &["anna@beta.example"], "");
    for hour in [12, 24] {
        network.advance_to(hours(hour));
        network.run();
    }
    network.unreachable.clear();
    network
}

/// norms 73: what comes again says the same, bears a new date and identifier, and says why.
// rfc6109 §2.3#1
#[test]
fn every_receipt_comes_again_as_it_was() {
    let mut network = every_kind();
    network.advance_to(hours(48));
    let mut kinds = Vec::new();
    for (original, octets) in receipts(&network) {
        let to = original.event.delivered_to().map(Address::as_str);
        let wanted = lost(event_of(&original), &original.pec_msgid, to);
        // The delivery point's provider made the receipts of delivery, the sender's the others.
        let node = if original.provider == network.nodes[BETA].provider.name { BETA } else { ALFA };
        let record = wanted.find(&network.nodes[node].stored.log).unwrap().clone();
        assert_eq!(record.certification_data(), Ok(original.clone()));
        // What was signed is found by the record, as long as it is kept.
        let sealed = MessageRef::Sealed(record.sealed_as().unwrap());
        assert_eq!(network.nodes[node].octets(&sealed), Some(&octets[..]));
        let reissued = again(&mut network, node, &record);
        let data = certified(&network, &reissued);
        let mut expected = original.clone();
        if let Event::Delivery { receipt_type, .. } = &mut expected.event {
            *receipt_type = ReceiptType::Concise;
        }
        assert_eq!(data, expected);
        let (old, new) = (read(&octets), read(&reissued));
        let (old, new) = (old.claimed(), new.claimed());
        assert_ne!(old.message_id, new.message_id);
        let text = String::from_utf8_lossy(&reissued);
        assert!(text.contains("Date: Mon, 23 Nov 2026 10:00:00 +0100\r\n"), "{text}");
        kinds.push((event_of(&original), original.event.receipt_type()));
    }
    kinds.sort_unstable();
    kinds.dedup();
    let events: Vec<_> = kinds.iter().map(|(event, _)| event.as_str()).collect();
    assert_eq!(
        events.join(" "),
        "Accettazione NonAccettazione NonAccettazioneVirus Consegna Consegna Consegna \
         MancataConsegna MancataConsegnaVirus MancataConsegna12h MancataConsegna24h"
    );
}

/// What was made again is logged, and its key is its own.
#[test]
fn a_reissue_is_logged_and_touches_no_transmission() {
    let mut network = Network::new(at(0));
    write(&mut network, &["anna@beta.example"], "");
    let states = network.nodes[ALFA].stored.states.clone();
    let accepted = receipts(&network)[0].0.clone();
    let wanted = lost(LogEvent::Accettazione, &accepted.pec_msgid, None);
    let record = wanted.find(&network.nodes[ALFA].stored.log).unwrap().clone();
    let lines = network.nodes[ALFA].stored.log.len();
    again(&mut network, ALFA, &record);
    let log = &network.nodes[ALFA].stored.log[lines..];
    let events: Vec<_> = log.iter().map(|record| record.event).collect();
    assert_eq!(events, [LogEvent::Riemissione, LogEvent::Deposito]);
    assert_eq!(log[0].generated.len(), 1);
    assert_eq!(log[0].certification_data(), Ok(accepted));
    for (key, state) in states {
        assert_eq!(network.nodes[ALFA].stored.states[&key], state);
    }
    // Twice is no mistake: the holder may lose it again.
    again(&mut network, ALFA, &record);
}

/// A complete receipt whose octets remain comes back with the original in it.
#[test]
fn octets_that_remain_are_sent_as_they_are() {
    let mut network = Network::new(at(0));
    write(&mut network, &["anna@beta.example"], "");
    let (data, octets) = receipts(&network).remove(1);
    assert_eq!(data.kind(), Kind::Delivery);
    let crypto = network.crypto().clone();
    let body = network.nodes[ALFA].keep(&octets, &crypto);
    let wanted = lost(LogEvent::Consegna, &data.pec_msgid, None);
    let record = wanted.find(&network.nodes[ALFA].stored.log).unwrap().clone();
    assert!(record.is_received);
    let refused = plan_at(&network, ALFA, &record, Remains::default()).unwrap_err();
    assert_eq!(refused, ReissueError::OtherProvider);
    let remains = Remains { octets: Some(MessageRef::Body(body)), envelope: None };
    let plan = plan_at(&network, ALFA, &record, remains).unwrap();
    network.nodes[ALFA].commit(&plan);
    network.run();
    assert_eq!(network.mailbox(MARIO).last(), Some(&octets[..]));
}

/// Another provider takes the same octets once, so its user gets a receipt of its own identifier;
/// complete while the envelope remains.
#[test]
fn a_receipt_of_another_provider_s_user_is_signed_anew() {
    let mut network = Network::new(at(0));
    write(&mut network, &["anna@beta.example"], "");
    let (data, octets) = receipts(&network).remove(1);
    let wanted = lost(LogEvent::Consegna, &data.pec_msgid, None);
    let record = wanted.find(&network.nodes[BETA].stored.log).unwrap().clone();
    let key = record.state_key().unwrap();
    let State::Received(received) = &network.nodes[BETA].stored.states[&key].state else {
        panic!("no envelope arrived");
    };
    let envelope = received.recipient(&address("anna@beta.example")).map(|one| one.envelope);
    let octets_remain = Some(MessageRef::Sealed(record.sealed_as().unwrap()));
    let remains = Remains { octets: octets_remain, envelope };
    let reissued = again_from(&mut network, BETA, &record, remains);
    assert_eq!(certified(&network, &reissued), data);
    let (old, new) = (read(&octets), read(&reissued));
    assert_eq!(old.original().unwrap().octets(), new.original().unwrap().octets());
    assert_ne!(old.claimed().message_id, new.claimed().message_id);
}

#[test]
fn receipts_are_found_by_their_holder_and_recipient() {
    let mut network = Network::new(at(0));
    write(&mut network, &["anna@alfa.example", "luca@alfa.example"], "");
    let log = &network.nodes[ALFA].stored.log;
    let id = log[0].pec_msgid.clone().unwrap();
    let find = |lost: LostReceipt| lost.find(log).cloned();
    assert!(find(lost(LogEvent::Accettazione, &id, None)).is_ok());
    let several = find(lost(LogEvent::Consegna, &id, None));
    assert_eq!(several, Err(ReissueError::SeveralRecipients));
    let one = find(lost(LogEvent::Consegna, &id, Some("ANNA@alfa.example"))).unwrap();
    // Of mail inside one domain, the one that was made.
    assert!(!one.is_received);
    assert_eq!(one.delivered_to, Some(address("anna@alfa.example")));
    let backwards = lost(LogEvent::Consegna, &id, Some("anna@alfa.example"));
    assert_eq!(backwards.find(log.iter().rev()), Ok(&one));
    let other = LostReceipt {
        holder: address("anna@alfa.example"),
        ..lost(LogEvent::Accettazione, &id, None)
    };
    assert_eq!(find(other), Err(ReissueError::NotFound));
    let other = lost(LogEvent::Accettazione, &"x@alfa.example".parse().unwrap(), None);
    assert_eq!(find(other), Err(ReissueError::NotFound));
    // What says that something was deposited is not what was deposited.
    assert_eq!(find(lost(LogEvent::MancataConsegna, &id, None)), Err(ReissueError::NotFound));
}

#[test]
fn what_holds_the_original_is_not_made_from_data() {
    let mut network = Network::new(at(0));
    write(&mut network, &["anna@beta.example"], "");
    let refused = |node: usize, event: LogEvent| {
        let log = &network.nodes[node].stored.log;
        let record = log.iter().find(|record| record.event == event && !record.is_received);
        plan_at(&network, node, record.unwrap(), Remains::default()).unwrap_err()
    };
    assert_eq!(
        refused(ALFA, LogEvent::BustaTrasporto),
        ReissueError::Kind(Kind::TransportEnvelope)
    );
    assert_eq!(refused(BETA, LogEvent::PresaInCarico), ReissueError::Kind(Kind::TakeInCharge));
    // Octets of what providers tell each other are not found by their records either.
    for (node, event) in [(ALFA, LogEvent::BustaTrasporto), (BETA, LogEvent::PresaInCarico)] {
        let log = &network.nodes[node].stored.log;
        let record = log.iter().find(|record| record.event == event && !record.is_received);
        let sealed = MessageRef::Sealed(record.unwrap().sealed_as().unwrap());
        assert_eq!(network.nodes[node].octets(&sealed), None);
    }
    let alarm = Record::new(LogEvent::Allarme, pec_gestore::Role::Other, at(0));
    let refused = plan_at(&network, ALFA, &alarm, Remains::default()).unwrap_err();
    assert_eq!(refused.to_string(), "the record does not hold `tipo`");
}

/// The clock of the day when it is made again, not that of the log.
#[test]
fn the_log_need_not_be_in_memory_as_records() {
    let mut network = Network::new(at(0));
    write(&mut network, &["anna@beta.example"], "");
    let lines: Vec<String> = network.nodes[ALFA].stored.log.iter().map(Record::to_line).collect();
    let log: Vec<Record> = lines.iter().map(|line| Record::from_line(line).unwrap()).collect();
    let accepted = receipts(&network)[0].0.clone();
    let wanted = lost(LogEvent::Accettazione, &accepted.pec_msgid, None);
    let record = wanted.find(&log).unwrap();
    network.advance_to(network.now() + TimeDelta::days(700));
    let reissued = again(&mut network, ALFA, record);
    assert_eq!(read_daticert(&reissued), accepted);
}

/// The certification data of a message, whatever becomes of its signature after 700 days.
fn read_daticert(message: &[u8]) -> CertificationData {
    read(message).daticert().unwrap().read_strictly().unwrap()
}
