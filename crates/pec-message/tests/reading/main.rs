//! Reading and judging, from the outside of the crate.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests may"
)]

mod attacks;
mod brief;
#[path = "../common/mod.rs"]
mod common;
mod deployed;
mod failures;
mod oracle;
mod own;
mod samples;
mod sketch;
mod world;
