//! Folders that are still there after the power went.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::OpenError;

/// Makes a folder, and those above it, and syncs the folders that name them.
pub(crate) fn create_folder(folder: &Path) -> Result<(), OpenError> {
    let mut missing = vec![folder];
    for above in folder.ancestors().skip(1) {
        if above.as_os_str().is_empty() || above.exists() {
            break;
        }
        missing.push(above);
    }
    for folder in missing.into_iter().rev() {
        if create_entry(folder)? {
            let above = folder.parent().filter(|above| !above.as_os_str().is_empty());
            sync_folder(above.unwrap_or(Path::new(".")))?;
        }
    }
    Ok(())
}

/// Makes one folder; whether it is new. The caller syncs the folder above.
pub(crate) fn create_entry(folder: &Path) -> Result<bool, OpenError> {
    match fs::create_dir(folder) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => Ok(false),
        Err(error) => Err(failure(folder, &error)),
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), OpenError> {
    // Elsewhere than on Unix a folder cannot be opened and synced.
    if !cfg!(unix) {
        return Ok(());
    }
    File::open(folder).and_then(|file| file.sync_all()).map_err(|error| failure(folder, &error))
}

/// What the system says of a file.
pub(crate) fn failure(file: &Path, error: &io::Error) -> OpenError {
    OpenError::Folder { folder: file.to_owned(), reason: error.to_string() }
}
