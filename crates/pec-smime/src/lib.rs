//! S/MIME for Posta Elettronica Certificata.

pub mod crypto;
pub mod limits;

mod oid;
