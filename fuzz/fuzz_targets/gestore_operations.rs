#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    pec_tests::simulation::fuzzing::gestore_operations(data);
});
