//! The fuzz targets, fed with dialogues made of likely pieces: in an ordinary test run they go
//! deeper than random octets would.
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

use pec_server::fuzzing::{pop3_session, smtp_relay, smtp_session};
use proptest::prelude::*;

const SMTP: &[&str] = &[
    "EHLO a\r\n",
    "HELO a\r\n",
    "STARTTLS\r\n",
    "AUTH PLAIN AGEAYg==\r\n",
    "AUTH PLAIN\r\n",
    "AGEAYg==\r\n",
    "AUTH LOGIN\r\n",
    "YQ==\r\n",
    "Yg==\r\n",
    "*\r\n",
    "MAIL FROM:<a@x.it>\r\n",
    "MAIL FROM:<> SIZE=10 BODY=8BITMIME\r\n",
    "RCPT TO:<b@x.it>\r\n",
    "RCPT TO:<no@x.it>\r\n",
    "RCPT TO:<postmaster>\r\n",
    "DATA\r\n",
    ".\r\n",
    "..\r\n",
    "\r\n",
    "\n",
    "\r",
    ".",
    "text\r\n",
    "RSET\r\n",
    "NOOP\r\n",
    "VRFY a\r\n",
    "QUIT\r\n",
    "BDAT 3\r\n",
    "è",
    "\0",
    "<",
    ">",
    " ",
];

const POP3: &[&str] = &[
    "CAPA\r\n",
    "STLS\r\n",
    "USER a\r\n",
    "PASS b\r\n",
    "PASS c\r\n",
    "AUTH PLAIN\r\n",
    "AGEAYg==\r\n",
    "AUTH PLAIN AGEAYg==\r\n",
    "STAT\r\n",
    "LIST\r\n",
    "LIST 1\r\n",
    "UIDL\r\n",
    "RETR 1\r\n",
    "RETR 3\r\n",
    "TOP 1 1\r\n",
    "TOP 2 0\r\n",
    "DELE 1\r\n",
    "RSET\r\n",
    "NOOP\r\n",
    "QUIT\r\n",
    "\n",
    "\r",
    "\r\n",
    "è",
    "\0",
];

const REPLIES: &[&str] = &[
    "220 x\r\n",
    "250 x\r\n",
    "250-x\r\n",
    "250-PIPELINING\r\n",
    "250-STARTTLS\r\n",
    "250 8BITMIME\r\n",
    "250 SIZE 5\r\n",
    "354 go\r\n",
    "550 5.1.1 no\r\n",
    "451 later\r\n",
    "421 bye\r\n",
    "221 x\r\n",
    "999 x\r\n",
    "250\r\n",
    "\n",
    "x",
    "250 2.1.",
    "0 a\r\n",
];

/// A first octet, and pieces.
fn dialogue(pieces: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        20 => prop::sample::select(pieces).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
        1 => (0_usize..6000).prop_map(|count| vec![b'a'; count]),
    ];
    (any::<u8>(), prop::collection::vec(piece, 0..40)).prop_map(|(first, pieces)| {
        let mut input = vec![first];
        input.extend(pieces.concat());
        input
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn smtp_dialogues_keep_their_promises(input in dialogue(SMTP)) {
        smtp_session(&input);
    }

    #[test]
    fn pop3_dialogues_keep_their_promises(input in dialogue(POP3)) {
        pop3_session(&input);
    }

    #[test]
    fn a_hostile_next_hop_gets_one_verdict_a_recipient(input in dialogue(REPLIES)) {
        smtp_relay(&input);
    }
}
