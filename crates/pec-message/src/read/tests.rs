use super::*;
use crate::MessageKind;

fn kinds(mail: &Mail<'_>) -> Vec<OddityKind> {
    mail.oddities().iter().map(|oddity| oddity.kind.clone()).collect()
}

const NESTED: &str = "X-Trasporto: posta-certificata\n\
    Content-Type: multipart/signed; boundary=s\n\n\
    --s\nContent-Type: multipart/mixed; boundary=m\n\n\
    --m\n\ntesto\n\
    --m\nContent-Type: application/xml; name=daticert.xml\n\n\
    <postacert tipo=\"posta-certificata\"/>\n\
    --m\nContent-Type: message/rfc822; name=postacert.eml\n\n\
    X-Trasporto: posta-certificata\n\
    Content-Type: multipart/mixed; boundary=i\n\n\
    --i\nContent-Type: message/rfc822; name=postacert.eml\n\n\
    Subject: il primo\n\n\
    corpo\n\
    --i--\n\
    --m--\n\
    --s\nContent-Type: application/pkcs7-signature; name=smime.p7s\n\nx\n--s--\n";

/// norms §6.1, 15: postacert inside postacert.
#[test]
fn messages_inside_messages_are_a_tree() {
    let mail = read(NESTED.as_bytes());
    assert_eq!(mail.messages().count(), 3);
    let first = mail.message();
    let second = first.original().unwrap().message().unwrap();
    let third = second.original().unwrap().message().unwrap();
    assert_eq!(second.claimed().kind.pec(), Some(MessageKind::TransportEnvelope));
    assert_eq!(third.claimed().subject.as_deref(), Some("il primo"));
    assert!(third.original().is_none());
    assert_eq!(third.part().path(), [0, 2, 0, 0, 0]);
    assert_eq!(mail.part(&[0, 2, 0, 0, 0]).unwrap().body(), b"corpo");
    assert!(mail.part(&[0, 3]).is_none());
    // What a message holds is not what its holder holds.
    assert!(first.daticert().is_some() && second.daticert().is_none());
    assert_eq!(first.own_parts().count(), 6);
    assert_eq!(first.embedded().count(), 1);
    assert_eq!(kinds(&mail), [OddityKind::MissingDaticert]);
    assert_eq!(mail.oddities()[0].path, [0, 2, 0]);
    assert_eq!(
        mail.oddities()[0].to_string(),
        "part 0 2 0: a message of this kind has certification data, and there are none"
    );
}

#[test]
fn parts_know_their_place() {
    let mail = read(NESTED.as_bytes());
    for part in mail.parts() {
        assert_eq!(mail.part(&part.path()).unwrap().range(), part.range());
        assert_eq!(part.octets(), &NESTED.as_bytes()[part.range()]);
        assert_eq!(part.entity().body_range(), part.body_range());
        for (index, child) in part.children().enumerate() {
            assert_eq!(child.index(), index);
            assert_eq!(child.parent().unwrap().path(), part.path());
            assert!(part.range().start <= child.range().start);
            assert!(child.range().end <= part.range().end);
        }
        assert!(part.message().part().is_message_root());
    }
    let signature = mail.parts().last().unwrap();
    assert!(signature.is_signature());
    assert_eq!(mail.message().attachments().count(), 0);
}

fn with_parts(parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|part| format!("--b\n{part}\n")).collect();
    format!("X-Ricevuta: accettazione\nContent-Type: multipart/mixed; boundary=b\n\n{parts}--b--\n")
}

#[test]
fn certification_data_are_found_by_name_type_and_content() {
    const XML: &str = "\u{feff}<?xml version=\"1.0\"?>\n<postacert/>";
    let named = format!("Content-Type: text/plain; name=DATICERT.XML\n\n{XML}");
    let wrongly_named =
        "Content-Type: application/xml; name=certdata.xml\n\n<postacert/>".to_owned();
    let typed = format!("Content-Type: text/xml; name=x\n\n{XML}");
    let plain = format!("Content-Type: application/octet-stream\n\n{XML}");
    let encoded = "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n\
                   PHBvc3RhY2VydC8+"
        .to_owned();
    for (part, by) in [
        (&named, FoundBy::Name),
        (&wrongly_named, FoundBy::Name),
        (&typed, FoundBy::MediaType),
        (&plain, FoundBy::Content),
        (&encoded, FoundBy::Content),
    ] {
        let message = with_parts(&["Content-Type: application/xml\n\n<fattura/>", part, "\n<p/>"]);
        let mail = read(message.as_bytes());
        let found = mail.daticert().unwrap();
        assert_eq!((found.found_by(), found.part().path()), (by, vec![1]), "{part}");
        assert!(found.read().is_ok() && found.read_strictly().is_err());
        let expected =
            if by == FoundBy::Name { vec![] } else { vec![OddityKind::DaticertByOtherThanName] };
        assert_eq!(kinds(&mail), expected);
    }
    // The best one counts, of equal ones the first.
    let message = with_parts(&[&plain, &typed, &named]);
    let mail = read(message.as_bytes());
    assert_eq!(mail.daticert().unwrap().part().path(), [2]);
    let message = with_parts(&[&plain, &typed, &typed]);
    let mail = read(message.as_bytes());
    assert_eq!(mail.daticert().unwrap().part().path(), [1]);
    assert_eq!(kinds(&mail), [OddityKind::DaticertByOtherThanName, OddityKind::RepeatedDaticert]);
    // A quotation is none.
    let message = with_parts(&["\nuno <postacert/> citato"]);
    assert!(read(message.as_bytes()).daticert().is_none());
}

