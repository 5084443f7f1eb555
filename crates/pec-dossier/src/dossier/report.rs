//! The report: what the evidence says, for people.
//!
//! It is made from the files and the manifest alone, so that whoever verifies can make it again and
//! compare. Verdicts and origins are those that the manifest records.

use askama::Template;
use pec_daticert::{CertificationData, Event};
use pec_message::read;
use pec_smime::crypto::CryptoProvider;
use pec_smime::x509::{Certificate, Crl, OcspResponse};

use super::Files;
use super::copies::CopyProof;
use super::manifest::{FileRecord, Manifest, Role};
pub(super) use super::words::Language;
use super::words::Tone;
use crate::{Follow, Receipt, RecipientStatus, Sent};

/// The report in a language.
pub(super) fn render(
    files: &Files,
    manifest: &Manifest,
    language: Language,
    crypto: &CryptoProvider,
) -> String {
    let page = Page::new(files, manifest, language, crypto);
    // Writing into memory does not fail.
    page.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'p> {
    language: Language,
    manifest: &'p Manifest,
    made_at: String,
    sender: String,
    subject: String,
    progress: (Tone, &'static str),
    sent: Option<&'p FileRecord>,
    recipients: Vec<RecipientRow>,
    messages: Vec<MessageRow<'p>>,
    copies: Vec<CopyRow>,
    contradictions: Vec<String>,
    certificates: Vec<CertificateRow<'p>>,
    lists: Vec<ListRow<'p>>,
}

struct RecipientRow {
    address: String,
    recipient_type: &'static str,
    state: (Tone, String, String),
    detail: Option<String>,
    superseded: Option<String>,
    evidence: Vec<String>,
}

struct MessageRow<'p> {
    file: &'p FileRecord,
    kind: &'static str,
    receipt_type: Option<&'static str>,
    at: String,
    about: String,
    verdict: (Tone, &'static str),
    origin: &'static str,
    time_source: &'static str,
    provider: String,
    is_legacy: bool,
}

struct CopyRow {
    name: String,
    delivered_to: String,
    is_whole: bool,
    parts: Vec<(Tone, &'static str, String)>,
}

struct CertificateRow<'p> {
    file: &'p FileRecord,
    is_anchor: bool,
    subject: String,
    issuer: String,
    validity: String,
}

struct ListRow<'p> {
    file: &'p FileRecord,
    issuer: String,
    at: String,
}

impl<'p> Page<'p> {
    fn new(
        files: &'p Files,
        manifest: &'p Manifest,
        language: Language,
        crypto: &CryptoProvider,
    ) -> Self {
        let octets = |file: &FileRecord| files.get(&file.name).unwrap_or_default();
        let sent = manifest.of_role(Role::Sent).next();
        let claimed = sent.map(|file| read(octets(file)).claimed());
        let follow = match claimed.as_ref().map(Sent::from_claimed) {
            Some(Ok(sent)) => Follow::about(sent, manifest.pec_msgid.clone()),
            _ => Follow::of(manifest.pec_msgid.clone()),
        };
        let mut page = Self {
            language,
            manifest,
            made_at: language.instant(manifest.made_at),
            sender: String::new(),
            subject: String::new(),
            progress: (Tone::Open, ""),
            sent,
            recipients: Vec::new(),
            messages: Vec::new(),
            copies: Vec::new(),
            contradictions: Vec::new(),
            certificates: Vec::new(),
            lists: Vec::new(),
        };
        let follow = page.read_receipts(files, follow, crypto);
        page.follow(&follow);
        page.material(files);
        page
    }

    /// A text in the language of the page.
    fn t<'t>(&self, italian: &'t str, english: &'t str) -> &'t str {
        self.language.of(italian, english)
    }

    fn read_receipts(
        &mut self,
        files: &Files,
        mut follow: Follow,
        crypto: &CryptoProvider,
    ) -> Follow {
        let sent = self.sent.and_then(|file| files.get(&file.name));
        for file in self.manifest.of_role(Role::Receipt) {
            let mail = read(files.get(&file.name).unwrap_or_default());
            let reading = mail.daticert().and_then(|daticert| daticert.read().ok());
            let data = reading.and_then(|(it, _)| CertificationData::try_from(it).ok());
            let Some(data) = data else {
                continue;
            };
            self.messages.push(MessageRow::new(file, &data, self.language));
            let to = data.event.delivered_to();
            let proof =
                sent.and_then(|sent| CopyProof::of(&file.name, to, mail.message(), sent, crypto));
            self.copies.extend(proof.map(|proof| CopyRow::new(&proof, self.language)));
            follow.take(Receipt::recorded(data, &file.name));
        }
        follow
    }

