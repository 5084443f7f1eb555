//! S/MIME for Posta Elettronica Certificata.

pub mod crypto;
pub mod limits;
pub mod x509;

mod oid;
