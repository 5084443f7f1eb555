//! Dossiers made, kept, and verified at once and years later.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests may"
)]

mod common;

use std::io::Cursor;

use chrono::TimeDelta;
use common::*;
use pec_daticert::{Event, ReceiptType};
use pec_dossier::dossier::{Role, TimeSource, Word};
use pec_dossier::{Dossier, Files, Finding, Judge, MakeError, Parts, StampError, Verdict};
use pec_message::Origin;
use pec_smime::testpki::TestPki;
use pec_smime::x509::Crl;

fn names(dossier: &Dossier) -> Vec<&str> {
    dossier.files().iter().map(|(name, _)| name).collect()
}

#[test]
fn a_dossier_holds_the_messages_and_what_judging_them_takes() {
    let world = World::new();
    let dossier = world.dossier();
    assert_eq!(dossier.files().get("messaggi/inviato.eml"), Some(SENT.as_bytes()));
    let receipts: Vec<&str> =
        dossier.manifest().of_role(Role::Receipt).map(|file| file.name.as_str()).collect();
    assert_eq!(
        receipts,
        [
            "messaggi/001-accettazione.eml",
            "messaggi/002-avvenuta-consegna.eml",
            "messaggi/003-avvenuta-consegna.eml"
        ]
    );
    assert_eq!(dossier.files().get(receipts[0]), Some(world.accepted().as_slice()));
    let count = |role| dossier.manifest().of_role(role).count();
    // Both providers and the authority; the root is the anchor; a list of each authority.
    assert_eq!((count(Role::Certificate), count(Role::Anchor), count(Role::Crl)), (3, 1, 2));
    let judged = dossier.manifest().file(receipts[1]).unwrap().judged.clone().unwrap();
    assert_eq!((judged.verdict, judged.time_source), (Word::Genuine, TimeSource::Now));
    assert_eq!(judged.origin.as_deref(), Some("directory"));
    assert_eq!(judged.provider.as_deref(), Some("Beta PEC S.p.A."));
}

#[test]
fn a_fresh_dossier_is_sound() {
    let world = World::new();
    let examination = world.dossier().verify(&world.judge(), made_at()).unwrap();
    assert_eq!(examination.findings, []);
    assert_eq!(examination.verdict(), Verdict::Sound);
    assert_eq!(examination.copies.len(), 2);
    assert!(examination.copies.iter().all(|copy| copy.proof.is_whole()));
    let states = examination.follow.recipients(made_at());
    assert!(states.iter().all(|recipient| recipient.state.is_delivered()));
    assert_eq!(examination.receipts.len(), 3);
}

/// Years later the certificates have expired and nobody has the revocation lists of then but the
/// dossier: a time stamp makes the difference.
#[test]
fn years_later_a_time_stamp_makes_the_difference() {
    let world = World::new();
    let stamped = world.stamped();
    let examination = stamped.verify(&world.late_judge(), years_later()).unwrap();
    assert_eq!(examination.findings, []);
    assert_eq!(examination.verdict(), Verdict::Sound);
    assert_eq!(examination.stamped_at(), Some(stamped_at()));
    assert!(
        examination.receipts.iter().all(|it| it.judgement.instant.source == TimeSource::TimeStamp)
    );

    let plain = world.dossier();
    let examination = plain.verify(&world.late_judge(), years_later()).unwrap();
    assert_eq!(examination.verdict(), Verdict::Doubtful);
    assert_eq!(examination.findings.len(), 3);
    assert!(examination.findings.iter().all(|it| matches!(it, Finding::ClaimedTime { .. })));
    assert!(
        examination
            .receipts
            .iter()
            .all(|it| it.judgement.verdict.word() == Word::GenuineAtClaimedTime)
    );

    // Who vouches for the time needs no stamp.
    let judge = world.late_judge().at(made_at());
    assert_eq!(plain.verify(&judge, years_later()).unwrap().verdict(), Verdict::Sound);
    let too_late = world.late_judge().at(years_later());
    assert_eq!(plain.verify(&too_late, years_later()).unwrap().verdict(), Verdict::Broken);
}

