//! Messages in the shapes that providers give them, to be bent before they are signed.

use chrono::{DateTime, Utc};
use encodify::base64;
use pec_daticert::{
    CertificationData, DeliveryErrorCause, Event, Header, NonAcceptanceCause, ReceiptType,
    Recipient,
};
use pec_message::MessageKind;
use pec_smime::crypto::{CryptoProvider, DigestAlgorithm};
use pec_smime::sign::{SigningOptions, sign_detached};
use pec_smime::testpki::Identity;

use crate::world::{World, now};

/// The shapes (norms §1.2, §1.4, §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// `x-pkcs7-signature`, LF, other case of one field, own text.
    Aruba,
    /// Plain text alone, original before the data, fields of its own.
    Namirial,
    /// As the norm has it today.
    Current,
}

pub(crate) const STYLES: [(Style, &str); 3] =
    [(Style::Aruba, "aruba"), (Style::Namirial, "namirial"), (Style::Current, "current")];

/// The rows of norms §1.3: name, event, whether the sender's provider signs.
pub(crate) fn rows() -> Vec<(&'static str, Option<Event>, bool)> {
    let anna = || "anna@beta.example".parse().unwrap();
    let detail = |text: &str| text.parse().unwrap();
    let delivery = |receipt_type| Some(Event::Delivery { receipt_type, delivered_to: anna() });
    let error = |cause, text: &str| {
        let error_detail = detail(text);
        let receipt_type = Some(ReceiptType::Complete);
        Some(Event::DeliveryError { cause, delivered_to: anna(), receipt_type, error_detail })
    };
    let refusal =
        |cause, text: &str| Some(Event::NonAcceptance { cause, error_detail: detail(text) });
    vec![
        ("acceptance", Some(Event::Acceptance), true),
        ("non-acceptance", refusal(NonAcceptanceCause::FormalException, "Bcc non vuoto"), true),
        ("non-acceptance-virus", refusal(NonAcceptanceCause::Virus, "EICAR-Test"), true),
        (
            "transport-envelope",
            Some(Event::TransportEnvelope { receipt_type: ReceiptType::Complete }),
            true,
        ),
        ("take-in-charge", Some(Event::TakeInCharge { received_for: anna().into() }), false),
        ("delivery-complete", delivery(ReceiptType::Complete), false),
        ("delivery-brief", delivery(ReceiptType::Brief), false),
        ("delivery-concise", delivery(ReceiptType::Concise), false),
        (
            "delivery-error",
            error(DeliveryErrorCause::Other, "5.1.1 - Beta - indirizzo non valido"),
            false,
        ),
        ("delivery-error-virus", error(DeliveryErrorCause::Virus, "EICAR-Test"), true),
        (
            "delivery-notice",
            Some(Event::DeliveryNotice {
                delivered_to: anna(),
                error_detail: detail("5.4.1 - tempo massimo"),
            }),
            true,
        ),
        ("virus-detection", Some(Event::VirusDetection { delivered_to: anna() }), false),
        ("anomaly-envelope", None, false),
    ]
}

/// A message in pieces.
#[derive(Clone)]
pub(crate) struct Sketch {
    pub(crate) style: Style,
    /// Outer header fields, without MIME fields.
    pub(crate) header: Vec<(String, String)>,
    /// The parts of the `multipart/mixed`, each with its header.
    pub(crate) parts: Vec<String>,
    pub(crate) mixed: String,
    pub(crate) signer: Identity,
    pub(crate) digest: DigestAlgorithm,
}

pub(crate) const MSGID: &str = "a1.20261121101500.00042.01.1@alfa.example";

pub(crate) fn data(event: Event) -> CertificationData {
    CertificationData {
        header: Header {
            sender: "mario@alfa.example".parse().unwrap(),
            recipients: Recipient::certified("anna@beta.example".parse().unwrap()).into(),
            reply_to: "mario@alfa.example".parse().unwrap(),
            subject: Some("Contratto n. 12".parse().unwrap()),
        },
        provider: "Alfa PEC S.p.A.".parse().unwrap(),
        time: "2026-11-21T10:15:00+01:00".parse().unwrap(),
        pec_msgid: MSGID.parse().unwrap(),
        msgid: Some("<m.42@host.example>".parse().unwrap()),
        event,
    }
}

