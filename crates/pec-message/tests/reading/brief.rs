//! Brief receipts against the original that was kept.

use encodify::base64;
use pec_message::brief::{BriefCopy, BriefProof, HashedForm, HexCase, PartVerdict, ProofError};
use pec_message::original::Original;
use pec_message::read;
use pec_smime::crypto::{CryptoProvider, DigestAlgorithm};

use crate::sketch::{CONTRACT, Sketch, Style, original};
use crate::world::World;

fn verdicts(receipt: &[u8], kept: &[u8]) -> Vec<PartVerdict> {
    let crypto = CryptoProvider::rustcrypto();
    let proof = BriefProof::check(read(receipt).message(), kept, &crypto).unwrap();
    let verdicts: Vec<_> = proof.parts().iter().map(|part| part.verdict).collect();
    assert_eq!(proof.is_whole(), verdicts.iter().all(|verdict| verdict.is_equal()));
    verdicts
}

fn receipt(style: Style) -> Vec<u8> {
    let world = World::new();
    Sketch::of_row(&world, "delivery-brief", style).sealed(&world)
}

const fn hash(over: HashedForm, case: HexCase) -> PartVerdict {
    PartVerdict::EqualHash { over, case }
}

#[test]
fn what_was_kept_is_what_was_delivered() {
    let kept = original();
    let expected = [PartVerdict::Equal, hash(HashedForm::Encoded, HexCase::Upper)];
    assert_eq!(verdicts(&receipt(Style::Current), kept.as_bytes()), expected);
    // A certified receipt proves it, an unsigned one only says so.
    let world = World::new();
    let octets = receipt(Style::Namirial);
    let certified = world.judge(&octets).certified().unwrap();
    let message = certified.value().message();
    let proof = BriefProof::check(message, kept.as_bytes(), &world.crypto).unwrap();
    assert!(proof.is_whole());
    assert_eq!(proof.parts()[1].name.as_deref(), Some("contratto.pdf"));
    assert_eq!(proof.parts()[1].path, [1]);
}

#[test]
fn an_original_kept_with_other_line_ends() {
    // The copy in a receipt is of the same line ends as what is compared, or not.
    let kept = original().replace("\r\n", "\n");
    let attachment = base64::MIME.encode([7; 100]);
    let kept = kept.replace(base64::STANDARD.encode(CONTRACT).as_str(), attachment.trim_end());
    let kept = kept.replace("\r\n", "\n");
    let sent = kept.replace('\n', "\r\n");
    let copy =
        BriefCopy::new(&Original::new(sent.as_bytes()).unwrap(), &CryptoProvider::rustcrypto());
    let receipt = carried(&copy.unwrap().to_vec());
    let expected = [PartVerdict::Equal, hash(HashedForm::EncodedCrlf, HexCase::Lower)];
    assert_eq!(verdicts(&receipt, kept.as_bytes()), expected);
}

#[test]
fn other_things_that_a_hash_may_be_over() {
    let crypto = CryptoProvider::rustcrypto();
    let kept = original();
    let encoded = base64::STANDARD.encode(CONTRACT);
    let digits = |octets: &[u8]| -> String {
        let digest = crypto.digest(DigestAlgorithm::Sha1, octets).unwrap();
        digest.as_bytes().iter().map(|octet| format!("{octet:02x}")).collect()
    };
    let with_break = format!("{encoded}\r\n");
    for (octets, over) in [
        (encoded.as_bytes(), HashedForm::Encoded),
        (with_break.as_bytes(), HashedForm::EncodedWithLineBreak),
        (CONTRACT, HashedForm::Decoded),
    ] {
        let digits = digits(octets);
        let mut mixed = digits.clone();
        let first = mixed.find(|c: char| c.is_ascii_lowercase()).unwrap();
        mixed.replace_range(first..=first, &mixed[first..=first].to_uppercase());
        for (digits, case) in [
            (digits.clone(), HexCase::Lower),
            (digits.to_uppercase(), HexCase::Upper),
            (mixed, HexCase::Mixed),
        ] {
            let copy = kept.replace(&format!("{encoded}\r\n"), &format!("{digits}\r\n"));
            let copy = copy.replace("Content-Transfer-Encoding: base64\r\n", "");
            let expected = [PartVerdict::Equal, hash(over, case)];
            assert_eq!(verdicts(&carried(copy.as_bytes()), kept.as_bytes()), expected);
        }
    }
}

