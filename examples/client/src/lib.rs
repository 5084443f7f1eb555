//! The reference client of Postacert: look into, verify, send and follow certified mail.
