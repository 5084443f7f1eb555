//! The reference gestore of Postacert: SMTP, POP3, TLS, relay, antivirus.
