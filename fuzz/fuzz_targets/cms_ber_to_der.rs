#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| pec_smime::fuzzing::cms_ber_to_der(data));
