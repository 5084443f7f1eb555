//! Making a skeleton while the message goes by.

use memchr::{memchr, memchr2};
use pec_smime::entity::{Entity, Parameter, ParameterizedValue};

use super::{Abridged, Gap, Unabridged, sound};
use crate::limits::{ABRIDGED_GAP_OCTETS, ABRIDGED_HEAD_OCTETS, LINE_OCTETS};
use crate::read::DATICERT_NAMES;

/// Watches a message go by and keeps its skeleton.
///
/// It keeps all headers, every line that may be a delimiter, and the beginning and the last lines
/// of what stands between: of a part of 100 MiB some 20 KiB. A message that has many small parts,
/// or many lines that begin with two dashes, is kept almost whole; ask [`Abridger::kept`].
#[derive(Clone, Debug)]
pub struct Abridger {
    head_octets: usize,
    gap_octets: usize,
    skeleton: Vec<u8>,
    gaps: Vec<Gap>,
    /// Octets of the message that are in the skeleton or in a gap.
    settled: u64,
    state: State,
    /// Whole lines that are to become a gap, unless the part ends with them.
    held: Vec<u8>,
    /// Where the last of them begins.
    last_line: usize,
    /// The beginning of a line.
    line: Vec<u8>,
    is_canonical: bool,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// In a header that begins at this place of the skeleton.
    Header { start: usize },
    /// In what follows a header, up to the next line that may be a delimiter.
    Body { kept: usize, has_8bit: bool },
    /// The same, of a part that is read whole.
    Whole,
}

impl Default for Abridger {
    fn default() -> Self {
        Self::new()
    }
}

impl Abridger {
    /// At the start of a message.
    #[must_use]
    pub const fn new() -> Self {
        Self::cutting(ABRIDGED_HEAD_OCTETS, ABRIDGED_GAP_OCTETS)
    }

    /// As [`new`](Self::new), with other lengths of what is kept and of what is left out: for
    /// tests, which need gaps in small messages.
    #[doc(hidden)]
    #[must_use]
    pub const fn cutting(head_octets: usize, gap_octets: usize) -> Self {
        Self {
            head_octets,
            gap_octets,
            skeleton: Vec::new(),
            gaps: Vec::new(),
            settled: 0,
            state: State::Header { start: 0 },
            held: Vec::new(),
            last_line: 0,
            line: Vec::new(),
            is_canonical: true,
        }
    }

    /// Octets that are in memory.
    #[must_use]
    pub const fn kept(&self) -> usize {
        self.skeleton.len().saturating_add(self.held.len()).saturating_add(self.line.len())
    }

