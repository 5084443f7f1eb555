//! Brief copies: what is replaced, what stays, byte for byte (RFC 6109 §3.3.2.2).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use pec_message::brief::{BriefCopy, BriefError, UNNAMED_MESSAGE};
use pec_message::limits::{ATTACHMENT_NAME_CHARS, BRIEF_DEPTH};
use pec_message::original::Original;
use pec_smime::crypto::{CryptoProvider, DigestAlgorithm};
use pec_smime::entity::Entity;

fn copy(message: &str) -> (String, Vec<(String, String)>) {
    let original = Original::new(message.as_bytes()).unwrap();
    let copy = BriefCopy::new(&original, &CryptoProvider::rustcrypto()).unwrap();
    let hashed = copy.hashed().iter().map(|part| {
        let body = &message.as_bytes()[part.body.clone()];
        assert_eq!(sha1(body), part.sha1);
        (part.name.clone(), String::from_utf8(body.to_vec()).unwrap())
    });
    let hashed = hashed.collect();
    (String::from_utf8(copy.to_vec()).unwrap(), hashed)
}

fn sha1(octets: &[u8]) -> String {
    let crypto = CryptoProvider::rustcrypto();
    let digest = crypto.digest(DigestAlgorithm::Sha1, octets).unwrap();
    digest.as_bytes().iter().map(|octet| format!("{octet:02x}")).collect()
}

fn hash_part(name: &str, body: &str) -> String {
    format!(
        "Content-Type: text/plain;\r\n name=\"{name}.hash\"\r\n\
         Content-Transfer-Encoding: 7bit\r\n\
         Content-Disposition: attachment;\r\n filename=\"{name}.hash\"\r\n\r\n{}",
        sha1(body.as_bytes())
    )
}

fn multipart(subtype: &str, boundary: &str, parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|part| format!("--{boundary}\r\n{part}\r\n")).collect();
    format!(
        "Content-Type: multipart/{subtype}; boundary={boundary}\r\n\r\n{parts}--{boundary}--\r\n"
    )
}

const TEXT: &str = "Content-Type: text/plain\r\n\r\nEcco.";
const PDF: &str = "Content-Type: application/pdf; name=c.pdf\r\n\
                   Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQ=";

/// rfc6109 §3.3.2.2#1, §3.3.2.2#6, §3.3.2.2#8, norms 40
#[test]
fn named_parts_and_messages_are_replaced() {
    let by_filename = "Content-Disposition: inline; filename=\"f.txt\"\r\n\r\nfoto";
    let message = "Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny";
    let named_message = "Content-Type: Message/RFC822; name=m.eml\r\n\r\nSubject: x\r\n\r\nz";
    let original = multipart("mixed", "b", &[TEXT, PDF, by_filename, message, named_message]);
    let (text, hashed) = copy(&original);
    let expected = multipart(
        "mixed",
        "b",
        &[
            TEXT,
            &hash_part("c.pdf", "JVBERi0xLjQ="),
            &hash_part("f.txt", "foto"),
            &hash_part(UNNAMED_MESSAGE, "Subject: x\r\n\r\ny"),
            &hash_part("m.eml", "Subject: x\r\n\r\nz"),
        ],
    );
    assert_eq!(text, expected);
    assert_eq!(hashed[0], ("c.pdf.hash".into(), "JVBERi0xLjQ=".into()));
}

#[test]
fn multiparts_are_looked_into_at_any_depth() {
    let inner = multipart("related; name=x", "i", &[TEXT, PDF]);
    let expected = multipart("related; name=x", "i", &[TEXT, &hash_part("c.pdf", "JVBERi0xLjQ=")]);
    let (text, _) = copy(&multipart("alternative", "o", &[&inner, TEXT]));
    assert_eq!(text, multipart("alternative", "o", &[&expected, TEXT]));
}

/// RFC 2046 §5.1.5: a part of a digest is a message unless it says otherwise.
#[test]
fn parts_of_a_digest_are_messages() {
    let message = "\r\nSubject: x\r\n\r\ny";
    let (text, _) = copy(&multipart("digest", "d", &[message, TEXT]));
    let replaced = hash_part(UNNAMED_MESSAGE, &message[2..]);
    assert_eq!(text, multipart("digest", "d", &[&replaced, TEXT]));
}

/// rfc6109 §3.3.2.2#7: of a signed original the signature stays, though it has a name.
#[test]
fn the_signature_of_a_signed_original_stays() {
    let signature = "Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nMII=";
    let signed = multipart("mixed", "i", &[TEXT, PDF]);
    let hashed = multipart("mixed", "i", &[TEXT, &hash_part("c.pdf", "JVBERi0xLjQ=")]);
    let (text, parts) = copy(&multipart("signed", "s", &[&signed, signature]));
    assert_eq!(text, multipart("signed", "s", &[&hashed, signature]));
    assert_eq!(parts.len(), 1);
    // One that is only a part of the original is an attachment like others.
    let attached = multipart("signed", "s", &[TEXT, signature]);
    assert_eq!(copy(&multipart("mixed", "o", &[&attached])).1.len(), 1);
}

