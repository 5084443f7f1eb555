//! Reading, judging and checking of any octets.

use chrono::DateTime;
use pec_directory::DirectoryHistory;
use pec_smime::crypto::CryptoProvider;
use pec_smime::verify::{Policy, Verifier};
use pec_smime::x509::TrustStore;

use crate::abridged::Abridger;
use crate::authenticate::unsigned;
use crate::brief::BriefProof;
use crate::{Mail, Origin, PartKind, authenticate, limits, read, read_up_to};

/// Reads any octets and walks over all that is to be seen.
///
/// # Panics
/// When a property is broken, which is what fuzzing looks for.
pub fn message_read(message: &[u8]) {
    let mail = read(message);
    check_tree(&mail);
    check_skeleton(message);
    for inner in mail.messages() {
        let _ = inner.claimed();
        let _ = inner.daticert().map(|found| (found.read().is_ok(), found.read_strictly().is_ok()));
        let _ = inner.original().map(|found| found.octets().len());
        let attachments = inner.attachments().count();
        assert!(attachments <= inner.own_parts().count(), "an attachment is a part");
    }
}

/// The skeleton of a message, cut as small as can be, has the same parts at the same places.
fn check_skeleton(message: &[u8]) {
    let mut abridger = Abridger::cutting(1, 1);
    message.chunks(100).for_each(|chunk| abridger.push(chunk));
    let Ok(abridged) = abridger.finish() else { return };
    assert_eq!(usize::try_from(abridged.octets()), Ok(message.len()));
    let whole = read_up_to(message, usize::MAX);
    let skeleton = read_up_to(abridged.skeleton(), usize::MAX);
    assert_eq!(whole.parts().count(), skeleton.parts().count());
    let place = |at: usize| u64::try_from(at).unwrap_or(u64::MAX);
    for (part, seen) in whole.parts().zip(skeleton.parts()) {
        assert_eq!((part.path(), part.kind()), (seen.path(), seen.kind()));
        assert_eq!((part.media_type(), part.name()), (seen.media_type(), seen.name()));
        for (range, slice) in [(part.range(), seen.octets()), (part.body_range(), seen.body())] {
            let found = abridged.range_of(slice);
            let expected = (!range.is_empty()).then(|| place(range.start)..place(range.end));
            assert_eq!(found, expected, "a part has moved");
        }
    }
}

/// Every part lies in its parent, after its elder sibling, and is found by its path.
fn check_tree(mail: &Mail<'_>) {
    assert!(mail.parts().count() <= limits::PARTS, "too many parts");
    assert!(mail.oddities().len() <= limits::ODDITIES, "too many oddities");
    for part in mail.parts() {
        assert!(part.path().len() <= limits::MIME_DEPTH, "too deep");
        assert_eq!(mail.part(&part.path()).map(|found| found.range()), Some(part.range()));
        let mut position = part.body_range().start;
        for child in part.children() {
            assert!(child.range().start >= position, "parts overlap");
            assert!(child.range().end <= part.range().end, "a part leaves its parent");
            position = child.range().end;
        }
        assert!(part.kind() != PartKind::Leaf || part.children().next().is_none());
        let _ = (part.text().len(), part.decode().is_damaged());
    }
    assert!(mail.oddities().iter().all(|oddity| mail.part(&oddity.path).is_some()));
}

/// Judges any octets: without an anchor and a directory nothing is certified, by no evidence.
///
/// # Panics
/// When a property is broken, which is what fuzzing looks for.
pub fn message_authenticate(message: &[u8]) {
    let (store, crypto) = (TrustStore::new(), CryptoProvider::rustcrypto());
    let history = DirectoryHistory::new();
    let mail = read(message);
    let verifier = Verifier::new(&store, &crypto, Policy::interoperable());
    let verification = verifier.message(message, DateTime::UNIX_EPOCH);
    let directory = Origin::directory(&history, &crypto);
    for origin in [directory, Origin::Pinned(&[]), Origin::AccreditedCa(&[])] {
        let judged = authenticate(&mail, &verification, &origin);
        assert!(judged.certified().is_none(), "certified by nobody");
    }
    // What comes after the signature, as if it were good.
    let signed = mail.message().part().children().next().map(|part| read(part.octets()));
    for mail in signed.iter().chain([&mail]) {
        let _ = unsigned(mail).map(|deviations| deviations.len());
    }
}

/// Checks a receipt against an original: the octets up to the first NUL and those after it.
///
/// # Panics
/// When a property is broken, which is what fuzzing looks for.
pub fn brief_check(input: &[u8]) {
    let at = input.iter().position(|octet| *octet == 0).unwrap_or(input.len());
    let (receipt, original) = input.split_at_checked(at).unwrap_or_default();
    let original = original.get(1..).unwrap_or_default();
    let crypto = CryptoProvider::rustcrypto();
    let mail = read(receipt);
    let Ok(proof) = BriefProof::check(mail.message(), original, &crypto) else { return };
    let kept = read(original);
    if proof.is_whole() {
        assert!(proof.parts().len() <= kept.parts().count(), "more was proved than is there");
    }
    // A complete receipt holds the original itself.
    let copy = mail.message().original().map(|copy| copy.octets()).unwrap_or_default();
    if let Ok(same) = BriefProof::check(mail.message(), &copy, &crypto) {
        assert!(same.parts().iter().all(|part| part.verdict.is_equal()), "not equal to itself");
    }
}
