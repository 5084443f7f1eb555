//! The sending side of SMTP: [`Conversation`] is the protocol without sockets and without a clock,
//! [`Link`] drives it over a connection, a [`Resolver`] says where a domain's mail goes.
//!
//! Between providers TLS is required and authenticated (RFC 6109 §5.3); the ordinary world gets TLS
//! where it offers it. One link serves many messages; every recipient gets its own [`Verdict`].

mod connections;
mod conversation;
mod link;
mod postman;
mod reply;
mod route;

pub use connections::Connections;
pub use conversation::{Conversation, Envelope, Phase, Rules, TlsNeed, Verdict};
pub use link::{Link, Timeouts};
pub use postman::{Own, Postman};
pub use reply::Failure;
pub use route::{Hop, MxResolver, Resolver, RouteError, StaticRoutes};
