//! The protocol.

use pec_daticert::Address;

use super::Failure;
use super::reply::{Offers, Replies, offers, parse};
use crate::smtp::Reply;

/// How much TLS a hop needs. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsNeed {
    /// Without it nothing is sent (RFC 6109 §5.3).
    Required,
    /// Where it is offered.
    IfOffered,
}

/// How to speak to a server.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Our name, for EHLO.
    pub host: String,
    /// How much TLS is needed.
    pub tls: TlsNeed,
}

/// One message, without its octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The reverse path; `None` is the null path.
    pub from: Option<Address>,
    /// The recipients, at least one.
    pub to: Vec<Address>,
    /// Size in octets.
    pub octets: u64,
    /// There are octets above 127 (RFC 6152).
    pub needs_8bitmime: bool,
    /// A header field is not ASCII (RFC 6531).
    pub needs_smtputf8: bool,
}

/// What became of one recipient: the reply that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The recipient.
    pub recipient: Address,
    /// 2yz: taken; 4yz: later; 5yz: never.
    pub reply: Reply,
}

/// What the driver does next. The list is closed.
#[derive(Debug)]
pub enum Phase {
    /// Write the output, then read octets and hand them in.
    Read,
    /// Write the output, begin TLS, then call [`Conversation::is_now_secure`].
    StartTls,
    /// A message may be sent.
    Ready,
    /// Write the output, then the body, stuffed and ended; then call [`Conversation::body_sent`].
    Body,
    /// The message is done with.
    Finished(Vec<Verdict>),
    /// The connection is of no more use; recipients without verdict are tried again.
    Lost(Failure),
}

/// One connection to a server.
#[derive(Debug)]
pub struct Conversation {
    rules: Rules,
    replies: Replies,
    output: Vec<u8>,
    state: State,
    offers: Offers,
    is_secure: bool,
    /// A transaction is open at the server that we do not want.
    is_dirty: bool,
    transaction: Transaction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Greeting,
    Hello,
    StartTls,
    Handshake,
    Ready,
    Reset,
    Mail,
    Rcpt(usize),
    Data,
    Body,
    /// The reply to the body.
    Final,
    /// The reply to a body that nobody gets.
    Nobody,
    Finished,
    Lost,
}

#[derive(Debug, Default)]
struct Transaction {
    envelope: Option<Envelope>,
    mail: Option<Reply>,
    verdicts: Vec<Reply>,
}

impl Conversation {
    /// At the beginning of a connection.
    #[must_use]
    pub fn new(rules: Rules, is_secure: bool) -> Self {
        Self {
            rules,
            replies: Replies::default(),
            output: Vec::new(),
            state: State::Greeting,
            offers: Offers::default(),
            is_secure,
            is_dirty: false,
            transaction: Transaction::default(),
        }
    }

    /// Hands in octets that arrived.
    pub fn receive(&mut self, octets: &[u8]) {
        self.replies.push(octets);
    }

    /// What is to be written, once.
    #[must_use]
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Whether the connection is under TLS.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// TLS runs now.
    pub fn is_now_secure(&mut self) {
        self.is_secure = true;
        self.hello();
    }

    /// Begins a message; only when [`Phase::Ready`].
    pub fn send(&mut self, envelope: Envelope) {
        if self.state != State::Ready {
            return;
        }
        let refusal = self.refusal(&envelope);
        self.transaction = Transaction { envelope: Some(envelope), ..Transaction::default() };
        if let Some(reply) = refusal {
            self.transaction.mail = Some(reply);
            self.state = State::Finished;
            return;
        }
        if self.is_dirty {
            self.line("RSET");
            self.state = State::Reset;
        } else {
            self.state = State::Mail;
        }
        if self.offers.pipelining || self.state == State::Mail {
            self.write_mail();
        }
    }

    /// The body is written, with its end.
    pub fn body_sent(&mut self) {
        if self.state == State::Body {
            self.state = State::Final;
        }
    }

