//! S/MIME for Posta Elettronica Certificata.

pub mod asn1;
pub mod cms;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod crypto;
pub mod entity;
pub mod limits;
pub mod multipart;
pub mod sign;
#[cfg(any(test, feature = "testpki"))]
pub mod testpki;
pub mod verify;
pub mod x509;

mod oid;
