#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| pec_message::fuzzing::brief_check(data));
