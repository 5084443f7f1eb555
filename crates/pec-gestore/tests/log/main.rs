//! The log: its two forms, the auditor, what is made from it.

mod sample;
mod text;
