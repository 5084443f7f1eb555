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
mod deployed;
mod failures;
mod oracle;
mod samples;
mod sketch;
mod world;
