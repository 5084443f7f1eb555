//! What each message has in its header and parts, and what the writer refuses.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{address, data, delivery, issue, original};
use encodify::{base64, qp};
use pec_daticert::{CertificationData, Event, ReceiptType};
use pec_message::original::Original;
use pec_message::write::{Draft, SealError, WriteError};
use pec_message::{MessageKind, brief::BriefCopy};
use pec_smime::crypto::CryptoProvider;
use pec_smime::entity::Entity;
use pec_smime::multipart::DraftError;
use pec_smime::testpki::{Shape, TestPki};
use pec_smime::verify::{Policy, Verifier};
use pec_smime::x509::{Crl, TrustAnchor, TrustStore};

fn unsigned(draft: &Draft<'_>) -> Vec<u8> {
    let mut message = Vec::new();
    draft.write_unsigned(&mut message).unwrap();
    message
}

fn fields<'m>(message: &'m Entity<'_>, name: &'m str) -> Vec<String> {
    message.fields_named(name).map(|field| field.text()).collect()
}

const RECEIPT: &str = "X-Ricevuta";
const SUBJECT: &str = "Perché \"no\"? Città & <società> 😀";

/// norms 9, norms §1.3: marker, subject, sender and recipient of all rows.
#[test]
fn headers_are_those_of_the_table() {
    let (alfa, beta) = ("posta-certificata@pec.alfa.example", "posta-certificata@pec.beta.example");
    let (sender, mailbox) = ("mario.rossi@alfa.example", "ricevute@pec.alfa.example");
    let late = "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO: ";
    let rows = [
        ("accettazione", "accettazione", "ACCETTAZIONE: ", alfa, sender),
        ("non-accettazione", "non-accettazione", "AVVISO DI NON ACCETTAZIONE: ", alfa, sender),
        (
            "non-accettazione-virus",
            "non-accettazione",
            "AVVISO DI NON ACCETTAZIONE PER VIRUS: ",
            alfa,
            sender,
        ),
        ("presa-in-carico", "presa-in-carico", "PRESA IN CARICO: ", beta, mailbox),
        ("avvenuta-consegna", "avvenuta-consegna", "CONSEGNA: ", beta, sender),
        ("avvenuta-consegna-breve", "avvenuta-consegna", "CONSEGNA: ", beta, sender),
        ("avvenuta-consegna-sintetica", "avvenuta-consegna", "CONSEGNA: ", beta, sender),
        ("errore-consegna", "errore-consegna", "AVVISO DI MANCATA CONSEGNA: ", beta, sender),
        (
            "errore-consegna-virus",
            "errore-consegna",
            "AVVISO DI MANCATA CONSEGNA PER VIRUS: ",
            alfa,
            sender,
        ),
        ("preavviso-12-ore", "preavviso-errore-consegna", late, alfa, sender),
        ("preavviso-24-ore", "preavviso-errore-consegna", late, alfa, sender),
        ("rilevazione-virus", "rilevazione-virus", "PROBLEMA DI SICUREZZA: ", beta, mailbox),
    ];
    for (name, draft) in common::drafts() {
        let Some(row) = rows.iter().find(|row| row.0 == name) else {
            assert!(draft.addressed_to().is_none(), "{name}");
            continue;
        };
        let message = unsigned(&draft);
        let entity = Entity::scan(&message);
        let subject = Original::new(&message).unwrap().subject().unwrap();
        assert_eq!(fields(&entity, RECEIPT), [row.1], "{name}");
        assert_eq!(subject.as_str(), format!("{}{SUBJECT}", row.2), "{name}");
        assert_eq!(fields(&entity, "From"), [row.3], "{name}");
        assert_eq!(fields(&entity, "To"), [row.4], "{name}");
        assert_eq!(draft.addressed_to().unwrap().as_str(), row.4);
        assert_eq!(fields(&entity, "X-Riferimento-Message-ID"), ["<m.42$7@pc.example>"]);
        assert_eq!(fields(&entity, "Date"), ["Wed, 01 Jul 2026 10:15:00 +0200"]);
        let (is_virus, is_detection) = (name.ends_with("-virus"), name == "rilevazione-virus");
        let checked = fields(&entity, "X-VerificaSicurezza");
        assert_eq!(checked.len(), usize::from(is_virus && !is_detection), "{name}");
        assert_eq!(fields(&entity, "X-Mittente").len(), usize::from(is_detection), "{name}");
        assert!(fields(&entity, "X-Trasporto").is_empty() && fields(&entity, "Sender").is_empty());
        assert!(message.starts_with(b"X-Ricevuta: "));
    }
}

