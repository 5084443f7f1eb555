//! The sending side against servers of every temper, without sockets.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use pec_server::relay::{Conversation, Envelope, Failure, Phase, Rules, TlsNeed, Verdict};

fn conversation(tls: TlsNeed, is_secure: bool) -> Conversation {
    Conversation::new(Rules { host: "mx.alfa.example".to_owned(), tls }, is_secure)
}

fn envelope(to: &[&str]) -> Envelope {
    Envelope {
        from: Some("mario@alfa.example".parse().unwrap()),
        to: to.iter().map(|one| one.parse().unwrap()).collect(),
        octets: 100,
        needs_8bitmime: false,
        needs_smtputf8: false,
    }
}

/// The server says this; what we say until we wait again, and where we are.
fn hear(conversation: &mut Conversation, said: &str) -> (Phase, String) {
    conversation.receive(said.as_bytes());
    let phase = conversation.step();
    (phase, String::from_utf8(conversation.take_output()).unwrap())
}

fn codes(verdicts: &[Verdict]) -> Vec<u16> {
    verdicts.iter().map(|verdict| verdict.reply.code).collect()
}

/// At the point where a message may be sent.
fn ready(offers: &str) -> Conversation {
    let mut conversation = conversation(TlsNeed::IfOffered, true);
    let _ = hear(&mut conversation, "220 mx.beta.example\r\n");
    let (phase, _) = hear(&mut conversation, offers);
    assert!(matches!(phase, Phase::Ready), "{phase:?}");
    conversation
}

const PIPELINING: &str =
    "250-mx.beta.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 1000\r\n";

#[test]
fn with_pipelining_all_is_written_at_once_and_each_recipient_has_its_verdict() {
    let mut conversation = ready(PIPELINING);
    conversation.send(envelope(&["a@b.example", "b@b.example", "c@b.example"]));
    let (_, said) = hear(&mut conversation, "");
    let expected = "MAIL FROM:<mario@alfa.example> SIZE=100\r\nRCPT TO:<a@b.example>\r\n\
                    RCPT TO:<b@b.example>\r\nRCPT TO:<c@b.example>\r\nDATA\r\n";
    assert_eq!(said, expected);
    let replies =
        "250 2.1.0 a\r\n250 2.1.5 b\r\n550 5.1.1 no\r\n452-4.5.3 too\r\n452 4.5.3 many\r\n";
    let (phase, _) = hear(&mut conversation, &format!("{replies}354 go\r\n"));
    assert!(matches!(phase, Phase::Body));
    conversation.body_sent();
    let (phase, _) = hear(&mut conversation, "250 2.0.0 taken\r\n");
    let Phase::Finished(verdicts) = phase else { panic!("{phase:?}") };
    assert_eq!(codes(&verdicts), [250, 550, 452]);
    assert_eq!(verdicts[1].reply.status, "5.1.1");
    assert_eq!(verdicts[2].reply.text, "too\nmany");
    // The connection serves the next message.
    assert!(matches!(conversation.step(), Phase::Ready));
}

#[test]
fn without_pipelining_every_reply_is_waited_for() {
    let mut conversation = ready("250 mx.beta.example\r\n");
    conversation.send(envelope(&["a@b.example", "b@b.example"]));
    assert_eq!(hear(&mut conversation, "").1, "MAIL FROM:<mario@alfa.example>\r\n");
    assert_eq!(hear(&mut conversation, "250 ok\r\n").1, "RCPT TO:<a@b.example>\r\n");
    assert_eq!(hear(&mut conversation, "550 no\r\n").1, "RCPT TO:<b@b.example>\r\n");
    let (phase, said) = hear(&mut conversation, "451 later\r\n");
    // Nobody is left: no DATA, and the next message begins with RSET.
    assert_eq!(said, "");
    let Phase::Finished(verdicts) = phase else { panic!("{phase:?}") };
    assert_eq!(codes(&verdicts), [550, 451]);
    assert!(matches!(conversation.step(), Phase::Ready));
    conversation.send(envelope(&["a@b.example"]));
    assert_eq!(hear(&mut conversation, "").1, "RSET\r\n");
    assert_eq!(hear(&mut conversation, "250 ok\r\n").1, "MAIL FROM:<mario@alfa.example>\r\n");
}

#[test]
fn a_refused_sender_is_the_verdict_of_all() {
    let mut conversation = ready(PIPELINING);
    conversation.send(envelope(&["a@b.example", "b@b.example"]));
    let replies = "553 5.7.1 not you\r\n503 x\r\n503 x\r\n503 x\r\n";
    let (phase, _) = hear(&mut conversation, replies);
    let Phase::Finished(verdicts) = phase else { panic!("{phase:?}") };
    assert_eq!(codes(&verdicts), [553, 553]);
}