/// A key that was stolen and revoked after the time stamp does no harm; without a stamp it cannot
/// be told when the signature was made. One that was revoked before is worth nothing either way.
#[test]
fn a_later_revocation_matters_where_nothing_proves_the_time() {
    let world = World::new();
    let month = made_at() + TimeDelta::days(30);
    let store = |pki: &TestPki| {
        let mut store = world.anchor.clone();
        let revoked = pki.revocation_list(month, &[&world.alfa, &world.beta]);
        for crl in [revoked, pki.root_revocation_list(month)] {
            store.add_crl(Crl::from_der(&crl).unwrap());
        }
        store
    };
    // It revokes as of a day before its instant.
    let after = store(&TestPki::new(month, &["alfa.example", "beta.example"]));
    let before = store(&world.pki);
    let verdict = |dossier: Dossier, store| {
        let judge = Judge::new(store, &world.crypto, Origin::Pinned(&world.pinned));
        dossier.verify(&judge, month).unwrap().verdict()
    };
    assert_eq!(verdict(world.stamped(), &after), Verdict::Sound);
    assert_eq!(verdict(world.dossier(), &after), Verdict::Doubtful);
    assert_eq!(verdict(world.stamped(), &before), Verdict::Broken);
    assert_eq!(verdict(world.dossier(), &before), Verdict::Broken);
}

#[test]
fn folder_and_archive_are_the_same_dossier() {
    let world = World::new();
    let dossier = world.stamped();
    let zip = dossier.write_zip(Cursor::new(Vec::new())).unwrap().into_inner();
    let again = Dossier::read_zip(Cursor::new(&zip)).unwrap();
    assert_eq!(again, dossier);
    let folder = tempfile::tempdir().unwrap();
    for (name, octets) in dossier.files().iter() {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, octets).unwrap();
    }
    let mut files = Files::new();
    for name in names(&dossier) {
        files.insert(name, std::fs::read(folder.path().join(name)).unwrap()).unwrap();
    }
    assert_eq!(Dossier::from_files(files).unwrap(), dossier);
}

#[test]
fn the_same_input_makes_the_same_octets() {
    let world = World::new();
    let receipts = world.receipts();
    let make = |order: &[usize]| {
        let receipts = order.iter().map(|index| receipts[*index].as_slice()).collect();
        let parts = Parts { sent: Some(SENT.as_bytes()), receipts };
        let dossier = Dossier::make(&parts, &world.judge(), made_at()).unwrap();
        dossier.write_zip(Cursor::new(Vec::new())).unwrap().into_inner()
    };
    let first = make(&[0, 1, 2]);
    assert_eq!(first, make(&[0, 1, 2]));
    assert_eq!(first, make(&[2, 0, 1, 0, 2]), "neither order nor repeats matter");
}

#[test]
fn what_is_no_evidence_is_refused() {
    let world = World::new();
    let accepted = world.accepted();
    let make = |sent: Option<&[u8]>, receipts: Vec<&[u8]>| {
        Dossier::make(&Parts { sent, receipts }, &world.judge(), made_at())
    };
    assert!(matches!(make(None, vec![]), Err(MakeError::NoReceipt)));
    assert!(matches!(
        make(None, vec![&accepted, b"Subject: ciao\r\n\r\nciao\r\n"]),
        Err(MakeError::NotGenuine { index: 1, .. })
    ));
    let forged = String::from_utf8(accepted.clone()).unwrap().replace("accettato", "rifiutato");
    assert_ne!(forged.as_bytes(), accepted);
    assert!(matches!(
        make(None, vec![forged.as_bytes()]),
        Err(MakeError::NotGenuine { index: 0, .. })
    ));
    let mut other = data(Event::Acceptance, 0);
    other.pec_msgid = "another@alfa.example".parse().unwrap();
    let other = world.notification(&other, "alfa");
    assert!(matches!(
        make(None, vec![&accepted, &other]),
        Err(MakeError::OtherTransmission { index: 1, .. })
    ));
    let stranger = SENT.replace("<m1@", "<m2@");
    assert!(matches!(
        make(Some(stranger.as_bytes()), vec![&accepted]),
        Err(MakeError::OtherMessage { .. })
    ));
    // Beta may not certify that Alfa accepted something (norms 61).
    let wrong = world.notification(&data(delivery(ReceiptType::Concise, ANNA), 1), "alfa");
    assert!(matches!(make(None, vec![&wrong]), Err(MakeError::NotGenuine { .. })));
    let many = vec![accepted.as_slice(); pec_dossier::limits::RECEIPTS + 1];
    assert!(matches!(make(None, many), Err(MakeError::TooManyReceipts)));
}

