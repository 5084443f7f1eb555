//! The object stores of bodies and of infected messages, and who keeps the collector away.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::path::Path as FilePath;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard as StdGuard, PoisonError};

use futures::TryStreamExt;
use futures::lock::{Mutex as AsyncMutex, MutexGuard};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use pec_gestore::{BodyRef, Digest};

use super::BodyReader;
use crate::gate::Gate;
use crate::{OpenError, StoreError, durable};

/// Uploads that have no digest yet.
const INCOMING: &str = "incoming";
/// So much of an object is read or written at once.
pub(crate) const PART_OCTETS: usize = 256 * 1024;

/// The object stores.
pub(crate) struct Objects {
    pub(crate) bodies: Arc<dyn ObjectStore>,
    pub(crate) quarantine: Arc<dyn ObjectStore>,
    gate: Gate,
    /// A local disk that fails is not asked again; a remote store may recover.
    is_local: bool,
    uploads: AtomicU64,
    marks: Mutex<Marks>,
    /// Held while an orphan is removed.
    removal: AsyncMutex<()>,
}

/// What the writers and the collector must know of each other.
#[derive(Default)]
struct Marks {
    pins: HashMap<Digest, usize>,
    removing: Option<Digest>,
}

/// Keeps an object from the collector while no row names it.
#[derive(Debug)]
pub(crate) struct Pin {
    objects: Arc<Objects>,
    digest: Digest,
}

impl Objects {
    /// Stores of the caller.
    pub(crate) fn foreign(
        bodies: Arc<dyn ObjectStore>,
        quarantine: Arc<dyn ObjectStore>,
        gate: Gate,
    ) -> Self {
        let (uploads, marks, removal) = Default::default();
        Self { bodies, quarantine, gate, is_local: false, uploads, marks, removal }
    }

    /// Stores that are gone when dropped.
    pub(crate) fn memory(gate: Gate) -> Self {
        Self::foreign(Arc::new(InMemory::new()), Arc::new(InMemory::new()), gate)
    }

    /// Folders of a store. All subfolders are made and synced here, once: `object_store` syncs the
    /// file and the folder that names it, but one that another writer has just made it takes for
    /// durable.
    pub(crate) fn local(folder: &FilePath, gate: Gate) -> Result<Self, OpenError> {
        let open = |name: &str,
                    subfolders: &mut dyn Iterator<Item = String>|
         -> Result<Arc<dyn ObjectStore>, OpenError> {
            let root = folder.join(name);
            durable::create_folder(&root)?;
            let mut is_new = false;
            for subfolder in subfolders {
                is_new |= durable::create_entry(&root.join(subfolder))?;
            }
            if is_new {
                durable::sync_folder(&root)?;
            }
            let local = LocalFileSystem::new_with_prefix(&root);
            let local = local
                .map_err(|error| OpenError::Folder { folder: root, reason: error.to_string() })?;
            Ok(Arc::new(local.with_fsync(true)))
        };
        let names = (0..16).map(|digit| format!("{digit:x}"));
        let bodies = open("bodies", &mut names.chain([INCOMING.to_owned()]))?;
        let quarantine = open("quarantine", &mut [INCOMING.to_owned()].into_iter())?;
        let (uploads, marks, removal) = Default::default();
        Ok(Self { bodies, quarantine, gate, is_local: true, uploads, marks, removal })
    }

    /// Where the object of a body is.
    pub(crate) fn path(digest: Digest) -> Path {
        let name = String::from(digest);
        Path::from_iter([name.get(..1).unwrap_or_default(), name.as_str()])
    }

    /// Where an infected message is.
    pub(crate) fn quarantine_path(digest: Digest) -> Path {
        Path::from_iter([String::from(digest).as_str()])
    }

    /// Where an upload of unknown digest goes.
    pub(crate) fn incoming_path(&self) -> Path {
        let number = self.uploads.fetch_add(1, Ordering::Relaxed);
        Path::from_iter([INCOMING, &number.to_string()])
    }

    /// Keeps an object until the pin is dropped. To be called before the object is made: one that
    /// is being removed at this moment is removed first.
    pub(crate) async fn pin(self: &Arc<Self>, digest: Digest) -> Pin {
        loop {
            {
                let mut marks = self.lock();
                if marks.removing != Some(digest) {
                    let count = marks.pins.entry(digest).or_default();
                    *count = count.saturating_add(1);
                    return Pin { objects: Arc::clone(self), digest };
                }
            }
            drop(self.removal.lock().await);
        }
    }

    /// Removes what uploads left behind when a process died.
    pub(crate) async fn remove_incoming(&self) -> Result<(), StoreError> {
        for store in [&self.bodies, &self.quarantine] {
            let left: Vec<_> = store
                .list(Some(&Path::from(INCOMING)))
                .map_ok(|object| object.location)
                .try_collect()
                .await
                .map_err(|error| self.failure(&error))?;
            for location in left {
                self.delete(store.as_ref(), &location).await?;
            }
        }
        Ok(())
    }

    /// The digests of all objects of one store.
    pub(crate) async fn list(&self, store: &dyn ObjectStore) -> Result<Vec<Digest>, StoreError> {
        let names = store.list(None).map_ok(|object| object.location);
        let names: Vec<Path> = names.try_collect().await.map_err(|error| self.failure(&error))?;
        let digest = |path: Path| Digest::try_from(path.filename()?.to_owned()).ok();
        Ok(names.into_iter().filter_map(digest).collect())
    }

