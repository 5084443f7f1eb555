//! Octets come out as they went in, are stored once, and are collected when nothing names them.

use std::path::Path;
use std::sync::Arc;

use object_store::memory::InMemory;
use pec_store::testkit::{Gestore, start};
use pec_store::{Fragment, INLINE_OCTETS_MAX, Options, Store, StoreError, reference_of};

fn open(folder: &Path) -> Store {
    Store::open(Options::new(folder, "a1")).unwrap()
}

/// Octets that repeat nothing.
fn octets(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .collect()
}

fn objects(folder: &Path) -> usize {
    let folders = std::fs::read_dir(folder.join("bodies")).unwrap();
    folders.map(|one| std::fs::read_dir(one.unwrap().path()).unwrap().count()).sum()
}

#[test]
fn octets_come_back_at_every_size_and_in_any_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let part = 256 * 1024;
    for length in [0, 1, INLINE_OCTETS_MAX, INLINE_OCTETS_MAX + 1, part, part + 1, 3 * part + 7] {
        let message = octets(length, 1);
        for piece in [1000, INLINE_OCTETS_MAX, 1 << 20] {
            let body = futures::executor_block_on(async {
                let mut writer = store.body_writer();
                for piece in message.chunks(piece) {
                    writer.write(piece).await.unwrap();
                }
                writer.finish().await.unwrap()
            });
            assert_eq!(body.reference(), reference_of(&message));
            let reference = store.add_directory(body, start()).wait().unwrap();
            assert_eq!(store.read_body(&reference).wait().unwrap(), message, "{length} {piece}");
        }
    }
    assert_eq!(objects(folder.path()), 4, "one object for each content over the limit");
    assert_eq!(store.check().wait().unwrap(), []);
}

#[test]
fn what_an_envelope_holds_is_not_stored_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let message = [b"From: a@alfa.example\r\n\r\n".to_vec(), octets(300_000, 2)].concat();
    let base = store.add_directory(store.body(message.clone()).wait().unwrap(), start());
    let base = base.wait().unwrap();
    let envelope = [b"X-A: b\r\n\r\ntesto\r\n".to_vec(), message, b"firma".to_vec()].concat();
    let body = store.body_within(envelope.clone(), &[base]).wait().unwrap();
    let envelope_name = store.add_directory(body, start()).wait().unwrap();
    // A receipt holds the envelope: the octets are still those of the submission.
    let receipt = [b"Y: z\r\n\r\n".to_vec(), envelope.clone(), octets(900, 3)].concat();
    let body = store.body_within(receipt.clone(), &[envelope_name]).wait().unwrap();
    let receipt_name = store.add_directory(body, start()).wait().unwrap();
    assert_eq!(objects(folder.path()), 1);
    assert_eq!(store.read_body(&envelope_name).wait().unwrap(), envelope);
    assert_eq!(store.read_body(&receipt_name).wait().unwrap(), receipt);
    assert_eq!(store.check().wait().unwrap(), []);
}

#[test]
fn octets_that_only_look_alike_are_stored_whole() {
    let store = Store::open(Options::memory("a1")).unwrap();
    let base = [b"A: b\r\n\r\n".to_vec(), octets(200_000, 4)].concat();
    let name = store.add_directory(store.body(base.clone()).wait().unwrap(), start());
    let name = name.wait().unwrap();
    let mut other = base;
    other[30_000] ^= 1;
    other[150_000] ^= 1;
    let body = store.body_within(other.clone(), &[name]).wait().unwrap();
    let other_name = store.add_directory(body, start()).wait().unwrap();
    assert_eq!(store.read_body(&other_name).wait().unwrap(), other);
}

/// An envelope and a receipt composed of what is stored: nothing is stored twice, whatever the
/// fragments are cut like, and the octets are right.
#[test]
fn bodies_are_composed_of_stored_ones() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let message = octets(700_000, 10);
    let body = store.body(message.clone()).wait().unwrap();
    // Before a transaction holds it.
    let ranges = store.new_body_ranges(&body).wait().unwrap();
    assert_eq!(ranges.read(5..300_000).wait().unwrap(), message[5..300_000]);
    assert!(ranges.read(699_999..700_001).wait().is_err());
    let base = store.add_directory(body.clone(), start()).wait().unwrap();
    let of = |body, range| Fragment::Of { body, range };
    let own = |octets: &[u8]| Fragment::Own(octets.to_vec());
    let fragments = vec![
        own(b"head"),
        of(base, 0..10),
        own(b"new"),
        of(base, 20..400_000),
        of(base, 400_000..700_000),
        own(b""),
        own(b"tail"),
    ];
    let envelope = [b"head", &message[..10], b"new", &message[20..], b"tail"].concat();
    let composed = store.compose(fragments).wait().unwrap();
    assert_eq!(composed.reference(), reference_of(&envelope));
    let ranges = store.new_body_ranges(&composed).wait().unwrap();
    assert_eq!(ranges.read(0..envelope.len() as u64).wait().unwrap(), envelope);
    let name = store.add_directory(composed, start()).wait().unwrap();
    assert_eq!(store.read_body(&name).wait().unwrap(), envelope);
    // A receipt of what is itself composed, and one of which little remains.
    let length = envelope.len() as u64;
    let fragments = vec![own(b"R"), of(name, 2..length)];
    let composed = store.compose(fragments).wait().unwrap();
    let receipt = store.add_directory(composed, start()).wait().unwrap();
    assert_eq!(store.read_body(&receipt).wait().unwrap(), [b"R", &envelope[2..]].concat());
    let short = store.compose(vec![own(b"R"), of(name, 2..100)]).wait().unwrap();
    let short = store.add_directory(short, start()).wait().unwrap();
    assert_eq!(store.read_body(&short).wait().unwrap(), [b"R", &envelope[2..100]].concat());
    assert_eq!(objects(folder.path()), 1, "the message alone");
    // Much that is new is written anew.
    let fragments = vec![Fragment::Own(octets(300_000, 11)), of(name, 0..length)];
    let composed = store.compose(fragments).wait().unwrap();
    let anew = store.add_directory(composed, start()).wait().unwrap();
    let expected = [octets(300_000, 11), envelope].concat();
    assert_eq!(store.read_body(&anew).wait().unwrap(), expected);
    assert_eq!(objects(folder.path()), 2);
    assert_eq!(store.check().wait().unwrap(), []);
}

