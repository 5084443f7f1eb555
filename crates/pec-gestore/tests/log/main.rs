//! The log: its two forms, the auditor, what is made from it.

mod audit;
mod reissue;
mod sample;
mod statistics;
mod text;
mod transmission;
