//! What the tests share: a folder with the messages of one transmission and what judges them.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "each test uses a part of it, and fails by panicking"
)]

pub(crate) mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::{
    CertificationData, DeliveryErrorCause, Event, EventTime, Header, PecMsgid, ReceiptType,
    Recipient,
};
use pec_directory::{Contents, Environment, Provider, ProviderCertificate};
use pec_message::brief::BriefCopy;
use pec_message::original::Original;
use pec_message::write::{Draft, Issue, SystemAddress};
use pec_smime::crypto::CryptoProvider;
use pec_smime::multipart::Boundary;
use pec_smime::sign::{SigningOptions, sign_message};
use pec_smime::testpki::{Identity, Shape, TestPki};

/// A folder, and the world that its messages are of.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) crypto: CryptoProvider,
    pub(crate) pki: TestPki,
    pub(crate) alfa: Identity,
    pub(crate) beta: Identity,
    pub(crate) now: DateTime<Utc>,
}

pub(crate) const PEC_MSGID: &str = "a1/b`c.20261121.42@alfa.example";

/// What the sender kept: without the identifier of the transmission.
pub(crate) const SENT: &str = "From: mario@alfa.example\r\nTo: anna@beta.example\r\n\
    Subject: Contratto n. 12\r\nMessage-ID: <m.42@host.example>\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=orig\r\n\r\n--orig\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\r\nIn allegato il contratto.\r\n--orig\r\n\
    Content-Type: application/pdf; name=\"../contratto.pdf\"\r\n\
    Content-Disposition: attachment; filename=\"../contratto.pdf\"\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjcgaWwgY29udHJhdHRv\r\n--orig--\r\n";

impl World {
    /// All messages of a transmission that went well, with the files that judge them: `ca.pem`,
    /// `crl/`, `gestori.ldif`, `gestori.p7m`, `alfa.pem`, `beta.pem`.
    pub(crate) fn new() -> Self {
        Self::at(SystemTime::now().into())
    }