/// A receipt with this message as postacert.eml, unsigned.
fn carried(copy: &[u8]) -> Vec<u8> {
    let head =
        b"X-Ricevuta: avvenuta-consegna\r\nContent-Type: multipart/mixed; boundary=carrier\r\n\r\n\
        --carrier\r\nContent-Type: message/rfc822; name=postacert.eml\r\n\r\n";
    [head, copy, b"\r\n--carrier--\r\n"].concat()
}

#[test]
fn what_differs_is_told_part_by_part() {
    let receipt = receipt(Style::Current);
    let kept = original();
    let equal = hash(HashedForm::Encoded, HexCase::Upper);
    for (from, to, expected) in [
        ("In allegato", "In  allegato", vec![PartVerdict::Different, equal]),
        ("JVBER", "JVBES", vec![PartVerdict::Equal, PartVerdict::Different]),
        ("multipart/mixed", "multipart/related", vec![PartVerdict::Missing; 2]),
        (
            "--orig--",
            "--orig\r\nContent-Type: image/png\r\n\r\nx\r\n--orig--",
            vec![PartVerdict::Equal, equal, PartVerdict::Missing],
        ),
    ] {
        let changed = kept.replace(from, to);
        assert_ne!(changed, kept);
        assert_eq!(verdicts(&receipt, changed.as_bytes()), expected, "{to}");
    }
    let shorter = kept.split_once("--orig\r\nContent-Type: application").unwrap().0.to_owned();
    let verdicts = verdicts(&receipt, (shorter + "--orig--\r\n").as_bytes());
    assert_eq!(verdicts, [PartVerdict::Equal, PartVerdict::Added]);
}

#[test]
fn a_receipt_without_copy_proves_nothing() {
    let world = World::new();
    for row in ["delivery-concise", "acceptance"] {
        let octets = Sketch::of_row(&world, row, Style::Current).sealed(&world);
        let proof =
            BriefProof::check(read(&octets).message(), original().as_bytes(), &world.crypto);
        assert_eq!(proof, Err(ProofError::NoCopy));
    }
}

/// What this crate writes, it checks: every part of every original that has a brief copy.
#[test]
fn our_own_copies_are_equal_in_every_part() {
    let crypto = CryptoProvider::rustcrypto();
    for kept in [
        original().into_bytes(),
        include_bytes!("../../testdata/original.eml").to_vec(),
        include_bytes!("../../testdata/original-8bit.eml").to_vec(),
        b"Content-Type: application/pdf; name=a.pdf\r\nMIME-Version: 1.0\r\n\r\nabc\r\n".to_vec(),
        b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\n\r\nabc\r\n".to_vec(),
        b"Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\
          Content-Type: text/plain; name=a\r\n\r\na\r\n--s\r\n\
          Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nb\r\n--s--\r\n"
            .to_vec(),
    ] {
        let copy = BriefCopy::new(&Original::new(&kept).unwrap(), &crypto).unwrap();
        let receipt = carried(&copy.to_vec());
        let proof = BriefProof::check(read(&receipt).message(), &kept, &crypto).unwrap();
        assert!(proof.is_whole(), "{proof:?}");
        let hashes = proof.parts().iter().filter(|part| part.verdict != PartVerdict::Equal).count();
        assert_eq!(hashes, copy.hashed().len());
    }
}

/// A multipart whose delimiter never comes has no parts: it is compared as one.
#[test]
fn a_multipart_without_parts_is_compared_as_a_whole() {
    let kept = b"Content-Type: multipart/mixed; boundary=\"a b\"\r\n\r\n--= a b\r\n\r\nciao\r\n";
    let receipt = |original: &[u8]| {
        let head = b"Content-Type: multipart/mixed; boundary=r\r\n\r\n--r\r\n\
            Content-Type: message/rfc822; name=\"postacert.eml\"\r\n\r\n";
        [head, original, b"\r\n--r--\r\n"].concat()
    };
    assert_eq!(verdicts(&receipt(kept), kept), [PartVerdict::Equal]);
    let other = [&kept[..kept.len() - 3], b"?\r\n"].concat();
    assert_eq!(verdicts(&receipt(&other), kept), [PartVerdict::Different]);
}
