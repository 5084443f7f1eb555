//! A copy of a store, while it works, and a store from a copy.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::path::Path as Location;
use object_store::{ObjectStore, ObjectStoreExt};
use pec_gestore::Digest;
use sha2::{Digest as _, Sha256};

use crate::body::{Objects, PART_OCTETS};
use crate::gate::Gate;
use crate::pending::block_on;
use crate::{OpenError, Pending, Store, StoreError, durable, sqlite};

impl Store {
    /// Copies the store, as it is at one moment, into a new folder, while it works. The copy has a
    /// database only when it is complete and synced; [`restore`] makes a store of it. The answer
    /// names
    /// objects that are damaged: they are not copied, all else is.
    pub fn backup(&self, folder: impl Into<PathBuf>) -> Pending<Vec<Digest>, OpenError> {
        let (store, folder) = (self.clone(), folder.into());
        Pending::new(async move {
            let objects = Arc::clone(&store.inner.objects);
            // What the moment of the copy names must not be removed before it is copied.
            let _hold = objects.hold().await;
            new_folder(&folder)?;
            let part = part_of(&folder);
            let file = part.clone();
            store.with_reader(move |reader| reader.copy_to(&file)).await?;
            let copy = Objects::local(&folder, Gate::default())?;
            let damaged = copy_objects(&objects, &copy).await?;
            publish(&folder, &part)?;
            Ok(damaged)
        })
    }
}

/// Makes a store in a new folder of a backup. The answer names objects of which the backup has
/// damaged octets: they are not copied, all else is, and [`Store::check`] says who misses them.
///
/// # Errors
/// When the folder is not new, the backup is incomplete or damaged, or the disk fails.
pub fn restore(backup: &Path, folder: &Path) -> Result<Vec<Digest>, OpenError> {
    let database = sqlite::file(backup);
    if !database.is_file() {
        let reason = "it holds no complete backup".to_owned();
        return Err(OpenError::Folder { folder: backup.to_owned(), reason });
    }
    new_folder(folder)?;
    let part = part_of(folder);
    fs::copy(&database, &part).map_err(|error| durable::failure(&part, &error))?;
    let synced = File::open(&part).and_then(|file| file.sync_all());
    synced.map_err(|error| durable::failure(&part, &error))?;
    let from = Objects::local(backup, Gate::default())?;
    let to = Objects::local(folder, Gate::default())?;
    let damaged = block_on(copy_objects(&from, &to))?;
    publish(folder, &part)?;
    Ok(damaged)
}

fn part_of(folder: &Path) -> PathBuf {
    folder.join("store.sqlite.part")
}

/// A folder in which nothing is.
fn new_folder(folder: &Path) -> Result<(), OpenError> {
    durable::create_folder(folder)?;
    let entries = fs::read_dir(folder).map_err(|error| durable::failure(folder, &error))?;
    if entries.count() > 0 {
        let reason = "it is not empty".to_owned();
        return Err(OpenError::Folder { folder: folder.to_owned(), reason });
    }
    Ok(())
}

/// The database gets its name last: a copy that was broken off has none.
fn publish(folder: &Path, part: &Path) -> Result<(), OpenError> {
    let name = sqlite::file(folder);
    fs::rename(part, &name).map_err(|error| durable::failure(&name, &error))?;
    durable::sync_folder(folder)
}

/// Copies all objects that are whole, and names the others.
async fn copy_objects(from: &Objects, to: &Objects) -> Result<Vec<Digest>, StoreError> {
    let mut damaged = Vec::new();
    for digest in from.list(from.bodies.as_ref()).await? {
        let path = Objects::path(digest);
        if !copy(from, from.bodies.as_ref(), to, to.bodies.as_ref(), digest, &path).await? {
            damaged.push(digest);
        }
    }
    for digest in from.list(from.quarantine.as_ref()).await? {
        let path = Objects::quarantine_path(digest);
        let (source, target) = (from.quarantine.as_ref(), to.quarantine.as_ref());
        if !copy(from, source, to, target, digest, &path).await? {
            damaged.push(digest);
        }
    }
    Ok(damaged)
}

/// Copies an object, a part at a time; whether its octets are those of its digest.
async fn copy(
    from: &Objects,
    source: &dyn ObjectStore,
    to: &Objects,
    target: &dyn ObjectStore,
    digest: Digest,
    path: &Location,
) -> Result<bool, StoreError> {
    let size = source.head(path).await.map_err(|error| from.failure(&error))?.size;
    let mut upload = target.put_multipart(path).await.map_err(|error| to.failure(&error))?;
    let mut hash = Sha256::new();
    let step = u64::try_from(PART_OCTETS).unwrap_or(u64::MAX);
    let mut at = 0;
    while at < size {
        let end = size.min(at.saturating_add(step));
        let part = source.get_range(path, at..end).await.map_err(|error| from.failure(&error))?;
        hash.update(&part);
        upload.put_part(part.into()).await.map_err(|error| to.failure(&error))?;
        at = end;
    }
    if <[u8; 32]>::from(hash.finalize()) != digest.0 {
        return Ok(false);
    }
    upload.complete().await.map_err(|error| to.failure(&error))?;
    Ok(true)
}
