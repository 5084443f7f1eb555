//! The mailbox side: POP3 (RFC 1939) with CAPA, STLS (RFC 2595), AUTH PLAIN (RFC 5034) and response
//! codes (RFC 2449), as a state machine without sockets and without a clock.
//!
//! Nobody logs in without TLS. What is marked as deleted is deleted by QUIT alone, so a connection
//! that breaks loses nothing.

mod command;
mod excerpt;
mod session;

pub use session::{Entry, Request, Rules, Session, Step};