/// rfc6109 §3.1.5#1, §3.1.5#2, §2.1.1.2#1, norms 14, norms 15, norms 23
#[test]
fn the_envelope_inherits_and_sets_its_fields() {
    let draft = common::envelope();
    let header = String::from_utf8(draft.header().to_vec()).unwrap();
    let original = common::ORIGINAL;
    let trace = original.split("From: ").next().unwrap();
    assert!(header.starts_with(trace), "{header}");
    let recipients = &original[original.find("To: ").unwrap()..original.find("Subject").unwrap()];
    assert!(header.contains(recipients));
    for field in [
        "X-Trasporto: posta-certificata\r\n",
        "X-TipoRicevuta: completa\r\n",
        "Reply-To: \"Rossi, Mario\" <mario.rossi@alfa.example>\r\n",
        "From: \"Per conto di: mario.rossi@alfa.example\"\r\n \
         <posta-certificata@pec.alfa.example>\r\n",
        "X-Riferimento-Message-ID: <m.42$7@pc.example>\r\n",
    ] {
        assert_eq!(header.matches(field).count(), 1, "{field}{header}");
    }
    assert!(header.contains(&format!("Message-ID: <{}@pec.alfa.example>", common::TRANSMISSION)));
    assert!(!header.contains("Sender:") && header.matches("From:").count() == 1);
}

/// rfc6109 §2.1#6: a Reply-To stays as it is, with its folding.
#[test]
fn a_given_reply_address_stays() {
    let field = "reply-to:Ufficio\r\n\t<ufficio@alfa.example>\r\n";
    let message = format!("From: mario@alfa.example\r\n{field}\r\n");
    let original = Original::new(message.as_bytes()).unwrap();
    let mut data = data(Event::TransportEnvelope { receipt_type: ReceiptType::Complete });
    data.msgid = None;
    let draft = Draft::transport_envelope(&data, &common::alfa(), &original).unwrap();
    let header = String::from_utf8(draft.header().to_vec()).unwrap();
    assert!(header.contains(field) && !header.contains("Reply-To: "), "{header}");
}

/// rfc6109 §3.2.2#2, §3.2.2#3, §3.2.2#4, norms 33
#[test]
fn the_anomaly_envelope_keeps_the_identifier_and_certifies_nothing() {
    let drafts = common::drafts();
    for (name, draft) in drafts.iter().filter(|(_, d)| d.kind() == MessageKind::AnomalyEnvelope) {
        let message = unsigned(draft);
        let entity = Entity::scan(&message);
        assert_eq!(fields(&entity, "X-Trasporto"), ["errore"]);
        assert_eq!(entity.multipart().unwrap().ranges().len(), 2, "text and original");
        let enclosed = entity.descendant(&[1]).unwrap();
        let (id, whole) = if *name == "anomalia" {
            ("<m.42$7@pc.example>", common::ORIGINAL.as_bytes())
        } else {
            assert_eq!(
                fields(&entity, "From"),
                ["\"Per conto di: <>\" <posta-certificata@pec.beta.example>"]
            );
            (
                "<beta1.20260701081500.7.c0ffee00c0ffee00c0ffee00c0ffee00@pec.beta.example>",
                common::EIGHT_BIT,
            )
        };
        assert_eq!(fields(&entity, "Message-ID"), [id]);
        assert_eq!(enclosed.body(), whole);
    }
}

