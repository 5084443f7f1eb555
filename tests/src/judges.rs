//! The data of the judges, outside the checkout: `tests/judges/install.sh` fetches them.

use std::path::{Path, PathBuf};

/// The folder of one judge's data: below `$POSTACERT_JUDGES`, or below the user's cache.
///
/// # Panics
/// There is no such folder: nobody has run `install.sh`.
#[must_use]
pub fn folder(name: &str) -> PathBuf {
    let folder = match std::env::var_os("POSTACERT_JUDGES") {
        Some(folder) => folder.into(),
        None => Path::new(&std::env::var_os("HOME").expect("HOME")).join(".cache/postacert-judges"),
    }
    .join(name);
    assert!(folder.is_dir(), "no {}: run tests/judges/install.sh", folder.display());
    folder
}
