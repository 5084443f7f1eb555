//! A transmission between two providers of the development PKI, signed: from Mario to Anna and Ugo.
#![allow(dead_code, reason = "each test uses a part of it")]

pub(crate) mod tampering;

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::{
    CertificationData, DeliveryErrorCause, Event, EventTime, Header, ReceiptType, Recipient,
};
use pec_directory::{
    Contents, Directory, DirectoryHistory, Environment, Provider, ProviderCertificate,
};
use pec_dossier::dossier::Judge;
use pec_dossier::{Dossier, Parts};
use pec_message::brief::BriefCopy;
use pec_message::original::Original;
use pec_message::write::{Draft, Issue, SystemAddress};
use pec_message::{Origin, PinnedProvider};
use pec_smime::crypto::CryptoProvider;
use pec_smime::testpki::{Identity, Shape, TestPki};
use pec_smime::x509::{Crl, TrustAnchor, TrustStore};

/// What Mario sent and kept.
pub(crate) const SENT: &str = "From: Mario Rossi <mario@alfa.example>\r\n\
    To: anna@beta.example, ugo@beta.example\r\nSubject: Contratto n. 12\r\n\
    Date: Sat, 21 Nov 2026 10:00:00 +0100\r\nMessage-ID: <m1@pc.example>\r\n\
    MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n\
    --b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nIn allegato il contratto.\r\n\
    --b1\r\nContent-Type: application/pdf; name=\"contratto.pdf\"\r\n\
    Content-Disposition: attachment; filename=\"contratto.pdf\"\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjcgaWwgY29udHJhdHRv\r\n--b1--\r\n";

pub(crate) const ANNA: &str = "anna@beta.example";
pub(crate) const UGO: &str = "ugo@beta.example";

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-21T09:15:00Z".parse().unwrap()
}

/// After all certificates have expired.
pub(crate) fn years_later() -> DateTime<Utc> {
    now() + TimeDelta::days(3 * 365)
}

pub(crate) struct World {
    pub(crate) crypto: CryptoProvider,
    pub(crate) pki: TestPki,
    /// Anchor and revocation lists.
    pub(crate) store: TrustStore,
    /// The anchor alone: what is left years later.
    pub(crate) anchor: TrustStore,
    pub(crate) alfa: Identity,
    pub(crate) beta: Identity,
    pub(crate) clock: Identity,
    pub(crate) directory: DirectoryHistory,
    pub(crate) pinned: Vec<PinnedProvider>,
}

impl World {
    pub(crate) fn new() -> Self {
        let pki = TestPki::new(now(), &["alfa.example", "beta.example"]);
        let alfa = pki.provider("Alfa PEC S.p.A.", "alfa.example", Shape::Sound);
        let beta = pki.provider("Beta PEC S.p.A.", "beta.example", Shape::Sound);
        let clock = pki.provider("Marca", "alfa.example", Shape::TimeStampAuthority);
        let mut anchor = TrustStore::new();
        anchor.add_anchor(TrustAnchor::new(pki.root().clone()));
        let mut store = anchor.clone();
        let yesterday = now() - TimeDelta::days(1);
        for crl in [pki.revocation_list(yesterday, &[]), pki.root_revocation_list(yesterday)] {
            store.add_crl(Crl::from_der(&crl).unwrap());
        }
        let crypto = CryptoProvider::rustcrypto();
        let provider = |name: &str, identity: &Identity, domain: &str| {
            let certificate = identity.certificate().der();
            let environment = Environment {
                certificates: vec![ProviderCertificate::new(certificate, &crypto).unwrap()],
                domains: vec![domain.parse().unwrap()],
                ..Environment::default()
            };
            Provider::new(name.parse().unwrap(), environment)
        };
        let providers = vec![
            provider("Alfa PEC S.p.A.", &alfa, "alfa.example"),
            provider("Beta PEC S.p.A.", &beta, "beta.example"),
        ];
        let mut directory = DirectoryHistory::new();
        directory.insert(Directory::new(Contents { base: None, providers }, yesterday));
        let pin = |identity: &Identity, domain: &str| {
            PinnedProvider::new(identity.certificate().clone()).managing([domain])
        };
        let pinned = vec![pin(&alfa, "alfa.example"), pin(&beta, "beta.example")];
        Self { crypto, pki, store, anchor, alfa, beta, clock, directory, pinned }
    }

