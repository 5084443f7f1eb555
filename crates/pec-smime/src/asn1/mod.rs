//! ASN.1 values by slices: what CMS needs, where the received octets themselves are hashed.
//!
//! `der` decodes into values of its own and loses the octets; here a value keeps them.

mod ber;
pub(crate) mod encode;
mod read;

pub use ber::normalise;
pub(crate) use read::{Reader, Value, generalized_or_utc_time};

use thiserror::Error;

/// Tags, as the single octets that they are in CMS.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const OCTET_STRING_PIECES: u8 = 0x24;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    /// `[0]` constructed.
    pub(crate) const CONTEXT_0: u8 = 0xa0;
    /// `[1]` constructed.
    pub(crate) const CONTEXT_1: u8 = 0xa1;
    /// `[0]` primitive.
    pub(crate) const CONTEXT_0_PRIMITIVE: u8 = 0x80;
}

/// Why octets are not the ASN.1 that was expected, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{reason} at octet {offset}")]
pub struct Asn1Error {
    /// What is wrong.
    pub reason: Asn1Reason,
    /// Position in the (normalised) structure.
    pub offset: usize,
}

/// What is wrong with ASN.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Asn1Reason {
    /// The value claims more octets than there are.
    #[error("value is longer than its surroundings")]
    Truncated,
    /// Octets follow where the structure has ended.
    #[error("octets follow the end")]
    Trailing,
    /// A tag that the structure does not have here.
    #[error("unexpected tag {0:#04x}")]
    UnexpectedTag(u8),
    /// A length or tag form that even BER forbids.
    #[error("malformed tag or length")]
    Malformed,
    /// Nested deeper than [`limits::ASN1_DEPTH`](crate::limits::ASN1_DEPTH).
    #[error("nested too deep")]
    TooDeep,
    /// More values or octets than a limit allows.
    #[error("too large")]
    TooLarge,
    /// A value with the right tag and impossible content.
    #[error("impossible content")]
    Content,
}
