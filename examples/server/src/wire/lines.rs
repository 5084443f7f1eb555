//! Lines of a dialogue.

use memchr::{memchr2, memmem};

/// Octets that arrived and are not read yet, cut into lines.
///
/// A line ends with CRLF and with nothing else. Programs that end lines at a bare LF or CR as well
/// see other commands than programs that do not; that difference is what SMTP smuggling lives on.
#[derive(Default)]
pub struct LineReader {
    octets: Vec<u8>,
    start: usize,
}

/// Why a line is not read. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// It is longer than allowed. Where the next line begins is not known any more.
    #[error("the line is too long")]
    TooLong,
    /// CR or LF stands alone in it.
    #[error("CR or LF stands alone in the line")]
    BareLineEnd,
}

impl LineReader {
    /// Adds octets that arrived.
    pub fn push(&mut self, octets: &[u8]) {
        if self.start > 0 {
            self.octets.drain(..self.start);
            self.start = 0;
        }
        self.octets.extend_from_slice(octets);
    }

    /// The next line without its CRLF, of at most `limit` octets; `None` while its end is missing.
    pub fn line(&mut self, limit: usize) -> Option<Result<Vec<u8>, LineFault>> {
        let rest = self.rest();
        let window = rest.get(..limit.saturating_add(2)).unwrap_or(rest);
        let Some(end) = memmem::find(window, b"\r\n") else {
            let is_too_long = window.len() > limit.saturating_add(1);
            return is_too_long.then_some(Err(LineFault::TooLong));
        };
        let line = window.get(..end).unwrap_or_default();
        let found = match memchr2(b'\r', b'\n', line) {
            None => Ok(line.to_vec()),
            Some(_) => Err(LineFault::BareLineEnd),
        };
        self.consume(end.saturating_add(2));
        Some(found)
    }

    /// What arrived and is not read yet.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        self.octets.get(self.start..).unwrap_or_default()
    }

    /// Marks octets at the start of the rest as read.
    pub fn consume(&mut self, octets: usize) {
        self.start = self.start.saturating_add(octets).min(self.octets.len());
        if self.start == self.octets.len() {
            self.clear();
        }
    }

    /// Forgets everything that is not read: what came before TLS began must not be read after it.
    pub fn clear(&mut self) {
        self.octets.clear();
        self.start = 0;
        self.octets.shrink_to(KEPT_OCTETS);
    }

    /// Whether all that arrived is read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest().is_empty()
    }
}

impl std::fmt::Debug for LineReader {
    /// Only the number of octets: there may be credentials among them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LineReader").field("octets", &self.rest().len()).finish()
    }
}

/// An idle connection keeps a buffer of at most this size.
const KEPT_OCTETS: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(octets: &[u8]) -> Vec<Result<String, LineFault>> {
        let mut reader = LineReader::default();
        reader.push(octets);
        let next = || reader.line(10).map(|line| line.map(|l| String::from_utf8(l).unwrap()));
        std::iter::from_fn(next).take(10).collect()
    }

    #[test]
    fn only_crlf_ends_a_line() {
        let bare = || Err(LineFault::BareLineEnd);
        assert_eq!(lines(b"a\r\n\r\nb"), [Ok("a".into()), Ok(String::new())]);
        assert_eq!(lines(b"a\nb\r\nc\r\n"), [bare(), Ok("c".into())]);
        assert_eq!(lines(b"a\rb\r\n"), [bare()]);
        assert_eq!(lines(b"a\r\r\n"), [bare()]);
    }

    #[test]
    fn the_limit_holds_at_it_and_one_past_it() {
        assert_eq!(lines(b"0123456789\r\n"), [Ok("0123456789".into())]);
        assert_eq!(lines(b"0123456789\r"), []);
        assert_eq!(lines(b"0123456789x\r\n").first(), Some(&Err(LineFault::TooLong)));
        assert_eq!(lines(b"0123456789xy").first(), Some(&Err(LineFault::TooLong)));
    }

    #[test]
    fn lines_do_not_depend_on_how_they_arrive() {
        let mut reader = LineReader::default();
        let mut found = Vec::new();
        for octet in b"EHLO a\r\nQUIT\r\n" {
            reader.push(&[*octet]);
            found.extend(reader.line(10));
        }
        assert_eq!(found, [Ok(b"EHLO a".to_vec()), Ok(b"QUIT".to_vec())]);
        assert!(reader.is_empty());
    }
}
