#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| pec_server::fuzzing::smtp_relay(data));