/// The original message as the sender's provider left it.
pub(crate) fn original() -> String {
    format!(
        "From: mario@alfa.example\r\nTo: anna@beta.example\r\nSubject: Contratto n. 12\r\n\
         Message-ID: <{MSGID}>\r\nX-Riferimento-Message-ID: <m.42@host.example>\r\n\
         X-TipoRicevuta: completa\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"orig\"\r\n\r\n\
         --orig\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nIn allegato il contratto.\r\n\
         --orig\r\n{}--orig--\r\n",
        attachment(CONTRACT)
    )
}

pub(crate) const CONTRACT: &[u8] = b"%PDF-1.7 il contratto";

fn attachment(octets: &[u8]) -> String {
    format!(
        "Content-Type: application/pdf; name=\"contratto.pdf\"\r\n\
         Content-Disposition: attachment; filename=\"contratto.pdf\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}",
        base64::MIME.encode(octets)
    )
}

/// The original with the hash of the attachment in its place.
fn brief() -> String {
    let crypto = CryptoProvider::rustcrypto();
    let encoded = base64::MIME.encode(CONTRACT);
    let digest = crypto.digest(DigestAlgorithm::Sha1, encoded.trim_end().as_bytes()).unwrap();
    let hash: String = digest.as_bytes().iter().map(|octet| format!("{octet:02X}")).collect();
    original().replace(
        &attachment(CONTRACT),
        &format!(
            "Content-Type: text/plain; name=\"contratto.pdf.hash\"\r\n\
             Content-Disposition: attachment; filename=\"contratto.pdf.hash\"\r\n\r\n{hash}\r\n"
        ),
    )
}

impl Sketch {
    /// A row of norms §1.3 in a style.
    pub(crate) fn of_row(world: &World, row: &str, style: Style) -> Self {
        let (_, event, is_sender_s) = rows().into_iter().find(|(name, ..)| *name == row).unwrap();
        let signer = if is_sender_s { &world.alfa } else { &world.beta };
        match event {
            Some(event) => Self::of(&data(event), signer, style),
            None => Self::anomaly(signer, style),
        }
    }

    pub(crate) fn of(data: &CertificationData, signer: &Identity, style: Style) -> Self {
        let system = signer.certificate().rfc822_names()[0].clone();
        let (sender, recipient) =
            (data.header.sender.as_str(), data.header.recipients[0].address.as_str());
        let kind = MessageKind::from(data.kind());
        let (marker, value) = kind.marker();
        let is_envelope = kind == MessageKind::TransportEnvelope;
        let (from, to) = match kind {
            MessageKind::TransportEnvelope => {
                (format!("\"Per conto di: {sender}\" <{system}>"), recipient)
            }
            MessageKind::TakeInCharge | MessageKind::VirusDetection => {
                (system, "ricevute@alfa.example")
            }
            _ => (system, sender),
        };
        let subject = data.header.subject.as_deref().unwrap_or_default();
        let mut header: Vec<(String, String)> = vec![
            ("From".into(), from),
            ("To".into(), to.into()),
            ("Subject".into(), format!("{}{subject}", prefix(&data.event))),
            ("Date".into(), "Sat, 21 Nov 2026 10:15:00 +0100".into()),
            (marker.into(), value.into()),
        ];
        let id =
            if is_envelope { data.pec_msgid.to_message_id() } else { "<r.1@alfa.example>".into() };
        header.push(("Message-ID".into(), id));
        if let Some(msgid) = &data.msgid {
            header.push(("X-Riferimento-Message-ID".into(), msgid.to_string()));
        }
        if is_envelope {
            let name = if style == Style::Aruba { "X-Tiporicevuta" } else { "X-TipoRicevuta" };
            header.push((name.into(), data.event.receipt_type().unwrap().to_string()));
            header.push(("Reply-To".into(), sender.into()));
        }
        if data.event.error() == pec_daticert::ErrorCode::Virus
            && kind != MessageKind::VirusDetection
        {
            header.push(("X-VerificaSicurezza".into(), "errore".into()));
        }
        if kind == MessageKind::VirusDetection {
            header.push(("X-Mittente".into(), sender.into()));
        }
        if style == Style::Namirial {
            header.push(("X-Namirial-Details".into(), "5f1e".into()));
        }
        let mut sketch = Self {
            style,
            header,
            parts: vec![text(style), daticert(data)],
            mixed: "multipart/mixed".into(),
            signer: signer.clone(),
            digest: DigestAlgorithm::Sha256,
        };
        let copy = match &data.event {
            Event::TransportEnvelope { .. }
            | Event::Delivery { receipt_type: ReceiptType::Complete, .. } => Some(original()),
            Event::Delivery { receipt_type: ReceiptType::Brief, .. } => Some(brief()),
            _ => None,
        };
        let place = if style == Style::Namirial { 1 } else { 2 };
        if let Some(copy) = copy {
            sketch.parts.insert(place, postacert(&copy));
        }
        sketch
    }

