//! The session.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::command::{self, Command};
use super::excerpt::Excerpt;
use crate::wire::{Credentials, Exchange, LineFault, LineReader, Mechanism, SaslStep, Stuffer};

/// What a session allows.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The name of this server.
    pub host: String,
    /// Whether STLS is offered.
    pub offers_stls: bool,
    /// Longest command (RFC 2449 §4: 255), in octets without CRLF.
    pub command_octets: usize,
    /// Longest line of an authentication exchange.
    pub sasl_octets: usize,
    /// Most errors in a session.
    pub errors: usize,
    /// Most refused logins in a session.
    pub refused_logins: usize,
}

impl Rules {
    /// The default rules.
    #[must_use]
    pub fn new(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            offers_stls: true,
            command_octets: 512,
            sasl_octets: 12_288,
            errors: 50,
            refused_logins: 3,
        }
    }
}

/// A message of the mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The identifier that stays with it: 1 to 70 printable characters (RFC 1939 §7).
    pub uid: String,
    /// Its size in octets.
    pub octets: u64,
}

/// What the shell does next. The list is closed.
#[derive(Debug)]
pub enum Step {
    /// Write the output, then read octets and hand them in.
    Read,
    /// Answer this.
    Ask(Request),
    /// Write the output, then begin TLS and call [`Session::is_now_secure`]; read nothing before.
    StartTls,
    /// Write the output, then close.
    Close,
    /// The last request is not answered yet.
    Unanswered,
}

/// What the shell is asked. The list is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Are these right? [`Session::opened`] or [`Session::refused`].
    Login(Credentials),
    /// The octets of the message at this index of the listing: [`Session::body`] for each chunk,
    /// then [`Session::body_ended`].
    Retrieve(usize),
    /// Delete these, indices of the listing: [`Session::committed`].
    Commit(Vec<usize>),
}

/// One connection of a client.
#[derive(Debug)]
pub struct Session {
    rules: Rules,
    input: LineReader,
    output: Vec<u8>,
    state: State,
    asked: bool,
    is_secure: bool,
    errors: usize,
    refused_logins: usize,
}

#[derive(Debug)]
enum State {
    Authorization { user: Option<String> },
    Sasl(Exchange),
    Transaction(Maildrop),
    Retrieving { maildrop: Maildrop, stuffer: Stuffer, excerpt: Excerpt, has_begun: bool },
    Closing,
}

#[derive(Debug, Default)]
struct Maildrop {
    entries: Vec<Entry>,
    deleted: Vec<bool>,
}

impl Session {
    /// A session at its beginning; the greeting is in the output. `is_secure`: TLS runs already.
    #[must_use]
    pub fn new(rules: Rules, is_secure: bool) -> Self {
        let output = format!("+OK {} POP3 Postacert\r\n", rules.host).into_bytes();
        Self {
            rules,
            input: LineReader::default(),
            output,
            state: State::Authorization { user: None },
            asked: false,
            is_secure,
            errors: 0,
            refused_logins: 0,
        }
    }

    /// Hands in octets that arrived.
    pub fn receive(&mut self, octets: &[u8]) {
        self.input.push(octets);
    }

    /// What is to be written, once.
    #[must_use]
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Whether a part of a command has arrived, and its end is waited for.
    #[must_use]
    pub fn is_in_line(&self) -> bool {
        !self.input.is_empty()
    }

    /// TLS runs now. All that was said before is forgotten (RFC 2595 §4).
    pub fn is_now_secure(&mut self) {
        self.input.clear();
        self.is_secure = true;
        self.state = State::Authorization { user: None };
    }

    /// Whether the connection is under TLS.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Ends the session; nothing is deleted.
    pub fn end(&mut self, text: &str) {
        self.state = State::Closing;
        self.error(text);
    }

    /// Goes on until the shell has to do something.
    pub fn step(&mut self) -> Step {
        if self.asked {
            return Step::Unanswered;
        }
        loop {
            let step = match &self.state {
                State::Closing => return Step::Close,
                State::Sasl(_) => self.read_sasl(),
                _ => self.read_command(),
            };
            if let Some(step) = step {
                return step;
            }
        }
    }

    /// The login was right; these are the messages.
    pub fn opened(&mut self, entries: Vec<Entry>) {
        if std::mem::take(&mut self.asked) {
            let deleted = vec![false; entries.len()];
            let maildrop = Maildrop { entries, deleted };
            self.ok(&format!("{} messages", maildrop.entries.len()));
            self.state = State::Transaction(maildrop);
        }
    }

    /// The login was refused; `reason` begins with its response code, such as `[AUTH]`.
    pub fn refused(&mut self, reason: &str) {
        self.asked = false;
        self.refused_logins = self.refused_logins.saturating_add(1);
        self.error(reason);
        if self.refused_logins >= self.rules.refused_logins {
            self.state = State::Closing;
        }
    }

