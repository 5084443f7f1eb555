#![cfg_attr(feature = "testpki", doc = include_str!("../README.md"))]
#![cfg_attr(not(feature = "testpki"), doc = "S/MIME for Posta Elettronica Certificata.")]
//!
//! # Where things are
//!
//! | module | what it holds |
//! |---|---|
//! | [`verify`] | verification, policies, time stamps |
//! | [`sign`] | signers, keys, signing |
//! | [`x509`] | certificates, paths, revocation, the profile of RFC 6109 §5.5, the trust store |
//! | [`crypto`] | the provider of cryptography |
//! | [`multipart`] | `multipart/signed`, found and written |
//! | [`entity`] | the structure of MIME entities by offsets |
//! | [`cms`], [`asn1`] | CMS `SignedData` by slices, BER made DER |
//! | [`limits`] | every limit |

pub mod asn1;
pub mod cms;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod crypto;
pub mod entity;
#[doc(hidden)]
pub mod fuzzing;
pub mod limits;
pub mod multipart;
pub mod sign;
#[cfg(any(test, feature = "testpki"))]
pub mod testpki;
pub mod verify;
pub mod x509;

mod oid;
