//! Where the tests of the workspace find what they share: the real samples beside the checkout.
//!
//! It also holds what watches over the project as a whole: [`spec`] ties the norm to code and
//! tests, [`architecture`] the manual to the manifests, [`tidy`] the files to the conventions.

pub mod architecture;
pub mod command;
pub mod exploration;
pub mod judges;
pub mod problem;
pub mod samples;
pub mod simulation;
pub mod spec;
pub mod tidy;
pub mod workspace;

/// The examples of the README, compiled and run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
