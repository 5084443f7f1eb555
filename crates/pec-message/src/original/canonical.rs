//! The canonical form of a message: what transport leaves alone.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memrchr, memrchr2};

use crate::limits::LINE_OCTETS;

/// Transport would change this message, and break any signature over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("octet {at}: {fault}")]
pub struct NotCanonical {
    /// Where, in octets from the start of the message; for a long line, where it begins.
    pub at: usize,
    /// What.
    pub fault: Fault,
}

/// What is not canonical. The set is closed by RFC 5322 §2.1 and §2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Fault {
    /// A CR that no LF follows.
    #[error("a CR without LF")]
    BareCr,
    /// A LF that no CR precedes.
    #[error("a LF without CR")]
    BareLf,
    /// A NUL.
    #[error("a NUL")]
    Nul,
    /// A line of more than [`LINE_OCTETS`] octets.
    #[error("a line of more than {LINE_OCTETS} octets")]
    LongLine,
}

/// Checks the whole message and says whether it is all US-ASCII; the first fault is reported.
///
/// A sound message costs one pass at the speed of memory and a step for each thousand octets.
pub(super) fn check(message: &[u8]) -> Result<bool, NotCanonical> {
    let scan = scan_octets(message);
    if scan.is_faulty || !lines_are_short(message) {
        return Err(first_fault(message));
    }
    Ok(scan.is_ascii)
}

struct Scan {
    /// A bare CR or LF, or a NUL.
    is_faulty: bool,
    is_ascii: bool,
}

/// A CR stands before each LF and nowhere else. Folds without early exit compile to vector
/// instructions.
fn scan_octets(message: &[u8]) -> Scan {
    let (Some(first), Some(last)) = (message.first(), message.last()) else {
        return Scan { is_faulty: false, is_ascii: true };
    };
    let pairs = message.iter().zip(message.get(1..).unwrap_or_default());
    let (faults, union) = pairs.fold((0, *first), |(faults, union), (a, b)| {
        let unpaired = u8::from(*a == b'\r') ^ u8::from(*b == b'\n');
        (faults | unpaired | u8::from(*b == 0), union | b)
    });
    let is_faulty = faults != 0 || matches!(first, b'\n' | 0) || *last == b'\r';
    Scan { is_faulty, is_ascii: union.is_ascii() }
}

/// Whether every line fits. From the start of a line, all lines that end within the longest line's
/// reach are short enough, so only the last of them is looked for.
fn lines_are_short(message: &[u8]) -> bool {
    let mut rest = message;
    while rest.len() > LINE_OCTETS {
        let window = rest.get(..LINE_WITH_BREAK).unwrap_or(rest);
        let Some(end) = memrchr(b'\n', window) else { return false };
        rest = rest.get(end.saturating_add(1)..).unwrap_or_default();
    }
    true
}

const LINE_WITH_BREAK: usize = LINE_OCTETS + 2;

/// The first fault of a message that has one, looked for octet by octet.
fn first_fault(message: &[u8]) -> NotCanonical {
    let mut line = 0_usize;
    let mut before = None;
    for (at, octet) in message.iter().enumerate() {
        let next = message.get(at.saturating_add(1));
        let fault = match octet {
            b'\r' if next != Some(&b'\n') => Some(Fault::BareCr),
            b'\n' if before != Some(b'\r') => Some(Fault::BareLf),
            0 => Some(Fault::Nul),
            b'\r' | b'\n' => None,
            _ if at.saturating_sub(line) >= LINE_OCTETS => Some(Fault::LongLine),
            _ => None,
        };
        match fault {
            Some(Fault::LongLine) => return NotCanonical { at: line, fault: Fault::LongLine },
            Some(fault) => return NotCanonical { at, fault },
            None => {}
        }
        if *octet == b'\n' {
            line = at.saturating_add(1);
        }
        before = Some(*octet);
    }
    NotCanonical { at: line, fault: Fault::LongLine }
}

/// A message in canonical form, and how often it had to be changed to get there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalised<'a> {
    /// The message; the given octets when nothing was changed.
    pub message: Cow<'a, [u8]>,
    /// Bare CRs and LFs that became CRLF.
    pub line_breaks: usize,
    /// NULs that were left out.
    pub nuls: usize,
    /// Line breaks put into long lines.
    pub long_lines: usize,
}

