//! Every limit of this crate, in one place. Each is tested at the limit and one past it.

/// Largest LDIF file that is read or written, in octets (64 MiB). The whole network with 300,000
/// domains has about 12 MiB.
pub const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;

/// Largest signed file that is read, in octets: an LDIF file with room for signature and
/// certificates.
pub const MAX_SIGNED_BYTES: usize = MAX_FILE_BYTES + 1024 * 1024;

/// Longest line, its continuation lines included, in octets. A certificate has about 3,000 in
/// base64.
pub const MAX_LINE_BYTES: usize = 256 * 1024;

/// Most records of one file. The network has some 20 providers.
pub const MAX_RECORDS: usize = 10_000;

/// Most values of one file, those that are skipped included.
pub const MAX_VALUES: usize = 1_000_000;

/// Most certificates of one record.
pub const MAX_CERTIFICATES: usize = 256;

/// Most deviations that are listed for one file. The reading goes on past it, and
/// [`DeviationKind::TooMany`](crate::DeviationKind::TooMany) closes the list.
pub const MAX_DEVIATIONS: usize = 1_000;

/// Longest domain, in octets of its A-label form (RFC 1035 §2.3.4, without the root).
pub const MAX_DOMAIN_BYTES: usize = 253;

/// Longest local part of a service mailbox, in octets (RFC 5321 §4.5.3.1.1).
pub const MAX_LOCAL_PART_BYTES: usize = 64;

/// Longest text (name, description, location), in octets.
pub const MAX_TEXT_BYTES: usize = 32 * 1024;
