//! What the fuzz targets call, and the tests that replay their corpora.
#![expect(clippy::panic, reason = "a fuzz target tells what it finds by a panic")]

use crate::relay::{Conversation, Envelope, Phase, TlsNeed};
use crate::wire::Credentials;
use crate::{pop3, relay, smtp};

/// Leads a whole SMTP dialogue, the first octet choosing role, TLS and how the rest is cut. A
/// session never panics, never leaves a request open, asks for no password and no message where it
/// must not, and says at the end the same however its input was cut.
pub fn smtp_session(input: &[u8]) {
    let Some((&choice, dialogue)) = input.split_first() else { return };
    let whole = smtp_dialogue(choice, dialogue, usize::MAX);
    let cut = usize::from(choice >> 3).saturating_add(1);
    let pieces = smtp_dialogue(choice, dialogue, cut);
    // What arrives together may be refused for just that (RFC 2920); then the pieces went further.
    let is_refused = whole.windows(9).any(|nine| nine == b"554 5.5.0");
    assert!(is_refused || whole == pieces, "it depends on how octets arrive");
}

fn smtp_dialogue(choice: u8, dialogue: &[u8], cut: usize) -> Vec<u8> {
    let role = if choice & 1 == 0 { smtp::Role::Submission } else { smtp::Role::Incoming };
    let rules = smtp::Rules {
        message_octets: 4096,
        recipients: 4,
        commands: 64,
        ..smtp::Rules::new("alfa.example", role)
    };
    let mut session = smtp::Session::new(rules, choice & 2 != 0);
    let mut heard = Vec::new();
    let mut kept = 0_usize;
    for piece in dialogue.chunks(cut) {
        session.receive(piece);
        loop {
            let step = session.step();
            heard.extend(session.take_output());
            match step {
                smtp::Step::Read => break,
                smtp::Step::Close => return heard,
                smtp::Step::StartTls => session.is_now_secure(),
                smtp::Step::Chunk(octets) => kept = kept.saturating_add(octets.len()),
                smtp::Step::Drop => kept = 0,
                smtp::Step::Unanswered => panic!("every request was answered"),
                smtp::Step::Ask(request) => {
                    let reply = smtp_reply(&session, &request, kept);
                    if matches!(request, smtp::Request::Message(_)) {
                        kept = 0;
                    }
                    session.answer(&reply);
                }
            }
        }
    }
    heard
}

fn smtp_reply(session: &smtp::Session, request: &smtp::Request, kept: usize) -> smtp::Reply {
    match request {
        smtp::Request::Authenticate(credentials) => {
            assert!(session.is_secure(), "a password in the clear");
            match is_right(credentials) {
                true => smtp::Reply::new(235, "2.7.0", "Ok"),
                false => smtp::Reply::new(535, "5.7.8", "No"),
            }
        }
        smtp::Request::Mail(_) => smtp::Reply::new(250, "2.1.0", "Ok"),
        smtp::Request::Rcpt(path) if path.address.local_part() == "no" => {
            smtp::Reply::new(550, "5.1.1", "No")
        }
        smtp::Request::Rcpt(_) => smtp::Reply::new(250, "2.1.5", "Ok"),
        smtp::Request::Data => smtp::Reply::new(354, "", "Go on"),
        smtp::Request::Message(marks) => {
            assert_eq!(marks.octets, kept as u64, "octets were lost or made");
            assert!(marks.octets <= 4096, "larger than allowed");
            smtp::Reply::new(250, "2.0.0", "Ok")
        }
    }
}

/// Leads a whole POP3 dialogue, the first octet choosing TLS and how the rest is cut.
pub fn pop3_session(input: &[u8]) {
    let Some((&choice, dialogue)) = input.split_first() else { return };
    let cut = usize::from(choice >> 2).saturating_add(1);
    let mut session = pop3::Session::new(pop3::Rules::new("alfa.example"), choice & 1 != 0);
    for piece in dialogue.chunks(cut) {
        session.receive(piece);
        loop {
            match session.step() {
                pop3::Step::Read => break,
                pop3::Step::Close => return,
                pop3::Step::StartTls => session.is_now_secure(),
                pop3::Step::Unanswered => panic!("every request was answered"),
                pop3::Step::Ask(request) => pop3_answer(&mut session, request),
            }
        }
        let _ = session.take_output();
    }
}

const MESSAGE: &[u8] = b"Subject: a\r\n\r\n.b\r\nc\r\n";

fn pop3_answer(session: &mut pop3::Session, request: pop3::Request) {
    match request {
        pop3::Request::Login(credentials) => {
            assert!(session.is_secure(), "a password in the clear");
            if is_right(&credentials) {
                let entry = |uid: &str| pop3::Entry { uid: uid.to_owned(), octets: 22 };
                session.opened(vec![entry("a"), entry("b")]);
            } else {
                session.refused("[AUTH] No");
            }
        }
        pop3::Request::Retrieve(index) => {
            assert!(index < 2, "a message that is not there");
            let _ = MESSAGE.chunks(5).all(|chunk| session.body(chunk));
            session.body_ended(true);
        }
        pop3::Request::Commit(indices) => {
            assert!(indices.iter().all(|index| *index < 2), "a message that is not there");
            session.committed(true);
        }
    }
}

fn is_right(credentials: &Credentials) -> bool {
    credentials.user == "a" && *credentials.password == "b"
}

/// Hears a hostile next hop: the first octet chooses TLS, how the rest is cut, and how many
/// recipients there are. Every recipient has exactly one verdict, and a hop that says nothing
/// positive has taken nothing.
pub fn smtp_relay(input: &[u8]) {
    let Some((&choice, replies)) = input.split_first() else { return };
    let tls = if choice & 1 == 0 { TlsNeed::Required } else { TlsNeed::IfOffered };
    let rules = relay::Rules { host: "alfa.example".to_owned(), tls };
    let mut conversation = Conversation::new(rules, choice & 2 != 0);
    let count = usize::from(choice >> 2 & 3).saturating_add(1);
    let recipients = ["a@beta.example", "b@beta.example", "c@beta.example", "d@beta.example"];
    let to: Vec<_> = recipients.iter().take(count).filter_map(|one| one.parse().ok()).collect();
    let mut messages = 0_u8;
    for piece in replies.chunks(usize::from(choice >> 4).saturating_add(1)) {
        conversation.receive(piece);
        loop {
            match conversation.step() {
                Phase::Read => break,
                Phase::Lost(_) => return,
                Phase::StartTls => conversation.is_now_secure(),
                Phase::Body => conversation.body_sent(),
                // A message may be refused before anything is sent.
                Phase::Ready if messages >= 4 => return,
                Phase::Ready => {
                    messages = messages.saturating_add(1);
                    let is_safe = conversation.is_secure() || tls == TlsNeed::IfOffered;
                    assert!(is_safe, "a message in the clear");
                    conversation.send(Envelope {
                        from: None,
                        to: to.clone(),
                        octets: 10,
                        needs_8bitmime: choice & 8 != 0,
                        needs_smtputf8: false,
                    });
                }
                Phase::Finished(verdicts) => {
                    assert_eq!(verdicts.len(), count, "a recipient without verdict");
                    let is_verdict = |code: u16| matches!(code, 200..300 | 400..600);
                    assert!(verdicts.iter().all(|verdict| is_verdict(verdict.reply.code)));
                }
            }
        }
        let _ = conversation.take_output();
    }
}