/// norms 40: a message that is one CMS object stays whole; an attached one does not.
#[test]
fn an_encrypted_original_stays() {
    for kind in ["application/pkcs7-mime", "application/X-pkcs7-mime"] {
        let message = format!("Content-Type: {kind}; name=smime.p7m\r\n\r\nMII=\r\n");
        assert_eq!(copy(&message), (message.clone(), Vec::new()));
        let attached = multipart("mixed", "b", &[TEXT, &message]);
        assert_eq!(copy(&attached).1.len(), 1);
    }
}

#[test]
fn a_message_that_is_one_attachment_keeps_its_other_fields() {
    let message = "Subject: x\r\nContent-Type: application/pdf; name=c.pdf\r\nTo: a@b.it\r\n\
                   Content-Transfer-Encoding: base64\r\nMIME-Version: 1.0\r\n\r\nJVBERi0xLjQ=\r\n";
    let (text, hashed) = copy(message);
    let (header, hash) = text.split_once("\r\n\r\n").unwrap();
    assert_eq!(hash, sha1(b"JVBERi0xLjQ=\r\n"));
    assert!(header.starts_with("Subject: x\r\nContent-Type: text/plain;\r\n name=\"c.pdf.hash\""));
    assert!(header.ends_with("To: a@b.it\r\nMIME-Version: 1.0"), "{header}");
    assert_eq!((header.matches("Content-").count(), hashed.len()), (3, 1));
    let open = "Content-Type: application/pdf; name=c.pdf\r\n";
    assert!(copy(open).0.ends_with(&format!("\r\n\r\n{}", sha1(b""))));
}

#[test]
fn originals_without_attachments_stay() {
    for message in ["", "Subject: x\r\n\r\nciao\r\n", &multipart("mixed", "b", &[TEXT, TEXT])] {
        assert_eq!(copy(message), (message.to_owned(), Vec::new()));
    }
}

#[test]
fn names_come_in_any_form_and_go_out_in_one() {
    for (parameter, name) in [
        ("name=\"=?ISO-8859-1?Q?Citt=E0=2Epdf?=\"", "Città.pdf.hash"),
        ("name*=utf-8''Citt%C3%A0.pdf", "Città.pdf.hash"),
        ("name*0=\"a\"; name*1=\"b.pdf\"", "ab.pdf.hash"),
        ("name=\"a\\\"b.pdf\"", "a\"b.pdf.hash"),
        ("name=\"\"", ".hash"),
        ("name*=utf-8''a%0D%0ABcc:.pdf", "a__Bcc:.pdf.hash"),
    ] {
        let part = format!("Content-Type: application/pdf; {parameter}\r\n\r\nx");
        let (text, hashed) = copy(&multipart("mixed", "b", &[&part]));
        assert_eq!(hashed[0].0, name, "{parameter}");
        let entity = Entity::scan(text.as_bytes());
        let part = entity.descendant(&[0]).unwrap();
        assert_eq!(part.content_type().unwrap().parameter("name").unwrap().text(), name);
        let disposition = part.content_disposition().unwrap();
        assert_eq!(disposition.parameter("filename").unwrap().text(), name);
    }
    let long = |chars: usize| {
        let part = format!("Content-Type: x/y; name=\"{}\"\r\n\r\nx", "n".repeat(chars));
        copy(&multipart("mixed", "b", &[&part])).1[0].0.len()
    };
    assert_eq!(long(ATTACHMENT_NAME_CHARS), ATTACHMENT_NAME_CHARS + 5);
    assert_eq!(long(ATTACHMENT_NAME_CHARS + 1), ATTACHMENT_NAME_CHARS + 5);
}

#[test]
fn depth_and_parts_are_limited() {
    let nested = |depth: usize| {
        (0..depth).fold(PDF.to_owned(), |inner, level| {
            multipart("mixed", &format!("b{level}x"), &[&inner])
        })
    };
    let outcome = |message: &str| {
        let original = Original::new(message.as_bytes()).unwrap();
        BriefCopy::new(&original, &CryptoProvider::rustcrypto()).map(|copy| copy.hashed().len())
    };
    assert_eq!(outcome(&nested(BRIEF_DEPTH)), Ok(1));
    assert_eq!(outcome(&nested(BRIEF_DEPTH + 1)), Err(BriefError::TooDeep));
    let many = |parts: usize| {
        let half = multipart("mixed", "i", &vec!["\r\nx"; parts / 2 - 1]);
        outcome(&multipart("mixed", "o", &[&half, &half]))
    };
    assert_eq!(many(pec_message::limits::BRIEF_PARTS), Ok(0));
    assert_eq!(many(pec_message::limits::BRIEF_PARTS + 2), Err(BriefError::TooManyParts));
}

/// The hash covers the part as it is encoded, 8-bit text included.
#[test]
fn eight_bit_originals_are_copied_as_they_are() {
    let message = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nperch\xe9\r\n\
                    --b\r\nContent-Type: text/plain; name=a.txt\r\n\r\ncitt\xe0\r\n--b--\r\n";
    let original = Original::new(message).unwrap();
    let copy = BriefCopy::new(&original, &CryptoProvider::rustcrypto()).unwrap();
    assert!(copy.is_8bit());
    assert_eq!(copy.hashed()[0].sha1, sha1(b"citt\xe0"));
    assert!(copy.to_vec().starts_with(&message[..60]));
}
