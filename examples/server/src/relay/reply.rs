//! Replies of a server, and what ends a connection.

use smtp_proto::EhloResponse;
use smtp_proto::response::parser::ResponseReceiver;

use crate::smtp::Reply;
use crate::wire::{LineFault, LineReader};

/// Why a connection is of no more use. All are temporary: the message is tried again elsewhere or
/// later.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The server says so, at its greeting, at EHLO or with 421.
    #[error("the server says: {0}")]
    Server(Reply),
    /// TLS is required and not offered: a server without it, or somebody between.
    #[error("the server offers no STARTTLS, which is required")]
    NoStartTls,
    /// More octets than the reply to STARTTLS came before TLS (CVE-2021-38371 and others).
    #[error("octets after the reply to STARTTLS and before TLS")]
    BeforeTls,
    /// What came is no reply.
    #[error("what the server says is no reply of SMTP: {0}")]
    Malformed(&'static str),
    /// The host cannot be reached.
    #[error("{host}: {reason}")]
    Connection {
        /// The host.
        host: String,
        /// The system's words.
        reason: String,
    },
    /// TLS could not be agreed on, or the certificate is not the right one.
    #[error("TLS with {host}: {reason}")]
    Tls {
        /// The host.
        host: String,
        /// The words of rustls.
        reason: String,
    },
    /// The connection ended.
    #[error("the connection ended: {0}")]
    Ended(String),
    /// The server did not answer in time.
    #[error("no answer in time")]
    Timeout,
}

/// Cuts what arrives into replies.
#[derive(Debug, Default)]
pub(super) struct Replies {
    input: LineReader,
    lines: Vec<u8>,
}

/// Longest line of a reply; RFC 5321 allows 512.
const LINE_OCTETS: usize = 2048;
/// Longest reply.
const REPLY_OCTETS: usize = 32 * 1024;

impl Replies {
    pub(super) fn push(&mut self, octets: &[u8]) {
        self.input.push(octets);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.input.is_empty() && self.lines.is_empty()
    }

    /// The octets of the next whole reply.
    pub(super) fn next(&mut self) -> Option<Result<Vec<u8>, Failure>> {
        loop {
            let line = match self.input.line(LINE_OCTETS)? {
                Ok(line) => line,
                Err(LineFault::TooLong) => return Some(Err(Failure::Malformed("a long line"))),
                Err(LineFault::BareLineEnd) => {
                    return Some(Err(Failure::Malformed("CR or LF stands alone")));
                }
            };
            let (code, rest) = line.split_at_checked(3).unwrap_or((&line, &[]));
            let is_code = code.len() == 3 && code.iter().all(u8::is_ascii_digit);
            let is_last = match rest.first() {
                None | Some(b' ') => true,
                Some(b'-') => false,
                _ => return Some(Err(Failure::Malformed("no blank after the code"))),
            };
            if !is_code || self.lines.len().saturating_add(line.len()) > REPLY_OCTETS {
                return Some(Err(Failure::Malformed("no code, or too many lines")));
            }
            self.lines.extend_from_slice(&line);
            if rest.is_empty() {
                self.lines.push(b' ');
            }
            self.lines.extend_from_slice(b"\r\n");
            if is_last {
                return Some(Ok(std::mem::take(&mut self.lines)));
            }
        }
    }
}

/// A reply as a value.
pub(super) fn parse(octets: &[u8]) -> Result<Reply, Failure> {
    let response = ResponseReceiver::default()
        .parse(&mut octets.iter())
        .map_err(|_| Failure::Malformed("not readable"))?;
    let [class, subject, detail] = response.esc;
    let status = if class == 0 { String::new() } else { format!("{class}.{subject}.{detail}") };
    let text = response.message.trim_end().replace('\r', "");
    if !(200..600).contains(&response.code) {
        return Err(Failure::Malformed("a code that SMTP does not have"));
    }
    Ok(Reply { code: response.code, status: status.into(), text: text.into() })
}

/// What a server offers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Offers {
    pub(super) starttls: bool,
    pub(super) pipelining: bool,
    pub(super) eight_bit: bool,
    pub(super) utf8: bool,
    /// Largest message; 0 is no limit.
    pub(super) size: u64,
}

/// Reads the reply to EHLO.
pub(super) fn offers(octets: &[u8]) -> Offers {
    use smtp_proto::{EXT_8BIT_MIME, EXT_PIPELINING, EXT_SIZE, EXT_SMTP_UTF8, EXT_START_TLS};
    let Ok(response) = EhloResponse::parse(&mut octets.iter()) else {
        return Offers::default();
    };
    let has = |extension| response.has_capability(extension);
    Offers {
        starttls: has(EXT_START_TLS),
        pipelining: has(EXT_PIPELINING),
        eight_bit: has(EXT_8BIT_MIME),
        utf8: has(EXT_SMTP_UTF8),
        size: if has(EXT_SIZE) { response.size.try_into().unwrap_or(0) } else { 0 },
    }
}
