//! Commands, read from a line.

use smtp_proto::{AUTH_LOGIN, AUTH_PLAIN, Error};

use super::path::{self, ForwardPath, ReversePath};
use super::{Reply, Rules};
use crate::wire::Mechanism;

/// What a line asks for.
#[derive(Debug)]
pub(super) enum Command {
    Hello { is_extended: bool, name: String },
    StartTls,
    Auth { mechanism: Mechanism, initial: Vec<u8> },
    Mail(ReversePath),
    Rcpt(ForwardPath),
    Data,
    Reset,
    Noop,
    Verify,
    Help,
    Quit,
}

/// Reads a command.
///
/// smtp-proto reads more than RFC 5321 allows; what would be ambiguous is refused before: control
/// characters, quoted local parts (it gives them without their quotes), arguments where none
/// belong.
pub(super) fn parse(line: &[u8], rules: &Rules) -> Result<Command, Reply> {
    if line.iter().any(|octet| octet.is_ascii_control()) {
        return Err(Reply::new(500, "5.5.2", "Control character in a command"));
    }
    let word = line.split(|octet| *octet == b' ').next().unwrap_or_default();
    let has_argument = word.len() < line.len();
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    if has_argument && (is("DATA") || is("RSET") || is("QUIT") || is("STARTTLS")) {
        return Err(Reply::new(501, "5.5.4", "This command has no argument"));
    }
    if (is("MAIL") || is("RCPT")) && path_octets(line).iter().any(|o| matches!(o, b'"' | b'\\')) {
        return Err(Reply::new(553, "5.1.3", "Quoted local parts are not taken"));
    }
    if is("RCPT") && path_octets(line) == b"<>" {
        return Err(Reply::new(501, "5.1.3", "The null path is no recipient"));
    }
    let terminated = [line, b"\r\n"].concat();
    match smtp_proto::Request::parse(&mut terminated.iter()) {
        Ok(request) => command(request, rules),
        Err(error) => Err(refusal(&error)),
    }
}

fn command(
    request: smtp_proto::Request<std::borrow::Cow<'_, str>>,
    rules: &Rules,
) -> Result<Command, Reply> {
    use smtp_proto::Request;
    Ok(match request {
        Request::Ehlo { host } => Command::Hello { is_extended: true, name: host.into_owned() },
        Request::Helo { host } => Command::Hello { is_extended: false, name: host.into_owned() },
        Request::StartTls => Command::StartTls,
        Request::Auth { mechanism, initial_response } => {
            let mechanism = match mechanism {
                AUTH_PLAIN => Mechanism::Plain,
                AUTH_LOGIN => Mechanism::Login,
                _ => return Err(Reply::new(504, "5.5.4", "Mechanism not offered")),
            };
            Command::Auth { mechanism, initial: initial_response.as_bytes().to_vec() }
        }
        Request::Mail { from } => Command::Mail(path::reverse(from, rules)?),
        Request::Rcpt { to } => Command::Rcpt(path::forward(to, rules)?),
        Request::Data => Command::Data,
        Request::Rset => Command::Reset,
        Request::Noop { .. } => Command::Noop,
        Request::Vrfy { .. } => Command::Verify,
        Request::Help { .. } => Command::Help,
        Request::Quit => Command::Quit,
        _ => return Err(Reply::new(502, "5.5.1", "Command not offered")),
    })
}

/// From the first `<` to the first `>`.
fn path_octets(line: &[u8]) -> &[u8] {
    let start = memchr::memchr(b'<', line).unwrap_or_default();
    let rest = line.get(start..).unwrap_or_default();
    let end = memchr::memchr(b'>', rest).map_or(rest.len(), |end| end.saturating_add(1));
    rest.get(..end).unwrap_or_default()
}

fn refusal(error: &Error) -> Reply {
    match error {
        Error::SyntaxError { syntax } => {
            Reply::new(501, "5.5.2", "").with_text(format!("Syntax: {syntax}"))
        }
        Error::InvalidSenderAddress => Reply::new(553, "5.1.7", "Malformed sender address"),
        Error::InvalidRecipientAddress => Reply::new(553, "5.1.3", "Malformed recipient address"),
        Error::InvalidParameter { param } => {
            Reply::new(501, "5.5.4", "").with_text(format!("Malformed parameter {param}"))
        }
        Error::UnsupportedParameter { param } => {
            Reply::new(555, "5.5.4", "").with_text(format!("Parameter {param} is not offered"))
        }
        _ => Reply::new(500, "5.5.1", "Unknown command"),
    }
}