    /// Keeps writers from making this object until the claim is dropped; `None` when one has it in
    /// hand.
    pub(crate) async fn claim(&self, digest: Digest) -> Option<Claim<'_>> {
        let removal = self.removal.lock().await;
        let mut marks = self.lock();
        if marks.pins.contains_key(&digest) {
            return None;
        }
        marks.removing = Some(digest);
        drop(marks);
        Some(Claim { objects: self, _removal: removal })
    }

    /// Nothing is removed until the guard is dropped.
    pub(crate) async fn hold(&self) -> MutexGuard<'_, ()> {
        self.removal.lock().await
    }

    /// Removes an object; one that is not there is removed already.
    pub(crate) async fn delete(
        &self,
        store: &dyn ObjectStore,
        location: &Path,
    ) -> Result<(), StoreError> {
        match store.delete(location).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failure(&error)),
        }
    }

    /// One part of an object.
    pub(crate) async fn read(
        &self,
        body: &BodyRef,
        store: &dyn ObjectStore,
        location: &Path,
        range: std::ops::Range<u64>,
    ) -> Result<Vec<u8>, StoreError> {
        match store.get_range(location, range).await {
            Ok(octets) => Ok(octets.to_vec()),
            Err(object_store::Error::NotFound { .. }) => Err(StoreError::DamagedBody(*body)),
            // A file that is too short or on a bad sector. Reading leaves nothing uncertain, so one
            // damaged file does not stop all others.
            Err(error) => Err(match self.meaning(&error) {
                StoreError::Io(_) => StoreError::DamagedBody(*body),
                other => other,
            }),
        }
    }

    /// Keeps the octets of an infected message apart, a part at a time.
    pub(crate) async fn quarantine(&self, mut message: BodyReader) -> Result<(), StoreError> {
        let path = Self::quarantine_path(message.reference().sha256);
        let upload = self.quarantine.put_multipart(&path).await;
        let mut upload = upload.map_err(|error| self.failure(&error))?;
        while let Some(octets) = message.next().await? {
            upload.put_part(octets.into()).await.map_err(|error| self.failure(&error))?;
        }
        upload.complete().await.map(drop).map_err(|error| self.failure(&error))
    }

    /// What a failed writing means. One of the local disk closes the store.
    pub(crate) fn failure(&self, error: &object_store::Error) -> StoreError {
        let failure = self.meaning(error);
        self.gate.close_on(&failure);
        failure
    }

    fn meaning(&self, error: &object_store::Error) -> StoreError {
        let mut source: Option<&(dyn Error + 'static)> = Some(error);
        let system = loop {
            match source {
                None => break None,
                Some(cause) => match cause.downcast_ref::<io::Error>() {
                    Some(system) => break Some(system),
                    None => source = cause.source(),
                },
            }
        };
        use io::ErrorKind as Kind;
        match system.map(io::Error::kind) {
            Some(Kind::StorageFull | Kind::QuotaExceeded) => StoreError::Full("a body"),
            Some(Kind::ReadOnlyFilesystem | Kind::PermissionDenied) => {
                StoreError::ReadOnly(error.to_string())
            }
            // Not a file was opened, so nothing is uncertain: others may end and give theirs back.
            _ if system.is_some_and(is_out_of_descriptors) => {
                StoreError::Objects(error.to_string())
            }
            _ if self.is_local => StoreError::Io(error.to_string()),
            _ => StoreError::Objects(error.to_string()),
        }
    }

    fn lock(&self) -> StdGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// ENFILE or EMFILE: the system or this process has too many files open. The standard library has
/// no kind for them.
fn is_out_of_descriptors(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}

/// The right to remove an object that no row names.
pub(crate) struct Claim<'a> {
    objects: &'a Objects,
    _removal: MutexGuard<'a, ()>,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.objects.lock().removing = None;
    }
}

impl Clone for Pin {
    fn clone(&self) -> Self {
        // Pinned already, so nobody is removing it.
        let mut marks = self.objects.lock();
        let count = marks.pins.entry(self.digest).or_default();
        *count = count.saturating_add(1);
        drop(marks);
        Self { objects: Arc::clone(&self.objects), digest: self.digest }
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut marks = self.objects.lock();
        if let Some(count) = marks.pins.get_mut(&self.digest) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                marks.pins.remove(&self.digest);
            }
        }
    }
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Objects")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_fails_closes_the_store_and_missing_descriptors_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let gate = Gate::default();
        let objects = Objects::local(folder.path(), gate.clone()).unwrap();
        let fails_with = |number: i32| {
            let source = Box::new(io::Error::from_raw_os_error(number));
            objects.failure(&object_store::Error::Generic { store: "test", source })
        };
        for too_many_files in [23, 24] {
            assert!(matches!(fails_with(too_many_files), StoreError::Objects(_)));
        }
        assert!(matches!(fails_with(28), StoreError::Full(_)), "ENOSPC");
        assert_eq!((gate.pass(), gate.failure()), (Ok(()), None));
        let failure = fails_with(5);
        assert!(matches!(failure, StoreError::Io(_)), "EIO");
        fails_with(6);
        assert_eq!((gate.pass(), gate.failure()), (Err(StoreError::Refusing), Some(failure)));
    }
}
