//! Attacks on the encoding: what is too long, too deep, too much or not there.

use super::kit::*;
use crate::asn1::{Asn1Error, Asn1Reason, encode as write, tag};
use crate::cms::CmsError;
use crate::multipart::StructureError;
use crate::testpki::Shape;
use crate::verify::{Check, Outcome, Reason};

const CONTENT: &[u8] = b"Content-Type: text/plain\r\n\r\ntesto";

fn asn1_reason(verification: &crate::verify::Verification<'_>) -> Asn1Reason {
    match verification.outcome(Check::Existence) {
        Outcome::Failed(Reason::Cms(CmsError::Asn1(Asn1Error { reason, .. }))) => reason,
        other => panic!("{other}"),
    }
}

#[test]
fn der_trailing_bytes() {
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    let info = HandMade::over(&world, &alfa, world.attributes(CONTENT, &alfa));
    let cms = signed_data(None, &bag(&alfa), &[&info]);
    let trailing = mail(CONTENT, &[cms.as_slice(), &[0]].concat());
    assert_eq!(asn1_reason(&world.strict(&trailing)), Asn1Reason::Trailing);

    let inside = info.strip_prefix(&info[..4]).unwrap();
    let long = write::sequence(&[inside, &write::tlv(tag::NULL, &[])]);
    let message = mail(CONTENT, &signed_data(None, &bag(&alfa), &[&long]));
    assert_eq!(asn1_reason(&world.strict(&message)), Asn1Reason::Trailing);
}

#[test]
fn length_bombs() {
    let world = World::new();
    for bomb in [
        &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff][..],
        &[0x30, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x04],
        &[0x30, 0x80, 0x04, 0x87, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ] {
        let message = mail(CONTENT, bomb);
        assert_eq!(asn1_reason(&world.strict(&message)), Asn1Reason::Truncated);
    }
    let message = mail(CONTENT, &[0x30, 0xff]);
    assert!(matches!(asn1_reason(&world.strict(&message)), Asn1Reason::Truncated));
}

#[test]
fn ten_thousand_certificates() {
    let world = World::new();
    let alfa = world.alfa(Shape::Sound);
    let info = HandMade::over(&world, &alfa, world.attributes(CONTENT, &alfa));
    let small = vec![&[0x30_u8, 2, 5, 0][..]; 10_000];
    let message = mail(CONTENT, &signed_data(None, &small, &[&info]));
    let reason = Reason::Cms(CmsError::TooManyCertificates);
    assert_failed(&world.strict(&message), Check::Existence, &reason);
    let whole = vec![alfa.certificate().der(); 10_000];
    let message = mail(CONTENT, &signed_data(None, &whole, &[&info]));
    assert_eq!(structure(&world.strict(&message)), StructureError::TooLong);
}

#[test]
fn deep_ber_nesting() {
    let world = World::new();
    for opening in [[0x30, 0x80], [0x24, 0x80], [0xa0, 0x80]] {
        let message = mail(CONTENT, &opening.repeat(50_000));
        assert_eq!(asn1_reason(&world.strict(&message)), Asn1Reason::TooDeep);
    }
}

#[test]
fn base64_garbage() {
    let world = World::new();
    let sealed = String::from_utf8(world.sealed(Shape::Sound)).unwrap();
    let at = sealed.rfind("\r\n\r\n").unwrap() + 4;
    for garbage in ["!", "\0", "====", "-----END-----", "\u{e0}"] {
        let message = format!("{}{garbage}{}", &sealed[..at], &sealed[at..]);
        assert_eq!(structure(&world.strict(message.as_bytes())), StructureError::Base64);
    }
}