/// What was refused goes at once; what others name or hold does not.
#[test]
fn a_body_that_came_to_nothing_is_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let body = store.body(octets(100_000, 13)).wait().unwrap();
    let clone = body.clone();
    assert!(!store.discard(body).wait().unwrap());
    assert_eq!(objects(folder.path()), 1, "another holds it");
    assert!(store.discard(clone).wait().unwrap());
    assert_eq!(objects(folder.path()), 0);
    let body = store.body(octets(100_000, 13)).wait().unwrap();
    let name = store.add_directory(body.clone(), start()).wait().unwrap();
    assert!(!store.discard(body).wait().unwrap());
    assert!(store.read_body(&name).wait().is_ok());
    let small = store.body(b"small".to_vec()).wait().unwrap();
    assert!(!store.discard(small).wait().unwrap());
}

/// A clone keeps the collector away as the body does.
#[test]
fn a_clone_of_a_body_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let body = store.body(octets(100_000, 12)).wait().unwrap();
    let clone = body.clone();
    drop(body);
    assert_eq!(store.collect().wait().unwrap(), (0, 0));
    let name = store.add_directory(clone, start()).wait().unwrap();
    assert!(store.read_body(&name).wait().is_ok());
}

#[test]
fn orphans_are_collected_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (gestore, store) = (Gestore::new(), open(folder.path()));
    gestore.furnish(&store).unwrap();
    gestore.submit(&store, &["anna@beta.example"], 100_000, start()).unwrap();
    drop(store.body(octets(100_000, 5)).wait().unwrap());
    let held = store.body(octets(100_000, 6)).wait().unwrap();
    assert_eq!(objects(folder.path()), 3);
    assert_eq!(store.collect().wait().unwrap(), (0, 1), "the one that nobody holds");
    assert_eq!(objects(folder.path()), 2);
    let name = store.add_directory(held, start()).wait().unwrap();
    assert_eq!(store.collect().wait().unwrap(), (0, 0));
    assert!(store.read_body(&name).wait().is_ok());
}

#[test]
fn an_upload_that_is_broken_off_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let mut writer = store.body_writer();
    futures::executor_block_on(writer.write(&octets(400_000, 7))).unwrap();
    drop(writer);
    assert_eq!(objects(folder.path()), 0);
    // And what a process left that died is removed when the store opens.
    drop(store);
    std::fs::write(folder.path().join("bodies/incoming/7"), b"half").unwrap();
    drop(open(folder.path()));
    assert_eq!(objects(folder.path()), 0);
}

#[test]
fn damaged_octets_are_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let body = store.body(octets(100_000, 8)).wait().unwrap();
    let name = store.add_directory(body, start()).wait().unwrap();
    let file = find_object(folder.path());
    let mut damaged = std::fs::read(&file).unwrap();
    damaged[50_000] ^= 1;
    std::fs::write(&file, damaged).unwrap();
    assert_eq!(store.read_body(&name).wait(), Err(StoreError::DamagedBody(name)));
    // Too short: that file is damaged, the store is not.
    std::fs::File::options().write(true).open(&file).unwrap().set_len(60_000).unwrap();
    assert_eq!(store.read_body(&name).wait(), Err(StoreError::DamagedBody(name)));
    assert_eq!(store.failure(), None);
    assert_eq!(store.check().wait().unwrap(), [pec_store::Fault::Body(name)]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(store.check().wait().unwrap(), [pec_store::Fault::Body(name)]);
}

fn find_object(folder: &Path) -> std::path::PathBuf {
    let folders = std::fs::read_dir(folder.join("bodies")).unwrap();
    let mut files = folders.flat_map(|one| std::fs::read_dir(one.unwrap().path()).unwrap());
    files.next().unwrap().unwrap().path()
}

#[test]
fn bodies_may_lie_in_any_object_store() {
    let bodies = Arc::new(InMemory::new());
    let options = Options::memory("a1").with_objects(bodies.clone(), Arc::new(InMemory::new()));
    let store = Store::open(options).unwrap();
    let message = octets(1 << 20, 9);
    let body = store.body(message.clone()).wait().unwrap();
    let name = store.add_directory(body, start()).wait().unwrap();
    assert_eq!(store.read_body(&name).wait().unwrap(), message);
}

/// An executor of one line, so that the tests need none.
mod futures {
    pub(super) fn executor_block_on<T: Send + 'static>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }
}
