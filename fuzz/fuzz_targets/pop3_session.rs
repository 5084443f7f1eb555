#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| pec_server::fuzzing::pop3_session(data));