/// norms 2, norms 4, norms 6, norms 12: parts, names, encodings, and data that agree.
#[test]
fn parts_come_in_order_with_their_names() {
    for (name, draft) in common::drafts() {
        let message = unsigned(&draft);
        let entity = Entity::scan(&message);
        let parts: Vec<_> = (0..entity.multipart().unwrap().ranges().len())
            .map(|index| entity.descendant(&[index]).unwrap())
            .collect();
        assert_eq!(parts[0].content_type().unwrap().value(), "multipart/alternative", "{name}");
        if draft.kind() != MessageKind::AnomalyEnvelope {
            let described = parts[1].content_type().unwrap();
            assert_eq!(described.value(), "application/xml");
            assert_eq!(described.parameter("name").unwrap().text(), "daticert.xml");
            let xml = base64::MIME.decode(parts[1].body()).unwrap();
            let data = CertificationData::from_xml(&xml).unwrap();
            assert_eq!(MessageKind::from(data.kind()), draft.kind());
            assert_eq!(fields(&entity, "Message-ID").len(), 1);
        }
        let last = parts.last().unwrap();
        let holds_original = last.content_type().unwrap().value() == "message/rfc822";
        let should = ["posta", "anomalia", "avvenuta-consegna"].iter().any(|p| name.starts_with(p))
            && !name.ends_with("sintetica");
        assert_eq!(holds_original, should, "{name}");
        if holds_original {
            let named = last.content_disposition().unwrap();
            assert_eq!(named.parameter("filename").unwrap().text(), "postacert.eml");
        }
        assert!(message.is_ascii() != draft.needs_8bitmime(), "{name}");
        let label = if draft.needs_8bitmime() { "8bit" } else { "7bit" };
        assert_eq!(
            (last.transfer_encoding() == "8bit", entity.transfer_encoding().as_str()),
            (draft.needs_8bitmime(), label),
            "{name}"
        );
    }
}

/// rfc6109 §4.3.1#1, §4.3.1#2, §4.3.1#3, §4.3.1#4, norms 3, norms 5
#[test]
fn the_html_says_what_the_text_says_and_nothing_else() {
    for (name, draft) in common::drafts() {
        let message = unsigned(&draft);
        let entity = Entity::scan(&message);
        let [text, html] = [0, 1].map(|index| {
            let part = entity.descendant(&[0, index]).unwrap();
            let described = part.content_type().unwrap();
            assert_eq!(described.parameter("charset").unwrap().text(), "iso-8859-1");
            let latin1 = qp::BODY.decode(part.body()).unwrap().into_owned();
            let text: String = latin1.into_iter().map(char::from).collect();
            (described.value().to_owned(), text)
        });
        assert_eq!((text.0.as_str(), html.0.as_str()), ("text/plain", "text/html"));
        for forbidden in ["src", "href", "url(", "script", "style", "<img", "<link", "on"] {
            let tags = html.1.split('<').filter_map(|rest| rest.split_once('>'));
            assert!(tags.into_iter().all(|(tag, _)| !tag.contains(forbidden)), "{forbidden}");
        }
        let body = html.1.split_once("<body>").unwrap().1;
        assert_eq!(without_tags(body).trim(), text.1.trim().replace("\r\n", "\n"), "{name}");
    }
}

fn without_tags(html: &str) -> String {
    let pieces = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, t)| t));
    let text: String = pieces.collect();
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    plain.replace("&#39;", "'").replace("&amp;", "&").replace("\r\n", "\n")
}

/// norms 69: an original stays where it is.
#[test]
fn originals_are_not_copied() {
    let body = "x".repeat(76) + "\r\n";
    let message = format!("From: a@b.it\r\nMessage-ID: <1@x>\r\n\r\n{}", body.repeat(50_000));
    let original = Original::new(message.as_bytes()).unwrap();
    let mut data = data(Event::TransportEnvelope { receipt_type: ReceiptType::Complete });
    data.msgid = original.msgid();
    let draft = Draft::transport_envelope(&data, &common::alfa(), &original).unwrap();
    let range = message.as_bytes().as_ptr_range();
    let copied: usize =
        draft.content().filter(|s| !range.contains(&s.as_ptr())).map(<[u8]>::len).sum();
    assert!(copied < 10_000, "{copied}");
    assert!(draft.content().map(<[u8]>::len).sum::<usize>() > message.len());
}

