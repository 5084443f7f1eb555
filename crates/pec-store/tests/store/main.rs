//! What the store promises, shown with real plans.

mod bodies;
mod committing;
mod failing;
mod journal;
mod keeping;
mod mailboxes;
mod model;
mod outbox;
