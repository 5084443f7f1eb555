//! Tests of path validation: one for each rule that can fail, and for each budget.

mod budgets;
mod ocsp;
mod policies;
mod profile;
mod revocation;
mod rules;
mod store;