#[test]
fn other_kinds_are_refused() {
    let original = original();
    let mailbox = address("x@y.it");
    let copy = BriefCopy::new(&original, &CryptoProvider::rustcrypto()).unwrap();
    let acceptance = data(Event::Acceptance);
    let (brief, complete) = (delivery(ReceiptType::Brief), delivery(ReceiptType::Complete));
    let issue = issue("alfa");
    let refused = [
        Draft::transport_envelope(&acceptance, &common::alfa(), &original).err(),
        Draft::notification(&complete, &issue).err(),
        Draft::notification(&brief, &issue).err(),
        Draft::complete_delivery(&brief, &issue, &original).err(),
        Draft::complete_delivery(&acceptance, &issue, &original).err(),
        Draft::brief_delivery(&complete, &issue, &copy).err(),
        Draft::take_in_charge(&acceptance, &issue, &mailbox).err(),
        Draft::virus_detection(&acceptance, &issue, &mailbox).err(),
    ];
    for error in refused {
        assert!(matches!(error, Some(WriteError::OtherKind { .. })), "{error:?}");
    }
    let envelope = data(Event::TransportEnvelope { receipt_type: ReceiptType::Complete });
    let other = CertificationData { msgid: None, ..envelope };
    let error = Draft::transport_envelope(&other, &common::alfa(), &original).err();
    assert_eq!(error, Some(WriteError::OtherMsgid { original: original.msgid() }));
}

/// norms §6.2: an author who knew the identifier could end the message where he likes.
#[test]
fn a_guessed_boundary_is_refused() {
    let tail = &common::TRANSMISSION[common::TRANSMISSION.len() - 46..];
    for letter in ["m", "s"] {
        let message = format!("From: a@b.it\r\n\r\n------=_{letter}-{tail}--\r\n");
        let original = Original::new(message.as_bytes()).unwrap();
        let mut data = data(Event::TransportEnvelope { receipt_type: ReceiptType::Complete });
        data.msgid = None;
        let draft = Draft::transport_envelope(&data, &common::alfa(), &original);
        let refused = match draft {
            Err(error) => error == WriteError::Boundary(DraftError::BoundaryInContent),
            Ok(draft) => seal(&draft, "alfa").is_err(),
        };
        assert!(refused, "{letter}");
    }
}

fn seal(draft: &Draft<'_>, provider: &str) -> Result<Vec<u8>, SealError> {
    let crypto = CryptoProvider::rustcrypto();
    let domain = format!("pec.{provider}.example");
    let signer = pki().provider("Provider", &domain, Shape::P256).signer(&crypto);
    draft.seal(&signer, &crypto).map(|sealed| {
        let message = sealed.to_vec();
        assert_eq!(sealed.octets(), message.len());
        assert_eq!(sealed.needs_8bitmime(), !message.is_ascii());
        message
    })
}

fn pki() -> TestPki {
    let now = data(Event::Acceptance).time.to_utc();
    TestPki::new(now, &["pec.alfa.example", "pec.beta.example"])
}

/// rfc6109 §2.1#1, §2.1#3, norms 1: all messages are signed by their provider, and verify.
#[test]
fn sealed_messages_verify() {
    let pki = pki();
    let now = data(Event::Acceptance).time.to_utc();
    let mut store = TrustStore::new();
    store.add_anchor(TrustAnchor::new(pki.root().clone()));
    let crypto = CryptoProvider::rustcrypto();
    store.add_crl(Crl::from_der(&pki.revocation_list(now, &[])).unwrap());
    store.add_crl(Crl::from_der(&pki.root_revocation_list(now)).unwrap());
    let verifier = Verifier::new(&store, &crypto, Policy::strict());
    for (name, draft) in common::drafts() {
        let [provider, other] = match draft.from().as_str() {
            "posta-certificata@pec.alfa.example" => ["alfa", "beta"],
            _ => ["beta", "alfa"],
        };
        let message = seal(&draft, provider).unwrap();
        let verification = verifier.message(&message, now);
        let content: Vec<u8> = draft.content().flatten().copied().collect();
        assert!(verification.is_valid(), "{name}: {:?}", verification.checks());
        assert_eq!(verification.signed_content(), Some(&content[..]), "{name}");
        let entity = Entity::scan(&message);
        let label = if draft.needs_8bitmime() { "8bit" } else { "7bit" };
        assert_eq!(entity.transfer_encoding(), label, "{name}");
        let refused = seal(&draft, other).err();
        assert!(matches!(refused, Some(SealError::OtherAddress { .. })), "{name}");
    }
}
