//! The provider against RFC 6109, section by section: two gestori in memory, whose messages are
//! signed and judged in earnest. A module is named after its section.

mod access;
mod letter;
mod s2_1;
mod s2_1_1_1_1;
mod s2_2_1;
mod s2_2_2;
mod s2_2_3;
mod s2_2_4;
mod s2_2_5;
mod s2_2_6;
mod s2_3;
mod s3_1_1;
mod s3_1_2;
mod s3_1_3;
mod s3_1_4;
mod s3_1_5;
mod s3_1_6;
mod s3_2_1;
mod s3_2_2;
mod s3_2_3;
mod s3_2_4;
mod s3_3_2;
mod s3_3_3;
mod s3_4;
mod s4_1;
mod s5_3;
mod world;
