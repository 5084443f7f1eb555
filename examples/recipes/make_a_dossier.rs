//! Evidence of a transmission that can still be judged when all certificates have expired.

use std::io::Cursor;

use chrono::{DateTime, TimeDelta, Utc};
use postacert::dossier::{Parts, Verdict};
use postacert::smime::testpki::{Shape, TestPki};
use postacert::smime::x509::{Crl, TrustAnchor};
use postacert::{CryptoProvider, Dossier, Judge, Origin, TrustStore, read};

const ACCEPTED: &[u8] =
    include_bytes!("../../crates/pec-message/testdata/deployed/current-acceptance.eml");
const DELIVERED: &[u8] =
    include_bytes!("../../crates/pec-message/testdata/deployed/current-delivery-brief.eml");
/// Here the copy in a complete receipt serves as the message that the sender kept.
const COMPLETE: &[u8] =
    include_bytes!("../../crates/pec-message/testdata/deployed/current-delivery-complete.eml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let now: DateTime<Utc> = "2026-11-21T09:15:00Z".parse()?;
    let pki = TestPki::new(now, &["alfa.example", "beta.example"]);
    let mut anchors = TrustStore::new();
    anchors.add_anchor(TrustAnchor::new(pki.root().clone()));
    let mut store = anchors.clone();
    let yesterday = now - TimeDelta::days(1);
    store.add_crl(Crl::from_der(&pki.revocation_list(yesterday, &[]))?);
    store.add_crl(Crl::from_der(&pki.root_revocation_list(yesterday))?);
    let accredited = [pki.authority().clone()];
    let crypto = CryptoProvider::rustcrypto();

    let complete = read(COMPLETE);
    let sent = complete.original().ok_or("no original")?.octets().into_owned();
    let sent = String::from_utf8(sent)?.replace("a1.20261121101500.00042.01.1@alfa", "m.42@host");
    let judge = Judge::new(&store, &crypto, Origin::AccreditedCa(&accredited));
    let parts = Parts { sent: Some(sent.as_bytes()), receipts: vec![DELIVERED, ACCEPTED] };
    let mut dossier = Dossier::make(&parts, &judge, now)?;

    // In earnest: a time-stamp authority, over HTTP (RFC 3161).
    let authority = pki.provider("Marca", "alfa.example", Shape::TimeStampAuthority);
    let token = authority.time_stamp(dossier.manifest_octets(), now);
    dossier.add_stamp(&token, &judge, now)?;
    let archive = dossier.write_zip(Cursor::new(Vec::new()))?;

    // Years later, with nothing but the anchors: all else is in the archive.
    let later = now + TimeDelta::days(8 * 365);
    let judge = Judge::new(&anchors, &crypto, Origin::AccreditedCa(&accredited));
    let examination = Dossier::read_zip(archive)?.verify(&judge, later)?;
    for finding in &examination.findings {
        println!("{finding}");
    }
    for recipient in examination.follow.recipients(later) {
        println!("{}: {}", recipient.address, recipient.state.as_str());
    }
    assert_eq!(examination.verdict(), Verdict::Sound);
    Ok(())
}
