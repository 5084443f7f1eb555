//! Fetching over POP3 with TLS (RFC 1939, RFC 8314). Nothing is deleted.

use pec_message::limits::MESSAGE_OCTETS;
use zeroize::Zeroizing;

use crate::wire::{Wire, WireError};

/// The port of POP3 over TLS.
pub const PORT: u16 = 995;

/// Most messages of one mailbox.
pub const MESSAGES: usize = 1_000_000;

/// Lines of messages are read in pieces of at most so many octets.
const PIECE_OCTETS: usize = 64 * 1024;

/// Why a mailbox cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Pop3Error {
    /// The connection fails.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The server refuses.
    #[error("the server refuses {command}: {text}")]
    Refused {
        /// What was refused.
        command: String,
        /// What it says.
        text: String,
    },
    /// An answer that is none.
    #[error("the server's answer to {command} is malformed")]
    Malformed {
        /// What was asked.
        command: String,
    },
    /// A message larger than [`MESSAGE_OCTETS`].
    #[error("message {0} is larger than {MESSAGE_OCTETS} octets")]
    TooLarge(u32),
}

/// A mailbox that is open.
#[derive(Debug)]
pub struct Mailbox {
    wire: Wire,
}

/// A message of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Listed {
    /// Its number in this session.
    pub number: u32,
    /// Its identifier, the same in every session.
    pub uid: String,
}

impl Mailbox {
    /// Logs in.
    ///
    /// # Errors
    /// [`Pop3Error`]
    pub async fn open(wire: Wire, user: &str, password: &str) -> Result<Self, Pop3Error> {
        let mut mailbox = Self { wire };
        mailbox.answer("the connection").await?;
        mailbox.command(&format!("USER {user}")).await?;
        let line = Zeroizing::new(format!("PASS {password}\r\n"));
        mailbox.wire.send(line.as_bytes()).await?;
        mailbox.answer("the login").await?;
        Ok(mailbox)
    }

    /// What is in the mailbox.
    ///
    /// # Errors
    /// [`Pop3Error`]
    pub async fn list(&mut self) -> Result<Vec<Listed>, Pop3Error> {
        self.command("UIDL").await?;
        let mut all = Vec::new();
        loop {
            let line = self.wire.line().await?;
            if line == b"." {
                return Ok(all);
            }
            let listed = listed(&line).filter(|_| all.len() < MESSAGES);
            all.push(listed.ok_or(Pop3Error::Malformed { command: "UIDL".to_owned() })?);
        }
    }

    /// One message, its octets as they are.
    ///
    /// # Errors
    /// [`Pop3Error`]. After [`Pop3Error::TooLarge`] and [`Pop3Error::Refused`] the session goes on.
    pub async fn message(&mut self, number: u32) -> Result<Vec<u8>, Pop3Error> {
        self.command(&format!("RETR {number}")).await?;
        let (mut message, mut piece) = (Vec::new(), Vec::new());
        let mut is_line_start = true;
        let mut is_too_large = false;
        loop {
            piece.clear();
            let is_line_end = self.wire.piece(&mut piece, PIECE_OCTETS).await?;
            let content = match piece.as_slice() {
                b".\r\n" | b".\n" if is_line_start => break,
                [b'.', rest @ ..] if is_line_start => rest,
                all => all,
            };
            is_too_large |= message.len().saturating_add(content.len()) > MESSAGE_OCTETS;
            if is_too_large {
                message = Vec::new();
            } else {
                message.extend_from_slice(content);
            }
            is_line_start = is_line_end;
        }
        if is_too_large { Err(Pop3Error::TooLarge(number)) } else { Ok(message) }
    }

    /// Says goodbye. Nothing was marked, so nothing is deleted.
    pub async fn close(mut self) {
        // Whether it answers changes nothing.
        let _ = self.command("QUIT").await;
    }

    async fn command(&mut self, line: &str) -> Result<String, Pop3Error> {
        self.wire.send(format!("{line}\r\n").as_bytes()).await?;
        self.answer(line).await
    }

    async fn answer(&mut self, command: &str) -> Result<String, Pop3Error> {
        let line = self.wire.line().await?;
        let text = String::from_utf8_lossy(&line).into_owned();
        let command = command.to_owned();
        if let Some(rest) = text.strip_prefix("+OK") {
            Ok(rest.trim().to_owned())
        } else if let Some(rest) = text.strip_prefix("-ERR") {
            Err(Pop3Error::Refused { command, text: rest.trim().to_owned() })
        } else {
            Err(Pop3Error::Malformed { command })
        }
    }
}

/// A line of the answer to UIDL: a number and an identifier of 1 to 70 visible characters
/// (RFC 1939 §7); deployed servers have longer ones.
fn listed(line: &[u8]) -> Option<Listed> {
    let line = std::str::from_utf8(line).ok()?;
    let (number, uid) = line.split_once(' ')?;
    let uid = uid.trim();
    let is_sound =
        (1..=256).contains(&uid.len()) && uid.bytes().all(|octet| octet.is_ascii_graphic());
    let number = number.parse().ok()?;
    is_sound.then(|| Listed { number, uid: uid.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_list() {
        let found = listed(b"12 <a.1>/x").unwrap();
        assert_eq!((found.number, found.uid.as_str()), (12, "<a.1>/x"));
        for bad in [&b""[..], b"1", b"x y", b"1 ", b"1 a b", b"1 \xc3\xa8"] {
            assert_eq!(listed(bad), None);
        }
    }
}
