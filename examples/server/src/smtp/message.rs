//! A body that arrives.

use super::{Reply, Rules, path};
use crate::wire::{BodyMarks, BodyReader, LineReader};

#[derive(Debug, Default)]
pub(super) struct Body {
    reader: BodyReader,
    is_complete: bool,
    is_dropped: bool,
}

/// What came of the octets that arrived.
#[derive(Debug)]
pub(super) enum Progress {
    /// Octets of the body.
    Chunk(Vec<u8>),
    /// It is larger than allowed: from here on nothing is kept.
    Dropped,
    /// It is complete.
    End,
    /// More octets are needed.
    More,
}

impl Body {
    pub(super) fn advance(&mut self, input: &mut LineReader, rules: &Rules) -> Progress {
        if self.is_complete {
            return Progress::End;
        }
        let mut out = Vec::new();
        let end = self.reader.read(input.rest(), &mut out);
        input.consume(end.unwrap_or(usize::MAX));
        self.is_complete = end.is_some();
        if self.marks().octets > rules.message_octets && !self.is_dropped {
            self.is_dropped = true;
            return Progress::Dropped;
        }
        match self.is_complete {
            _ if !out.is_empty() && !self.is_dropped => Progress::Chunk(out),
            true => Progress::End,
            false => Progress::More,
        }
    }

    pub(super) const fn marks(&self) -> BodyMarks {
        self.reader.marks()
    }

    /// Why it is refused, if it is.
    pub(super) fn refusal(&self, rules: &Rules) -> Option<Reply> {
        if self.is_dropped {
            return Some(path::too_large(rules));
        }
        (self.marks().has_bare_line_end && rules.refuses_bare_line_ends)
            .then(|| Reply::new(554, "5.6.0", "CR or LF stands alone: lines end with CRLF"))
    }
}
