//! Every limit of this crate, in one place. Each is tested at the limit and one past it.

/// Largest document that is read or written, in bytes (1 MiB).
///
/// The certification data of a message with 500 recipients are about 50 KB.
pub const MAX_DOCUMENT_BYTES: usize = 1024 * 1024;

/// Deepest nesting of elements that is read; the DTD needs 4.
pub const MAX_DEPTH: usize = 16;

/// Most deviations that are listed for one document. The reading goes on past it, and
/// [`DeviationKind::TooMany`](crate::DeviationKind::TooMany) closes the list.
pub const MAX_DEVIATIONS: usize = 256;

/// Longest address, in octets: local part, `@`, domain.
pub const MAX_ADDRESS_BYTES: usize = MAX_LOCAL_PART_BYTES + 1 + MAX_DOMAIN_BYTES;

/// Longest local part of an address, in octets (RFC 5321 §4.5.3.1.1).
pub const MAX_LOCAL_PART_BYTES: usize = 64;

/// Longest domain, in octets (RFC 5321 §4.5.3.1.2).
pub const MAX_DOMAIN_BYTES: usize = 255;

/// Longest label of a domain, in octets (RFC 1035 §2.3.4).
pub const MAX_LABEL_BYTES: usize = 63;

/// Longest message identifier, in octets: it must fit a header line of 998 octets together with
/// the longest field name that carries one, `X-Riferimento-Message-ID: `.
pub const MAX_IDENTIFIER_BYTES: usize = 970;
