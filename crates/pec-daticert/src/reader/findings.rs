//! The list of deviations while it grows, and the way back from positions in the decoded text to
//! positions in the document.

use crate::{Deviation, DeviationKind, Element, ReadError, limits::MAX_DEVIATIONS};

/// Deviations found so far; positions count in the decoded text.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Deviation>,
    overflow: Option<usize>,
}

impl Findings {
    pub(super) fn add(&mut self, at: usize, element: Option<Element>, kind: DeviationKind) {
        if self.list.len() < MAX_DEVIATIONS {
            self.list.push(Deviation { at, element, kind });
        } else {
            self.overflow.get_or_insert(at);
        }
    }

    /// The list in the order of the document, positions in the document.
    pub(super) fn into_deviations(self, positions: &Positions<'_>) -> Vec<Deviation> {
        let mut list = self.list;
        list.sort_by_key(|deviation| deviation.at);
        if let Some(at) = self.overflow {
            let at = list.last().map_or(at, |last| last.at.max(at));
            list.push(Deviation { at, element: None, kind: DeviationKind::TooMany });
        }
        positions.place_all(&mut list);
        list
    }
}

/// How positions in the decoded text become positions in the document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Positions<'t> {
    /// Bytes before the decoded text.
    pub(super) start: usize,
    /// The decoded text, when each of its characters was one byte of the document.
    pub(super) single_bytes: Option<&'t str>,
}

impl Positions<'_> {
    /// Moves every deviation; the list is in order, so one pass over the text is enough.
    fn place_all(&self, list: &mut [Deviation]) {
        let mut counted = (0, 0); // bytes of the text, characters of the text
        for deviation in list {
            deviation.at = self.advance(&mut counted, deviation.at);
        }
    }

    pub(super) fn place(&self, error: ReadError) -> ReadError {
        let place = |at| self.advance(&mut (0, 0), at);
        match error {
            ReadError::Doctype { at } => ReadError::Doctype { at: place(at) },
            ReadError::TooDeep { at } => ReadError::TooDeep { at: place(at) },
            ReadError::NotCertificationData { at, found } => {
                ReadError::NotCertificationData { at: place(at), found }
            }
            other => other,
        }
    }

    fn advance(&self, counted: &mut (usize, usize), at: usize) -> usize {
        let Some(text) = self.single_bytes else {
            return at.saturating_add(self.start);
        };
        if let Some(piece) = text.get(counted.0..at) {
            *counted = (at, counted.1.saturating_add(piece.chars().count()));
        }
        counted.1.saturating_add(self.start)
    }
}