    /// Says goodbye; the reply is not worth waiting for.
    pub fn quit(&mut self) {
        self.line("QUIT");
        self.state = State::Lost;
    }

    /// Goes on until the driver has to do something.
    pub fn step(&mut self) -> Phase {
        loop {
            match self.state {
                State::Handshake => return Phase::StartTls,
                State::Ready => return Phase::Ready,
                State::Body => return Phase::Body,
                State::Finished => {
                    self.state = State::Ready;
                    return Phase::Finished(self.transaction.take());
                }
                State::Lost => return Phase::Lost(Failure::Ended("closed by us".to_owned())),
                _ => {}
            }
            let read = match self.replies.next() {
                None => return Phase::Read,
                Some(read) => read,
            };
            let heard = read.and_then(|octets| Ok((parse(&octets)?, octets)));
            let outcome = heard.and_then(|(reply, octets)| self.hear(reply, &octets));
            if let Err(failure) = outcome {
                self.state = State::Lost;
                return Phase::Lost(failure);
            }
        }
    }

    /// What a server without the extension would spoil (RFC 6152 §3, RFC 6531 §3.2, RFC 1870 §6).
    fn refusal(&self, envelope: &Envelope) -> Option<Reply> {
        let offers = &self.offers;
        if offers.size > 0 && envelope.octets > offers.size {
            return Some(Reply::new(552, "5.3.4", "The next hop takes no message of this size"));
        }
        if envelope.needs_8bitmime && !offers.eight_bit {
            return Some(Reply::new(554, "5.6.3", "The next hop does not offer 8BITMIME"));
        }
        let needs_utf8 = |address: &Address| !address.as_str().is_ascii();
        let is_utf8 =
            envelope.needs_smtputf8 || envelope.from.iter().chain(&envelope.to).any(needs_utf8);
        (is_utf8 && !offers.utf8)
            .then(|| Reply::new(553, "5.6.7", "The next hop does not offer SMTPUTF8"))
    }

    fn hear(&mut self, reply: Reply, octets: &[u8]) -> Result<(), Failure> {
        let ends_connection = reply.code == 421;
        if ends_connection {
            return Err(Failure::Server(reply));
        }
        match self.state {
            State::Greeting if reply.code == 220 => self.hello(),
            State::Hello if reply.is_positive() => return self.greeted(offers(octets)),
            State::StartTls if reply.code == 220 => {
                if !self.replies.is_empty() {
                    return Err(Failure::BeforeTls);
                }
                self.state = State::Handshake;
            }
            State::Greeting | State::Hello | State::StartTls => {
                return Err(Failure::Server(reply));
            }
            State::Reset => {
                self.is_dirty = false;
                self.state = State::Mail;
                if !self.offers.pipelining {
                    self.write_mail();
                }
            }
            State::Mail => self.heard_mail(reply),
            State::Rcpt(index) => self.heard_rcpt(index, reply),
            State::Data => self.heard_data(reply),
            State::Final => {
                self.transaction.settle(&reply);
                self.is_dirty = !reply.is_positive();
                self.state = State::Finished;
            }
            State::Nobody => self.state = State::Finished,
            State::Handshake | State::Ready | State::Body | State::Finished | State::Lost => {
                return Err(Failure::Malformed("a reply that nobody asked for"));
            }
        }
        Ok(())
    }

    fn hello(&mut self) {
        let line = format!("EHLO {}", self.rules.host);
        self.line(&line);
        self.state = State::Hello;
    }

    fn greeted(&mut self, offers: Offers) -> Result<(), Failure> {
        self.offers = offers;
        if self.is_secure {
            self.state = State::Ready;
        } else if offers.starttls {
            self.line("STARTTLS");
            self.state = State::StartTls;
        } else if self.rules.tls == TlsNeed::Required {
            return Err(Failure::NoStartTls);
        } else {
            self.state = State::Ready;
        }
        Ok(())
    }

