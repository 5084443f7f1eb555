//! Verification against the development PKI, and attacks.

mod attacks;
mod forms;
mod kit;
mod time;
