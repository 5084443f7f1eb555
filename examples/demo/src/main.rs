//! A complete transmission of certified mail between two providers, seen.
fn main() {}