    /// An anomaly envelope around ordinary mail.
    pub(crate) fn anomaly(signer: &Identity, style: Style) -> Self {
        let system = signer.certificate().rfc822_names()[0].clone();
        let ordinary =
            "From: x@elsewhere.example\r\nTo: anna@beta.example\r\nSubject: ciao\r\n\r\nciao\r\n";
        let header = [
            ("From", format!("\"Per conto di: x@elsewhere.example\" <{system}>")),
            ("To", "anna@beta.example".into()),
            ("Subject", "ANOMALIA MESSAGGIO: ciao".into()),
            ("Date", "Sat, 21 Nov 2026 10:15:00 +0100".into()),
            ("X-Trasporto", "errore".into()),
            ("Message-ID", "<c.1@elsewhere.example>".into()),
        ];
        Self {
            style,
            header: header.map(|(name, value)| (name.to_owned(), value)).into(),
            parts: vec![text(style), postacert(ordinary)],
            mixed: "multipart/mixed".into(),
            signer: signer.clone(),
            digest: DigestAlgorithm::Sha256,
        }
    }

    /// Sets a header field, in its place if there is one of that name.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        match self.header.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, known)) => *known = value.to_owned(),
            None => self.header.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    pub(crate) fn add(mut self, name: &str, value: &str) -> Self {
        self.header.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.header.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// Replaces text in every signed part.
    pub(crate) fn replace(mut self, from: &str, to: &str) -> Self {
        let before = self.parts.concat();
        self.parts.iter_mut().for_each(|part| *part = part.replace(from, to));
        assert_ne!(before, self.parts.concat(), "{from}");
        self
    }

    /// The certification data written anew.
    pub(crate) fn with_xml(mut self, edit: impl Fn(&str) -> String) -> Self {
        let part = self.parts.iter_mut().find(|part| part.contains("daticert.xml")).unwrap();
        let (head, body) = part.split_once("\r\n\r\n").unwrap();
        let xml = String::from_utf8(base64::MIME.decode(body).unwrap()).unwrap();
        let edited = edit(&xml);
        assert_ne!(xml, edited);
        *part = format!("{head}\r\n\r\n{}", base64::MIME.encode(edited));
        self
    }

    /// What is signed.
    pub(crate) fn content(&self) -> String {
        let mut content = format!(
            "MIME-Version: 1.0\r\nContent-Type: {}; boundary=\"mixed\"\r\n\r\n",
            self.mixed
        );
        for part in &self.parts {
            content.push_str(&format!("--mixed\r\n{}\r\n", part.trim_end()));
        }
        content + "--mixed--\r\n"
    }

    pub(crate) fn sealed(&self, world: &World) -> Vec<u8> {
        self.sealed_at(world, now())
    }

    pub(crate) fn sealed_at(&self, world: &World, instant: DateTime<Utc>) -> Vec<u8> {
        let content = self.content();
        let signer = self.signer.signer(&world.crypto);
        let options = SigningOptions::new(instant).digest(self.digest).allow_profile_breaches();
        let cms = sign_detached(&[content.as_bytes()], &signer, &options, &world.crypto).unwrap();
        self.assembled(&content, &cms)
    }

    /// Content and signature under the outer header.
    pub(crate) fn assembled(&self, content: &str, cms: &[u8]) -> Vec<u8> {
        let x = if self.style == Style::Aruba { "x-" } else { "" };
        let micalg = if self.style == Style::Aruba { "sha256" } else { "sha-256" };
        let preamble = match self.style {
            Style::Current => "",
            _ => "This is an S/MIME signed message\r\n\r\n",
        };
        let header: String =
            self.header.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let message = format!(
            "{header}MIME-Version: 1.0\r\nContent-Type: multipart/signed; \
             protocol=\"application/{x}pkcs7-signature\"; micalg=\"{micalg}\";\r\n \
             boundary=\"----5EA1\"\r\n\r\n{preamble}------5EA1\r\n{content}\r\n------5EA1\r\n\
             Content-Type: application/{x}pkcs7-signature; name=\"smime.p7s\"\r\n\
             Content-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n{}------5EA1--\r\n",
            base64::MIME.encode(cms)
        );
        match self.style {
            Style::Aruba => message.replace("\r\n", "\n").into_bytes(),
            _ => message.into_bytes(),
        }
    }
}

fn text(style: Style) -> String {
    let plain = |text: &str| {
        format!(
            "Content-Type: text/plain; charset=\"iso-8859-1\"\r\nContent-Disposition: inline\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\n{text}\r\n"
        )
    };
    match style {
        Style::Aruba => format!(
            "Content-Type: multipart/alternative; boundary=\"alt\"\r\n\r\n--alt\r\n{}\
             --alt\r\nContent-Type: text/html; charset=\"iso-8859-1\"\r\n\r\n\
             <p>Ricevuta</p>\r\n--alt--\r\n",
            plain("--Questo =E8 un Messaggio di Posta Certificata--")
        ),
        Style::Namirial => plain("Il messaggio e' stato inviato"),
        Style::Current => format!(
            "Content-Type: multipart/alternative; boundary=\"alt\"\r\n\r\n--alt\r\n{}\
             --alt\r\nContent-Type: text/html; charset=\"iso-8859-1\"\r\n\r\n\
             <p>Il messaggio</p>\r\n--alt--\r\n",
            plain("Il giorno 21/11/2026 alle ore 10:15:00 (+0100) il messaggio")
        ),
    }
}

pub(crate) fn daticert(data: &CertificationData) -> String {
    format!(
        "Content-Type: application/xml; name=\"daticert.xml\"\r\n\
         Content-Disposition: inline; filename=\"daticert.xml\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}",
        base64::MIME.encode(data.to_xml().unwrap())
    )
}

pub(crate) fn postacert(message: &str) -> String {
    format!(
        "Content-Type: message/rfc822; name=\"postacert.eml\"\r\n\
         Content-Disposition: inline; filename=\"postacert.eml\"\r\n\
         Content-Transfer-Encoding: 7bit\r\n\r\n{message}"
    )
}

fn prefix(event: &Event) -> &'static str {
    let is_virus = event.error() == pec_daticert::ErrorCode::Virus;
    match (event, is_virus) {
        (Event::Acceptance, _) => "ACCETTAZIONE: ",
        (Event::NonAcceptance { .. }, false) => "AVVISO DI NON ACCETTAZIONE: ",
        (Event::NonAcceptance { .. }, true) => "AVVISO DI NON ACCETTAZIONE PER VIRUS: ",
        (Event::TransportEnvelope { .. }, _) => "POSTA CERTIFICATA: ",
        (Event::TakeInCharge { .. }, _) => "PRESA IN CARICO: ",
        (Event::Delivery { .. }, _) => "CONSEGNA: ",
        (Event::DeliveryError { .. }, false) => "AVVISO DI MANCATA CONSEGNA: ",
        (Event::DeliveryError { .. }, true) => "AVVISO DI MANCATA CONSEGNA PER VIRUS: ",
        (Event::DeliveryNotice { .. }, _) => "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO: ",
        (Event::VirusDetection { .. }, _) => "PROBLEMA DI SICUREZZA: ",
    }
}