    fn follow(&mut self, follow: &Follow) {
        let language = self.language;
        self.sender = follow.sender().map(ToString::to_string).unwrap_or_default();
        self.subject = follow.subject().unwrap_or_default().to_owned();
        self.progress = language.progress(follow.progress(self.manifest.made_at));
        let recipients = follow.recipients(self.manifest.made_at);
        self.recipients = recipients.iter().map(|it| RecipientRow::new(it, language)).collect();
        let contradictions = follow.contradictions();
        self.contradictions = contradictions.iter().map(|it| language.contradiction(it)).collect();
    }

    fn material(&mut self, files: &Files) {
        let language = self.language;
        for file in &self.manifest.files {
            let octets = files.get(&file.name).unwrap_or_default();
            match file.role {
                Role::Certificate | Role::Anchor => {
                    let certificate = Certificate::from_der(octets).ok();
                    self.certificates.extend(certificate.map(|certificate| CertificateRow {
                        file,
                        is_anchor: file.role == Role::Anchor,
                        subject: certificate.subject(),
                        issuer: certificate.issuer(),
                        validity: format!(
                            "{} – {}",
                            language.instant(certificate.not_before()),
                            language.instant(certificate.not_after())
                        ),
                    }));
                }
                Role::Crl => {
                    let crl = Crl::from_der(octets).ok();
                    self.lists.extend(crl.map(|crl| ListRow {
                        file,
                        issuer: crl.issuer(),
                        at: language.instant(crl.this_update()),
                    }));
                }
                Role::Ocsp => {
                    let response = OcspResponse::from_der(octets).ok();
                    self.lists.extend(response.map(|response| ListRow {
                        file,
                        issuer: "OCSP".into(),
                        at: language.instant(response.produced_at()),
                    }));
                }
                Role::Sent | Role::Receipt | Role::Report | Role::Script => {}
            }
        }
    }
}

impl RecipientRow {
    fn new(status: &RecipientStatus<'_>, language: Language) -> Self {
        let about = status.history.iter().flat_map(|receipt| receipt.sources());
        Self {
            address: status.address.to_string(),
            recipient_type: language.recipient_type(status.recipient_type),
            state: language.state(&status.state),
            detail: status.detail().map(str::to_owned),
            superseded: status.superseded.map(|at| language.event_time(at)),
            evidence: about.map(str::to_owned).collect(),
        }
    }
}

impl<'p> MessageRow<'p> {
    fn new(file: &'p FileRecord, data: &CertificationData, language: Language) -> Self {
        let record = file.judged.as_ref();
        let verdict = record.map_or(super::Word::Undecided, |record| record.verdict);
        let about: Vec<String> = match &data.event {
            Event::TakeInCharge { received_for } => {
                received_for.iter().map(ToString::to_string).collect()
            }
            event => event.delivered_to().map(ToString::to_string).into_iter().collect(),
        };
        let provider = record.and_then(|record| record.provider.clone());
        Self {
            file,
            kind: language.kind(data.kind()),
            receipt_type: match &data.event {
                Event::Delivery { receipt_type, .. } => Some(language.receipt_type(*receipt_type)),
                _ => None,
            },
            at: language.event_time(data.time),
            about: about.join(", "),
            verdict: language.verdict(verdict),
            origin: language.origin(record.and_then(|record| record.origin.as_deref())),
            time_source: record.map_or("", |record| language.time_source(record.time_source)),
            provider: provider.unwrap_or_else(|| data.provider.to_string()),
            is_legacy: record.is_some_and(|record| record.is_legacy),
        }
    }
}

impl CopyRow {
    fn new(copy: &CopyProof, language: Language) -> Self {
        let parts = copy.proof.parts().iter().map(|part| {
            let (tone, word) = language.part(part.verdict);
            let place: Vec<String> =
                part.path.iter().map(|place| place.saturating_add(1).to_string()).collect();
            let name = part
                .name
                .clone()
                .unwrap_or_else(|| format!("{} {}", language.of("parte", "part"), place.join(".")));
            (tone, word, name)
        });
        Self {
            name: copy.name.clone(),
            delivered_to: copy.delivered_to.as_ref().map(ToString::to_string).unwrap_or_default(),
            is_whole: copy.proof.is_whole(),
            parts: parts.collect(),
        }
    }
}