    /// Who judges at the time, with the directory.
    pub(crate) fn judge(&self) -> Judge<'_> {
        Judge::new(&self.store, &self.crypto, Origin::directory(&self.directory, &self.crypto))
    }

    /// Who judges years later, with nothing but the anchor and the providers' certificates.
    pub(crate) fn late_judge(&self) -> Judge<'_> {
        Judge::new(&self.anchor, &self.crypto, Origin::Pinned(&self.pinned))
    }

    pub(crate) fn seal(&self, draft: &Draft<'_>, signer: &Identity) -> Vec<u8> {
        draft.seal(&signer.signer(&self.crypto), &self.crypto).unwrap().to_vec()
    }

    /// A notification, signed by the sender's or the recipient's provider.
    pub(crate) fn notification(&self, data: &CertificationData, by: &str) -> Vec<u8> {
        self.seal(&Draft::notification(data, &issue(by)).unwrap(), self.provider(by))
    }

    pub(crate) fn provider(&self, name: &str) -> &Identity {
        if name == "alfa" { &self.alfa } else { &self.beta }
    }

    pub(crate) fn accepted(&self) -> Vec<u8> {
        self.notification(&data(Event::Acceptance, 0), "alfa")
    }

    pub(crate) fn complete(&self, to: &str) -> Vec<u8> {
        let delivered = delivered();
        let original = Original::new(&delivered).unwrap();
        let data = data(delivery(ReceiptType::Complete, to), 2);
        let draft = Draft::complete_delivery(&data, &issue("beta"), &original).unwrap();
        self.seal(&draft, &self.beta)
    }

    pub(crate) fn brief(&self, to: &str) -> Vec<u8> {
        let delivered = delivered();
        let original = Original::new(&delivered).unwrap();
        let copy = BriefCopy::new(&original, &self.crypto).unwrap();
        let data = data(delivery(ReceiptType::Brief, to), 3);
        self.seal(&Draft::brief_delivery(&data, &issue("beta"), &copy).unwrap(), &self.beta)
    }

    pub(crate) fn failed(&self, to: &str) -> Vec<u8> {
        let event = Event::DeliveryError {
            cause: DeliveryErrorCause::Other,
            delivered_to: to.parse().unwrap(),
            receipt_type: None,
            error_detail: "5.1.1 - Beta PEC - indirizzo non valido".parse().unwrap(),
        };
        self.notification(&data(event, 4), "beta")
    }

    /// Accepted, delivered to Anna with a copy and to Ugo with hashes.
    pub(crate) fn receipts(&self) -> Vec<Vec<u8>> {
        vec![self.accepted(), self.complete(ANNA), self.brief(UGO)]
    }

    /// The dossier of that.
    pub(crate) fn dossier(&self) -> Dossier {
        let receipts = self.receipts();
        let receipts = receipts.iter().map(Vec::as_slice).collect();
        let parts = Parts { sent: Some(SENT.as_bytes()), receipts };
        Dossier::make(&parts, &self.judge(), made_at()).unwrap()
    }

    /// The same with a time stamp of a minute later.
    pub(crate) fn stamped(&self) -> Dossier {
        let mut dossier = self.dossier();
        let token = self.clock.time_stamp(dossier.manifest_octets(), stamped_at());
        dossier.add_stamp(&token, &self.judge(), stamped_at()).unwrap();
        dossier
    }
}

pub(crate) fn made_at() -> DateTime<Utc> {
    now() + TimeDelta::hours(1)
}

pub(crate) fn stamped_at() -> DateTime<Utc> {
    made_at() + TimeDelta::minutes(1)
}

pub(crate) fn delivery(receipt_type: ReceiptType, to: &str) -> Event {
    Event::Delivery { receipt_type, delivered_to: to.parse().unwrap() }
}

/// What is certified of an event some minutes after the message was accepted.
pub(crate) fn data(event: Event, minutes: i64) -> CertificationData {
    let recipients =
        [ANNA, UGO].map(|address| Recipient::certified(address.parse().unwrap())).to_vec();
    CertificationData {
        header: Header {
            sender: "mario@alfa.example".parse().unwrap(),
            recipients: recipients.try_into().unwrap(),
            reply_to: "mario@alfa.example".parse().unwrap(),
            subject: Some("Contratto n. 12".parse().unwrap()),
        },
        provider: "Alfa PEC S.p.A.".parse().unwrap(),
        time: EventTime::legal(now() + TimeDelta::minutes(minutes)).unwrap(),
        pec_msgid: "a1.20261121091500.1.c0ffee@alfa.example".parse().unwrap(),
        msgid: Some("<m1@pc.example>".parse().unwrap()),
        event,
    }
}

/// What was delivered: what was sent, with the identifier of the transmission.
pub(crate) fn delivered() -> Vec<u8> {
    let id = data(Event::Acceptance, 0).pec_msgid;
    Original::new(SENT.as_bytes()).unwrap().identified(&id).unwrap().to_vec()
}

pub(crate) fn issue(provider: &str) -> Issue {
    let message_id = format!("{provider}.20261121091500.7.beef@{provider}.example");
    Issue {
        from: SystemAddress::at(&format!("{provider}.example")).unwrap(),
        message_id: message_id.parse().unwrap(),
    }
}
