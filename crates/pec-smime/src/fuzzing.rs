//! What the fuzz targets and the replay of their corpora call. Not part of the interface.

use chrono::DateTime;

use crate::asn1;
use crate::cms::SignedData;
use crate::crypto::CryptoProvider;
use crate::entity::{DashLines, Entity};
use crate::limits;
use crate::verify::{Policy, Verifier};
use crate::x509::TrustStore;

/// A message, verified; nothing of it may be signed, since nobody is trusted.
///
/// # Panics
/// An invariant of verification is broken.
pub fn smime_verify(message: &[u8]) {
    let (store, crypto) = (TrustStore::new(), CryptoProvider::rustcrypto());
    let policy = Policy::interoperable().accept_time_stamps().consider_claimed_time();
    let verifier = Verifier::new(&store, &crypto, policy);
    let verification = verifier.message(message, DateTime::UNIX_EPOCH);
    assert!(!verification.is_valid(), "valid without an anchor");
    if let Some(signed) = verification.signed_content() {
        let range = verification.content_range().unwrap_or_default();
        assert_eq!(message.get(range), Some(signed), "signed octets are not the message's");
    }
    let _ = verifier.opaque(message, DateTime::UNIX_EPOCH).verdict();
}

/// A CMS structure, read down to its attributes.
pub fn cms_parse(input: &[u8]) {
    let Ok(signed) = SignedData::from_der(input) else { return };
    for signer in signed.signers() {
        let _ = signer.signature_algorithm();
        let _ = signer.unsigned_attributes();
        if let Ok(Some(attributes)) = signer.signed_attributes() {
            let _ = (attributes.message_digest(), attributes.signing_time());
        }
    }
}

/// BER made definite stays as it is when that is done again.
///
/// # Panics
/// The result is not stable, or longer than its input allows.
pub fn cms_ber_to_der(input: &[u8]) {
    let Ok(der) = asn1::normalise(input) else { return };
    let again = asn1::normalise(&der);
    assert_eq!(again.as_deref(), Ok(&*der), "the normal form is not stable");
    assert!(der.len() <= input.len().saturating_mul(4), "the normal form has grown");
}

/// The structure of a message: every part lies inside its parent, in order.
///
/// # Panics
/// A part lies elsewhere.
pub fn entity_scan(message: &[u8]) {
    walk(&Entity::scan(message), &DashLines::find(message), 0);
}

fn walk(entity: &Entity<'_>, lines: &DashLines, depth: usize) {
    let (range, body) = (entity.range(), entity.body_range());
    assert!(range.start <= body.start && body.end == range.end, "the body leaves its entity");
    let _ = (entity.content_type(), entity.content_disposition(), entity.transfer_encoding());
    if depth == limits::MIME_DEPTH {
        return;
    }
    if let Some(multipart) = entity.multipart() {
        let by_lines = entity.multipart_among(lines);
        let ranges = by_lines.as_ref().map(|multipart| multipart.ranges());
        assert_eq!(ranges, Some(multipart.ranges()), "known lines give other parts");
        let mut end = body.start;
        for (index, part) in multipart.ranges().iter().enumerate() {
            assert!(end <= part.start && part.end <= body.end, "a part leaves its place");
            end = part.end;
            if let Some(part) = multipart.part(index) {
                walk(&part, lines, depth.saturating_add(1));
            }
        }
    } else if let Some(message) = entity.embedded_message() {
        walk(&message, lines, depth.saturating_add(1));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ASN1_TOKENS: [&[u8]; 10] = [
        &[0x30, 0x80],
        &[0x24, 0x80],
        &[0, 0],
        &[4, 1, 7],
        &[5, 0],
        &[0xa0, 0x80],
        &[0x30, 3],
        &[0x31, 2],
        &[0x1f, 0x81, 1, 0],
        &[4, 0x82, 0, 1, 9],
    ];

    const MAIL_LINES: [&str; 16] = [
        "Content-Type: multipart/signed; boundary=b",
        "Content-Type: multipart/mixed; boundary=\"b\"",
        "Content-Type: multipart/mixed; boundary=c",
        "Content-Type: application/pkcs7-signature",
        "Content-Type: message/rfc822",
        "Content-Transfer-Encoding: base64",
        "MIAGCSqGSIb3DQEHAqCAMIACAQExAA==",
        "--b",
        "--b--",
        "--b ",
        "--c",
        "",
        " folded",
        "text",
        "From: x",
        ":",
    ];

    proptest! {
        #[test]
        fn any_octets(input in prop::collection::vec(any::<u8>(), 0..400)) {
            smime_verify(&input);
            cms_parse(&input);
            cms_ber_to_der(&input);
            entity_scan(&input);
        }

        #[test]
        fn octets_like_asn1(
            tokens in prop::collection::vec(prop::sample::select(&ASN1_TOKENS), 0..40),
        ) {
            let input = tokens.concat();
            cms_ber_to_der(&input);
            cms_parse(&input);
        }

        #[test]
        fn lines_like_mail(
            lines in prop::collection::vec(prop::sample::select(&MAIL_LINES), 0..40),
            crlf: bool,
        ) {
            let message = lines.join(if crlf { "\r\n" } else { "\n" });
            entity_scan(message.as_bytes());
            smime_verify(message.as_bytes());
        }
    }
}