    /// Takes the next octets of the message.
    pub fn push(&mut self, octets: &[u8]) {
        let mut rest = octets;
        while self.is_canonical && !rest.is_empty() {
            let end = memchr(b'\n', rest).map(|at| at.saturating_add(1));
            let (piece, after) =
                rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, &[]));
            rest = after;
            if end.is_some() && self.line.is_empty() {
                self.take(piece);
            } else if self.line.len().saturating_add(piece.len()) > LINE_WITH_BREAK {
                self.give_up();
            } else {
                self.line.extend_from_slice(piece);
                if end.is_some() {
                    let mut line = std::mem::take(&mut self.line);
                    self.take(&line);
                    line.clear();
                    self.line = line;
                }
            }
        }
    }

    /// The message is complete.
    ///
    /// # Errors
    /// [`Unabridged`] says why its octets are needed whole.
    pub fn finish(mut self) -> Result<Abridged, Unabridged> {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.take(&line);
        }
        self.release();
        if !self.is_canonical {
            return Err(Unabridged::NotCanonical);
        }
        let Self { skeleton, gaps, settled, .. } = self;
        let abridged = Abridged { skeleton, gaps, octets: settled };
        sound::check(&abridged).map(|()| abridged)
    }

    /// Takes a line with its line break, which the last line of a message may lack.
    fn take(&mut self, line: &[u8]) {
        if !is_canonical(line) {
            return self.give_up();
        }
        if line.starts_with(b"--") {
            self.release();
            self.keep(line);
            self.state = State::Header { start: self.skeleton.len() };
            return;
        }
        match self.state {
            State::Header { start } => {
                self.keep(line);
                if line == b"\r\n" {
                    self.state = self.after_header(start);
                }
            }
            State::Whole => self.keep(line),
            State::Body { kept, has_8bit } => {
                let is_first_8bit = !has_8bit && !line.is_ascii();
                if kept < self.head_octets || is_first_8bit {
                    self.release();
                    self.keep(line);
                    let kept = kept.saturating_add(line.len());
                    self.state = State::Body { kept, has_8bit: has_8bit || is_first_8bit };
                } else {
                    self.hold(line);
                }
            }
        }
    }

    /// After the empty line of a header: the header of the message inside, or a body.
    fn after_header(&self, start: usize) -> State {
        let header = Entity::scan(self.skeleton.get(start..).unwrap_or_default());
        let content_type = header.content_type().unwrap_or_default();
        if content_type.is_of_type("message") {
            State::Header { start: self.skeleton.len() }
        } else if is_read_whole(&header, &content_type) {
            State::Whole
        } else {
            State::Body { kept: 0, has_8bit: false }
        }
    }

    fn keep(&mut self, line: &[u8]) {
        self.skeleton.extend_from_slice(line);
        self.settle(line.len());
    }

    /// Holds a line back. Those before the last one become a gap when they are enough, so that two
    /// lines always stand after a gap: the line break of the last one may belong to a delimiter.
    fn hold(&mut self, line: &[u8]) {
        let octets = self.last_line;
        if octets > 0 && octets >= self.gap_octets {
            self.leave_out(octets);
        }
        self.last_line = self.held.len();
        self.held.extend_from_slice(line);
    }

    /// Leaves the first held octets out.
    fn leave_out(&mut self, octets: usize) {
        self.held.drain(..octets);
        self.settle(octets);
        let octets = u64::try_from(octets).unwrap_or(u64::MAX);
        let at = self.skeleton.len();
        match self.gaps.last_mut() {
            Some(last) if last.at == at => last.octets = last.octets.saturating_add(octets),
            last => {
                let before = last.map_or(0, |gap| gap.before.saturating_add(gap.octets));
                self.gaps.push(Gap { at, octets, before });
            }
        }
    }

    /// Keeps what was held back.
    fn release(&mut self) {
        self.skeleton.extend_from_slice(&self.held);
        self.settle(self.held.len());
        self.held.clear();
        self.last_line = 0;
    }

    fn settle(&mut self, octets: usize) {
        self.settled = self.settled.saturating_add(u64::try_from(octets).unwrap_or(u64::MAX));
    }

    /// The octets will be needed whole: a skeleton is of no use.
    fn give_up(&mut self) {
        *self = Self { is_canonical: false, ..Self::cutting(self.head_octets, self.gap_octets) };
    }
}

/// Whether a part looks like certification data or a signature, which are small. That none is cut
/// is checked at the end; here they are spared.
fn is_read_whole(header: &Entity<'_>, content_type: &ParameterizedValue) -> bool {
    let disposition = header.content_disposition().unwrap_or_default();
    let name = disposition.parameter("filename").or_else(|| content_type.parameter("name"));
    let name = name.map(Parameter::text).unwrap_or_default();
    DATICERT_NAMES.iter().any(|known| name.trim().eq_ignore_ascii_case(known))
        || content_type.value().ends_with("pkcs7-signature")
}

const LINE_WITH_BREAK: usize = LINE_OCTETS + 2;

/// Whether a line is what transport leaves alone, as [`Original`](crate::original::Original) sees
/// it; a line without line break is the last one.
fn is_canonical(line: &[u8]) -> bool {
    let text = line.strip_suffix(b"\r\n").unwrap_or(line);
    text.len() <= LINE_OCTETS && memchr2(b'\r', b'\n', text).is_none() && memchr(0, text).is_none()
}
