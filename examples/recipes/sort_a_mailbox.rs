//! What lies in a mailbox? Every message has a kind, and nothing that is odd stops the reading.

use std::collections::BTreeMap;

use postacert::message::ClaimedKind;
use postacert::read;

const INBOX: [&[u8]; 4] = [
    include_bytes!("../../crates/pec-message/testdata/deployed/aruba-acceptance.eml"),
    include_bytes!("../../crates/pec-message/testdata/deployed/namirial-delivery-notice.eml"),
    b"From: amico@elsewhere.example\r\nSubject: CONSEGNA: Contratto\r\n\r\nciao\r\n",
    b"X-Ricevuta: mancata-consegna\r\n\r\nnot a word of the norm\r\n",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // ANCHOR: code
    let mut kinds = BTreeMap::new();
    for octets in INBOX {
        let mail = read(octets); // never fails; nothing of it is proved
        let kind = match mail.claimed().kind {
            ClaimedKind::Pec(kind) => kind.as_str(),
            ClaimedKind::Ordinary => "ordinary",
            _ => "unknown", // a marker that the norm does not know, or contradictory ones
        };
        *kinds.entry(kind).or_insert(0) += 1;
    }
    for (kind, count) in &kinds {
        println!("{count} {kind}");
    }
    // ANCHOR_END: code
    assert_eq!(kinds.len(), 4);
    Ok(())
}
