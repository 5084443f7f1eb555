//! Inputs that the benchmarks share.

pub mod daticert;
pub mod directory;
