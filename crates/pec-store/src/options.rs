//! How a store is opened.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use object_store::ObjectStore;

/// Bodies up to this many octets lie in the database, in the transaction that names them.
pub const INLINE_OCTETS_MAX: usize = 64 * 1024;

/// How a store is opened.
#[derive(Clone)]
pub struct Options {
    pub(crate) place: Place,
    pub(crate) node: String,
    pub(crate) readers: NonZeroUsize,
    pub(crate) objects: Option<(Arc<dyn ObjectStore>, Arc<dyn ObjectStore>)>,
}

/// Where the database is.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Folder(PathBuf),
    Memory,
}

impl Options {
    /// A store in a folder of its own, which is made if it is not there. `node` names this node in
    /// the log: its hash chain goes on where the node of that name stopped.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, node: impl Into<String>) -> Self {
        let readers = const { NonZeroUsize::new(4).unwrap() };
        Self { place: Place::Folder(folder.into()), node: node.into(), readers, objects: None }
    }

    /// A store that is gone when it is dropped: for tests and simulations.
    #[must_use]
    pub fn memory(node: impl Into<String>) -> Self {
        Self { place: Place::Memory, node: node.into(), readers: NonZeroUsize::MIN, objects: None }
    }

    /// So many threads read at once (4). They share one connection in memory.
    #[must_use]
    pub fn with_readers(mut self, readers: NonZeroUsize) -> Self {
        self.readers = readers;
        self
    }

    /// Bodies over [`INLINE_OCTETS_MAX`] and infected messages go to these object stores instead of
    /// the folders `bodies` and `quarantine`. A store must be durable when it answers; put nothing
    /// else into it, [`Store::collect`](crate::Store::collect) removes what no row names.
    #[must_use]
    pub fn with_objects(
        mut self,
        bodies: Arc<dyn ObjectStore>,
        quarantine: Arc<dyn ObjectStore>,
    ) -> Self {
        self.objects = Some((bodies, quarantine));
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("place", &self.place).field("node", &self.node).finish()
    }
}
