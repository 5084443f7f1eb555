//! The small shell: one account, a few rules, everything in memory.
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

use pec_server::wire::Credentials;
use pec_server::{pop3, smtp};

pub struct Peer {
    protocol: Protocol,
    is_closed: bool,
    wants_tls: bool,
    output: Vec<u8>,
    arriving: Vec<u8>,
    pub messages: Vec<Vec<u8>>,
    pub deleted: Vec<usize>,
}

enum Protocol {
    Smtp { session: Box<smtp::Session>, is_submission: bool },
    Pop3(Box<pop3::Session>),
}

const MAILBOX: [&[u8]; 2] =
    [b"Subject: uno\r\n\r\n.punto\r\nciao\r\n", b"Subject: due\r\n\r\nsenza fine riga"];

impl Peer {
    pub fn new(has: &dyn Fn(&str) -> bool) -> Self {
        let protocol = if has("pop3") {
            let rules = pop3::Rules { errors: 5, ..pop3::Rules::new("alfa.example") };
            Protocol::Pop3(Box::new(pop3::Session::new(rules, has("tls"))))
        } else {
            let is_submission = has("submission");
            let role = if is_submission { smtp::Role::Submission } else { smtp::Role::Incoming };
            let rules = smtp::Rules {
                message_octets: 1000,
                recipients: 5,
                errors: 5,
                commands: 40,
                ..smtp::Rules::new("alfa.example", role)
            };
            let session = Box::new(smtp::Session::new(rules, has("tls")));
            Protocol::Smtp { session, is_submission }
        };
        let (output, arriving, messages) = (Vec::new(), Vec::new(), Vec::new());
        let deleted = Vec::new();
        Self { protocol, is_closed: false, wants_tls: false, output, arriving, messages, deleted }
    }

    /// Hands octets in, as long as the server listens.
    pub fn send(&mut self, octets: &[u8]) {
        if self.is_closed || self.wants_tls {
            return;
        }
        match &mut self.protocol {
            Protocol::Smtp { session, is_submission } => {
                session.receive(octets);
                let is_submission = *is_submission;
                while self.step_smtp(is_submission) {}
            }
            Protocol::Pop3(session) => {
                session.receive(octets);
                while self.step_pop3() {}
            }
        }
    }

    fn step_smtp(&mut self, is_submission: bool) -> bool {
        let Protocol::Smtp { session, .. } = &mut self.protocol else { unreachable!() };
        let step = session.step();
        self.output.extend(session.take_output());
        match step {
            smtp::Step::Read => return false,
            smtp::Step::Chunk(octets) => self.arriving.extend(octets),
            smtp::Step::Drop => self.arriving.clear(),
            smtp::Step::StartTls => self.wants_tls = true,
            smtp::Step::Close => self.is_closed = true,
            smtp::Step::Unanswered => panic!("unanswered"),
            smtp::Step::Ask(request) => {
                let account = session.account().filter(|_| is_submission).map(str::to_owned);
                if matches!(request, smtp::Request::Message(_)) {
                    self.messages.push(std::mem::take(&mut self.arriving));
                }
                session.answer(&reply(&request, account.as_deref()));
            }
        }
        !self.wants_tls && !self.is_closed
    }

    fn step_pop3(&mut self) -> bool {
        let Protocol::Pop3(session) = &mut self.protocol else { unreachable!() };
        let step = session.step();
        match step {
            pop3::Step::Ask(pop3::Request::Login(credentials)) if is_right(&credentials) => {
                let entry = |(index, octets): (usize, &&[u8])| pop3::Entry {
                    uid: format!("u{index}"),
                    octets: octets.len() as u64,
                };
                session.opened(MAILBOX.iter().enumerate().map(entry).collect());
            }
            pop3::Step::Ask(pop3::Request::Login(_)) => session.refused("[AUTH] No"),
            pop3::Step::Ask(pop3::Request::Retrieve(index)) => {
                let _ = MAILBOX[index].chunks(3).all(|chunk| session.body(chunk));
                session.body_ended(true);
            }
            pop3::Step::Ask(pop3::Request::Commit(indices)) => {
                self.deleted = indices;
                session.committed(true);
            }
            pop3::Step::StartTls => self.wants_tls = true,
            pop3::Step::Close => self.is_closed = true,
            pop3::Step::Unanswered => panic!("unanswered"),
            pop3::Step::Read => {
                self.output.extend(session.take_output());
                return false;
            }
        }
        self.output.extend(session.take_output());
        !self.wants_tls && !self.is_closed
    }

