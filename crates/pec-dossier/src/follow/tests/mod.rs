//! States, orders, correlation. Receipts are invented here; that only certified ones are taken is
//! shown in `tests/following.rs`.
#![allow(clippy::arithmetic_side_effects, reason = "tests may")]

mod collection;
mod kit;
mod orders;
mod states;
