//! Copies, restored ones, and stores of earlier releases.

use std::path::Path;

use pec_store::testkit::{Gestore, start};
use pec_store::{OpenError, Options, Store, restore};

fn open(folder: &Path) -> Store {
    Store::open(Options::new(folder, "a1")).unwrap()
}

#[test]
fn a_backup_of_a_working_store_is_a_store() {
    let folders = tempfile::tempdir().unwrap();
    let [live, copy, again] = ["live", "copy", "again"].map(|name| folders.path().join(name));
    let (gestore, store) = (Gestore::new(), open(&live));
    gestore.furnish(&store).unwrap();
    for octets in [100, 100_000, 200_000] {
        gestore.submit(&store, &["anna@beta.example"], octets, start()).unwrap();
    }
    let heads = store.read(|view| view.heads()).wait().unwrap();
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for _ in 0..20 {
                gestore.submit(&store, &["luca@beta.example"], 90_000, start()).unwrap();
                store.collect().wait().unwrap();
            }
        });
        assert_eq!(store.backup(&copy).wait().unwrap(), []);
        writing.join().unwrap();
    });
    assert_eq!(restore(&copy, &again).unwrap(), []);
    let restored = open(&again);
    assert_eq!(restored.check().wait().unwrap(), []);
    assert!(restored.read(|view| view.heads()).wait().unwrap()[0].number >= heads[0].number);
    gestore.run(&restored, start()).unwrap();
    assert_eq!(restored.check().wait().unwrap(), []);
}

#[test]
fn a_backup_goes_into_a_new_folder_and_damage_is_named() {
    let folders = tempfile::tempdir().unwrap();
    let [live, copy, again] = ["live", "copy", "again"].map(|name| folders.path().join(name));
    let store = open(&live);
    let body = store.body(vec![b'x'; 100_000]).wait().unwrap();
    let name = store.add_directory(body, start()).wait().unwrap();
    assert!(matches!(store.backup(&live).wait(), Err(OpenError::Folder { .. })));
    assert_eq!(store.backup(&copy).wait().unwrap(), []);
    let hex = String::from(name.sha256);
    std::fs::write(copy.join("bodies").join(&hex[..1]).join(&hex), b"other").unwrap();
    assert_eq!(restore(&copy, &again).unwrap(), [name.sha256]);
    assert_eq!(open(&again).check().wait().unwrap(), [pec_store::Fault::Body(name)]);
    // One that was broken off has no database.
    std::fs::remove_file(copy.join("store.sqlite")).unwrap();
    let half = restore(&copy, &folders.path().join("half")).unwrap_err();
    assert!(half.to_string().contains("no complete backup"), "{half}");
}

#[test]
fn timers_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (gestore, store) = (Gestore::new(), open(folder.path()));
    gestore.furnish(&store).unwrap();
    let (key, _) = gestore.submit(&store, &["anna@beta.example"], 100, start()).unwrap();
    gestore.run(&store, start()).unwrap();
    let wake = store.read(|view| view.next_wake()).wait().unwrap();
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.read(|view| view.next_wake()).wait().unwrap(), wake);
    let twelve = start() + chrono::TimeDelta::hours(12);
    let before = twelve - chrono::TimeDelta::seconds(1);
    let due = |now| store.read(move |view| view.due_deadlines(now, 9)).wait().unwrap();
    assert_eq!((due(before), due(twelve)), (vec![], vec![key]));
}

/// Stores of earlier releases lie in `tests/releases`, each as the SQL that makes it, written by
/// `POSTACERT_BLESS=1 cargo test -p pec-store --test store release`. Every release opens them all.
#[test]
fn stores_of_every_release_open() {
    let releases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/releases");
    let own = releases.join(concat!(env!("CARGO_PKG_VERSION"), ".sql"));
    if std::env::var_os("POSTACERT_BLESS").is_some() {
        std::fs::create_dir_all(&releases).unwrap();
        std::fs::write(&own, release()).unwrap();
    }
    assert!(own.is_file(), "this release has none: run with POSTACERT_BLESS=1");
    for file in std::fs::read_dir(&releases).unwrap() {
        let file = file.unwrap().path();
        let folder = tempfile::tempdir().unwrap();
        let database = rusqlite::Connection::open(folder.path().join("store.sqlite")).unwrap();
        database.execute_batch(&std::fs::read_to_string(&file).unwrap()).unwrap();
        drop(database);
        let store = open(folder.path());
        assert_eq!(store.check().wait().unwrap(), [], "{}", file.display());
        let gestore = Gestore::new();
        assert!(gestore.run(&store, start()).unwrap() > 0, "it goes on where it was");
        assert_eq!(store.check().wait().unwrap(), [], "{}", file.display());
        let log = store.read(|view| view.log("a1", 1, 9)).wait().unwrap();
        assert!(!log.is_empty());
    }
}

/// A store with something in every table that a release may have, as SQL.
fn release() -> String {
    let folder = tempfile::tempdir().unwrap();
    let (gestore, store) = (Gestore::new(), open(folder.path()));
    gestore.furnish(&store).unwrap();
    gestore.submit(&store, &["anna@beta.example", "luca@alfa.example"], 300, start()).unwrap();
    gestore.run(&store, start()).unwrap();
    gestore.submit(&store, &["anna@beta.example"], 300, start()).unwrap();
    let mario = pec_store::testkit::address("mario@alfa.example");
    store.set_credential(&mario, "password", Some("hash".to_owned()), start()).wait().unwrap();
    let body = store.body(b"version: 1\n".to_vec()).wait().unwrap();
    store.add_directory(body, start()).wait().unwrap();
    let closure = store.close_log(start()).wait().unwrap();
    store.sign_closure(closure.number, b"firma".to_vec()).wait().unwrap();
    drop(store);
    dump(&folder.path().join("store.sqlite"))
}

fn dump(file: &Path) -> String {
    let database = rusqlite::Connection::open(file).unwrap();
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let mut sql = String::new();
    for pragma in ["application_id", "user_version"] {
        let value = texts(&format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}"));
        sql += &format!("PRAGMA {pragma} = {};\n", value[0]);
    }
    let schema = "FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND type";
    for table in texts(&format!("SELECT name {schema} = 'table'")) {
        let create = texts(&format!("SELECT sql {schema} = 'table' AND name = '{table}'"));
        sql += &format!("{};\n", create[0]);
        let columns = texts(&format!("SELECT name FROM pragma_table_info('{table}')"));
        let quoted: Vec<_> = columns.iter().map(|column| format!("quote({column})")).collect();
        let values = quoted.join(" || ', ' || ");
        for row in texts(&format!("SELECT {values} FROM {table}")) {
            sql += &format!("INSERT INTO {table} VALUES ({row});\n");
        }
    }
    for other in texts(&format!("SELECT sql {schema} <> 'table'")) {
        sql += &format!("{other};\n");
    }
    sql
}
