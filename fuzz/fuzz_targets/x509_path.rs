#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| pec_smime::x509::fuzzing::x509_path(data));
