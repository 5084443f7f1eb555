//! Submission of a message over SMTP with TLS (RFC 5321, RFC 4954, RFC 8314): its octets as they
//! are.

use encodify::base64;
use zeroize::Zeroizing;

use crate::wire::{PATIENCE, PATIENCE_AFTER_MESSAGE, Wire, WireError};

/// The port of submission over TLS.
pub const PORT: u16 = 465;

/// Most lines of one answer.
const ANSWER_LINES: usize = 256;

/// A message to send. All lines of `octets` end in CRLF.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'s> {
    /// What this computer calls itself.
    pub client: &'s str,
    /// The name to log in with.
    pub user: &'s str,
    /// The sender's address.
    pub from: &'s str,
    /// The recipients' addresses.
    pub recipients: &'s [String],
    /// The message.
    pub octets: &'s [u8],
}

/// Why a message was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SmtpError {
    /// The connection fails.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The server refuses.
    #[error("the server refuses {command}: {code} {text}")]
    Refused {
        /// What was refused.
        command: String,
        /// The code of its answer.
        code: u16,
        /// What it says.
        text: String,
    },
    /// An answer that is none.
    #[error("the server's answer to {command} is malformed")]
    Malformed {
        /// What was asked.
        command: String,
    },
    /// The server does not offer what the message needs.
    #[error("the server does not offer {0}")]
    NotOffered(&'static str),
    /// An address that would be more than an address on the wire.
    #[error("{0:?} cannot stand in a command")]
    Address(String),
    /// The message was sent whole and no answer came: it may have been accepted.
    #[error("no answer to the whole message, which may have been accepted: {0}")]
    Unconfirmed(WireError),
}

impl SmtpError {
    /// Whether the server may have taken the message all the same.
    #[must_use]
    pub const fn is_unconfirmed(&self) -> bool {
        matches!(self, Self::Unconfirmed(_))
    }
}

/// Sends a message, and gives what the server said when it took it. If the server refuses one of
/// the recipients, nothing is sent.
///
/// # Errors
/// [`SmtpError`]
pub async fn send(
    wire: Wire,
    message: &Submission<'_>,
    password: &str,
) -> Result<String, SmtpError> {
    let mut session = Session { wire };
    session.answer("the connection", &[220]).await?;
    let offered = session.command(&format!("EHLO {}", message.client), &[250]).await?;
    session.log_in(&offered, message.user, password).await?;
    session.envelope(&offered, message).await?;
    session.command("DATA", &[354]).await?;
    let taken = session.data(message.octets).await?;
    // Whether it says goodbye changes nothing.
    let _ = session.command("QUIT", &[221]).await;
    Ok(taken)
}

struct Session {
    wire: Wire,
}

impl Session {
    async fn command(&mut self, line: &str, expected: &[u16]) -> Result<String, SmtpError> {
        self.wire.send(format!("{line}\r\n").as_bytes()).await?;
        self.answer(line, expected).await
    }

