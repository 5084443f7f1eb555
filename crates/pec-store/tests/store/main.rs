//! What the store promises, shown with real plans.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod bodies;
mod committing;
mod failing;
mod journal;
mod keeping;
mod mailboxes;
mod model;
mod outbox;
