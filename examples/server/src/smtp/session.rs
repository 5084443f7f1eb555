//! The session.

use super::command::{self, Command};
use super::message::{Body, Progress};
use super::{ForwardPath, Reply, ReversePath, Role, Rules};
use crate::wire::{BodyMarks, Credentials, Exchange, LineFault, LineReader, SaslFault, SaslStep};

/// One connection of a client.
#[derive(Debug)]
pub struct Session {
    rules: Rules,
    input: LineReader,
    output: Vec<u8>,
    state: State,
    asked: Option<Asked>,
    is_secure: bool,
    client: Option<Client>,
    account: Option<String>,
    transaction: Option<usize>,
    commands: usize,
    errors: usize,
    refused_logins: usize,
}

/// What the shell does next. The list is closed.
#[derive(Debug)]
pub enum Step {
    /// Write the output, then read octets and hand them in.
    Read,
    /// Answer this with [`Session::answer`].
    Ask(Request),
    /// Keep these octets of the message.
    Chunk(Vec<u8>),
    /// Forget the message: it will be refused.
    Drop,
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
    /// Are these right? 235 says yes.
    Authenticate(Credentials),
    /// May this be the sender?
    Mail(ReversePath),
    /// May this be a recipient?
    Rcpt(ForwardPath),
    /// The message comes: 354 says go on.
    Data,
    /// The message is complete. A positive reply says that it is stored.
    Message(BodyMarks),
}

/// What the client said of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Client {
    name: String,
    is_extended: bool,
}

#[derive(Debug)]
enum State {
    Commands,
    Sasl(Exchange),
    Body(Body),
    Closing,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    Login(String),
    Mail,
    Rcpt,
    Data,
    Message,
}