    /// Octets of the message that is asked for. Says whether more are wanted.
    pub fn body(&mut self, chunk: &[u8]) -> bool {
        let State::Retrieving { stuffer, excerpt, has_begun, .. } = &mut self.state else {
            return false;
        };
        if !std::mem::replace(has_begun, true) {
            self.output.extend_from_slice(b"+OK\r\n");
        }
        let output = &mut self.output;
        stuffer.pieces(excerpt.cut(chunk), |piece| output.extend_from_slice(piece));
        !excerpt.is_done()
    }

    /// The message is complete, or could not be read. In the second case, when a part of it is
    /// written already, only the end of the connection tells the client.
    pub fn body_ended(&mut self, is_complete: bool) {
        self.asked = false;
        if is_complete {
            self.body(b"");
        }
        match std::mem::replace(&mut self.state, State::Closing) {
            State::Retrieving { maildrop, stuffer, has_begun, .. } => {
                if is_complete {
                    self.output.extend_from_slice(stuffer.end());
                } else if has_begun {
                    return;
                } else {
                    self.error("[SYS/TEMP] The message cannot be read now");
                }
                self.state = State::Transaction(maildrop);
            }
            other => self.state = other,
        }
    }

    /// What was to be deleted is deleted, or not.
    pub fn committed(&mut self, is_done: bool) {
        self.asked = false;
        self.state = State::Closing;
        if is_done {
            self.ok("Goodbye");
        } else {
            self.error("[SYS/TEMP] Some messages are not deleted");
        }
    }

    fn read_command(&mut self) -> Option<Step> {
        let line = match self.input.line(self.rules.command_octets) {
            None => return Some(Step::Read),
            Some(Ok(line)) => Zeroizing::new(line),
            Some(Err(fault)) => return self.bad_line(fault),
        };
        match command::parse(&line) {
            Err(text) => self.error(text),
            Ok(command) => match std::mem::replace(&mut self.state, State::Closing) {
                State::Transaction(maildrop) => return self.in_transaction(command, maildrop),
                State::Authorization { user } => return self.in_authorization(command, user),
                state => self.state = state,
            },
        }
        None
    }

    fn in_authorization(&mut self, command: Command, user: Option<String>) -> Option<Step> {
        self.state = State::Authorization { user: None };
        match command {
            Command::Quit => {
                self.state = State::Closing;
                self.ok("Goodbye");
            }
            Command::Capabilities => self.capabilities(),
            Command::StartTls if !self.is_secure && self.rules.offers_stls => {
                if !self.input.is_empty() {
                    // RFC 2595 §2.2; as in SMTP, nothing may come before TLS that is read after.
                    self.input.clear();
                    self.end("Nothing may follow STLS unasked");
                    return None;
                }
                self.ok("Begin TLS");
                return Some(Step::StartTls);
            }
            Command::User(_) | Command::Pass(_) | Command::Auth { .. } if !self.is_secure => {
                self.error("[AUTH] Encryption required: STLS first");
            }
            Command::User(name) => {
                self.state = State::Authorization { user: Some(name) };
                self.ok("Password?");
            }
            Command::Pass(password) => {
                let password = Zeroizing::new(password);
                let Some(user) = user else {
                    self.error("USER first");
                    return None;
                };
                match Credentials::new(user.as_bytes(), password) {
                    Ok(credentials) => return self.ask(Request::Login(credentials)),
                    Err(_) => self.error("[AUTH] Malformed user or password"),
                }
            }
            Command::Auth { mechanism: None, .. } => {
                self.output.extend_from_slice(b"+OK\r\nPLAIN\r\n.\r\n");
            }
            Command::Auth { mechanism: Some(name), initial } if name == "PLAIN" => {
                let (exchange, step) = Exchange::begin(Mechanism::Plain, &initial);
                self.state = State::Sasl(exchange);
                return self.sasl(step);
            }
            Command::Auth { .. } => self.error("Mechanism not offered"),
            _ => self.error("Log in first"),
        }
        None
    }

    fn in_transaction(&mut self, command: Command, mut maildrop: Maildrop) -> Option<Step> {
        let mut asked = None;
        match command {
            Command::Quit => {
                let deleted = maildrop.deleted_indices();
                if deleted.is_empty() {
                    self.committed(true);
                    return None;
                }
                return self.ask(Request::Commit(deleted));
            }
            Command::Retr(number) => asked = Some((number, None)),
            Command::Top { number, lines } => asked = Some((number, Some(lines))),
            Command::Capabilities => self.capabilities(),
            Command::Noop => self.ok(""),
            Command::Stat => {
                let (count, octets) = maildrop.size();
                self.ok(&format!("{count} {octets}"));
            }
            Command::Rset => {
                maildrop.deleted.fill(false);
                self.ok("");
            }
            Command::Dele(number) => match maildrop.delete(number) {
                true => self.ok("Deleted at QUIT"),
                false => self.no_such(),
            },
            Command::List(number) => {
                self.listing(&maildrop, number, |entry| entry.octets.to_string());
            }
            Command::Uidl(number) => self.listing(&maildrop, number, |entry| entry.uid.clone()),
            _ => self.error("You are logged in already"),
        }
        let found = asked.and_then(|(number, lines)| Some((maildrop.index(number)?, lines)));
        match found {
            Some((index, lines)) => {
                let (stuffer, excerpt) = (Stuffer::new(), Excerpt::new(lines));
                self.state = State::Retrieving { maildrop, stuffer, excerpt, has_begun: false };
                self.ask(Request::Retrieve(index))
            }
            None => {
                if asked.is_some() {
                    self.no_such();
                }
                if !self.is_over() {
                    self.state = State::Transaction(maildrop);
                }
                None
            }
        }
    }