#[test]
fn a_forwarded_message_is_an_attachment_of_ordinary_mail() {
    let forwarded = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nciao\n\
        --b\nContent-Type: message/rfc822\n\nSubject: x\n\nx\n\
        --b\nContent-Type: image/png; name=\"=?utf-8?Q?perch=C3=A9.png?=\"\n\nx\n--b--\n";
    let mail = read(forwarded.as_bytes());
    assert!(mail.original().is_none());
    let names: Vec<_> = mail.message().attachments().map(|part| part.name()).collect();
    assert_eq!(names, [None, Some("perch\u{e9}.png")]);
    assert_eq!(mail.part(&[0]).unwrap().text(), "ciao");
    let pec = format!("X-Trasporto: errore\n{forwarded}");
    let mail = read(pec.as_bytes());
    let original = mail.original().unwrap();
    assert_eq!(original.found_by(), FoundBy::MediaType);
    assert_eq!(original.message().unwrap().claimed().subject.as_deref(), Some("x"));
    assert_eq!(&*original.octets(), b"Subject: x\n\nx");
    assert_eq!(mail.message().attachments().count(), 1);
    assert_eq!(kinds(&mail), []);
}

#[test]
fn an_encoded_original_is_decoded_and_not_looked_into() {
    let message = with_parts(&["Content-Type: message/rfc822; name=postacert.eml\n\
         Content-Transfer-Encoding: base64\n\nQTogYgoKYw=="]);
    let mail = read(message.as_bytes());
    let original = mail.original().unwrap();
    assert_eq!(&*original.octets(), b"A: b\n\nc");
    assert!(original.message().is_none());
    assert!(kinds(&mail).contains(&OddityKind::EncodedContainer));
}

#[test]
fn oddities_of_structure() {
    for (header, expected) in [
        (
            "Content-Type: text/plain\nContent-Type: text/html",
            OddityKind::RepeatedField("Content-Type"),
        ),
        ("Content-Type: a/b; c=d; c=e", OddityKind::RepeatedParameter),
        ("Content-Type: a/b; c=\"d", OddityKind::MalformedContentType),
        ("Content-Type: multipart/mixed", OddityKind::MissingBoundary),
        ("Content-Transfer-Encoding: x-y", OddityKind::UnknownTransferEncoding("x-y".into())),
        ("X-Trasporto: errore\nX-Ricevuta: x", OddityKind::BothMarkers),
    ] {
        assert_eq!(kinds(&read(format!("{header}\n\nx").as_bytes())), [expected], "{header}");
    }
    let damaged = read(b"no header at all");
    assert!(matches!(kinds(&damaged)[..], [OddityKind::DamagedHeader(_)]));
    let open = read(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx");
    assert!(matches!(kinds(&open)[..], [OddityKind::DamagedMultipart(_)]));
    let digest = read(b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nA: b\n\nc\n--b--");
    assert_eq!(digest.messages().count(), 2);
}

#[test]
fn size_at_the_limit_and_one_past_it() {
    let message = with_parts(&["\nx"]);
    assert_eq!(
        kinds(&read_up_to(message.as_bytes(), message.len())),
        [OddityKind::MissingDaticert]
    );
    let mail = read_up_to(message.as_bytes(), message.len() - 1);
    let (octets, limit) = (message.len(), message.len() - 1);
    assert_eq!(kinds(&mail)[0], OddityKind::TooLarge { octets, limit });
    assert_eq!(mail.parts().count(), 1);
    assert_eq!(mail.claimed().kind.pec(), Some(MessageKind::Acceptance));
}

#[test]
fn depth_at_the_limit_and_one_past_it() {
    let nested = |depth: usize| "Content-Type: message/rfc822\n\n".repeat(depth) + "A: b\n\nc";
    let message = nested(limits::MIME_DEPTH);
    let mail = read(message.as_bytes());
    assert_eq!((mail.parts().count(), kinds(&mail)), (limits::MIME_DEPTH + 1, vec![]));
    let message = nested(limits::MIME_DEPTH + 1);
    let mail = read(message.as_bytes());
    assert_eq!(
        (mail.parts().count(), kinds(&mail)),
        (limits::MIME_DEPTH + 1, vec![OddityKind::TooDeep])
    );
}

#[test]
fn parts_at_the_limit_and_one_past_it() {
    // Two multiparts in one, so that no single one has too many.
    let message = |parts: usize| {
        let half = "--i\n\nx\n".repeat(parts / 2);
        let rest = "--i\n\nx\n".repeat(parts - parts / 2);
        let inner =
            |parts: &str| format!("Content-Type: multipart/mixed; boundary=i\n\n{parts}--i--");
        with_parts(&[&inner(&half), &inner(&rest)])
    };
    let fits = message(limits::PARTS - 3);
    let mail = read(fits.as_bytes());
    assert_eq!(
        (mail.parts().count(), kinds(&mail)),
        (limits::PARTS, vec![OddityKind::MissingDaticert])
    );
    let past = message(limits::PARTS - 2);
    let mail = read(past.as_bytes());
    assert_eq!(mail.parts().count(), limits::PARTS);
    assert_eq!(kinds(&mail)[0], OddityKind::TooManyParts);
}

#[test]
fn oddities_at_the_limit() {
    let message = with_parts(&vec!["Content-Transfer-Encoding: x\n\nx"; limits::ODDITIES + 1]);
    assert_eq!(read(message.as_bytes()).oddities().len(), limits::ODDITIES);
}
