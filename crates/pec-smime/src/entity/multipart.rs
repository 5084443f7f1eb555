//! Splitting of a multipart at its boundary (RFC 2046 §5.1).

use std::ops::Range;

use memchr::memmem::{self, Finder};

use super::{Entity, slice};
use crate::limits;

/// The parts of a multipart by their offsets.
#[derive(Clone, Debug)]
pub struct Multipart<'a> {
    message: &'a [u8],
    preamble: Range<usize>,
    parts: Vec<Range<usize>>,
    epilogue: Range<usize>,
    damage: MultipartDamage,
}

/// What is wrong with a multipart. All `false` for a sound one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MultipartDamage {
    /// No closing delimiter: the last part runs to the end.
    pub unterminated: bool,
    /// The boundary never occurs.
    pub no_delimiter: bool,
    /// More parts than [`limits::PARTS`]; the rest is left out.
    pub too_many_parts: bool,
}

impl MultipartDamage {
    /// Whether nothing is damaged.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        *self == Self::default()
    }
}

impl<'a> Multipart<'a> {
    /// Splits `body` of `message` at `boundary`; `lines` are those of the message, where they are
    /// known.
    pub(super) fn split(
        message: &'a [u8],
        body: Range<usize>,
        boundary: &[u8],
        lines: Option<&[usize]>,
    ) -> Self {
        let mut delimiters = Delimiters::new(message, body.clone(), boundary, lines);
        let mut multipart = Self {
            message,
            preamble: body.clone(),
            parts: Vec::new(),
            epilogue: body.end..body.end,
            damage: MultipartDamage::default(),
        };
        let Some(first) = delimiters.next() else {
            multipart.damage.no_delimiter = true;
            multipart.damage.unterminated = true;
            return multipart;
        };
        multipart.preamble = body.start..first.start;
        let mut open = first;
        while !open.closing {
            let Some(next) = delimiters.next() else {
                multipart.damage.unterminated = true;
                multipart.parts.push(open.end..body.end);
                return multipart;
            };
            if multipart.parts.len() == limits::PARTS {
                multipart.damage.too_many_parts = true;
                return multipart;
            }
            // Two delimiter lines one after the other share the line break between them.
            multipart.parts.push(open.end..next.start.max(open.end));
            open = next;
        }
        multipart.epilogue = open.end..body.end;
        multipart
    }

    /// What comes before the first delimiter.
    #[must_use]
    pub fn preamble(&self) -> &'a [u8] {
        slice(self.message, &self.preamble)
    }

    /// What comes after the closing delimiter.
    #[must_use]
    pub fn epilogue(&self) -> &'a [u8] {
        slice(self.message, &self.epilogue)
    }

    /// Where the parts are in the message. The line break before a delimiter belongs to the
    /// delimiter (RFC 2046 §5.1.1).
    #[must_use]
    pub fn ranges(&self) -> &[Range<usize>] {
        &self.parts
    }

    /// Part number `index`, scanned.
    #[must_use]
    pub fn part(&self, index: usize) -> Option<Entity<'a>> {
        let range = self.parts.get(index)?;
        Some(Entity::scan_range(self.message, range.clone()))
    }

    /// What is wrong with the multipart.
    #[must_use]
    pub const fn damage(&self) -> MultipartDamage {
        self.damage
    }
}

/// Where the lines of a message begin that may be delimiters. Found once, they spare multiparts
/// inside one another from being searched again, each at its own level.
#[derive(Clone, Debug)]
pub struct DashLines {
    /// `None` if there are too many.
    lines: Option<Vec<usize>>,
}

impl DashLines {
    /// Finds the lines that begin with two dashes. Of more than [`limits::DASH_LINES`] none is
    /// kept, and every multipart is searched for itself.
    #[must_use]
    pub fn find(message: &[u8]) -> Self {
        let first = message.starts_with(b"--").then_some(0);
        let others = memmem::find_iter(message, b"\n--").map(|at| at.saturating_add(1));
        let past = limits::DASH_LINES.saturating_add(1);
        let lines: Vec<usize> = first.into_iter().chain(others).take(past).collect();
        Self { lines: (lines.len() < past).then_some(lines) }
    }

    pub(super) fn lines(&self) -> Option<&[usize]> {
        self.lines.as_deref()
    }
}

/// A delimiter line with the line break before it and its own.
struct Delimiter {
    start: usize,
    end: usize,
    closing: bool,
}

/// Finds delimiter lines one after the other.
struct Delimiters<'a, 'l> {
    message: &'a [u8],
    lines: Option<&'l [usize]>,
    body: Range<usize>,
    position: usize,
    dash_boundary: Finder<'static>,
}

impl<'a, 'l> Delimiters<'a, 'l> {
    fn new(
        message: &'a [u8],
        body: Range<usize>,
        boundary: &[u8],
        lines: Option<&'l [usize]>,
    ) -> Self {
        let dash_boundary = [b"--", boundary].concat();
        let dash_boundary = Finder::new(&dash_boundary).into_owned();
        Self { message, lines, position: body.start, body, dash_boundary }
    }

