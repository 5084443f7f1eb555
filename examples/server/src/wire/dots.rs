//! Bodies that end with a line of one dot (RFC 5321 §4.5.2, RFC 1939 §3).

use memchr::{memchr, memchr2};

/// Finds the end of a body and takes the added dots out.
///
/// Only CRLF `.` CRLF ends a body. CR or LF alone are content, never the end of a line, and are
/// [remarked](BodyMarks).
#[derive(Debug)]
pub struct BodyReader {
    state: State,
    marks: BodyMarks,
    line: usize,
}

/// What stands in a body beside text in lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BodyMarks {
    /// Octets, the added dots not counted.
    pub octets: u64,
    /// CR or LF stands alone somewhere.
    pub has_bare_line_end: bool,
    /// There is an octet 0.
    pub has_nul: bool,
    /// There are octets above 127.
    pub is_eight_bit: bool,
    /// The longest line, in octets without CRLF.
    pub longest_line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    LineStart,
    Dot,
    DotCr,
    Text,
    Cr,
}

impl BodyReader {
    /// At the start of a body.
    #[must_use]
    pub const fn new() -> Self {
        let marks = BodyMarks {
            octets: 0,
            has_bare_line_end: false,
            has_nul: false,
            is_eight_bit: false,
            longest_line: 0,
        };
        Self { state: State::LineStart, marks, line: 0 }
    }

    /// Reads octets into `out`. When the body ends in them: how many belong to it.
    pub fn read(&mut self, input: &[u8], out: &mut Vec<u8>) -> Option<usize> {
        let before = out.len();
        let end = self.scan(input, out);
        let added = out.len().saturating_sub(before) as u64;
        self.marks.octets = self.marks.octets.saturating_add(added);
        end
    }

    /// What was seen so far.
    #[must_use]
    pub const fn marks(&self) -> BodyMarks {
        self.marks
    }

    fn scan(&mut self, input: &[u8], out: &mut Vec<u8>) -> Option<usize> {
        let mut rest = input;
        while let Some((&octet, tail)) = rest.split_first() {
            match (self.state, octet) {
                (State::DotCr, b'\n') => return Some(input.len().saturating_sub(tail.len())),
                (State::LineStart, b'.') => self.state = State::Dot,
                (State::Dot, b'\r') => self.state = State::DotCr,
                (State::Cr, b'\n') => {
                    out.push(octet);
                    self.end_line();
                }
                (State::DotCr, _) => {
                    // The dot was an added one, the CR stands alone.
                    self.marks.has_bare_line_end = true;
                    self.text(b"\r", out);
                    self.state = if octet == b'\r' { State::Cr } else { State::Text };
                    self.text(&[octet], out);
                }
                (State::Cr, _) if octet != b'\r' => {
                    self.marks.has_bare_line_end = true;
                    self.state = State::Text;
                    continue;
                }
                (state, b'\r') => {
                    self.marks.has_bare_line_end |= state == State::Cr;
                    out.push(octet);
                    self.state = State::Cr;
                }
                (_, b'\n') => {
                    self.marks.has_bare_line_end = true;
                    self.text(&[octet], out);
                    self.state = State::Text;
                }
                _ => {
                    let end = memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                    let (run, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
                    self.text(run, out);
                    self.state = State::Text;
                    rest = after;
                    continue;
                }
            }
            rest = tail;
        }
        None
    }

    fn text(&mut self, run: &[u8], out: &mut Vec<u8>) {
        self.line = self.line.saturating_add(run.len());
        self.marks.longest_line = self.marks.longest_line.max(self.line);
        self.marks.is_eight_bit |= !run.is_ascii();
        self.marks.has_nul |= memchr(0, run).is_some();
        out.extend_from_slice(run);
    }

    fn end_line(&mut self) {
        self.line = 0;
        self.state = State::LineStart;
    }
}

impl Default for BodyReader {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes a body to the wire: adds dots and the end, and copies nothing.
///
/// ```
/// let mut stuffer = pec_server::wire::Stuffer::new();
/// let mut wire = Vec::new();
/// for chunk in [b".a\r\n".as_slice(), b".b\r", b"\n..\r\n"] {
///     stuffer.pieces(chunk, |piece| wire.extend_from_slice(piece));
/// }
/// wire.extend_from_slice(stuffer.end());
/// assert_eq!(wire, b"..a\r\n..b\r\n...\r\n.\r\n");
/// ```
#[derive(Debug)]
pub struct Stuffer {
    last: [u8; 2],
}

impl Stuffer {
    /// At the start of a body.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: *b"\r\n" }
    }

