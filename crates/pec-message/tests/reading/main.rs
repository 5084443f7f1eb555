//! Reading and judging, from the outside of the crate.

mod attacks;
mod brief;
mod deployed;
mod failures;
mod oracle;
mod samples;
mod sketch;
mod world;
