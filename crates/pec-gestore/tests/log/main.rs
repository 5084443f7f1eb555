//! The log: its two forms, the auditor, what is made from it.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may"
)]

mod audit;
mod edges;
mod reissue;
mod sample;
mod statistics;
mod text;
mod transmission;
