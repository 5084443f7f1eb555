//! What is found in the header of a message.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use pec_daticert::ReceiptType;
use pec_gestore::{HeaderFault, MessageFacts};
use pec_message::original::Fault;
use pec_smime::limits::{HEADER_FIELD_OCTETS, HEADER_FIELDS};
use proptest::prelude::*;

const SOUND: &str = "Received: a\r\nReceived: b\r\nDate: Sat, 21 Nov 2026 10:00:00 +0100\r\n\
    From: \"Rossi, Mario\" <mario@alfa.example>\r\n\
    To: staff: anna@beta.example, Luca <luca@beta.example>;, tom@example.it\r\n\
    Cc: lea@alfa.example\r\nSubject: =?utf-8?Q?Citt=C3=A0?=\r\nMessage-ID: <m1@pc.example>\r\n\
    X-TipoRicevuta: breve\r\n\r\nCiao\r\n";

fn facts(message: &str) -> MessageFacts {
    MessageFacts::of(message.as_bytes())
}

fn addresses(list: &[pec_daticert::Address]) -> Vec<&str> {
    list.iter().map(|address| address.as_str()).collect()
}

#[test]
fn a_sound_header_is_read() {
    let facts = facts(SOUND);
    assert_eq!(addresses(&facts.from), ["mario@alfa.example"]);
    assert_eq!(addresses(&facts.to), ["anna@beta.example", "luca@beta.example", "tom@example.it"]);
    assert_eq!(addresses(&facts.cc), ["lea@alfa.example"]);
    assert_eq!(facts.subject.unwrap().as_str(), "Città");
    assert_eq!(facts.reply_to.as_str(), "\"Rossi, Mario\" <mario@alfa.example>");
    assert_eq!(facts.msgid.unwrap().as_str(), "<m1@pc.example>");
    assert_eq!((facts.receipt_type, facts.hops), (ReceiptType::Brief, 2));
    assert_eq!(facts.octets, u64::try_from(SOUND.len()).unwrap());
    assert!(!facts.has_bcc && facts.not_canonical.is_none() && facts.faults.is_empty());
}

/// All fields of one name count: nobody is addressed behind the back of a check.
#[test]
fn repeated_fields_are_all_read() {
    let message = "Date: x\r\nFrom: a@alfa.example\r\nFrom: b@alfa.example\r\n\
                   To: c@alfa.example\r\nTo: d@alfa.example\r\nCc: e@alfa.example\r\n\
                   CC: f@alfa.example\r\nBcc:\r\nBcc: g@alfa.example\r\n\r\n";
    let facts = facts(message);
    assert_eq!(addresses(&facts.from), ["a@alfa.example", "b@alfa.example"]);
    assert_eq!(addresses(&facts.to), ["c@alfa.example", "d@alfa.example"]);
    assert_eq!(addresses(&facts.cc), ["e@alfa.example", "f@alfa.example"]);
    assert!(facts.has_bcc);
    assert_eq!(facts.faults, ["From", "To", "Cc", "Bcc"].map(HeaderFault::Duplicate));
}

/// A bare line break makes a field for some programs: it counts here, and the message is refused.
#[test]
fn a_header_that_is_not_canonical_is_read_as_it_might_be_sent() {
    for (line_break, fault) in [("\n", Fault::BareLf), ("\r", Fault::BareCr)] {
        let message = format!("From: a@alfa.example{line_break}Bcc: b@alfa.example\r\n\r\n");
        let facts = facts(&message);
        assert!(facts.has_bcc);
        assert_eq!(facts.not_canonical.unwrap().fault, fault);
    }
}

/// norms 66: past the limit nothing is said of the header, and that is a fault.
#[test]
fn headers_past_the_limits_are_a_fault() {
    let fields = |count: usize| format!("{}\r\n", "A: 1\r\n".repeat(count));
    assert!(!facts(&fields(HEADER_FIELDS)).faults.contains(&HeaderFault::TooLarge));
    assert!(facts(&fields(HEADER_FIELDS + 1)).faults.contains(&HeaderFault::TooLarge));
    let long = format!("A: 1\r\n{}\r\n", " x\r\n".repeat(HEADER_FIELD_OCTETS / 4));
    let facts = facts(&long);
    assert!(facts.faults.contains(&HeaderFault::TooLarge));
    assert_eq!(facts.subject, None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn any_octets_have_facts(message in proptest::collection::vec(any::<u8>(), 0..400)) {
        let facts = MessageFacts::of(&message);
        prop_assert_eq!(facts.octets, u64::try_from(message.len()).unwrap());
        prop_assert_eq!(&facts, &MessageFacts::of(&message));
    }

    /// The body says nothing about the header, but that it is not canonical.
    #[test]
    fn the_body_changes_no_fact(body in "[ -~\r\n]{0,200}") {
        let header = SOUND.split_once("Ciao").unwrap().0;
        let mut with_body = facts(&format!("{header}{body}"));
        let without = facts(header);
        with_body.octets = without.octets;
        with_body.not_canonical = None;
        prop_assert_eq!(with_body, without);
    }

    /// What sits between fields never hides an address.
    #[test]
    fn fields_anywhere_are_found(
        before in proptest::collection::vec("[A-Za-z]{1,8}: [ -~]{0,30}\r\n", 0..5),
        after in proptest::collection::vec("[A-Za-z]{1,8}: [ -~]{0,30}\r\n", 0..5),
    ) {
        let message =
            format!("{}bCC:\r\n x@alfa.example\r\n{}\r\n", before.concat(), after.concat());
        prop_assert!(facts(&message).has_bcc);
    }
}
