//! Octets on their way in.

use std::sync::Arc;

use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt};
use pec_gestore::{BodyRef, Digest};
use sha2::{Digest as _, Sha256};

use super::objects::{Objects, PART_OCTETS};
use super::{Body, length};
use crate::{INLINE_OCTETS_MAX, StoreError};

/// Takes a message as it comes and hashes it on the way: in memory up to
/// [`INLINE_OCTETS_MAX`], beyond that into the object store, so a large message needs no more
/// memory
/// than a small one. What is dropped unfinished leaves nothing behind.
pub struct BodyWriter {
    objects: Arc<Objects>,
    hash: Sha256,
    octets: u64,
    buffer: Vec<u8>,
    upload: Option<Upload>,
}

struct Upload {
    location: Path,
    parts: Box<dyn MultipartUpload>,
}

impl BodyWriter {
    pub(crate) fn new(objects: Arc<Objects>) -> Self {
        Self { objects, hash: Sha256::new(), octets: 0, buffer: Vec::new(), upload: None }
    }

    /// How many octets came.
    #[must_use]
    pub const fn octets(&self) -> u64 {
        self.octets
    }

    /// Takes the next octets.
    ///
    /// # Errors
    /// When the object store fails; then the writer is of no more use.
    pub async fn write(&mut self, octets: &[u8]) -> Result<(), StoreError> {
        self.hash.update(octets);
        self.octets = self.octets.saturating_add(length(octets));
        for piece in octets.chunks(PART_OCTETS) {
            self.buffer.extend_from_slice(piece);
            let limit = if self.upload.is_some() { PART_OCTETS } else { INLINE_OCTETS_MAX };
            if self.buffer.len() > limit {
                self.send().await?;
            }
        }
        Ok(())
    }

    /// All octets came. A large body is synced, file and folder, when this answers.
    ///
    /// # Errors
    /// When the object store fails.
    pub async fn finish(mut self) -> Result<Body, StoreError> {
        if self.upload.is_none() {
            return Ok(Body::inline(self.buffer));
        }
        self.send().await?;
        let sha256 = Digest(self.hash.clone().finalize().into());
        let reference = BodyRef { sha256, octets: self.octets };
        let Some(mut upload) = self.upload.take() else {
            return Err(StoreError::Objects("the upload is gone".to_owned()));
        };
        let pin = self.objects.pin(sha256).await;
        let store = &self.objects.bodies;
        let stored = async {
            upload.parts.complete().await?;
            // Also over an object of the same content: that one may be of a process that died
            // before it synced the folder.
            store.rename(&upload.location, &Objects::path(sha256)).await
        };
        match stored.await {
            Ok(()) => Ok(Body::object(reference, pin)),
            Err(error) => Err(self.objects.failure(&error)),
        }
    }

    async fn send(&mut self) -> Result<(), StoreError> {
        let upload = match &mut self.upload {
            Some(upload) => upload,
            upload => {
                let location = self.objects.incoming_path();
                let parts = self.objects.bodies.put_multipart(&location).await;
                let parts = parts.map_err(|error| self.objects.failure(&error))?;
                upload.insert(Upload { location, parts })
            }
        };
        let part = std::mem::take(&mut self.buffer);
        upload.parts.put_part(part.into()).await.map_err(|error| self.objects.failure(&error))
    }
}

impl std::fmt::Debug for BodyWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BodyWriter").field("octets", &self.octets).finish_non_exhaustive()
    }
}
