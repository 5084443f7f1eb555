//! Hostile and random input: subjects, names, originals.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{data, issue};
use mail_parser::MessageParser;
use pec_daticert::{Event, ReceiptType, Text};
use pec_message::original::Original;
use pec_message::write::Draft;
use pec_message::{fuzzing, limits};
use pec_smime::entity::Entity;
use proptest::{collection::vec, prelude::*, sample::select};

fn acceptance(subject: &str) -> Vec<u8> {
    let mut data = data(Event::Acceptance);
    data.header.subject = Some(subject.parse().unwrap());
    let draft = Draft::notification(&data, &issue("alfa")).unwrap();
    let mut message = Vec::new();
    draft.write_unsigned(&mut message).unwrap();
    message
}

/// One header, ASCII, lines within the limit, and the subject comes back in full.
fn check(subject: &str) {
    let message = acceptance(subject);
    assert!(message.is_ascii());
    let original = Original::new(&message).unwrap();
    assert_eq!(original.entity().fields().len(), 9, "{subject:?}");
    let expected =
        if subject.is_empty() { "ACCETTAZIONE:" } else { &format!("ACCETTAZIONE: {subject}") };
    assert_eq!(original.subject().unwrap().as_str(), expected);
    assert!(message.split(|octet| *octet == b'\n').all(|line| line.len() <= limits::LINE_OCTETS));
}

/// norms §6.2: header injection, encoded words that are text, emoji, length.
#[test]
fn hostile_subjects_stay_text() {
    let long = "parola ".repeat(500);
    let unbroken = "x".repeat(5000);
    for subject in [
        "",
        " ",
        "=?utf-8?Q?a=0D=0ABcc=3A_b@c.it?=",
        "=?utf-8?B?QmNjOiBiQGMuaXQ=?= =?x",
        "\" proveniente da \"papa@vaticano.example\"",
        "--confine=1--",
        "{mittente} {identificativo}",
        "<script>alert(1)</script>&nbsp;<!--",
        "\u{202e}txe.fdp\u{202c} \u{200b}\u{feff}",
        "👩‍👩‍👧‍👦 🇮🇹 e\u{301}",
        "漢字 العربية עברית ไทย",
        "\u{7f}\u{80}\u{85}\u{9f}\u{2028}\u{2029}\u{fffd}",
        "a\tb  c   d ",
        long.trim_end(),
        &unbroken,
        &"😀".repeat(1000),
    ] {
        check(subject);
    }
}

/// A second reader of what is written.
#[test]
fn mail_parser_reads_the_same() {
    for (name, draft) in common::drafts() {
        let mut message = Vec::new();
        draft.write_unsigned(&mut message).unwrap();
        let parsed = MessageParser::default().parse(&message).unwrap();
        let subject = Original::new(&message).unwrap().subject().unwrap();
        assert_eq!(parsed.subject(), Some(subject.as_str()), "{name}");
        let names: Vec<_> = parsed
            .attachments()
            .filter_map(|part| {
                use mail_parser::MimeHeaders as _;
                part.attachment_name()
            })
            .collect();
        assert_eq!(
            names.contains(&"postacert.eml"),
            name.starts_with("posta")
                || name.starts_with("anomalia")
                || matches!(name, "avvenuta-consegna" | "avvenuta-consegna-breve"),
            "{name}"
        );
        assert_eq!(names.contains(&"daticert.xml"), !name.starts_with("anomalia"), "{name}");
    }
}

#[test]
fn originals_with_their_own_tricks_come_out_as_they_were() {
    for message in [
        common::ORIGINAL.as_bytes(),
        common::EIGHT_BIT,
        b"",
        b"\r\n",
        b"From: a@b.it",
        b"From: a@b.it\r\nMessage-ID: <x@y>",
        b"From: a@b.it\r\nMessage-ID:<x@y>\r\nMessage-ID: <z@y>\r\n\r\n",
        b" \r\nFrom: a@b.it\r\n\r\n",
        b"From a Mon\r\nFrom: a@b.it\r\n\r\n",
        b"From: a@b.it\nMessage-ID: <x@y>\n\nbare\rline ends\0\n",
        b"To: x@y.it\r\nFrom: a@b.it\r\nFrom: b@b.it\r\n\r\n",
        b"From: \xe8@b.it\r\nX-Riferimento-Message-ID: <spoof@y>\r\n\r\n",
        b"no header at all\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b--",
    ] {
        fuzzing::original_splice(message);
    }
    for (_, draft) in common::drafts() {
        let mut message = Vec::new();
        draft.write_unsigned(&mut message).unwrap();
        fuzzing::original_splice(&message);
    }
}

/// Every truncation of a message is an original like another.
#[test]
fn truncated_originals_come_out_as_they_were() {
    let message = common::ORIGINAL.as_bytes();
    for end in (0..message.len()).step_by(3) {
        fuzzing::original_splice(&message[..end]);
    }
}

fn text() -> impl Strategy<Value = String> {
    let special = select(vec!['=', '?', '_', ' ', '\t', '"', '<', '\\', 'è', '😀', '\u{2028}']);
    vec(prop_oneof![any::<char>(), special], 0..200)
        .prop_map(|characters| characters.into_iter().filter(|c| Text::new(*c).is_ok()).collect())
}

fn message() -> impl Strategy<Value = Vec<u8>> {
    let line = select(vec![
        "From: a@b.it",
        "Message-ID: <1@x>",
        "message-id :\r\n <2@x>",
        "X-Riferimento-Message-ID: <3@x>",
        "Subject: =?utf-8?Q?a=0D=0Ab?=",
        "Content-Type: multipart/mixed; boundary=b",
        "Content-Type: message/rfc822",
        "Content-Type: a/b; name=\"=?x",
        "--b",
        "--b--",
        "",
        " folded",
        ".",
    ]);
    let line = prop_oneof![
        4 => line.prop_map(|line| line.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..30),
        1 => (990_usize..1010).prop_map(|n| vec![b'y'; n]),
    ];
    let end = select(vec!["\r\n", "\r\n", "\r\n", "\n", "\r", ""]);
    vec((line, end), 0..30).prop_map(|lines| {
        lines.into_iter().flat_map(|(line, end)| [line, end.as_bytes().to_vec()].concat()).collect()
    })
}

proptest! {
    #[test]
    fn any_subject_comes_back(subject in text()) {
        check(&subject);
    }

    #[test]
    fn any_message_travels_unchanged(message in message()) {
        fuzzing::original_splice(&message);
    }

    #[test]
    fn any_sender_makes_one_from(local in "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,64}") {
        let sender = format!("{local}@alfa.example");
        let mut data = data(Event::TransportEnvelope { receipt_type: ReceiptType::Brief });
        data.header.sender = sender.parse().unwrap();
        data.msgid = None;
        let original = Original::new(b"To: x@y.it\r\n\r\n").unwrap();
        let draft = Draft::transport_envelope(&data, &common::alfa(), &original).unwrap();
        let header = Entity::scan(draft.header());
        prop_assert_eq!(
            header.field("From").unwrap().text(),
            format!("\"Per conto di: {sender}\" <posta-certificata@pec.alfa.example>")
        );
        prop_assert_eq!(header.field("Reply-To").unwrap().text(), sender);
    }
}