    /// Hands on the pieces of a chunk, an added dot between them where one is needed.
    pub fn pieces<'a>(&mut self, chunk: &'a [u8], mut piece: impl FnMut(&'a [u8])) {
        let mut from = 0;
        for at in memchr::memchr_iter(b'.', chunk) {
            let is_line_start = match at {
                0 => self.last == *b"\r\n",
                1 => self.last[1] == b'\r' && chunk.first() == Some(&b'\n'),
                _ => chunk.get(at.saturating_sub(2)..at) == Some(b"\r\n"),
            };
            if is_line_start {
                piece(chunk.get(from..at).unwrap_or_default());
                piece(b".");
                from = at;
            }
        }
        piece(chunk.get(from..).unwrap_or_default());
        match chunk {
            [.., a, b] => self.last = [*a, *b],
            [a] => self.last = [self.last[1], *a],
            [] => {}
        }
    }

    /// What follows the last chunk.
    #[must_use]
    pub fn end(&self) -> &'static [u8] {
        if self.last == *b"\r\n" { b".\r\n" } else { b"\r\n.\r\n" }
    }
}

impl Default for Stuffer {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(input: &[u8], cut: usize) -> (Vec<u8>, Option<usize>, BodyMarks) {
        let mut reader = BodyReader::new();
        let (mut out, mut done) = (Vec::new(), 0_usize);
        for chunk in input.chunks(cut.max(1)) {
            if let Some(end) = reader.read(chunk, &mut out) {
                return (out, Some(done.saturating_add(end)), reader.marks());
            }
            done = done.saturating_add(chunk.len());
        }
        (out, None, reader.marks())
    }

    #[test]
    fn only_one_sequence_ends_a_body() {
        let ends: [&[u8]; 2] = [b"a\r\n.\r\nQUIT\r\n", b".\r\nQUIT\r\n"];
        for input in ends {
            let (_, end, marks) = read(input, 64);
            assert_eq!(end, Some(input.len() - 6));
            assert!(!marks.has_bare_line_end);
        }
        let forms: [&[u8]; 12] = [
            b"a\n.\n",
            b"a\n.\r\n",
            b"a\r\n.\n",
            b"a\r.\r",
            b"a\r\n.\r",
            b"a\r.\r\n",
            b"a\n.\r",
            b"a\r\r\n.\r\r\n",
            b"a\r\n\n.\r\n",
            b"a\r\n.\r\r\n",
            b"a\n\r.\r\n",
            b"a\r\n.\0\r\n",
        ];
        for form in forms {
            for cut in 1..8 {
                let input = [form, b"MAIL FROM:<a@alfa.example>\r\n"].concat();
                let (_, end, marks) = read(&input, cut);
                assert_eq!(end, None, "{form:?}");
                assert!(marks.has_bare_line_end || marks.has_nul, "{form:?}");
            }
        }
    }

    #[test]
    fn dots_are_taken_out_and_marks_made() {
        let (out, end, marks) = read(b"..a\r\n.b\r\n...\r\n.\r\n", 3);
        assert_eq!((out.as_slice(), end), (b".a\r\nb\r\n..\r\n".as_slice(), Some(17)));
        assert_eq!((marks.octets, marks.longest_line), (11, 2));
        let (_, _, marks) = read("è\0\r\n.\r\n".as_bytes(), 64);
        assert!(marks.is_eight_bit && marks.has_nul && !marks.has_bare_line_end);
    }

    proptest! {
        #[test]
        fn what_is_stuffed_is_read_back(
            lines in prop::collection::vec("[.a\r\n]{0,5}", 0..8),
            cut in 1usize..6, other in 1usize..6,
        ) {
            // CR and LF alone are content and come back too.
            let mut body = lines.join("\r\n").into_bytes();
            body.extend_from_slice(b"\r\n");
            let mut stuffer = Stuffer::new();
            let mut wire = Vec::new();
            for chunk in body.chunks(cut) {
                stuffer.pieces(chunk, |piece| wire.extend_from_slice(piece));
            }
            wire.extend_from_slice(stuffer.end());
            let length = wire.len();
            wire.extend_from_slice(b"QUIT\r\n");
            let (out, end, _) = read(&wire, other);
            prop_assert_eq!(end, Some(length));
            prop_assert_eq!(out, body);
        }
    }
}
