//! Posta Elettronica Certificata in one dependency: read, verify, send and follow certified mail.