    pub fn begin_tls(&mut self) -> Result<(), String> {
        if !std::mem::take(&mut self.wants_tls) {
            return Err("the server does not begin TLS".to_owned());
        }
        match &mut self.protocol {
            Protocol::Smtp { session, .. } => session.is_now_secure(),
            Protocol::Pop3(session) => session.is_now_secure(),
        }
        Ok(())
    }

    pub fn next_line(&mut self) -> Option<String> {
        let end = self.output.windows(2).position(|pair| pair == b"\r\n")?;
        let line: Vec<u8> = self.output.drain(..end + 2).collect();
        Some(String::from_utf8(line[..end].to_vec()).unwrap())
    }

    /// A line that begins so; with `*` at the end a whole reply.
    pub fn expect(&mut self, text: &str) -> Result<(), String> {
        let many = text.strip_suffix('*');
        let wanted = many.unwrap_or(text);
        loop {
            let line = self.next_line().ok_or_else(|| format!("no {text:?}, but silence"))?;
            if !line.starts_with(wanted) {
                return Err(format!("expected {text:?}, found {line:?}"));
            }
            if many.is_none() || line.as_bytes().get(3) == Some(&b' ') {
                return Ok(());
            }
        }
    }

    pub fn expect_closed(&mut self) -> Result<(), String> {
        match self.next_line() {
            None if self.is_closed => Ok(()),
            None => Err("the server has not closed".to_owned()),
            Some(line) => Err(format!("before it closed the server said {line:?}")),
        }
    }

    pub fn expect_message(&self, octets: &[u8]) -> Result<(), String> {
        let has = |message: &Vec<u8>| message.windows(octets.len()).any(|found| found == octets);
        let texts: Vec<_> =
            self.messages.iter().map(|message| String::from_utf8_lossy(message)).collect();
        self.messages.iter().any(has).then_some(()).ok_or_else(|| format!("taken: {texts:?}"))
    }
}

fn is_right(credentials: &Credentials) -> bool {
    credentials.user == "mario@alfa.example" && *credentials.password == "segreto"
}

fn reply(request: &smtp::Request, account: Option<&str>) -> smtp::Reply {
    match request {
        smtp::Request::Authenticate(credentials) if is_right(credentials) => {
            smtp::Reply::new(235, "2.7.0", "Ok")
        }
        smtp::Request::Authenticate(_) => smtp::Reply::new(535, "5.7.8", "No"),
        smtp::Request::Mail(path) => match (&path.address, account) {
            (Some(address), Some(account)) if address.as_str() != account => {
                smtp::Reply::new(553, "5.7.1", "Not yours")
            }
            _ => smtp::Reply::new(250, "2.1.0", "Ok"),
        },
        smtp::Request::Rcpt(path) => match path.address.local_part() {
            "nessuno" => smtp::Reply::new(550, "5.1.1", "Nobody"),
            "altro" => smtp::Reply::new(452, "4.5.3", "Alone"),
            _ => smtp::Reply::new(250, "2.1.5", "Ok"),
        },
        smtp::Request::Data => smtp::Reply::new(354, "", "Go on"),
        smtp::Request::Message(_) => smtp::Reply::new(250, "2.0.0", "Taken"),
    }
}
