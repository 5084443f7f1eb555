//! A clear error, and nothing lost.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use object_store::memory::InMemory;
use pec_store::engine::{Answer, Engine, Reader, Write};
use pec_store::testkit::{Gestore, start};
use pec_store::{CommitError, OpenError, Options, SCHEMA_VERSION, SqliteEngine, Store, StoreError};

fn open(folder: &Path) -> Result<Store, OpenError> {
    Store::open(Options::new(folder, "a1"))
}

fn lived(folder: &Path) -> Gestore {
    let (gestore, store) = (Gestore::new(), open(folder).unwrap());
    gestore.furnish(&store).unwrap();
    gestore.submit(&store, &["anna@beta.example"], 100, start()).unwrap();
    gestore
}

fn database(folder: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(folder.join("store.sqlite")).unwrap()
}

#[test]
fn a_store_belongs_to_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).unwrap();
    let second = open(folder.path()).unwrap_err();
    assert_eq!(second, OpenError::InUse(folder.path().to_owned()));
    drop(store);
    assert!(open(folder.path()).is_ok());
}

#[test]
fn a_later_schema_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(lived(folder.path()));
    let later = SCHEMA_VERSION + 1;
    database(folder.path()).pragma_update(None, "user_version", later).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert_eq!(error, OpenError::TooNew { found: later, known: SCHEMA_VERSION });
    assert!(error.to_string().contains("use a later one"));
    database(folder.path()).pragma_update(None, "user_version", SCHEMA_VERSION).unwrap();
    assert_eq!(open(folder.path()).unwrap().check().wait().unwrap(), []);
}

#[test]
fn somebody_elses_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    database(folder.path()).execute_batch("CREATE TABLE theirs (a)").unwrap();
    assert_eq!(open(folder.path()).unwrap_err(), OpenError::Foreign(0));
    database(folder.path()).execute_batch("SELECT a FROM theirs").unwrap();
    std::fs::write(folder.path().join("store.sqlite"), [b'x'; 5000]).unwrap();
    let garbage = open(folder.path()).unwrap_err();
    assert!(matches!(garbage, OpenError::Store(StoreError::Corrupt(_))), "{garbage}");
}

#[test]
fn a_folder_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, b"").unwrap();
    let error = open(&file).unwrap_err();
    assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
}