    /// MAIL, and with pipelining all that follows up to DATA (RFC 2920).
    fn write_mail(&mut self) {
        let Some(envelope) = &self.transaction.envelope else { return };
        let from = envelope.from.as_ref().map_or("", Address::as_str);
        let mut lines = format!("MAIL FROM:<{from}>");
        if self.offers.size > 0 {
            lines.push_str(&format!(" SIZE={}", envelope.octets));
        }
        if self.offers.eight_bit && envelope.needs_8bitmime {
            lines.push_str(" BODY=8BITMIME");
        }
        if envelope.needs_smtputf8 {
            lines.push_str(" SMTPUTF8");
        }
        lines.push_str("\r\n");
        if self.offers.pipelining {
            for recipient in &envelope.to {
                lines.push_str(&format!("RCPT TO:<{recipient}>\r\n"));
            }
            lines.push_str("DATA\r\n");
        }
        self.output.extend_from_slice(lines.as_bytes());
    }

    fn heard_mail(&mut self, reply: Reply) {
        self.is_dirty = reply.is_positive();
        self.transaction.mail = Some(reply);
        if self.is_dirty || self.offers.pipelining {
            self.next_recipient(0);
        } else {
            self.state = State::Finished;
        }
    }

    fn heard_rcpt(&mut self, index: usize, reply: Reply) {
        self.transaction.verdicts.push(reply);
        self.next_recipient(index.saturating_add(1));
    }

    fn next_recipient(&mut self, index: usize) {
        let envelope = self.transaction.envelope.as_ref();
        match envelope.and_then(|envelope| envelope.to.get(index)) {
            Some(recipient) => {
                let line = format!("RCPT TO:<{recipient}>");
                self.state = State::Rcpt(index);
                if !self.offers.pipelining {
                    self.line(&line);
                }
            }
            None if self.offers.pipelining => self.state = State::Data,
            None if self.transaction.has_recipient() => {
                self.line("DATA");
                self.state = State::Data;
            }
            None => self.state = State::Finished,
        }
    }

    fn heard_data(&mut self, reply: Reply) {
        let has_recipient = self.transaction.has_recipient();
        self.state = match (reply.code, has_recipient) {
            (354, true) => State::Body,
            (354, false) => {
                // RFC 2920 §3.1: the server wants a message although it took no recipient.
                self.line(".");
                self.is_dirty = false;
                State::Nobody
            }
            _ => {
                if has_recipient {
                    self.transaction.settle(&reply);
                }
                State::Finished
            }
        };
    }

    fn line(&mut self, line: &str) {
        self.output.extend_from_slice(line.as_bytes());
        self.output.extend_from_slice(b"\r\n");
    }
}

impl Transaction {
    fn has_recipient(&self) -> bool {
        self.mail.as_ref().is_some_and(Reply::is_positive)
            && self.verdicts.iter().any(Reply::is_positive)
    }

    /// The reply that decides for all recipients that were taken so far.
    fn settle(&mut self, reply: &Reply) {
        for verdict in self.verdicts.iter_mut().filter(|verdict| verdict.is_positive()) {
            // 354 or another nonsense instead of a decision is none.
            let is_decision = reply.is_positive() || matches!(reply.code, 400..600);
            *verdict = if is_decision { reply.clone() } else { UNCLEAR };
        }
    }

    fn take(&mut self) -> Vec<Verdict> {
        let Self { envelope, mail, verdicts } = std::mem::take(self);
        let refused = mail.filter(|mail| !mail.is_positive());
        let recipients = envelope.map(|envelope| envelope.to).unwrap_or_default();
        let mut verdicts = verdicts.into_iter();
        let decide = |recipient| {
            let said = verdicts.next();
            let reply = refused.clone().or(said).unwrap_or(UNCLEAR);
            let is_decision = reply.is_positive() || matches!(reply.code, 400..600);
            Verdict { recipient, reply: if is_decision { reply } else { UNCLEAR } }
        };
        recipients.into_iter().map(decide).collect()
    }
}

/// A reply that decides nothing: later again.
const UNCLEAR: Reply = Reply::new(451, "4.5.0", "The next hop gave no clear reply");
