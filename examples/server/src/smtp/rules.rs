//! What a session allows.

/// Which side of the provider a listener is. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The access point: users submit, after they have logged in over TLS (RFC 6409).
    Submission,
    /// The incoming point: other servers deliver (RFC 6109 §2.2.2).
    Incoming,
}

/// What a session allows. The limits are those of RFC 5321 §4.5.3 or above.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The side.
    pub role: Role,
    /// The name of this server, as it greets.
    pub host: String,
    /// The domain of `postmaster` without domain (RFC 5321 §4.5.1).
    pub postmaster_domain: String,
    /// Whether STARTTLS is offered.
    pub offers_starttls: bool,
    /// Largest message, in octets.
    pub message_octets: u64,
    /// Most recipients of a message.
    pub recipients: usize,
    /// Longest command, in octets without CRLF.
    pub command_octets: usize,
    /// Longest line of an authentication exchange (RFC 4954 §4).
    pub sasl_octets: usize,
    /// Most commands between two messages.
    pub commands: usize,
    /// Most replies 5yz in a session.
    pub errors: usize,
    /// Most refused logins in a session.
    pub refused_logins: usize,
    /// Whether a message with CR or LF alone is refused here; else the shell is told.
    pub refuses_bare_line_ends: bool,
}

impl Rules {
    /// The default rules of a side.
    #[must_use]
    pub fn new(host: &str, role: Role) -> Self {
        Self {
            role,
            host: host.to_owned(),
            postmaster_domain: host.to_owned(),
            offers_starttls: true,
            message_octets: 100 * 1024 * 1024,
            recipients: 500,
            command_octets: 2048,
            sasl_octets: 12_288,
            commands: 2_000,
            errors: 20,
            refused_logins: 3,
            refuses_bare_line_ends: role == Role::Incoming,
        }
    }
}