#[test]
fn a_damaged_page_is_found_and_the_store_stops() {
    let folder = tempfile::tempdir().unwrap();
    let gestore = lived(folder.path());
    drop(open(folder.path()).unwrap());
    let name = folder.path().join("store.sqlite");
    let mut octets = std::fs::read(&name).unwrap();
    // All pages but the first, which holds the schema.
    octets[4096..].fill(0x5a);
    std::fs::write(&name, octets).unwrap();
    let failure = match open(folder.path()) {
        Err(OpenError::Store(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(store) => {
            let error = match gestore.submit(&store, &["anna@beta.example"], 9, start()) {
                Err(CommitError::Store(error)) => error,
                other => panic!("{other:?}"),
            };
            assert_eq!(store.close_log(start()).wait(), Err(StoreError::Refusing));
            error
        }
    };
    assert!(matches!(failure, StoreError::Corrupt(_)), "{failure}");
}

/// An engine that fails when it is told to, before or after the work is done.
struct Faulty {
    inner: SqliteEngine,
    calls: Arc<AtomicUsize>,
    nth: usize,
    after: bool,
    error: StoreError,
}

impl Engine for Faulty {
    fn apply(&mut self, batch: &[Write]) -> Result<Vec<Answer>, StoreError> {
        let fails = self.calls.fetch_add(1, Ordering::Relaxed) + 1 == self.nth;
        if fails && !self.after {
            return Err(self.error.clone());
        }
        let answers = Engine::apply(&mut self.inner, batch)?;
        if fails { Err(self.error.clone()) } else { Ok(answers) }
    }

    fn reader(&self) -> Result<Box<dyn Reader>, StoreError> {
        Engine::reader(&self.inner)
    }
}

/// Every write of a transmission fails in turn; what was acknowledged is there when the store opens
/// again, and the transmission comes to its end.
#[test]
fn any_sync_may_fail() {
    for after in [false, true] {
        for nth in 1.. {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("store.sqlite");
            let calls = Arc::new(AtomicUsize::new(0));
            let inner = SqliteEngine::open(&file, "a1").unwrap();
            let error = StoreError::Io("the sync failed".to_owned());
            let faulty = Faulty { inner, calls: calls.clone(), nth, after, error };
            let objects = || (Arc::new(InMemory::new()), Arc::new(InMemory::new()));
            let (bodies, quarantine) = objects();
            let store = Store::with_engine(Box::new(faulty), bodies, quarantine).unwrap();
            let gestore = Gestore::new();
            let accepted = gestore.furnish(&store).map_err(CommitError::Store).and_then(|()| {
                let accepted = gestore.submit(&store, &["anna@beta.example"], 500, start())?;
                gestore.run(&store, start())?;
                Ok(accepted)
            });
            if calls.load(Ordering::Relaxed) < nth {
                assert!(accepted.is_ok() && nth > 8, "{nth}");
                break;
            }
            assert!(accepted.is_err());
            assert_eq!(store.close_log(start()).wait(), Err(StoreError::Refusing));
            assert_eq!(store.read(|view| view.heads()).wait(), Err(StoreError::Refusing));
            drop(store);
            let store = open(folder.path()).unwrap();
            assert_eq!(store.check().wait().unwrap(), [], "{nth} {after}");
            let later = start() + chrono::TimeDelta::hours(1);
            gestore.run(&store, later).unwrap();
            assert_eq!(store.read(|view| view.outbox(None, 10)).wait().unwrap(), []);
            assert_eq!(store.check().wait().unwrap(), [], "{nth} {after}");
        }
    }
}

/// A disk without space: an error, and when there is space again the store goes on.
#[test]
fn a_full_disk_is_not_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let inner = SqliteEngine::open(folder.path().join("store.sqlite"), "a1").unwrap();
    let error = StoreError::Full("the database");
    let faulty = Faulty { inner, calls, nth: 5, after: false, error: error.clone() };
    let (bodies, quarantine) = (Arc::new(InMemory::new()), Arc::new(InMemory::new()));
    let store = Store::with_engine(Box::new(faulty), bodies, quarantine).unwrap();
    let gestore = Gestore::new();
    gestore.furnish(&store).unwrap();
    let refused = gestore.submit(&store, &["anna@beta.example"], 100, start()).unwrap_err();
    assert_eq!(refused, CommitError::Store(error));
    gestore.submit(&store, &["anna@beta.example"], 100, start()).unwrap();
    assert_eq!(store.check().wait().unwrap(), []);
}

/// SQLite's own limit stands for a full disk: the real error of the real engine.
#[test]
fn sqlite_says_when_it_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = SqliteEngine::open(folder.path().join("store.sqlite"), "a1").unwrap();
    engine.limit_pages(80).unwrap();
    let (bodies, quarantine) = (Arc::new(InMemory::new()), Arc::new(InMemory::new()));
    let store = Store::with_engine(Box::new(engine), bodies, quarantine).unwrap();
    let gestore = Gestore::new();
    gestore.furnish(&store).unwrap();
    let mut accepted = 0;
    let error = loop {
        match gestore.submit(&store, &["anna@beta.example"], 30_000, start()) {
            Ok(_) => accepted += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error, CommitError::Store(StoreError::Full("the database")));
    let log = store.read(|view| view.heads()).wait().unwrap();
    assert!(accepted == 0 || log[0].number >= accepted, "what was accepted is there");
    assert_eq!(store.check().wait().unwrap(), []);
}
