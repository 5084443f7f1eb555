//! What became of what was sent? Receipts may come in any order, repeatedly, and among other mail.

use chrono::{DateTime, TimeDelta, Utc};
use postacert::smime::testpki::TestPki;
use postacert::smime::x509::{Crl, TrustAnchor};
use postacert::{
    CryptoProvider, Follows, Origin, Policy, Sent, TrustStore, Verifier, authenticate, read,
};

/// The copy that the sender kept; receipts repeat its Message-ID.
const SENT: &[u8] = b"Message-ID: <m.42@host.example>\r\nFrom: mario@alfa.example\r\n\
    To: anna@beta.example\r\nSubject: Contratto n. 12\r\n\r\nIn allegato.\r\n";

/// What lies in the mailbox.
const INBOX: [(&str, &[u8]); 3] = [
    ("INBOX/1", include_bytes!("../../crates/pec-message/testdata/deployed/aruba-acceptance.eml")),
    ("INBOX/2", b"From: amico@elsewhere.example\r\nSubject: CONSEGNA: Contratto\r\n\r\nciao\r\n"),
    (
        "INBOX/3",
        include_bytes!("../../crates/pec-message/testdata/deployed/current-delivery-brief.eml"),
    ),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // In earnest: the authorities' certificates and lists from files, and the time from the clock.
    let now: DateTime<Utc> = "2026-11-21T09:15:00Z".parse()?;
    let pki = TestPki::new(now, &["alfa.example", "beta.example"]);
    let mut store = TrustStore::new();
    store.add_anchor(TrustAnchor::new(pki.root().clone()));
    let yesterday = now - TimeDelta::days(1);
    store.add_crl(Crl::from_der(&pki.revocation_list(yesterday, &[]))?);
    store.add_crl(Crl::from_der(&pki.root_revocation_list(yesterday))?);
    let accredited = [pki.authority().clone()];

    let mut follows = Follows::new();
    follows.send(Sent::from_claimed(&read(SENT).claimed())?);
    let crypto = CryptoProvider::rustcrypto();
    let verifier = Verifier::new(&store, &crypto, Policy::interoperable());
    for (name, octets) in INBOX {
        let mail = read(octets);
        let verification = verifier.message(octets, now);
        let judged = authenticate(&mail, &verification, &Origin::AccreditedCa(&accredited));
        println!("{name}: {:?}", follows.feed(name, &mail, &judged));
    }

    let follow = follows.iter().next().ok_or("nothing was sent")?;
    for recipient in follow.recipients(now) {
        println!("{}: {:?}", recipient.address, recipient.state);
        assert!(recipient.state.is_delivered());
    }
    for contradiction in follow.contradictions() {
        println!("but: {contradiction}");
    }
    // To be kept until the next time: `serde_json::to_string(&follows)`.
    assert_eq!(follows.unmatched().count(), 1);
    Ok(())
}
