//! What the store promises, shown with real plans.

mod bodies;
mod committing;
mod mailboxes;
mod model;
mod outbox;