    /// Where the boundary occurs next: anywhere, or at the beginning of a known line.
    fn candidate(&self) -> Option<usize> {
        let rest = slice(self.message, &(self.position..self.body.end));
        let Some(lines) = self.lines else {
            return self.dash_boundary.find(rest).map(|at| self.position.saturating_add(at));
        };
        let is_boundary = |at: usize| {
            slice(self.message, &(at..self.body.end)).starts_with(self.dash_boundary.needle())
        };
        // A body begins a line, whatever stands before it.
        let first = self.position.max(self.body.start);
        if first == self.body.start && is_boundary(first) {
            return Some(first);
        }
        let later = lines.get(lines.partition_point(|line| *line < first)..)?;
        let mut within = later.iter().copied().take_while(|line| *line < self.body.end);
        within.find(|line| is_boundary(*line))
    }

    /// The delimiter at `at`, if it fills its line: boundary, `--` if closing, blanks.
    fn delimiter(&self, at: usize) -> Option<Delimiter> {
        let start = self.line_break_before(at)?;
        let after = at.saturating_add(self.dash_boundary.needle().len());
        let rest = slice(self.message, &(after..self.body.end));
        let closing = rest.starts_with(b"--");
        let dashes: usize = if closing { 2 } else { 0 };
        let rest = rest.get(dashes..)?;
        let blanks = rest.iter().take_while(|octet| matches!(octet, b' ' | b'\t')).count();
        let line_break: usize = match rest.get(blanks..)? {
            [b'\r', b'\n', ..] => 2,
            [b'\n', ..] => 1,
            [] => 0,
            _ => return None,
        };
        let end = [dashes, blanks, line_break].into_iter().fold(after, usize::saturating_add);
        Some(Delimiter { start, end, closing })
    }

    /// Where the line break before a line at `at` begins, `None` when no line begins there.
    fn line_break_before(&self, at: usize) -> Option<usize> {
        if at == self.body.start {
            return Some(at);
        }
        let before = slice(self.message, &(self.body.start..at)).strip_suffix(b"\n")?;
        let before = before.strip_suffix(b"\r").unwrap_or(before);
        Some(self.body.start.saturating_add(before.len()))
    }
}

impl Iterator for Delimiters<'_, '_> {
    type Item = Delimiter;

    fn next(&mut self) -> Option<Delimiter> {
        loop {
            let at = self.candidate()?;
            self.position = at.saturating_add(1);
            if let Some(delimiter) = self.delimiter(at) {
                self.position = delimiter.end;
                return Some(delimiter);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(body: &[u8]) -> (Vec<&[u8]>, Multipart<'_>) {
        let multipart = Multipart::split(body, 0..body.len(), b"b", None);
        let lines = DashLines::find(body);
        let by_lines = Multipart::split(body, 0..body.len(), b"b", lines.lines());
        assert_eq!(format!("{multipart:?}"), format!("{by_lines:?}"));
        let parts = multipart.ranges().iter().map(|range| &body[range.clone()]).collect();
        (parts, multipart)
    }

    #[test]
    fn line_breaks_belong_to_the_delimiters() {
        let (parts, multipart) = split(b"pre\r\n--b\r\none\r\n\r\n--b\r\ntwo\r\n--b--\r\nepi\r\n");
        assert_eq!(parts, [&b"one\r\n"[..], b"two"]);
        assert_eq!((multipart.preamble(), multipart.epilogue()), (&b"pre"[..], &b"epi\r\n"[..]));
        assert!(multipart.damage().is_sound());
        let (parts, multipart) = split(b"--b\none\n--b\ntwo\n--b--");
        assert_eq!(parts, [b"one", b"two"]);
        assert!(multipart.damage().is_sound() && multipart.preamble().is_empty());
    }

    #[test]
    fn delimiters_fill_their_line() {
        let (parts, _) = split(b"--b \t\r\n--bc\r\n --b\r\nx--b\r\n--b--x\r\n--b-- \r\n--b\r\n");
        assert_eq!(parts, [&b"--bc\r\n --b\r\nx--b\r\n--b--x"[..]]);
    }

    #[test]
    fn empty_parts() {
        let (parts, multipart) = split(b"--b\r\n--b\r\n\r\n--b--");
        assert_eq!(parts, [b"", b""]);
        assert!(multipart.damage().is_sound());
    }

    #[test]
    fn missing_delimiters_are_said() {
        let (parts, multipart) = split(b"--b\r\none\r\n--b\r\ntwo");
        assert_eq!(parts, [b"one", b"two"]);
        assert!(multipart.damage().unterminated && !multipart.damage().no_delimiter);
        let (parts, multipart) = split(b"nothing here");
        assert!(parts.is_empty() && multipart.damage().no_delimiter);
        assert_eq!(multipart.preamble(), b"nothing here");
    }

    #[test]
    fn parts_at_the_limit_and_one_past_it() {
        let body = |count: usize| [b"--b\nx\n".repeat(count), b"--b--".to_vec()].concat();
        for (count, too_many) in [(limits::PARTS, false), (limits::PARTS + 1, true)] {
            let body = body(count);
            let multipart = Multipart::split(&body, 0..body.len(), b"b", None);
            assert_eq!(multipart.damage().too_many_parts, too_many, "{count}");
            assert_eq!(multipart.ranges().len(), limits::PARTS);
        }
    }
    #[test]
    fn known_lines_at_the_limit_and_one_past_it() {
        for (count, is_kept) in [(limits::DASH_LINES, true), (limits::DASH_LINES + 1, false)] {
            let lines = DashLines::find(&b"--\n".repeat(count)).lines.map(|lines| lines.len());
            assert_eq!(lines, is_kept.then_some(count));
        }
    }
}