    /// Reads an answer of one or more lines; gives their texts.
    async fn answer(&mut self, command: &str, expected: &[u16]) -> Result<String, SmtpError> {
        let malformed = || SmtpError::Malformed { command: command.to_owned() };
        let mut text = String::new();
        for _ in 0..ANSWER_LINES {
            let line = self.wire.line().await?;
            let code = line.get(..3).and_then(|code| std::str::from_utf8(code).ok());
            let code: u16 = code.and_then(|code| code.parse().ok()).ok_or_else(malformed)?;
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&String::from_utf8_lossy(line.get(4..).unwrap_or_default()));
            match line.get(3) {
                Some(b'-') => {}
                Some(b' ') | None if expected.contains(&code) => return Ok(text),
                Some(b' ') | None => {
                    let command = command.to_owned();
                    return Err(SmtpError::Refused { command, code, text });
                }
                _ => return Err(malformed()),
            }
        }
        Err(malformed())
    }

    /// RFC 4954: PLAIN, else LOGIN.
    async fn log_in(&mut self, offered: &str, user: &str, secret: &str) -> Result<(), SmtpError> {
        let offers = |mechanism: &str| {
            offered
                .lines()
                .filter_map(|line| line.trim().strip_prefix("AUTH"))
                .any(|line| line.split([' ', '=']).any(|word| word.eq_ignore_ascii_case(mechanism)))
        };
        // The secret is in no error.
        if offers("PLAIN") {
            let plain = Zeroizing::new(format!("\0{user}\0{secret}"));
            let encoded = Zeroizing::new(base64::STANDARD.encode(plain.as_bytes()));
            let line = Zeroizing::new(format!("AUTH PLAIN {}\r\n", *encoded));
            self.wire.send(line.as_bytes()).await?;
        } else if offers("LOGIN") {
            self.command("AUTH LOGIN", &[334]).await?;
            for (what, text) in [("user", user), ("password", secret)] {
                let encoded = Zeroizing::new(base64::STANDARD.encode(text.as_bytes()));
                let line = Zeroizing::new(format!("{}\r\n", *encoded));
                self.wire.send(line.as_bytes()).await?;
                if what == "user" {
                    self.answer("the user's name", &[334]).await?;
                }
            }
        } else {
            return Err(SmtpError::NotOffered("AUTH PLAIN or LOGIN"));
        }
        self.answer("the login", &[235]).await.map(drop)
    }

    async fn envelope(&mut self, offered: &str, message: &Submission<'_>) -> Result<(), SmtpError> {
        let offers = |word: &str| {
            offered.lines().any(|line| {
                line.split(' ').next().is_some_and(|name| name.eq_ignore_ascii_case(word))
            })
        };
        let mut mail = format!("MAIL FROM:<{}>", checked(message.from)?);
        if offers("SIZE") {
            mail.push_str(&format!(" SIZE={}", message.octets.len()));
        }
        if !message.octets.is_ascii() {
            if !offers("8BITMIME") {
                return Err(SmtpError::NotOffered("8BITMIME, which the message needs"));
            }
            mail.push_str(" BODY=8BITMIME");
        }
        let mut addresses = message.recipients.iter().map(String::as_str).chain([message.from]);
        if !addresses.all(str::is_ascii) {
            if !offers("SMTPUTF8") {
                return Err(SmtpError::NotOffered("SMTPUTF8, which an address needs"));
            }
            mail.push_str(" SMTPUTF8");
        }
        self.command(&mail, &[250]).await?;
        for recipient in message.recipients {
            let line = format!("RCPT TO:<{}>", checked(recipient)?);
            self.command(&line, &[250, 251]).await?;
        }
        Ok(())
    }

    async fn data(&mut self, octets: &[u8]) -> Result<String, SmtpError> {
        for piece in stuffed(octets) {
            self.wire.send(piece).await?;
        }
        self.wire.patience = PATIENCE_AFTER_MESSAGE;
        self.wire.send(end(octets)).await.map_err(SmtpError::Unconfirmed)?;
        let answer = self.answer("the message", &[250]).await;
        self.wire.patience = PATIENCE;
        answer.map_err(|error| match error {
            SmtpError::Wire(error) => SmtpError::Unconfirmed(error),
            other => other,
        })
    }
}

/// An address that is one token of a command.
fn checked(address: &str) -> Result<&str, SmtpError> {
    let is_sound = |c: char| !c.is_control() && !matches!(c, '<' | '>' | ' ');
    if address.contains('@') && address.chars().all(is_sound) {
        Ok(address)
    } else {
        Err(SmtpError::Address(address.to_owned()))
    }
}

/// The message with a dot more before each line that begins with one (RFC 5321 §4.5.2), in pieces.
fn stuffed(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let dots = memchr::memchr_iter(b'.', octets)
        .filter(|at| at.checked_sub(1).is_none_or(|before| octets.get(before) == Some(&b'\n')));
    let mut start = 0_usize;
    dots.map(Some)
        .chain([None])
        .flat_map(move |dot| {
            let piece = match dot {
                Some(at) => octets.get(start..at).unwrap_or_default(),
                None => octets.get(start..).unwrap_or_default(),
            };
            start = dot.unwrap_or(start);
            let dot: &[u8] = if dot.is_some() { b"." } else { b"" };
            [piece, dot]
        })
        .filter(|piece| !piece.is_empty())
}

/// What ends a message.
fn end(octets: &[u8]) -> &'static [u8] {
    if octets.is_empty() || octets.ends_with(b"\r\n") { b".\r\n" } else { b"\r\n.\r\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_doubled_at_the_start_of_lines() {
        for (message, expected) in [
            (&b"a\r\n.b\r\n..\r\n"[..], &b"a\r\n..b\r\n...\r\n"[..]),
            (b".", b".."),
            (b"a.b\r\n", b"a.b\r\n"),
            (b"", b""),
        ] {
            assert_eq!(stuffed(message).collect::<Vec<_>>().concat(), expected);
        }
        assert_eq!((end(b"a"), end(b"a\r\n")), (&b"\r\n.\r\n"[..], &b".\r\n"[..]));
    }

    #[test]
    fn addresses_are_one_token() {
        for good in ["a@b.it", "\"x\"@b.it", "è@b.it"] {
            assert!(checked(good).is_ok());
        }
        for bad in ["", "a", "a@b> SIZE=1", "a@b\r\nRCPT", "a b@c"] {
            assert!(checked(bad).is_err(), "{bad:?}");
        }
    }
}
