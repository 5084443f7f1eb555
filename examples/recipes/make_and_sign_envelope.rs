//! A provider takes a message from its user, wraps it into a transport envelope and signs that.

use pec_daticert::{CertificationData, Event, EventTime, Header, Recipient};
use pec_message::identifier::{IdGenerator, NodeIds};
use pec_message::original::Original;
use pec_message::write::{Draft, SystemAddress};
use pec_smime::crypto::CryptoProvider;
use pec_smime::testpki::{Shape, TestPki};

const SUBMITTED: &[u8] = b"From: Mario Rossi <mario@alfa.example>\r\n\
    To: anna@beta.example\r\n\
    Subject: Contratto\r\n\
    Message-ID: <m1@pc.example>\r\n\
    \r\n\
    Gentile Anna, confermo.\r\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A server takes the time from its clock and these octets from its random generator.
    let now = "2026-11-21T09:00:00Z".parse()?;
    let random = [7; 16];

    let original = Original::new(SUBMITTED)?;
    let data = CertificationData {
        header: Header {
            sender: "mario@alfa.example".parse()?, // MAIL FROM
            recipients: Recipient::certified("anna@beta.example".parse()?).into(), // RCPT TO
            reply_to: original.reply_to(),
            subject: original.subject(),
        },
        provider: "Alfa PEC S.p.A.".parse()?,
        time: EventTime::legal(now)?,
        pec_msgid: NodeIds::new("pec1", "pec.alfa.example")?.next_id(now, random),
        msgid: original.msgid(),
        event: Event::TransportEnvelope { receipt_type: original.requested_receipt() },
    };
    let from = SystemAddress::at("pec.alfa.example")?;
    let envelope = Draft::transport_envelope(&data, &from, &original)?;

    // A provider loads its own key and certificate instead.
    let crypto = CryptoProvider::rustcrypto();
    let pki = TestPki::new(now, &["pec.alfa.example"]);
    let alfa = pki.provider("Alfa PEC S.p.A.", "pec.alfa.example", Shape::Sound);
    let sealed = envelope.seal(&alfa.signer(&crypto), &crypto)?;

    // Seal once, store, and send these octets however often it takes.
    assert!(!sealed.needs_8bitmime());
    println!("{}", String::from_utf8(sealed.to_vec())?);
    Ok(())
}
