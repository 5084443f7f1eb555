//! S/MIME for Posta Elettronica Certificata.

pub mod crypto;
