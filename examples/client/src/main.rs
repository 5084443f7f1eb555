//! The reference client.
fn main() {}
