//! SASL exchanges with a password: PLAIN (RFC 4616) and LOGIN.

use std::fmt;

use encodify::base64;
use zeroize::Zeroizing;

/// A user name and a password, as a client presents them. The password is wiped when dropped and
/// is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name; in PEC the whole address (norms §2.6).
    pub user: String,
    /// The password.
    pub password: Zeroizing<String>,
}

impl Credentials {
    /// Longest user name, in octets.
    pub const USER_OCTETS: usize = 320;
    /// Longest password, in octets.
    pub const PASSWORD_OCTETS: usize = 256;

    /// Credentials within the limits.
    ///
    /// # Errors
    ///
    /// When one of the two is empty, too long, not UTF-8 or has control characters.
    pub fn new(user: &[u8], password: Zeroizing<Vec<u8>>) -> Result<Self, SaslFault> {
        let text = |octets: &[u8], limit: usize| match std::str::from_utf8(octets) {
            Ok(text) if (1..=limit).contains(&text.len()) => {
                (!text.chars().any(char::is_control)).then(|| text.to_owned())
            }
            _ => None,
        };
        let user = text(user, Self::USER_OCTETS).ok_or(SaslFault::Malformed)?;
        let password = text(&password, Self::PASSWORD_OCTETS).ok_or(SaslFault::Malformed)?;
        Ok(Self { user, password: Zeroizing::new(password) })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A mechanism. The list is closed: both send the password, so both need TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// RFC 4616.
    Plain,
    /// User and password in two answers.
    Login,
}

/// An exchange that is going on.
#[derive(Debug)]
pub struct Exchange {
    mechanism: Mechanism,
    user: Option<Vec<u8>>,
}

/// What an answer of the client leads to. The list is closed.
#[derive(Debug)]
pub enum SaslStep {
    /// The server sends this challenge, which is base64 already.
    Challenge(&'static str),
    /// The client presented these.
    Done(Credentials),
}

/// Why an exchange ends without credentials. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SaslFault {
    /// The client cancelled it.
    #[error("authentication cancelled")]
    Cancelled,
    /// The answer is no base64, or not what the mechanism prescribes.
    #[error("malformed authentication")]
    Malformed,
    /// The client asks to act for somebody else.
    #[error("acting for another user is not possible")]
    OtherIdentity,
}

impl Exchange {
    /// Begins an exchange; `initial` is the initial response of the command, if there is one.
    ///
    /// # Errors
    ///
    /// As [`respond`](Self::respond).
    pub fn begin(mechanism: Mechanism, initial: &[u8]) -> (Self, Result<SaslStep, SaslFault>) {
        let mut exchange = Self { mechanism, user: None };
        let step = match (initial, mechanism) {
            (b"", Mechanism::Plain) => Ok(SaslStep::Challenge("")),
            (b"", Mechanism::Login) => Ok(SaslStep::Challenge(USERNAME)),
            (initial, _) => exchange.respond(initial),
        };
        (exchange, step)
    }

    /// Reads an answer.
    ///
    /// # Errors
    ///
    /// When the exchange ends without credentials.
    pub fn respond(&mut self, line: &[u8]) -> Result<SaslStep, SaslFault> {
        if line == b"*" {
            return Err(SaslFault::Cancelled);
        }
        let line = if line == b"=" { b"" } else { line };
        let answer = base64::STANDARD.decode(line).map_err(|_| SaslFault::Malformed)?;
        let answer = Zeroizing::new(answer);
        match (self.mechanism, self.user.take()) {
            (Mechanism::Plain, _) => plain(&answer).map(SaslStep::Done),
            (Mechanism::Login, None) => {
                self.user = Some(answer.to_vec());
                Ok(SaslStep::Challenge(PASSWORD))
            }
            (Mechanism::Login, Some(user)) => Credentials::new(&user, answer).map(SaslStep::Done),
        }
    }
}

/// `[authzid] NUL authcid NUL passwd`
fn plain(answer: &[u8]) -> Result<Credentials, SaslFault> {
    let mut parts = answer.split(|octet| *octet == 0);
    let (Some(identity), Some(user), Some(password), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(SaslFault::Malformed);
    };
    if !identity.is_empty() && !identity.eq_ignore_ascii_case(user) {
        return Err(SaslFault::OtherIdentity);
    }
    Credentials::new(user, Zeroizing::new(password.to_vec()))
}

/// `Username:`
const USERNAME: &str = "VXNlcm5hbWU6";
/// `Password:`
const PASSWORD: &str = "UGFzc3dvcmQ6";

#[cfg(test)]
mod tests {
    use super::*;

    fn plain_of(text: &str) -> Result<Credentials, SaslFault> {
        let (_, step) = Exchange::begin(Mechanism::Plain, base64::STANDARD.encode(text).as_bytes());
        match step? {
            SaslStep::Done(credentials) => Ok(credentials),
            SaslStep::Challenge(_) => panic!("challenge"),
        }
    }

    #[test]
    fn plain_is_read() {
        let found = plain_of("\0a@alfa.example\0segreto è").unwrap();
        assert_eq!((found.user.as_str(), found.password.as_str()), ("a@alfa.example", "segreto è"));
        assert!(plain_of("a@alfa.example\0a@alfa.example\0x").is_ok());
        let other = plain_of("b@alfa.example\0a@alfa.example\0x");
        assert_eq!(other, Err(SaslFault::OtherIdentity));
        for bad in ["a", "\0a", "\0\0b", "\0a\0", "\0a\0b\0c", "\0a\nb\0c"] {
            assert_eq!(plain_of(bad), Err(SaslFault::Malformed), "{bad:?}");
        }
        let (_, step) = Exchange::begin(Mechanism::Plain, b"%%%");
        assert_eq!(step.err(), Some(SaslFault::Malformed));
    }

    #[test]
    fn login_asks_twice() {
        let (mut exchange, step) = Exchange::begin(Mechanism::Login, b"");
        assert!(matches!(step, Ok(SaslStep::Challenge(USERNAME))));
        let step = exchange.respond(base64::STANDARD.encode("a").as_bytes());
        assert!(matches!(step, Ok(SaslStep::Challenge(PASSWORD))));
        let step = exchange.respond(base64::STANDARD.encode("b").as_bytes());
        let Ok(SaslStep::Done(found)) = step else { panic!("{step:?}") };
        assert_eq!((found.user.as_str(), found.password.as_str()), ("a", "b"));
        assert_eq!(exchange.respond(b"*").err(), Some(SaslFault::Cancelled));
    }

    #[test]
    fn a_password_is_never_printed() {
        let found = plain_of("\0a@alfa.example\0segreto").unwrap();
        assert!(!format!("{found:?}").contains("segreto"));
    }
}
