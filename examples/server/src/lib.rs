//! The reference gestore of Postacert: SMTP, POP3, TLS, relay, antivirus.

pub mod accounts;
pub mod cli;
pub mod clock;
pub mod config;
pub mod content;
#[doc(hidden)]
pub mod fuzzing;
pub mod init;
pub mod listen;
pub mod operate;
pub mod password;
pub mod pop3;
pub mod random;
pub mod relay;
pub mod scan;
pub mod server;
pub mod shell;
pub mod smtp;
pub mod stream;
pub mod tls;
pub mod wire;
pub mod world;
