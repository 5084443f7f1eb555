//! Verification against the development PKI, and attacks.
#![expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]

mod attacks;
mod differentials;
mod encoding;
mod forms;
mod kit;
mod time;
