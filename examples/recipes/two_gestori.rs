//! A complete transmission between two providers in memory: what they do, and what Mario gets.

use pec_gestore::Judgement;
use pec_gestore::testkit::Network;

const MESSAGE: &[u8] = b"Date: Sat, 21 Nov 2026 10:00:00 +0100\r\n\
    From: Mario Rossi <mario@alfa.example>\r\n\
    To: anna@beta.example, nessuno@beta.example\r\nCc: tom@example.it\r\n\
    Subject: Contratto n. 12\r\nMessage-ID: <m1@pc.example>\r\n\r\nEcco il contratto.\r\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Alfa serves mario, anna and luca at alfa.example, Beta the same names at beta.example. The
    // loop of plan, commit, effect and report is in the documentation of pec-gestore.
    let mut network = Network::new("2026-11-21T09:00:00Z".parse()?);
    let paths = ["anna@beta.example", "nessuno@beta.example", "tom@example.it"];
    let reply = network.submit("mario@alfa.example", &paths, MESSAGE)?;
    println!("the access point says: {} {} {}\n", reply.code, reply.enhanced, reply.text);
    network.run();

    println!("{:16} {:9} {:18} about", "log of", "", "event");
    for node in &network.nodes {
        for record in &node.stored.log {
            let way = if record.is_received { "received" } else { "made" };
            let event = format!("{:?}", record.event);
            let about = record.delivered_to.iter().chain(&record.received_for);
            let about: Vec<String> = about.map(ToString::to_string).collect();
            println!("{:16} {way:9} {event:18} {}", node.provider.name, about.join(", "));
        }
    }

    println!("\n{:22} {:18} {:8} certified by", "mailbox", "kind", "about");
    for mailbox in ["mario@alfa.example", "ricevute@alfa.example", "anna@beta.example"] {
        for message in network.mailbox(mailbox) {
            let Judgement::Certified(mail) = network.judge(message) else {
                return Err("the providers of this network certify all that they send".into());
            };
            let about = mail.data().event.delivered_to().map_or("", |address| address.as_str());
            let about = about.split('@').next().unwrap_or_default();
            let kind = mail.data().kind();
            println!("{mailbox:22} {kind:18} {about:8} {}", mail.provider());
        }
    }
    println!("{:22} {} message to ordinary mail", "example.it", network.outside.len());

    let received = network.mailbox("mario@alfa.example").count();
    if received == 3 { Ok(()) } else { Err(format!("{received} receipts instead of 3").into()) }
}
