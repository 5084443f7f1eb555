//! The reference gestore.
fn main() {}
