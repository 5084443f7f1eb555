#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| pec_gestore::log::fuzzing::log_read(data));
