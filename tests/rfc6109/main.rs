//! The requirements on the provider, a module for each section of RFC 6109.
#![allow(clippy::unwrap_used, reason = "tests")]

mod access;
mod letter;
mod s2_1;
mod s2_2_1;
mod s2_2_6;
mod s3_1_1;
mod s3_1_2;
mod s3_1_3;
mod s3_1_4;
mod s3_1_5;
mod s4_1;
