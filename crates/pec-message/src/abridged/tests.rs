use pec_smime::crypto::DigestAlgorithm;
use proptest::prelude::*;

use super::*;
use crate::{OddityKind, PartKind, read_up_to};

struct InMemory(Vec<u8>);

impl Octets for InMemory {
    fn read(&self, range: Range<u64>, take: &mut dyn FnMut(&[u8])) -> Result<(), Unreadable> {
        let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        self.0[range].chunks(100).for_each(take);
        Ok(())
    }
}

fn abridge_in(message: &[u8], chunk: usize) -> Result<Abridged, Unabridged> {
    let mut abridger = Abridger::cutting(8 * 1024, 1);
    message.chunks(chunk).for_each(|chunk| abridger.push(chunk));
    abridger.finish()
}

fn abridge(message: &str) -> Result<Abridged, Unabridged> {
    abridge_in(message.as_bytes(), 1000)
}

/// So many lines of 20 octets.
fn lines(count: usize) -> String {
    (0..count).map(|line| format!("line number {line:06}\r\n")).collect()
}

/// More than one part keeps.
const MANY: usize = 1000;

/// The whole message, out of the skeleton and the gaps.
fn restored(abridged: &Abridged, message: &[u8]) -> Vec<u8> {
    let skeleton = abridged.skeleton();
    let octets = skeleton.chunks(7).flat_map(|slice| {
        let range = abridged.range_of(slice).unwrap();
        message[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()].to_vec()
    });
    octets.collect()
}

#[test]
fn the_middle_of_a_long_part_is_left_out() {
    let text = lines(MANY);
    let message = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nshort\r\n--b\r\nA: b\r\n\r\n\
         {text}\r\n--b--\r\n"
    );
    let abridged = abridge(&message).unwrap();
    let skeleton = std::str::from_utf8(abridged.skeleton()).unwrap();
    assert!(skeleton.contains("short") && skeleton.len() < 9 * 1024, "{}", skeleton.len());
    assert!(
        skeleton.contains("line number 000409\r\nline number 000999\r\n\r\n--b--"),
        "{skeleton}"
    );
    assert_eq!(abridged.octets(), message.len() as u64);
    assert_eq!(restored(&abridged, message.as_bytes()), message.as_bytes());
    let mail = read_up_to(abridged.skeleton(), usize::MAX);
    let bodies: Vec<_> = mail.parts().map(|part| abridged.has_gap_in(part.body())).collect();
    assert_eq!(bodies, [true, false, true]);
    let large = mail.part(&[1]).unwrap();
    let range = abridged.range_of(large.body()).unwrap();
    let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
    assert_eq!(&message[range], text);
}

#[test]
fn slices_of_others_are_new() {
    let message = format!("A: b\r\n\r\n{}", lines(MANY));
    let abridged = abridge(&message).unwrap();
    let copy = abridged.skeleton().to_vec();
    assert_eq!(abridged.range_of(&copy), None);
    assert_eq!(abridged.range_of(&abridged.skeleton()[..0]), None);
    let slices = [&b"new"[..], &abridged.skeleton()[..4], b"", &copy[..4]];
    let pieces = abridged.pieces(slices.into_iter());
    assert_eq!(pieces, [Piece::Own(b"new"), Piece::Of(0..4), Piece::Own(b"A: b")]);
}

#[test]
fn messages_that_are_needed_whole() {
    let (text, not_canonical) = (lines(MANY), Some(Unabridged::NotCanonical));
    let structure = Some(Unabridged::Structure);
    let multipart = |kind: &str, parts: &str| {
        format!("Content-Type: multipart/{kind}; boundary=b\r\n\r\n{parts}\r\n--b--\r\n")
    };
    let long = "x".repeat(999);
    for (message, expected) in [
        (format!("A: b\r\n\r\n{text}"), None),
        (format!("A: b\r\n\r\n{text}end"), None),
        (format!("A: b\r\n\r\n{text}end\r"), not_canonical),
        (format!("A: b\r\n\r\n{text}bare\n"), not_canonical),
        (format!("A: b\r\n\r\n{text}bare\rx\r\n"), not_canonical),
        (format!("A: b\r\n\r\n{text}nul\0\r\n"), not_canonical),
        (format!("A: b\r\n\r\n{text}{long}\r\n"), not_canonical),
        (format!("A: b\r\n\r\n{text}{long}x"), not_canonical),
        // Headers stay, however long.
        (format!("{}\r\nx", "A: b\r\n".repeat(4000)), None),
        (
            format!("Content-Type: message/rfc822\r\n\r\n{}\r\n{text}", "A: b\r\n".repeat(4000)),
            None,
        ),
        // Round the parts everything counts.
        (multipart("mixed", &format!("{text}\r\n--b\r\n\r\nx")), structure),
        (format!("{}\r\n{text}", multipart("mixed", "--b\r\n\r\nx")), structure),
        (multipart("mixed", &text), structure),
        // A message without Content-Type.
        (
            multipart("digest", &format!("--b\r\n\r\n{}\r\n{text}", "A: b\r\n".repeat(4000))),
            structure,
        ),
        (multipart("digest", &format!("--b\r\n\r\nA: b\r\n\r\n{text}")), None),
        // What is read whole.
        (format!("Content-Type: text/plain; name=daticert.xml\r\n\r\n{text}"), None),
        (format!("Content-Type: a/b; name*=''daticert.xml\r\n\r\n{text}"), None),
        (format!("Content-Type: a/b; name=\"=?utf-8?Q?daticert.xml?=\"\r\n\r\n{text}"), structure),
        (
            multipart(
                "mixed",
                &format!("--b\r\nContent-Type: a/b; name=postacert.eml\r\n\r\n{text}"),
            ),
            structure,
        ),
        (format!("A: b\r\n\r\n<postacert>\r\n{text}"), structure),
        (multipart("signed", &format!("--b\r\n\r\n{text}\r\n--b\r\n\r\nx")), None),
        (multipart("signed", &format!("--b\r\n\r\nx\r\n--b\r\n\r\n{text}")), structure),
        (multipart("signed", &format!("--b\r\n1: x\r\n\r\n{text}\r\n--b\r\n\r\nx")), structure),
    ] {
        for chunk in [1, 17, 100_000] {
            let found = abridge_in(message.as_bytes(), chunk);
            assert_eq!(found.err(), expected, "{}", &message[..60]);
        }
    }
}

