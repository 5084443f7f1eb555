//! A complete transmission of certified mail between two providers, seen: real servers, real
//! sockets, real signatures, all in one process.
//!
//! [`run`] plays it; the program `pec-demo` is a command line for that.

mod archive;
mod clock;
mod fates;
mod judge;
mod original;
mod picture;
mod play;
mod post;
mod problem;
mod providers;
mod report;
mod run;
mod stage;
mod story;
mod table;
mod timeline;

pub use clock::MovableClock;
pub use problem::{Problem, Result};
pub use providers::{PASSWORD, Provider, start};
pub use run::{Order, run};
