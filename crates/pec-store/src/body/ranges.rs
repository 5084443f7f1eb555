//! Octets of a body in any order.

use std::ops::Range;
use std::sync::Arc;

use pec_gestore::BodyRef;

use super::objects::Objects;
use super::{BodyReader, Piece, Pieces, length};
use crate::{Pending, StoreError};

/// The octets of a body, by their place in it: for large messages, which nobody wants in memory.
///
/// They are those that are stored: only [`BodyRanges::reader`], which gives all of them in order,
/// knows whether they are the right ones.
#[derive(Clone)]
pub struct BodyRanges {
    objects: Arc<Objects>,
    reference: BodyRef,
    pieces: Arc<Pieces>,
}

impl BodyRanges {
    pub(crate) fn new(objects: Arc<Objects>, reference: BodyRef, pieces: Pieces) -> Self {
        Self { objects, reference, pieces: Arc::new(pieces) }
    }

    /// The name of the body.
    #[must_use]
    pub const fn reference(&self) -> BodyRef {
        self.reference
    }

    pub(crate) fn pieces(&self) -> &Pieces {
        &self.pieces
    }

    /// The octets of a range; ask for as many as should be in memory at once.
    ///
    /// # Errors
    /// When the object store fails, or the body does not reach so far.
    pub fn read(&self, range: Range<u64>) -> Pending<Vec<u8>> {
        let Self { objects, reference, .. } = self.clone();
        let pieces = self.pieces.slice(&range);
        Pending::new(async move {
            let mut all = Vec::new();
            for piece in pieces.0 {
                match piece {
                    Piece::Inline(octets) => all.extend_from_slice(&octets),
                    Piece::Object { digest, offset, octets } => {
                        let (store, path) = (&objects.bodies, Objects::path(digest));
                        let range = offset..offset.saturating_add(octets);
                        let read = objects.read(&reference, store.as_ref(), &path, range);
                        all.extend_from_slice(&read.await?);
                    }
                }
            }
            if range.end.checked_sub(range.start) == Some(length(&all)) {
                Ok(all)
            } else {
                Err(StoreError::DamagedBody(reference))
            }
        })
    }

    /// All octets, a part at a time, and at the end whether they are the right ones.
    #[must_use]
    pub fn reader(&self) -> BodyReader {
        let pieces = Pieces::clone(&self.pieces);
        BodyReader::new(Arc::clone(&self.objects), self.reference, pieces)
    }
}

impl Pieces {
    /// What of the pieces lies in a range.
    pub(crate) fn slice(&self, range: &Range<u64>) -> Self {
        let mut slice = Vec::new();
        let mut at = 0_u64;
        for piece in &self.0 {
            let next = at.saturating_add(piece.length());
            let (from, to) = (range.start.max(at), range.end.min(next));
            if from < to {
                slice.push(piece.part(from.saturating_sub(at)..to.saturating_sub(at)));
            }
            at = next;
        }
        Self(slice)
    }
}

impl Piece {
    fn length(&self) -> u64 {
        match self {
            Self::Inline(octets) => length(octets),
            Self::Object { octets, .. } => *octets,
        }
    }

    fn part(&self, range: Range<u64>) -> Self {
        match self {
            Self::Inline(octets) => {
                let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
                let range = place(range.start)..place(range.end);
                Self::Inline(octets.get(range).unwrap_or_default().to_vec())
            }
            Self::Object { digest, offset, .. } => Self::Object {
                digest: *digest,
                offset: offset.saturating_add(range.start),
                octets: range.end.saturating_sub(range.start),
            },
        }
    }
}

impl std::fmt::Debug for BodyRanges {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BodyRanges").field("reference", &self.reference).finish_non_exhaustive()
    }
}
