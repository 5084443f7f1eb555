//! Twins of what providers send, of our own making: `testdata/deployed`, made by [`crate::sketch`].
//! `PEC_WRITE_TESTDATA=1 cargo test -p pec-message --test reading twins` writes them anew.

use std::path::{Path, PathBuf};

use pec_message::{
    Authentication, ClaimedKind, Deviation, Distrust, Fault, FormalGrade, IssuerRule, MessageKind,
    OriginGrade, Step, read,
};
use pec_smime::multipart::StructureRemark;

use crate::sketch::{CONTRACT, MSGID, STYLES, Sketch, Style, original, rows};
use crate::world::World;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/deployed")
}

/// Every twin: name, style, octets.
fn twins() -> Vec<(String, Style, Vec<u8>)> {
    let of_row = |row: &str| {
        STYLES.map(|(style, name)| {
            let file = format!("{name}-{row}.eml");
            let octets = std::fs::read(folder().join(&file)).expect(&file);
            (file, style, octets)
        })
    };
    rows().iter().flat_map(|(row, ..)| of_row(row)).collect()
}

fn kind_of(file: &str) -> MessageKind {
    let row = file.split_once('-').unwrap().1.trim_end_matches(".eml");
    let fits = |kind: &&MessageKind| row.starts_with(kind.as_str());
    *MessageKind::ALL.iter().filter(fits).max_by_key(|kind| kind.as_str().len()).unwrap()
}

/// The signatures of beta differ from run to run (ECDSA): all but them is as the sketch has it.
#[test]
fn twins_are_what_the_sketches_make() {
    let world = World::new();
    for (row, ..) in rows() {
        for (style, name) in STYLES {
            let sketch = Sketch::of_row(&world, row, style);
            let path = folder().join(format!("{name}-{row}.eml"));
            if std::env::var_os("PEC_WRITE_TESTDATA").is_some() {
                std::fs::create_dir_all(folder()).unwrap();
                std::fs::write(&path, sketch.sealed(&world)).unwrap();
            }
            let twin = std::fs::read(&path).unwrap();
            let cms = world.verify(&twin, pec_smime::verify::Policy::strict());
            let content = cms.signed_content().expect("sound").to_vec();
            let content = String::from_utf8(content).unwrap().replace("\r\n", "\n");
            assert_eq!(content, sketch.content().replace("\r\n", "\n"), "{path:?}");
            let head = |octets: &[u8]| {
                let text = String::from_utf8_lossy(octets).into_owned();
                text.split_once("------5EA1").unwrap().0.to_owned()
            };
            assert_eq!(head(&twin), head(&sketch.assembled("", b"")), "{path:?}");
        }
    }
}

#[test]
fn twins_are_read_and_certified() {
    let world = World::new();
    for (file, style, octets) in twins() {
        let kind = kind_of(&file);
        let mail = read(&octets);
        assert_eq!(mail.oddities(), [], "{file}");
        assert_eq!(mail.claimed().kind, ClaimedKind::Pec(kind), "{file}");
        let certified = match world.judge(&octets) {
            Authentication::Certified(certified) => *certified,
            Authentication::Untrusted { step, why } => {
                let fault = Fault::AnomalyEnvelope { provider: Some("Beta PEC S.p.A.".into()) };
                assert_eq!(
                    (step, why),
                    (Step::FormalCorrectness, Distrust::Fault(fault)),
                    "{file}"
                );
                assert_eq!(kind, MessageKind::AnomalyEnvelope, "{file}");
                assert!(mail.daticert().is_none() && mail.original().is_some());
                continue;
            }
            other => panic!("{file}: {other:?}"),
        };
        let (message, evidence) = (certified.value(), certified.evidence());
        assert_eq!(message.kind(), kind, "{file}");
        assert_eq!(message.data().pec_msgid.as_str(), MSGID);
        assert_eq!(evidence.origin(), OriginGrade::Directory);
        assert_eq!(evidence.issuer_rule(), IssuerRule::Kept);
        let older = Deviation::Structure(StructureRemark::OlderSpelling);
        let expected = match style {
            Style::Aruba if kind == MessageKind::TransportEnvelope => {
                vec![older, Deviation::FieldNameCase("X-TipoRicevuta")]
            }
            Style::Aruba => vec![older],
            Style::Namirial | Style::Current => vec![],
        };
        assert_eq!(evidence.deviations(), expected, "{file}");
        let grade = if expected.is_empty() { FormalGrade::Strict } else { FormalGrade::Deployed };
        assert_eq!(evidence.formal_grade(), grade);
        let copy = message.original().map(|original| original.octets().into_owned());
        let has_copy =
            file.contains("transport") || file.contains("complete") || file.contains("brief");
        assert_eq!(copy.is_some(), has_copy, "{file}");
        if has_copy && !file.contains("brief") {
            check_original(&copy.unwrap());
        }
    }
}