impl Session {
    /// A session at its beginning; the greeting is in the output. `is_secure`: TLS runs already.
    #[must_use]
    pub fn new(rules: Rules, is_secure: bool) -> Self {
        let mut session = Self {
            input: LineReader::default(),
            output: Vec::new(),
            state: State::Commands,
            asked: None,
            is_secure,
            client: None,
            account: None,
            transaction: None,
            commands: 0,
            errors: 0,
            refused_logins: 0,
            rules,
        };
        let greeting = format!("{} ESMTP Postacert", session.rules.host);
        session.reply(&Reply::new(220, "", "").with_text(greeting));
        session
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

    /// The account that logged in.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The name that the client gave, and the protocol as `Received` names it (RFC 3848).
    #[must_use]
    pub fn client(&self) -> Option<(&str, &'static str)> {
        let client = self.client.as_ref()?;
        let protocol = match (client.is_extended, self.is_secure, self.account.is_some()) {
            (false, _, _) => "SMTP",
            (true, false, _) => "ESMTP",
            (true, true, false) => "ESMTPS",
            (true, true, true) => "ESMTPSA",
        };
        Some((&client.name, protocol))
    }

    /// Whether the octets of a message are arriving.
    #[must_use]
    pub const fn is_in_message(&self) -> bool {
        matches!(self.state, State::Body(_))
    }

    /// Whether a part of a command has arrived, and its end is waited for.
    #[must_use]
    pub fn is_in_line(&self) -> bool {
        !self.input.is_empty()
    }

    /// Whether the connection is under TLS.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// TLS runs now. All that was said before is forgotten (RFC 3207 §4.2).
    pub fn is_now_secure(&mut self) {
        self.input.clear();
        self.is_secure = true;
        self.client = None;
        self.account = None;
        self.transaction = None;
    }

    /// Ends the session with this reply, 421 by its meaning; a message that is arriving is lost and
    /// was never acknowledged.
    pub fn end(&mut self, reply: &Reply) {
        self.state = State::Closing;
        self.reply(reply);
    }

    /// Goes on until the shell has to do something.
    pub fn step(&mut self) -> Step {
        if self.asked.is_some() {
            return Step::Unanswered;
        }
        loop {
            let step = match &mut self.state {
                State::Closing => return Step::Close,
                State::Body(_) => self.read_body(),
                State::Sasl(_) => self.read_sasl(),
                State::Commands => self.read_command(),
            };
            if let Some(step) = step {
                return step;
            }
        }
    }

    /// Answers the last request.
    pub fn answer(&mut self, reply: &Reply) {
        let is_positive = reply.is_positive();
        match self.asked.take() {
            Some(Asked::Login(user)) if is_positive => self.account = Some(user),
            Some(Asked::Login(_)) => self.refused_logins = self.refused_logins.saturating_add(1),
            Some(Asked::Mail) if is_positive => self.transaction = Some(0),
            Some(Asked::Rcpt) if is_positive => {
                self.transaction = self.transaction.map(|count| count.saturating_add(1));
            }
            Some(Asked::Data) if reply.is_intermediate() => {
                self.state = State::Body(Body::default());
            }
            Some(Asked::Message | Asked::Data) => self.transaction = None,
            Some(Asked::Mail | Asked::Rcpt) | None => {}
        }
        self.reply(reply);
        let is_open = !matches!(self.state, State::Closing);
        if is_open && self.refused_logins >= self.rules.refused_logins {
            self.end(&Reply::new(421, "4.7.0", "Too many refused logins"));
        }
    }

    fn read_command(&mut self) -> Option<Step> {
        let line = match self.input.line(self.rules.command_octets) {
            None => return Some(Step::Read),
            Some(Ok(line)) => line,
            Some(Err(fault)) => return self.bad_line(fault),
        };
        self.commands = self.commands.saturating_add(1);
        if self.commands > self.rules.commands {
            self.end(&Reply::new(421, "4.7.0", "Too many commands"));
            return None;
        }
        match command::parse(&line, &self.rules) {
            Ok(command) => self.run(command),
            Err(reply) => self.say(&reply),
        }
    }

    fn run(&mut self, command: Command) -> Option<Step> {
        let ends_group = matches!(
            command,
            Command::Hello { .. } | Command::StartTls | Command::Auth { .. } | Command::Data
        );
        if ends_group && !self.input.is_empty() {
            // RFC 2920 §3.1: what follows was written without knowing the reply. Whoever does that
            // is broken, or injects (RFC 3207 §5, SMTP smuggling).
            self.input.clear();
            self.end(&Reply::new(554, "5.5.0", "Nothing may follow this command unasked"));
            return None;
        }
        match command {
            Command::Hello { is_extended, name } => self.hello(is_extended, name),
            Command::StartTls => self.start_tls(),
            Command::Auth { mechanism, initial } => self.authenticate(mechanism, &initial),
            Command::Mail(path) => self.mail(path),
            Command::Rcpt(path) => self.rcpt(path),
            Command::Data => self.data(),
            Command::Reset => {
                self.transaction = None;
                self.say(&Reply::new(250, "2.0.0", "Ok"))
            }
            Command::Noop => self.say(&Reply::new(250, "2.0.0", "Ok")),
            Command::Verify => {
                self.say(&Reply::new(252, "2.5.2", "Addresses are not told; send and see"))
            }
            Command::Help => self.say(&Reply::new(214, "2.0.0", "See RFC 5321 and RFC 6109")),
            Command::Quit => {
                self.end(&Reply::new(221, "2.0.0", "Goodbye"));
                None
            }
        }
    }

    fn hello(&mut self, is_extended: bool, name: String) -> Option<Step> {
        self.transaction = None;
        self.client = Some(Client { name, is_extended });
        let mut text = self.rules.host.clone();
        if is_extended {
            text.push_str("\nPIPELINING\n8BITMIME\nENHANCEDSTATUSCODES\nSIZE ");
            text.push_str(&self.rules.message_octets.to_string());
            if self.rules.offers_starttls && !self.is_secure {
                text.push_str("\nSTARTTLS");
            }
            if self.rules.role == Role::Submission && self.is_secure {
                text.push_str("\nAUTH PLAIN LOGIN");
            }
        }
        self.say(&Reply::new(250, "", "").with_text(text))
    }

    fn start_tls(&mut self) -> Option<Step> {
        if self.is_secure || !self.rules.offers_starttls {
            return self.say(&Reply::new(503, "5.5.1", "TLS is not to be had here"));
        }
        self.reply(&Reply::new(220, "2.0.0", "Go ahead"));
        Some(Step::StartTls)
    }

    fn authenticate(&mut self, mechanism: crate::wire::Mechanism, initial: &[u8]) -> Option<Step> {
        if self.rules.role == Role::Incoming {
            return self.say(&Reply::new(502, "5.5.1", "No logins on this port"));
        }
        if !self.is_secure {
            return self.say(&Reply::new(538, "5.7.11", "Encryption required: STARTTLS first"));
        }
        if self.client.is_none() || self.account.is_some() || self.transaction.is_some() {
            return self.say(&Reply::new(503, "5.5.1", "No login at this place"));
        }
        let (exchange, step) = Exchange::begin(mechanism, initial);
        self.state = State::Sasl(exchange);
        self.sasl(step)
    }

    fn read_sasl(&mut self) -> Option<Step> {
        let line = match self.input.line(self.rules.sasl_octets) {
            None => return Some(Step::Read),
            Some(Ok(line)) => zeroize::Zeroizing::new(line),
            Some(Err(fault)) => return self.bad_line(fault),
        };
        let State::Sasl(exchange) = &mut self.state else { return None };
        let step = exchange.respond(&line);
        self.sasl(step)
    }

    fn sasl(&mut self, step: Result<SaslStep, SaslFault>) -> Option<Step> {
        match step {
            Ok(SaslStep::Challenge(text)) => self.say(&Reply::new(334, "", text)),
            Ok(SaslStep::Done(credentials)) => {
                self.state = State::Commands;
                let asked = Asked::Login(credentials.user.clone());
                self.ask(asked, Request::Authenticate(credentials))
            }
            Err(fault) => {
                self.state = State::Commands;
                self.say(&Reply::new(501, "5.5.2", "").with_text(fault.to_string()))
            }
        }
    }

    fn mail(&mut self, path: ReversePath) -> Option<Step> {
        if self.client.is_none() || self.transaction.is_some() {
            return self.say(&Reply::new(503, "5.5.1", "MAIL follows EHLO, once"));
        }
        if self.rules.role == Role::Submission && self.account.is_none() {
            return self.say(&Reply::new(530, "5.7.0", "Authentication required"));
        }
        self.ask(Asked::Mail, Request::Mail(path))
    }

    fn rcpt(&mut self, path: ForwardPath) -> Option<Step> {
        match self.transaction {
            None => self.say(&Reply::new(503, "5.5.1", "RCPT follows MAIL")),
            Some(count) if count >= self.rules.recipients => {
                self.say(&Reply::new(452, "4.5.3", "Too many recipients"))
            }
            Some(_) => self.ask(Asked::Rcpt, Request::Rcpt(path)),
        }
    }

    fn data(&mut self) -> Option<Step> {
        match self.transaction {
            None => self.say(&Reply::new(503, "5.5.1", "DATA follows RCPT")),
            Some(0) => self.say(&Reply::new(554, "5.5.1", "No valid recipients")),
            Some(_) => self.ask(Asked::Data, Request::Data),
        }
    }

    fn read_body(&mut self) -> Option<Step> {
        let State::Body(body) = &mut self.state else { return None };
        match body.advance(&mut self.input, &self.rules) {
            Progress::More => Some(Step::Read),
            Progress::Chunk(octets) => Some(Step::Chunk(octets)),
            Progress::Dropped => Some(Step::Drop),
            Progress::End => {
                let (marks, refusal) = (body.marks(), body.refusal(&self.rules));
                self.state = State::Commands;
                self.commands = 0;
                let Some(reply) = refusal else {
                    return self.ask(Asked::Message, Request::Message(marks));
                };
                self.transaction = None;
                self.reply(&reply);
                Some(Step::Drop)
            }
        }
    }

    fn bad_line(&mut self, fault: LineFault) -> Option<Step> {
        self.state = State::Commands;
        let reply = Reply::new(500, "5.5.2", "").with_text(fault.to_string());
        match fault {
            LineFault::TooLong => {
                self.end(&reply);
                None
            }
            LineFault::BareLineEnd => self.say(&reply),
        }
    }

    fn ask(&mut self, asked: Asked, request: Request) -> Option<Step> {
        self.asked = Some(asked);
        Some(Step::Ask(request))
    }

    fn say(&mut self, reply: &Reply) -> Option<Step> {
        self.reply(reply);
        None
    }

    fn reply(&mut self, reply: &Reply) {
        reply.write(&mut self.output);
        self.errors = self.errors.saturating_add(usize::from(reply.is_permanent_failure()));
        let is_open = !matches!(self.state, State::Closing);
        if self.errors > self.rules.errors && is_open {
            self.end(&Reply::new(421, "4.7.0", "Too many errors"));
        }
    }
}