#[test]
fn a_server_that_wants_a_message_for_nobody_gets_an_empty_one() {
    let mut conversation = ready(PIPELINING);
    conversation.send(envelope(&["a@b.example"]));
    let (phase, said) = hear(&mut conversation, "250 a\r\n550 5.1.1 b\r\n354 go\r\n");
    assert!(matches!(phase, Phase::Read));
    assert!(said.ends_with("DATA\r\n.\r\n"), "{said}");
    let (phase, _) = hear(&mut conversation, "554 nobody\r\n");
    let Phase::Finished(verdicts) = phase else { panic!("{phase:?}") };
    assert_eq!(codes(&verdicts), [550]);
}

#[test]
fn what_a_hop_would_spoil_is_not_sent() {
    type Change = fn(&mut Envelope);
    let cases: [(&str, Change, u16); 3] = [
        (PIPELINING, |envelope| envelope.octets = 1001, 552),
        ("250 mx.beta.example\r\n", |envelope| envelope.needs_8bitmime = true, 554),
        (PIPELINING, |envelope| envelope.needs_smtputf8 = true, 553),
    ];
    for (offers, change, code) in cases {
        let mut conversation = ready(offers);
        let mut message = envelope(&["a@b.example"]);
        change(&mut message);
        conversation.send(message);
        let (phase, said) = hear(&mut conversation, "");
        let Phase::Finished(verdicts) = phase else { panic!("{phase:?}") };
        assert_eq!((codes(&verdicts), said.as_str()), (vec![code], ""));
    }
}

#[test]
fn tls_is_begun_and_nothing_before_it_counts() {
    let hello = "250-mx.beta.example\r\n250 STARTTLS\r\n";
    let mut conversation = conversation(TlsNeed::Required, false);
    assert_eq!(hear(&mut conversation, "220 x\r\n").1, "EHLO mx.alfa.example\r\n");
    assert_eq!(hear(&mut conversation, hello).1, "STARTTLS\r\n");
    let (phase, _) = hear(&mut conversation, "220 go\r\n");
    assert!(matches!(phase, Phase::StartTls));
    conversation.is_now_secure();
    assert_eq!(hear(&mut conversation, "").1, "EHLO mx.alfa.example\r\n");
    assert!(matches!(hear(&mut conversation, "250 x\r\n").0, Phase::Ready));
}

#[test]
fn octets_before_tls_and_a_missing_offer_end_the_connection() {
    let hello = "250-mx.beta.example\r\n250 STARTTLS\r\n";
    let mut injected = conversation(TlsNeed::Required, false);
    let _ = hear(&mut injected, "220 x\r\n");
    let _ = hear(&mut injected, hello);
    let (phase, _) = hear(&mut injected, "220 go\r\n250 mx.beta.example\r\n");
    assert!(matches!(phase, Phase::Lost(Failure::BeforeTls)), "{phase:?}");

    let mut stripped = conversation(TlsNeed::Required, false);
    let _ = hear(&mut stripped, "220 x\r\n");
    let (phase, said) = hear(&mut stripped, "250 mx.beta.example\r\n");
    assert!(matches!(phase, Phase::Lost(Failure::NoStartTls)), "{phase:?}");
    assert_eq!(said, "");

    let mut ordinary = conversation(TlsNeed::IfOffered, false);
    let _ = hear(&mut ordinary, "220 x\r\n");
    assert!(matches!(hear(&mut ordinary, "250 mx.beta.example\r\n").0, Phase::Ready));
}

#[test]
fn nonsense_and_421_end_the_connection_and_decide_nothing() {
    for said in ["421 4.3.2 bye\r\n", "hello\r\n", "250\n", "25x no\r\n", "2500 no\r\n"] {
        let mut conversation = ready(PIPELINING);
        conversation.send(envelope(&["a@b.example"]));
        let (phase, _) = hear(&mut conversation, &format!("{said}\r\n"));
        assert!(matches!(phase, Phase::Lost(_)), "{said:?}: {phase:?}");
    }
    // A reply that is no decision puts the recipient off.
    let mut conversation = ready(PIPELINING);
    conversation.send(envelope(&["a@b.example"]));
    let _ = hear(&mut conversation, "250 a\r\n250 b\r\n354 go\r\n");
    conversation.body_sent();
    let (phase, _) = hear(&mut conversation, "354 what\r\n");
    let Phase::Finished(verdicts) = phase else { panic!("{phase:?}") };
    assert_eq!(codes(&verdicts), [451]);
}
