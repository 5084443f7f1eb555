//! The log: its two forms, the auditor, what is made from it.

mod audit;
mod sample;
mod text;
mod transmission;
