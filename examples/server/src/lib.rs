//! The reference gestore of Postacert: SMTP, POP3, TLS, relay, antivirus.

pub mod pop3;
pub mod smtp;
pub mod wire;
