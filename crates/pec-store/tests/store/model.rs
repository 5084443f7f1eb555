//! Any sequence of operations against a plain model.

use pec_store::testkit::{operate, store_operations};
use pec_store::{Options, Store};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn any_operations_agree_with_the_model(octets in prop::collection::vec(any::<u8>(), 0..160)) {
        store_operations(&octets);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn on_disk_too_and_reopened(
        octets in prop::collection::vec(prop_oneof![4 => any::<u8>(), 1 => Just(255)], 0..120)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut open = || Store::open(Options::new(folder.path(), "a1")).unwrap();
        operate(&octets, &mut open, true);
    }
}
