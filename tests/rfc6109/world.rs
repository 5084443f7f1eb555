//! The world of these tests: `mario@alfa.example` writes to `anna@beta.example` and others.

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::{CertificationData, Kind};
use pec_gestore::log::{LogEvent, Record};
use pec_gestore::testkit::{Network, Node};
use pec_gestore::{Arrival, Input, Judgement, MessageFacts, Reply, Scan, SmtpEnvelope};

pub const MARIO: &str = "mario@alfa.example";
pub const ANNA: &str = "anna@beta.example";
pub const LUCA: &str = "luca@beta.example";
pub const NOBODY: &str = "nessuno@beta.example";
pub const OUTSIDE: &str = "tom@example.it";
pub const ALFA_SERVICE: &str = "ricevute@alfa.example";
pub const BETA_SERVICE: &str = "ricevute@beta.example";

/// The gestori of a network, by number.
pub const ALFA: usize = 0;
pub const BETA: usize = 1;

pub fn start() -> DateTime<Utc> {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

pub fn hours(hours: i64) -> DateTime<Utc> {
    start().checked_add_signed(TimeDelta::hours(hours)).unwrap()
}

pub fn network() -> Network {
    Network::new(start())
}

/// A message from Mario with these further fields, each ended by CRLF.
pub fn message(fields: &str) -> Vec<u8> {
    let header = "Date: Sat, 21 Nov 2026 10:00:00 +0100\r\nFrom: Mario <mario@alfa.example>\r\n\
                  Subject: Contratto\r\nMessage-ID: <m1@pc.example>\r\n";
    format!("{header}{fields}\r\nEcco il contratto.\r\n").into_bytes()
}

/// Mario writes to these; nothing is run yet.
pub fn write(network: &mut Network, to: &[&str]) -> Reply {
    network.submit(MARIO, to, &message(&format!("To: {}\r\n", to.join(", ")))).unwrap()
}

/// What the messages of a mailbox certify; a message that certifies nothing is left out.
pub fn certified(network: &Network, mailbox: &str) -> Vec<CertificationData> {
    let judged = network.mailbox(mailbox).map(|message| network.judge(message));
    judged
        .filter_map(|judgement| match judgement {
            Judgement::Certified(mail) => Some(mail.data().clone()),
            _ => None,
        })
        .collect()
}

/// The kinds of the certified messages in a mailbox, sorted.
pub fn kinds(network: &Network, mailbox: &str) -> Vec<Kind> {
    let mut kinds: Vec<Kind> =
        certified(network, mailbox).iter().map(CertificationData::kind).collect();
    kinds.sort_unstable();
    kinds
}

/// The messages of a kind in a mailbox.
pub fn of_kind(network: &Network, mailbox: &str, kind: Kind) -> Vec<CertificationData> {
    certified(network, mailbox).into_iter().filter(|data| data.kind() == kind).collect()
}

/// The anomaly envelopes in a mailbox.
pub fn anomalies(network: &Network, mailbox: &str) -> Vec<String> {
    let text = network.mailbox(mailbox).map(|message| String::from_utf8_lossy(message));
    text.filter(|text| text.contains("X-Trasporto: errore\r\n")).map(Into::into).collect()
}

/// The records of an event, made (not received) at a gestore.
pub fn made(network: &Network, node: usize, event: LogEvent) -> Vec<Record> {
    let records = node_of(network, node).stored.log.iter();
    records.filter(|record| record.event == event && !record.is_received).cloned().collect()
}

pub fn node_of(network: &Network, node: usize) -> &Node {
    &network.nodes[node]
}

/// Hands a message to an incoming point over TLS.
pub fn hand_in(
    network: &mut Network,
    node: usize,
    from: Option<&str>,
    to: &[&str],
    message: &[u8],
) -> Reply {
    let envelope = SmtpEnvelope {
        reverse_path: from.map(|from| from.parse().unwrap()),
        forward_paths: to.iter().map(|to| to.parse().unwrap()).collect(),
    };
    let reply = network.arrive(node, "mx.example".to_owned(), envelope, message);
    network.run();
    reply
}

/// A scanner that finds the EICAR test's stand-in.
pub fn finds_virus(message: &[u8]) -> Scan {
    let is_infected = message.windows(9).any(|window| window == b"VIRUS-123");
    if is_infected { Scan::Infected("Test-Virus".parse().unwrap()) } else { Scan::Clean }
}

/// A message at an incoming point, judged and scanned: tests change what they want.
pub fn arrival(
    network: &mut Network,
    node: usize,
    from: Option<&str>,
    to: &[&str],
    message: &[u8],
) -> Arrival {
    let (now, crypto) = (network.now(), network.crypto().clone());
    let judgement = network.judge(message);
    let own = &mut network.nodes[node];
    Arrival {
        id: own.fresh_id(now),
        peer: "mx.example".to_owned(),
        over_tls: true,
        envelope: SmtpEnvelope {
            reverse_path: from.map(|from| from.parse().unwrap()),
            forward_paths: to.iter().map(|to| to.parse().unwrap()).collect(),
        },
        message: own.keep(message, &crypto),
        facts: MessageFacts::of(message),
        judgement,
        scan: Scan::Clean,
    }
}

/// Plans, stores and runs an arrival.
pub fn take(network: &mut Network, node: usize, arrival: Arrival) -> Reply {
    let reply = network.handle(node, &Input::Arrival(arrival)).unwrap();
    network.run();
    reply
}

/// The envelope from Mario to Anna, sealed in a network of its own.
pub fn sealed_envelope() -> Vec<u8> {
    let mut network = network();
    write(&mut network, &[ANNA]);
    network.run();
    network.mailbox(ANNA).next().unwrap().to_vec()
}

/// The delivery receipt for that envelope.
pub fn sealed_delivery() -> Vec<u8> {
    let mut network = network();
    write(&mut network, &[ANNA]);
    network.run();
    network.mailbox(MARIO).nth(1).unwrap().to_vec()
}
