//! The real messages beside the checkout. They are other people's mail and never committed.

use std::path::PathBuf;

use crate::workspace;

/// The folder of samples: `$PEC_SAMPLES`, or `../shared/samples` beside the checkout. When there is
/// none, says so and returns `None`: the test that asked has nothing to do.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("PEC_SAMPLES")
        .map_or_else(|| workspace::root().join("../shared/samples"), PathBuf::from);
    let found = folder.is_dir();
    if !found {
        println!("skipped: no samples in {}", folder.display());
    }
    found.then_some(folder)
}