    fn listing(&mut self, maildrop: &Maildrop, number: Option<usize>, of: fn(&Entry) -> String) {
        let Some(number) = number else {
            let mut text = String::from("+OK\r\n");
            for (index, entry) in maildrop.present() {
                let _ = write!(text, "{} {}\r\n", index.saturating_add(1), of(entry));
            }
            text.push_str(".\r\n");
            self.output.extend_from_slice(text.as_bytes());
            return;
        };
        match maildrop.index(number).and_then(|index| maildrop.entries.get(index)) {
            Some(entry) => self.ok(&format!("{number} {}", of(entry))),
            None => self.no_such(),
        }
    }

    fn read_sasl(&mut self) -> Option<Step> {
        let line = match self.input.line(self.rules.sasl_octets) {
            None => return Some(Step::Read),
            Some(Ok(line)) => Zeroizing::new(line),
            Some(Err(fault)) => return self.bad_line(fault),
        };
        let State::Sasl(exchange) = &mut self.state else { return None };
        let step = exchange.respond(&line);
        self.sasl(step)
    }

    fn sasl(&mut self, step: Result<SaslStep, crate::wire::SaslFault>) -> Option<Step> {
        match step {
            Ok(SaslStep::Challenge(text)) => {
                self.output.extend_from_slice(format!("+ {text}\r\n").as_bytes());
                None
            }
            Ok(SaslStep::Done(credentials)) => {
                self.state = State::Authorization { user: None };
                self.ask(Request::Login(credentials))
            }
            Err(fault) => {
                self.state = State::Authorization { user: None };
                self.error(&format!("[AUTH] {fault}"));
                None
            }
        }
    }

    fn capabilities(&mut self) {
        let mut text =
            String::from("+OK\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\n");
        text.push_str(match self.is_secure {
            true => "USER\r\nSASL PLAIN\r\n",
            false if self.rules.offers_stls => "STLS\r\n",
            false => "",
        });
        text.push_str("EXPIRE NEVER\r\nIMPLEMENTATION Postacert\r\n.\r\n");
        self.output.extend_from_slice(text.as_bytes());
    }

    fn bad_line(&mut self, fault: LineFault) -> Option<Step> {
        match fault {
            LineFault::TooLong => self.end(&fault.to_string()),
            LineFault::BareLineEnd => self.error(&fault.to_string()),
        }
        None
    }

    fn ask(&mut self, request: Request) -> Option<Step> {
        self.asked = true;
        Some(Step::Ask(request))
    }

    fn no_such(&mut self) {
        self.error("No such message");
    }

    fn ok(&mut self, text: &str) {
        let blank = if text.is_empty() { "" } else { " " };
        self.output.extend_from_slice(format!("+OK{blank}{text}\r\n").as_bytes());
    }

    fn error(&mut self, text: &str) {
        self.output.extend_from_slice(format!("-ERR {text}\r\n").as_bytes());
        self.errors = self.errors.saturating_add(1);
        if self.is_over() {
            self.state = State::Closing;
        }
    }

    const fn is_over(&self) -> bool {
        self.errors > self.rules.errors
    }
}

impl Maildrop {
    fn present(&self) -> impl Iterator<Item = (usize, &Entry)> {
        let is_present = |index: &usize| self.deleted.get(*index) == Some(&false);
        self.entries.iter().enumerate().filter(move |(index, _)| is_present(index))
    }

    /// The index of a message that is present.
    fn index(&self, number: usize) -> Option<usize> {
        let index = number.checked_sub(1)?;
        (self.deleted.get(index) == Some(&false)).then_some(index)
    }

    fn delete(&mut self, number: usize) -> bool {
        let slot = self.index(number).and_then(|index| self.deleted.get_mut(index));
        slot.map(|deleted| *deleted = true).is_some()
    }

    fn deleted_indices(&self) -> Vec<usize> {
        let deleted = self.deleted.iter().enumerate().filter(|(_, deleted)| **deleted);
        deleted.map(|(index, _)| index).collect()
    }

    fn size(&self) -> (usize, u64) {
        self.present().fold((0, 0), |(count, octets), (_, entry)| {
            (count.saturating_add(1), octets.saturating_add(entry.octets))
        })
    }
}