/// Without revocation lists a dossier is made, and says what is not known; lists that come later
/// settle it.
#[test]
fn undecided_receipts_are_kept_and_settled_later() {
    let world = World::new();
    let accepted = world.accepted();
    let parts = Parts { sent: None, receipts: vec![&accepted] };
    let dossier = Dossier::make(&parts, &world.late_judge(), made_at()).unwrap();
    let judged = &dossier.manifest().of_role(Role::Receipt).next().unwrap().judged;
    assert_eq!(judged.as_ref().unwrap().verdict, Word::Undecided);
    let examination = dossier.verify(&world.late_judge(), made_at()).unwrap();
    assert_eq!(examination.verdict(), Verdict::Doubtful);
    assert!(matches!(examination.findings[..], [Finding::Undecided { .. }]));
    let examination = dossier.verify(&world.judge(), made_at()).unwrap();
    assert_eq!(examination.verdict(), Verdict::Sound);
    let lenient = world.late_judge().allow_unknown_revocation();
    assert_eq!(dossier.verify(&lenient, made_at()).unwrap().verdict(), Verdict::Sound);
}

#[test]
fn a_failure_and_a_contradiction_are_told() {
    let world = World::new();
    let receipts = [world.accepted(), world.complete(ANNA), world.failed(ANNA), world.failed(UGO)];
    let receipts = receipts.iter().map(Vec::as_slice).collect();
    let parts = Parts { sent: Some(SENT.as_bytes()), receipts };
    let dossier = Dossier::make(&parts, &world.judge(), made_at()).unwrap();
    let examination = dossier.verify(&world.judge(), made_at()).unwrap();
    assert_eq!(examination.verdict(), Verdict::Sound, "contradictory evidence is evidence");
    assert!(matches!(examination.findings[..], [Finding::Contradiction { .. }]));
    let text = |name| String::from_utf8(dossier.files().get(name).unwrap().to_vec()).unwrap();
    assert!(text("rapporto.html").contains("risulta sia consegnato sia non consegnato"));
    assert!(text("report.html").contains("both delivered and not delivered"));
    assert!(text("report.html").contains("no such mailbox"));
    assert!(text("report.html").contains("5.1.1 - Beta PEC - indirizzo non valido"));
}

#[test]
fn only_a_good_time_stamp_is_added() {
    let world = World::new();
    let mut dossier = world.dossier();
    let before = dossier.clone();
    let over_something_else = world.clock.time_stamp(b"something else", stamped_at());
    let by_no_authority = world.alfa.time_stamp(dossier.manifest_octets(), stamped_at());
    for token in [over_something_else, by_no_authority, b"no token".to_vec()] {
        let refused = dossier.add_stamp(&token, &world.judge(), stamped_at());
        assert!(matches!(refused, Err(StampError::NotGood(_))));
        assert_eq!(dossier, before);
    }
    let stamped = world.stamped();
    let added: Vec<&str> =
        names(&stamped).into_iter().filter(|name| name.starts_with("marche/")).collect();
    assert_eq!(added.len(), 2, "the token and its authority's certificate: {added:?}");
    assert_eq!(stamped.manifest_octets(), dossier.manifest_octets());
}

/// norms §6.2: subjects and addresses are attackers' text.
#[test]
fn a_report_is_no_place_for_markup() {
    let world = World::new();
    let mut data = data(Event::Acceptance, 0);
    data.header.subject = Some("<script>alert(1)</script> & \"ciao\"".parse().unwrap());
    let accepted = world.notification(&data, "alfa");
    let parts = Parts { sent: None, receipts: vec![&accepted] };
    let dossier = Dossier::make(&parts, &world.judge(), made_at()).unwrap();
    for name in ["rapporto.html", "report.html"] {
        let html = String::from_utf8(dossier.files().get(name).unwrap().to_vec()).unwrap();
        assert!(!html.contains("<script"), "{name}");
        assert!(html.contains("alert(1)"), "{name}");
        assert!(!html.contains("http://") && !html.contains("https://"), "self-contained");
    }
}
