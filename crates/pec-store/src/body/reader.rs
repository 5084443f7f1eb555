//! Octets on their way out.

use std::collections::VecDeque;
use std::sync::Arc;

use pec_gestore::{BodyRef, Digest};
use sha2::{Digest as _, Sha256};

use super::objects::{Objects, PART_OCTETS};
use super::{Piece, Pieces, length};
use crate::StoreError;

/// Gives the octets of a stored body, and at the end an error unless they were the right ones.
pub struct BodyReader {
    objects: Arc<Objects>,
    reference: BodyRef,
    pieces: VecDeque<Piece>,
    hash: Sha256,
    octets: u64,
}

impl BodyReader {
    pub(crate) fn new(objects: Arc<Objects>, reference: BodyRef, pieces: Pieces) -> Self {
        Self { objects, reference, pieces: pieces.0.into(), hash: Sha256::new(), octets: 0 }
    }

    /// The name of the body.
    #[must_use]
    pub const fn reference(&self) -> BodyRef {
        self.reference
    }

    /// The next octets; `None` when all were given and their digest is right.
    ///
    /// # Errors
    /// When the object store fails, or the octets are not those that were stored: whoever passes
    /// them on as they come must break off then.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let octets = match self.pieces.pop_front() {
            None => return self.verdict().map(|()| None),
            Some(Piece::Inline(octets)) => octets,
            Some(Piece::Object { digest, offset, octets }) => {
                let part = octets.min(u64::try_from(PART_OCTETS).unwrap_or(u64::MAX));
                let end = offset.saturating_add(part);
                let rest = octets.saturating_sub(part);
                if rest > 0 {
                    self.pieces.push_front(Piece::Object { digest, offset: end, octets: rest });
                }
                let (store, path) = (&self.objects.bodies, Objects::path(digest));
                self.objects.read(&self.reference, store.as_ref(), &path, offset..end).await?
            }
        };
        self.hash.update(&octets);
        self.octets = self.octets.saturating_add(length(&octets));
        Ok(Some(octets))
    }

    /// All octets at once.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn read_all(mut self) -> Result<Vec<u8>, StoreError> {
        let mut all = Vec::new();
        while let Some(octets) = self.next().await? {
            all.extend_from_slice(&octets);
        }
        Ok(all)
    }

    fn verdict(&self) -> Result<(), StoreError> {
        let sha256 = Digest(self.hash.clone().finalize().into());
        if (BodyRef { sha256, octets: self.octets }) == self.reference {
            Ok(())
        } else {
            Err(StoreError::DamagedBody(self.reference))
        }
    }
}

impl std::fmt::Debug for BodyReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BodyReader").field("reference", &self.reference).finish_non_exhaustive()
    }
}
