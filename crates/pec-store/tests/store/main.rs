//! What the store promises, shown with real plans.

mod committing;