    /// The same at another instant.
    pub(crate) fn at(now: DateTime<Utc>) -> Self {
        let pki = TestPki::new(now, &["alfa.example", "beta.example"]);
        let alfa = pki.provider("Alfa PEC S.p.A.", "alfa.example", Shape::Sound);
        let beta = pki.provider("Beta PEC S.p.A.", "beta.example", Shape::P256);
        let folder = tempfile::tempdir().unwrap();
        let crypto = CryptoProvider::rustcrypto();
        let world = Self { folder, crypto, pki, alfa, beta, now };
        world.write_trust();
        world.write_messages();
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn write_trust(&self) {
        self.write("ca.pem", pem(self.pki.root().der()).as_bytes());
        self.write("accredited.pem", pem(self.pki.authority().der()).as_bytes());
        self.write("alfa.pem", pem(self.alfa.certificate().der()).as_bytes());
        self.write("beta.pem", pem(self.beta.certificate().der()).as_bytes());
        let yesterday = self.now - TimeDelta::days(1);
        self.write("crl/authority.crl", &self.pki.revocation_list(yesterday, &[]));
        self.write("crl/root.crl", &self.pki.root_revocation_list(yesterday));
        let provider = |name: &str, identity: &Identity, domain: &str| {
            let der = identity.certificate().der();
            let environment = Environment {
                certificates: vec![ProviderCertificate::new(der, &self.crypto).unwrap()],
                mail_receipt: Some(format!("ricevute@{domain}").parse().unwrap()),
                domains: vec![domain.parse().unwrap()],
                ..Environment::default()
            };
            Provider::new(name.parse().unwrap(), environment)
        };
        let providers = vec![
            provider("Alfa PEC S.p.A.", &self.alfa, "alfa.example"),
            provider("Beta PEC S.p.A.", &self.beta, "beta.example"),
        ];
        let contents = Contents { base: None, providers };
        self.write("gestori.ldif", contents.to_ldif().unwrap().as_bytes());
        let signer = self.alfa.signer(&self.crypto);
        let p7m = contents.to_p7m(&signer, &SigningOptions::new(self.now), &self.crypto).unwrap();
        self.write("gestori.p7m", &p7m);
    }

    fn write_messages(&self) {
        let id: PecMsgid = PEC_MSGID.parse().unwrap();
        let delivered = Original::new(SENT.as_bytes()).unwrap().identified(&id).unwrap().to_vec();
        let delivered = Original::new(&delivered).unwrap();
        let sent = Original::new(SENT.as_bytes()).unwrap();
        let anna = || "anna@beta.example".parse().unwrap();
        let (from_alfa, from_beta) = (self.issue("alfa"), self.issue("beta"));
        let envelope = self.data(Event::TransportEnvelope { receipt_type: ReceiptType::Complete });
        let alfa = SystemAddress::at("alfa.example").unwrap();
        let envelope = Draft::transport_envelope(&envelope, &alfa, &sent).unwrap();
        let acceptance = self.data(Event::Acceptance);
        let acceptance = Draft::notification(&acceptance, &from_alfa).unwrap();
        let taken = self.data(Event::TakeInCharge {
            received_for: "anna@beta.example".parse::<pec_daticert::Address>().unwrap().into(),
        });
        let mailbox = "ricevute@alfa.example".parse().unwrap();
        let taken = Draft::take_in_charge(&taken, &from_beta, &mailbox).unwrap();
        let of = |receipt_type| self.data(Event::Delivery { receipt_type, delivered_to: anna() });
        let complete =
            Draft::complete_delivery(&of(ReceiptType::Complete), &from_beta, &delivered).unwrap();
        let copy = BriefCopy::new(&delivered, &self.crypto).unwrap();
        let brief = Draft::brief_delivery(&of(ReceiptType::Brief), &from_beta, &copy).unwrap();
        let error = self.data(Event::DeliveryError {
            cause: DeliveryErrorCause::NoRecipient,
            delivered_to: anna(),
            receipt_type: None,
            error_detail: "5.1.1 - Beta PEC S.p.A. - indirizzo non valido".parse().unwrap(),
        });
        let error = Draft::notification(&error, &from_beta).unwrap();
        self.write("inviato.eml", SENT.as_bytes());
        self.write("busta.eml", &self.seal(&envelope, &self.alfa));
        self.write("ricevuta.eml", &self.seal(&acceptance, &self.alfa));
        self.write("presa.eml", &self.seal(&taken, &self.beta));
        self.write("consegna.eml", &self.seal(&complete, &self.beta));
        self.write("breve.eml", &self.seal(&brief, &self.beta));
        self.write("errore.eml", &self.seal(&error, &self.beta));
    }

    pub(crate) fn data(&self, event: Event) -> CertificationData {
        CertificationData {
            header: Header {
                sender: "mario@alfa.example".parse().unwrap(),
                recipients: Recipient::certified("anna@beta.example".parse().unwrap()).into(),
                reply_to: "mario@alfa.example".parse().unwrap(),
                subject: Some("Contratto n. 12".parse().unwrap()),
            },
            provider: "Alfa PEC S.p.A.".parse().unwrap(),
            time: EventTime::legal(self.now - TimeDelta::minutes(5)).unwrap(),
            pec_msgid: PEC_MSGID.parse().unwrap(),
            msgid: Some("<m.42@host.example>".parse().unwrap()),
            event,
        }
    }

    pub(crate) fn issue(&self, provider: &str) -> Issue {
        let from = SystemAddress::at(&format!("{provider}.example")).unwrap();
        Issue { from, message_id: format!("r.{provider}.7@{provider}.example").parse().unwrap() }
    }

    pub(crate) fn seal(&self, draft: &Draft<'_>, identity: &Identity) -> Vec<u8> {
        draft.seal(&identity.signer(&self.crypto), &self.crypto).unwrap().to_vec()
    }

    /// Signs any content under any header.
    pub(crate) fn sign(&self, header: &str, content: &str, identity: &Identity) -> Vec<u8> {
        let draft = pec_smime::sign::Draft {
            header: header.as_bytes(),
            content: &[content.as_bytes()],
            boundary: Boundary::from_id("client-tests").unwrap(),
        };
        let signer = identity.signer(&self.crypto);
        let options = SigningOptions::new(self.now).allow_profile_breaches();
        sign_message(&draft, &signer, &options, &self.crypto).unwrap().to_vec()
    }

    /// Runs `pec` in the folder.
    pub(crate) fn pec(&self, args: &[&str]) -> Output {
        self.command(args).stdin(Stdio::null()).output().unwrap()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pec"));
        command.args(args).current_dir(self.folder.path());
        command.env("LC_ALL", "C").env_remove("PEC_CONFIG");
        command
    }

    /// Runs `pec … --json` and gives the documents with the exit code.
    pub(crate) fn json(&self, args: &[&str]) -> (Vec<serde_json::Value>, i32) {
        let output = self.pec(&[&["--json"], args].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        let documents = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (documents, output.status.code().unwrap())
    }

    /// The verdict of `pec verify` with anchors, revocation lists and directory, and more options.
    pub(crate) fn verify(&self, file: &str, more: &[&str]) -> serde_json::Value {
        let args = ["verify", file, "--trust", "ca.pem", "--crls", "crl"];
        let (mut documents, code) = self.json(&[&args, more].concat());
        let document = documents.pop().expect("a verdict");
        let expected = match document["verdict"].as_str().unwrap() {
            "valid" | "valid-legacy" => 0,
            "invalid" => 1,
            _ => 3,
        };
        assert_eq!(code, expected);
        document
    }
}

pub(crate) const BY_DIRECTORY: [&str; 2] = ["--directory", "gestori.ldif"];

/// The outcome of one check of a verdict.
pub(crate) fn check<'j>(verdict: &'j serde_json::Value, name: &str) -> &'j str {
    let checks = verdict["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["name"] == name);
    found.map_or("-", |check| check["result"].as_str().unwrap())
}

pub(crate) fn pem(der: &[u8]) -> String {
    encodify::pem::STANDARD.encode("CERTIFICATE", der)
}

/// The folder of real messages, if it is there.
pub(crate) fn samples() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    let folder = std::env::var_os("PEC_SAMPLES").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no samples in {}", folder.display());
    }
    folder.is_dir().then_some(folder)
}
