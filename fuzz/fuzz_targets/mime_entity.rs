#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| pec_smime::fuzzing::entity_scan(data));
