#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| pec_store::testkit::store_operations(data));
