//! The reference gestore of Postacert: SMTP, POP3, TLS, relay, antivirus.

pub mod clock;
pub mod config;
pub mod password;
pub mod pop3;
pub mod relay;
pub mod scan;
pub mod smtp;
pub mod stream;
pub mod tls;
pub mod wire;
