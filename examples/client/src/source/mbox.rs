//! The mailbox format of Unix, in its variant "mboxrd".

use std::io::{BufRead, Read as _};
use std::mem;

use pec_message::limits::MESSAGE_OCTETS;

use super::{Input, SourceError};

/// Lines are read in pieces of at most so many octets: a file may hold one that never ends.
const PIECE_OCTETS: u64 = 64 * 1024;

/// The messages of an mbox file, one at a time.
///
/// A line `From address date` begins a message where an empty line stands before it. Lines that
/// were quoted with `>` for that get their quotation mark taken away, since a signature is over
/// what was sent. A message past the limit on its size is passed over with an error.
#[derive(Debug)]
pub struct Mbox<R> {
    name: String,
    from: R,
    /// Messages given so far.
    count: usize,
    has_begun: bool,
    is_at_end: bool,
}

impl<R: BufRead> Mbox<R> {
    /// The messages that `from` holds; `name` is the file's.
    pub const fn new(name: String, from: R) -> Self {
        Self { name, from, count: 0, has_begun: false, is_at_end: false }
    }

    /// Reads up to the next separator. `None`: larger than the limit.
    fn message(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut message = Vec::new();
        let mut piece = Vec::new();
        // Where the last line begins, if it is empty: before a separator it is no part of the
        // message.
        let mut empty = (!self.has_begun).then_some(0);
        let mut is_line_start = true;
        let mut is_too_large = false;
        loop {
            piece.clear();
            if (&mut self.from).take(PIECE_OCTETS).read_until(b'\n', &mut piece)? == 0 {
                self.is_at_end = true;
                break;
            }
            if empty.is_some() && is_separator(&piece, !self.has_begun) {
                if mem::replace(&mut self.has_begun, true) {
                    break;
                }
                empty = None;
                continue;
            }
            self.has_begun = true;
            let is_empty = is_line_start && matches!(piece.as_slice(), b"\n" | b"\r\n");
            empty = is_empty.then_some(message.len());
            is_too_large |= message.len().saturating_add(piece.len()) > MESSAGE_OCTETS;
            if is_too_large {
                message = Vec::new();
            } else {
                message.extend_from_slice(if is_line_start { unquoted(&piece) } else { &piece });
            }
            is_line_start = piece.ends_with(b"\n");
        }
        message.truncate(empty.unwrap_or(message.len()));
        Ok((!is_too_large).then_some(message))
    }
}

impl<R: BufRead> Iterator for Mbox<R> {
    type Item = Result<Input, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_at_end {
            return None;
        }
        let message = self.message();
        self.count = self.count.saturating_add(1);
        let is_only = self.is_at_end && self.count == 1;
        let name =
            if is_only { self.name.clone() } else { format!("{}#{}", self.name, self.count) };
        Some(match message {
            Ok(Some(octets)) => Ok(Input { name, octets }),
            Ok(None) => Err(SourceError::TooLarge { name }),
            Err(error) => {
                self.is_at_end = true;
                Err(SourceError::Io { name, error })
            }
        })
    }
}

/// Whether a line is `From address date`, with a time of day in it. In the first line of the file
/// `From ` is enough.
fn is_separator(line: &[u8], is_first: bool) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let has_time = |word: &[u8]| {
        let mut numbers = word.split(|octet| *octet == b':');
        let are_numbers = numbers
            .clone()
            .all(|number| (1..=2).contains(&number.len()) && number.iter().all(u8::is_ascii_digit));
        are_numbers && (2..=3).contains(&numbers.by_ref().count())
    };
    is_first || rest.split(u8::is_ascii_whitespace).any(has_time)
}

/// A line without the quotation mark of mboxrd.
fn unquoted(line: &[u8]) -> &[u8] {
    let marks = line.iter().take_while(|octet| **octet == b'>').count();
    let is_quoted = marks > 0 && line.get(marks..).is_some_and(|rest| rest.starts_with(b"From "));
    if is_quoted { line.get(1..).unwrap_or_default() } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(file: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mbox = Mbox::new("m".into(), file);
        mbox.map(|input| input.unwrap()).map(|input| (input.name, input.octets)).collect()
    }

    #[test]
    fn messages_are_told_apart() {
        let file = b"From a@b Sat Nov 21 10:15:00 2026\nA: 1\n\none\n>From x\n>>From y\n\n\
            From the start, 12 of them\n\nFrom c@d Sat Nov 21 10:16:00 2026\nA: 2\n\ntwo\n";
        let found = messages(file);
        assert_eq!(
            found[0],
            (
                "m#1".into(),
                b"A: 1\n\none\nFrom x\n>From y\n\nFrom the start, 12 of them\n".to_vec()
            )
        );
        assert_eq!(found[1], ("m#2".into(), b"A: 2\n\ntwo\n".to_vec()));
        assert_eq!(found.len(), 2);
    }

    /// A message kept with its envelope line is one message and bears the name of its file.
    #[test]
    fn one_message_has_no_number() {
        let found = messages(b"From x\r\nA: 1\r\n\r\nbody\r\n\r\n\r\n");
        assert_eq!(found, [("m".into(), b"A: 1\r\n\r\nbody\r\n\r\n".to_vec())]);
    }

    /// A line of several pieces is one line.
    #[test]
    fn long_lines_stay_whole() {
        let piece = usize::try_from(PIECE_OCTETS).unwrap();
        let line = format!("{}>From a 10:15\n", "x".repeat(piece));
        let file = format!("From a 10:15\nA: 1\n\n{line}");
        assert_eq!(messages(file.as_bytes()), [("m".into(), format!("A: 1\n\n{line}").into())]);
    }

    #[test]
    fn times_make_a_separator() {
        for (line, expected) in [
            (&b"From a@b Sat Nov 21 10:15:00 2026\n"[..], true),
            (b"From a@b Sat Nov 21 10:15 2026 +0100\n", true),
            (b"From here to there: 12\n", false),
            (b"From a: 1:234\n", false),
            (b"from a 10:15\n", false),
        ] {
            assert_eq!(is_separator(line, false), expected);
        }
    }
}