fn check_original(octets: &[u8]) {
    let line_end = if octets.contains(&b'\r') { "\r\n" } else { "\n" };
    let expected = original().replace("\r\n", line_end);
    assert_eq!(octets, expected.trim_end().as_bytes());
    let mail = read(octets);
    let attachments: Vec<_> = mail.message().attachments().collect();
    let [contract] = attachments.as_slice() else { panic!("{attachments:?}") };
    assert_eq!(contract.name(), Some("contratto.pdf"));
    assert_eq!(contract.media_type(), "application/pdf");
    assert_eq!(contract.decode().octets(), CONTRACT);
}

/// Stored with either line end, a message says and proves the same.
#[test]
fn line_ends_do_not_matter() {
    let world = World::new();
    for (file, style, octets) in twins() {
        let text = String::from_utf8(octets).unwrap().replace("\r\n", "\n");
        let text = if style == Style::Aruba { text.replace('\n', "\r\n") } else { text };
        let kind = kind_of(&file);
        let certified = world.judge(text.as_bytes()).certified();
        let found = certified.as_ref().map(|certified| certified.value().kind());
        assert_eq!(found, Some(kind).filter(|kind| *kind != MessageKind::AnomalyEnvelope));
    }
}

#[test]
fn no_truncation_makes_the_reader_fail() {
    for (_, _, octets) in twins() {
        for end in 0..octets.len() {
            let mail = read(&octets[..end]);
            assert!(mail.parts().all(|part| part.range().end <= end));
        }
    }
}

#[test]
fn no_flipped_bit_makes_the_reader_fail() {
    for (_, _, mut octets) in twins() {
        for at in (0..octets.len()).step_by(7) {
            let bit = 1 << (at % 8);
            octets[at] ^= bit;
            let mail = read(&octets);
            let _ = (mail.claimed(), mail.message().attachments().count());
            octets[at] ^= bit;
        }
    }
}

/// Whatever bit flips, what is certified is what was signed.
#[test]
fn a_flipped_bit_certifies_nothing_else() {
    let world = World::new();
    let octets = Sketch::of_row(&world, "delivery-concise", Style::Current).sealed(&world);
    let honest = world.judge(&octets).certified().expect("certified");
    let mut flipped = octets.clone();
    for at in (0..octets.len()).step_by(5) {
        let bit = 1 << (at % 8);
        flipped[at] ^= bit;
        if let Some(certified) = world.judge(&flipped).certified() {
            assert_eq!(certified.value().octets(), honest.value().octets(), "{at}");
            assert_eq!(certified.value().data(), honest.value().data(), "{at}");
        }
        flipped[at] ^= bit;
    }
}

/// What the fuzz targets ask holds for whole messages too.
#[test]
fn fuzz_properties_hold_for_twins() {
    use pec_message::fuzzing::{brief_check, message_authenticate, message_read};
    for (_, _, octets) in twins() {
        message_read(&octets);
        message_authenticate(&octets);
        brief_check(&[&octets, &b"\0"[..], original().as_bytes()].concat());
    }
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    type Target = fn(&[u8]);
    let targets: [(&str, Target); 3] = [
        ("message_read", message_read),
        ("message_authenticate", message_authenticate),
        ("brief_check", brief_check),
    ];
    for (name, target) in targets {
        for entry in std::fs::read_dir(corpora.join(name)).unwrap() {
            target(&std::fs::read(entry.unwrap().path()).unwrap());
        }
    }
}
