//! Judge SpamAssassin: about 6,000 real mails, each as an original. It travels in a signed envelope
//! and comes out as it went in, but for its identifier; whatever it is, it is read without harm.

use std::fs;
use std::path::{Path, PathBuf};

use pec_daticert::{CertificationData, Event, ReceiptType};
use pec_message::brief::{BriefCopy, BriefProof};
use pec_message::original::{Original, normalise};
use pec_message::write::{Draft, Issue, SystemAddress};
use pec_message::{fuzzing, read};
use pec_smime::crypto::CryptoProvider;
use pec_smime::testpki::{Shape, TestPki};
use pec_smime::verify::{Policy, Verifier};
use pec_smime::x509::{TrustAnchor, TrustStore};

/// rfc6109 §3.1.5, norms 23
#[test]
#[ignore = "judge: spam-assassin"]
fn real_mails_travel_unchanged() {
    let folder = pec_tests::judges::folder("spam-assassin");
    let world = World::new();
    let mut mails = Vec::new();
    collect(&folder, &mut mails);
    assert!(mails.len() > 6000, "{} mails", mails.len());
    let mut enveloped = 0;
    for path in &mails {
        let stored = fs::read(path).unwrap();
        // The first line of a mailbox file is none of the mail's.
        let from_line = stored.starts_with(b"From ").then(|| memchr::memchr(b'\n', &stored));
        let mail = &stored[from_line.flatten().map_or(0, |end| end + 1)..];
        fuzzing::original_splice(mail);
        fuzzing::message_read(mail);
        enveloped += usize::from(world.envelope(mail, path));
    }
    println!("{} mails, {enveloped} in signed envelopes: all agree", mails.len());
    assert!(enveloped * 100 > mails.len() * 99);
}

struct World {
    crypto: CryptoProvider,
    pki: TestPki,
    store: TrustStore,
    data: CertificationData,
}

impl World {
    fn new() -> Self {
        let data = pec_daticert::fuzzing::example();
        let pki = TestPki::new(data.time.to_utc(), &["pec.alfa.example"]);
        let mut store = TrustStore::new();
        store.add_anchor(TrustAnchor::new(pki.root().clone()));
        Self { crypto: CryptoProvider::rustcrypto(), pki, store, data }
    }

    /// Seals the mail in an envelope, verifies that, and compares the original that it holds.
    fn envelope(&self, mail: &[u8], path: &Path) -> bool {
        let normal = normalise(mail);
        let Ok(original) = Original::new(&normal.message) else { return false };
        let mut data = self.data.clone();
        data.event = Event::TransportEnvelope { receipt_type: original.requested_receipt() };
        data.header.subject = original.subject();
        data.header.reply_to = original.reply_to();
        data.msgid = original.msgid();
        let from = SystemAddress::at("pec.alfa.example").unwrap();
        let Ok(draft) = Draft::transport_envelope(&data, &from, &original) else { return false };
        let provider = self.pki.provider("Alfa PEC S.p.A.", "pec.alfa.example", Shape::P256);
        let sealed = draft.seal(&provider.signer(&self.crypto), &self.crypto).unwrap().to_vec();
        let policy = Policy::strict().allow_unknown_revocation();
        let verifier = Verifier::new(&self.store, &self.crypto, policy);
        let verification = verifier.message(&sealed, data.time.to_utc());
        assert!(verification.is_valid(), "{path:?}: {:?}", verification.checks());
        let carried = read(&sealed);
        let carried = carried.original().and_then(|found| found.message()).expect("an original");
        let identified = original.identified(&data.pec_msgid).unwrap().to_vec();
        assert_eq!(carried.part().octets(), identified, "{path:?}");
        self.receipts(&identified, path);
        true
    }

    /// The three delivery receipts of the original as it was delivered.
    // norms 39, norms 40
    fn receipts(&self, delivered: &[u8], path: &Path) {
        let original = Original::new(delivered).unwrap();
        let copy = BriefCopy::new(&original, &self.crypto).unwrap();
        let issue = Issue {
            from: SystemAddress::at("pec.beta.example").unwrap(),
            message_id: "b1.42@pec.beta.example".parse().unwrap(),
        };
        let write = |receipt_type| {
            let mut data = self.data.clone();
            data.msgid = original.msgid();
            data.header.subject = original.subject();
            let delivered_to = "anna@beta.example".parse().unwrap();
            data.event = Event::Delivery { receipt_type, delivered_to };
            let draft = match receipt_type {
                ReceiptType::Complete => Draft::complete_delivery(&data, &issue, &original),
                ReceiptType::Brief => Draft::brief_delivery(&data, &issue, &copy),
                ReceiptType::Concise => Draft::notification(&data, &issue),
            };
            let mut receipt = Vec::new();
            draft.unwrap().write_unsigned(&mut receipt).unwrap();
            receipt
        };
        let complete = write(ReceiptType::Complete);
        let held = read(&complete);
        let held = held.original().and_then(|found| found.message()).expect("an original");
        assert_eq!(held.part().octets(), delivered, "{path:?}");
        let brief = write(ReceiptType::Brief);
        let proof = BriefProof::check(read(&brief).message(), delivered, &self.crypto).unwrap();
        assert!(proof.is_whole(), "{path:?}: {:?}", proof.parts());
        assert!(read(&write(ReceiptType::Concise)).original().is_none(), "{path:?}");
    }
}

fn collect(folder: &Path, mails: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, mails);
        } else if path.extension().is_some_and(|extension| extension == "txt") {
            mails.push(path);
        }
    }
}
