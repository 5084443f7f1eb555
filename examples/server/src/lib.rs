//! The reference gestore of Postacert: SMTP, POP3, TLS, relay, antivirus.

pub mod password;
pub mod pop3;
pub mod scan;
pub mod smtp;
pub mod wire;
