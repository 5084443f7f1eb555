//! The receiving side of SMTP (RFC 5321) as a state machine without sockets and without a clock.
//!
//! A [`Session`] consumes octets and emits replies, and [requests](Request) that its shell answers:
//! who may log in, which paths are taken, what becomes of a message. The shell reads and writes
//! sockets, keeps time and decides; the session keeps the protocol:
//!
//! ```
//! use pec_server::smtp::{Reply, Request, Role, Rules, Session, Step};
//!
//! let mut session = Session::new(Rules::new("mx.beta.example", Role::Incoming), false);
//! session.receive(b"EHLO mx.alfa.example\r\n");
//! assert!(matches!(session.step(), Step::Read));
//! session.receive(b"MAIL FROM:<a@alfa.example>\r\n");
//! assert!(matches!(session.step(), Step::Ask(Request::Mail(_))));
//! session.answer(&Reply::new(250, "2.1.0", "Sender taken"));
//! assert!(matches!(session.step(), Step::Read));
//! assert!(session.take_output().ends_with(b"250 2.1.0 Sender taken\r\n"));
//! ```
//!
//! What it refuses, so that no two programs can read a dialogue differently: bare CR or LF in a
//! command, anything after a command that must be the last of a group (RFC 2920 §3.1), any end of
//! data but CRLF `.` CRLF, quoted local parts.

mod command;
mod message;
mod path;
mod reply;
mod rules;
mod session;

pub use path::{ForwardPath, ReversePath};
pub use reply::Reply;
pub use rules::{Role, Rules};
pub use session::{Request, Session, Step};