/// Brings a message into canonical form, for programs that may change what they hold: a client,
/// before it sends. A provider may not, it refuses (norms 66).
///
/// Bare CRs and LFs become CRLF, NULs are left out. A long line is broken: in the header before
/// its last blank that fits, so that unfolding gives the line back, in the body after it; where
/// there is no blank, after [`LINE_OCTETS`] octets. In base64 that changes nothing; other text
/// gets a line break that it did not have.
///
/// ```
/// use pec_message::original::{Original, normalise};
///
/// let normalised = normalise(b"Subject: x\n\nCiao\n");
/// assert_eq!(normalised.message.as_ref(), b"Subject: x\r\n\r\nCiao\r\n");
/// assert_eq!(normalised.line_breaks, 3);
/// assert!(Original::new(&normalised.message).is_ok());
/// ```
#[must_use]
pub fn normalise(message: &[u8]) -> Normalised<'_> {
    let mut normalised =
        Normalised { message: Cow::Borrowed(message), line_breaks: 0, nuls: 0, long_lines: 0 };
    if check(message).is_ok() {
        return normalised;
    }
    let mut out = Vec::with_capacity(message.len().saturating_add(message.len() / 64));
    let mut rest = message;
    let mut in_header = true;
    while !rest.is_empty() {
        let (line, line_break, after) = split_line(rest);
        let mut line = Cow::Borrowed(line);
        if memchr(0, &line).is_some() {
            let length = line.len();
            line.to_mut().retain(|octet| *octet != 0);
            normalised.nuls = normalised.nuls.saturating_add(length.saturating_sub(line.len()));
        }
        in_header &= !line.is_empty();
        let breaks = push_broken(&mut out, &line, in_header);
        normalised.long_lines = normalised.long_lines.saturating_add(breaks);
        if !line_break.is_empty() {
            let changed = usize::from(line_break != b"\r\n");
            normalised.line_breaks = normalised.line_breaks.saturating_add(changed);
            out.extend_from_slice(b"\r\n");
        }
        rest = after;
    }
    normalised.message = Cow::Owned(out);
    normalised
}

/// The first line, its line break (CRLF, CR or LF, or nothing at the end) and what follows.
fn split_line(text: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let end = memchr2(b'\r', b'\n', text).unwrap_or(text.len());
    let (line, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
    let length = match rest {
        [] => 0,
        [b'\r', b'\n', ..] => 2,
        _ => 1,
    };
    let (line_break, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
    (line, line_break, after)
}

/// Appends a line with line breaks put in where it is too long; says how many.
fn push_broken(out: &mut Vec<u8>, line: &[u8], in_header: bool) -> usize {
    let (mut rest, mut room, mut breaks) = (line, LINE_OCTETS, 0_usize);
    while rest.len() > room {
        let window = rest.get(..room).unwrap_or(rest);
        let blank = memrchr2(b' ', b'\t', window)
            .filter(|at| window.get(..*at).is_some_and(|head| !head.trim_ascii().is_empty()));
        let (at, indent) = match blank {
            // The blank opens the continuation line.
            Some(at) if in_header => (at, ""),
            Some(at) => (at.saturating_add(1), ""),
            None if in_header => (room, " "),
            None => (room, ""),
        };
        let (piece, after) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        out.extend_from_slice(piece);
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(indent.as_bytes());
        room = LINE_OCTETS.saturating_sub(indent.len());
        breaks = breaks.saturating_add(1);
        rest = after;
    }
    out.extend_from_slice(rest);
    breaks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(message: &[u8]) -> Option<(usize, Fault)> {
        check(message).err().map(|error| (error.at, error.fault))
    }

    #[test]
    fn faults_are_found_where_they_are() {
        for (message, expected) in [
            (&b""[..], None),
            (b"no line end", None),
            (b"a\r\n\r\nb\r\n", None),
            (b"a\nb\r\n", Some((1, Fault::BareLf))),
            (b"\n", Some((0, Fault::BareLf))),
            (b"a\r\n\nb", Some((3, Fault::BareLf))),
            (b"a\rb\r\n", Some((1, Fault::BareCr))),
            (b"a\r\r\nb", Some((1, Fault::BareCr))),
            (b"a\r\nb\r", Some((4, Fault::BareCr))),
            (b"a\r\nb\0\r\n", Some((4, Fault::Nul))),
        ] {
            assert_eq!(fault(message), expected, "{}", message.escape_ascii());
        }
    }

    #[test]
    fn lines_at_the_limit_and_one_past_it() {
        let message = |octets: usize, end: &str| format!("a\r\n{}{end}", "x".repeat(octets));
        for end in ["\r\n", ""] {
            assert_eq!(fault(message(LINE_OCTETS, end).as_bytes()), None);
            let past = message(LINE_OCTETS + 1, end);
            assert_eq!(fault(past.as_bytes()), Some((3, Fault::LongLine)));
            let normalised = normalise(past.as_bytes());
            assert_eq!((normalised.long_lines, fault(&normalised.message)), (1, None));
        }
    }

    #[test]
    fn what_is_canonical_is_lent() {
        let normalised = normalise(b"a: b\r\n\r\nc");
        assert!(matches!(normalised.message, Cow::Borrowed(_)));
    }

    #[test]
    fn faults_are_mended_and_counted() {
        let normalised = normalise(b"A: 1\r\rb\nc\0\r\n");
        assert_eq!(normalised.message.as_ref(), b"A: 1\r\n\r\nb\r\nc\r\n");
        assert_eq!((normalised.line_breaks, normalised.nuls, normalised.long_lines), (3, 1, 0));
    }

    #[test]
    fn long_header_lines_fold_and_long_body_lines_break() {
        let words = "word ".repeat(400);
        let message = format!("S: {words}\r\nT: {}\r\n\r\n{words}\r\n", "x".repeat(3000));
        let normalised = normalise(message.as_bytes());
        assert_eq!(fault(&normalised.message), None);
        let entity = pec_smime::entity::Entity::scan(&normalised.message);
        assert!(entity.damage().is_sound());
        assert_eq!(entity.field("S").unwrap().text(), words.trim_end());
        assert_eq!(entity.field("T").unwrap().text().replace(' ', ""), "x".repeat(3000));
        let body = String::from_utf8(entity.body().to_vec()).unwrap();
        assert_eq!(body.replace("\r\n", ""), words);
    }
}