/// What a writer that labels the original asks of all octets.
#[test]
fn a_line_outside_ascii_stays() {
    let text = lines(MANY);
    for message in [
        format!("A: b\r\n\r\n{text}perché\r\n{text}perché\r\n{text}"),
        format!("A: é\r\n\r\n{text}perché"),
    ] {
        let abridged = abridge(&message).unwrap();
        let header = abridged.skeleton().iter().position(|octet| *octet == b'\r').unwrap();
        assert!(!abridged.skeleton()[header..].is_ascii());
        assert_eq!(restored(&abridged, message.as_bytes()), message.as_bytes());
    }
}

#[test]
fn a_message_of_many_lines_that_may_be_delimiters_is_kept() {
    let mut abridger = Abridger::new();
    for _ in 0..10_000 {
        abridger.push(b"-- one of them\r\n");
    }
    assert_eq!(abridger.kept(), 160_000);
    assert!(!abridger.finish().unwrap().has_gaps());
}

fn line() -> impl Strategy<Value = String> {
    let odd = "(--)?b?(--)?|Content-Type: (message/rfc822|multipart/mixed; boundary=b)|é|A: b|";
    prop_oneof![
        1 => odd.prop_map(|line| line + "\r\n"),
        2 => (0..700_usize).prop_map(lines),
    ]
}

proptest! {
    /// The reader sees the same tree, and digests are those of the whole message.
    #[test]
    fn skeletons_read_as_their_messages(
        lines in prop::collection::vec(line(), 0..12),
        cut in 1usize..5000,
    ) {
        let message = format!("Content-Type: multipart/mixed; boundary=b\r\n{}", lines.concat());
        let Ok(abridged) = abridge(&message) else { return Ok(()) };
        let abridged = Arc::new(abridged);
        let (whole, skeleton) = (
            read_up_to(message.as_bytes(), usize::MAX),
            read_up_to(abridged.skeleton(), usize::MAX),
        );
        let place = |range: Range<usize>| abridged.place(range.start)..abridged.place(range.end);
        let wide = |range: Range<usize>| range.start as u64..range.end as u64;
        let kinds = |mail: &crate::Mail<'_>| -> Vec<OddityKind> {
            mail.oddities().iter().map(|oddity| oddity.kind.clone()).collect()
        };
        prop_assert_eq!(kinds(&whole), kinds(&skeleton));
        prop_assert_eq!(whole.parts().count(), skeleton.parts().count());
        for (part, seen) in whole.parts().zip(skeleton.parts()) {
            prop_assert_eq!(part.path(), seen.path());
            prop_assert_eq!(part.media_type(), seen.media_type());
            prop_assert_eq!(part.kind(), seen.kind());
            prop_assert_eq!(wide(part.range()), place(seen.range()));
            prop_assert_eq!(wide(part.body_range()), place(seen.body_range()));
            if part.kind() != PartKind::Leaf {
                let header = |part: crate::Part<'_, '_>| part.entity().content_type();
                prop_assert_eq!(header(part), header(seen));
            }
        }
        let crypto = CryptoProvider::rustcrypto();
        let expected = crypto.digest(DigestAlgorithm::Sha256, message.as_bytes()).unwrap();
        let octets: Arc<dyn Octets> = Arc::new(InMemory(message.clone().into_bytes()));
        let digest = abridged.examine(&octets, &crypto, |view, crypto| {
            crypto.digest_slices(DigestAlgorithm::Sha256, view.chunks(cut)).unwrap()
        });
        prop_assert_eq!(digest.unwrap(), expected);
        prop_assert_eq!(restored(&abridged, message.as_bytes()), message.as_bytes());
    }
}
