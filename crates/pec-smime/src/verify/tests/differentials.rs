//! Messages that other programs divide into parts in another way.

use super::kit::*;
use crate::multipart::StructureError;
use crate::testpki::Shape;
use crate::verify::Verdict;

#[test]
fn content_type_hidden_in_a_field_that_is_left_out() {
    let world = World::new();
    let sealed = world.sealed(Shape::Sound);
    let forged = "Content-Type: multipart/mixed; boundary=forged";
    let long = format!("{forged}; x={}\r\nSubject: prova", "x".repeat(128 * 1024));
    let late = format!("Subject: prova{}", "\r\nX: y".repeat(2_000));
    for message in
        [replaced(&sealed, "Subject: prova", &long), replaced(&sealed, "Subject: prova", &late)]
    {
        assert!(!world.strict(&message).is_valid());
    }
    let message = replaced(&sealed, "Subject: prova", &long);
    assert_eq!(structure(&world.strict(&message)), StructureError::AmbiguousContentType);
    let typed_twice = replaced(
        &sealed,
        "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: base64\r\nContent-Type: text/html",
    );
    assert_eq!(structure(&world.strict(&typed_twice)), StructureError::AmbiguousContentType);
}

#[test]
fn parts_that_only_other_programs_see() {
    let world = World::new();
    let sealed = world.sealed(Shape::Sound);
    let preamble = "This is a message signed with S/MIME.";
    let part = "Content-Type: text/html\r\n\r\n<b>forged</b>";
    // A longer line, a blank before, a bare CR before.
    for line in ["\r\n------=_0123456789abcdefX\r\n", "\r\n ------=_0123456789abcdef\r\n"] {
        let message = replaced(&sealed, preamble, &format!("{preamble}{line}{part}"));
        assert_eq!(structure(&world.strict(&message)), StructureError::AmbiguousDelimiter);
    }
    let line = "\r------=_0123456789abcdef\r";
    let message = replaced(&sealed, preamble, &format!("{preamble}{line}{part}"));
    assert_eq!(structure(&world.strict(&message)), StructureError::AmbiguousDelimiter);
    let after = [&sealed[..], b"------=_0123456789abcdef.\r\n", part.as_bytes()].concat();
    assert_eq!(structure(&world.strict(&after)), StructureError::AmbiguousDelimiter);
}

#[test]
fn boundary_that_others_read_differently() {
    let world = World::new();
    let sealed = world.sealed(Shape::Sound);
    let id = "----=_0123456789abcdef";
    let quoted = format!("boundary=\"{id}\"");
    // Python and others cut the blank off, and then the forged part is the first one.
    let forged = format!("--{id}\r\nContent-Type: text/html\r\n\r\nforged\r\n");
    let text = String::from_utf8(sealed.clone()).unwrap();
    let blank = text
        .replace(&format!("--{id}\r\n"), &format!("--{id} \r\n"))
        .replace(&format!("--{id}--"), &format!("--{id} --"))
        .replace(&quoted, &format!("boundary=\"{id} \""))
        .replacen(&format!("--{id} \r\n"), &format!("{forged}--{id} \r\n"), 1);
    assert_eq!(structure(&world.strict(blank.as_bytes())), StructureError::MissingBoundary);
    let escaped = replaced(&sealed, &quoted, "boundary=\"----=_012345678\\9abcdef\"");
    assert_eq!(world.strict(&escaped).verdict(), Verdict::Valid, "a quoted pair is RFC 5322");
}
