//! Commands, read from a line.

/// What a line asks for. Messages are numbered from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Capabilities,
    StartTls,
    User(String),
    Pass(Vec<u8>),
    Auth { mechanism: Option<String>, initial: Vec<u8> },
    Stat,
    List(Option<usize>),
    Uidl(Option<usize>),
    Retr(usize),
    Top { number: usize, lines: u64 },
    Dele(usize),
    Noop,
    Rset,
    Quit,
}

/// Reads a command; the error is what to tell the client.
pub(super) fn parse(line: &[u8]) -> Result<Command, &'static str> {
    let mut halves = line.splitn(2, |octet| *octet == b' ');
    let word = halves.next().unwrap_or_default().to_ascii_uppercase();
    let rest = halves.next();
    // A password may have blanks and any character that is no control character.
    if word == b"PASS" {
        return Ok(Command::Pass(rest.ok_or("PASS needs a password")?.to_vec()));
    }
    let text = std::str::from_utf8(rest.unwrap_or_default()).map_err(|_| "Not UTF-8")?;
    if text.chars().any(char::is_control) {
        return Err("Control character in a command");
    }
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    match (word.as_slice(), words.as_slice()) {
        (b"CAPA", []) => Ok(Command::Capabilities),
        (b"STLS", []) => Ok(Command::StartTls),
        (b"USER", [name]) => Ok(Command::User((*name).to_owned())),
        (b"AUTH", []) => Ok(Command::Auth { mechanism: None, initial: Vec::new() }),
        (b"AUTH", [mechanism]) => {
            Ok(Command::Auth { mechanism: Some(mechanism.to_ascii_uppercase()), initial: vec![] })
        }
        (b"AUTH", [mechanism, initial]) => Ok(Command::Auth {
            mechanism: Some(mechanism.to_ascii_uppercase()),
            initial: initial.as_bytes().to_vec(),
        }),
        (b"STAT", []) => Ok(Command::Stat),
        (b"LIST", []) => Ok(Command::List(None)),
        (b"LIST", [number]) => Ok(Command::List(Some(message(number)?))),
        (b"UIDL", []) => Ok(Command::Uidl(None)),
        (b"UIDL", [number]) => Ok(Command::Uidl(Some(message(number)?))),
        (b"RETR", [number]) => Ok(Command::Retr(message(number)?)),
        (b"TOP", [number, lines]) => {
            let lines = lines.parse().map_err(|_| "TOP needs a number of lines")?;
            Ok(Command::Top { number: message(number)?, lines })
        }
        (b"DELE", [number]) => Ok(Command::Dele(message(number)?)),
        (b"NOOP", []) => Ok(Command::Noop),
        (b"RSET", []) => Ok(Command::Rset),
        (b"QUIT", []) => Ok(Command::Quit),
        (
            b"CAPA" | b"STLS" | b"USER" | b"AUTH" | b"STAT" | b"LIST" | b"UIDL" | b"RETR" | b"TOP"
            | b"DELE" | b"NOOP" | b"RSET" | b"QUIT",
            _,
        ) => Err("Wrong number of arguments"),
        _ => Err("Unknown command"),
    }
}

fn message(number: &str) -> Result<usize, &'static str> {
    let is_number = !number.is_empty() && number.bytes().all(|octet| octet.is_ascii_digit());
    match number.parse() {
        Ok(number) if is_number && number > 0 => Ok(number),
        _ => Err("Messages are numbered from 1"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        assert_eq!(parse(b"retr 7"), Ok(Command::Retr(7)));
        assert_eq!(parse(b"TOP 2 0"), Ok(Command::Top { number: 2, lines: 0 }));
        assert_eq!(parse(b"PASS a b "), Ok(Command::Pass(b"a b ".to_vec())));
        for bad in ["", "RETR", "RETR 0", "RETR -1", "RETR +1", "RETR 1 2", "LIST x", "NOOP a"] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
