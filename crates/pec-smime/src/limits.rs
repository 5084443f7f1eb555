//! Every limit of this crate in one place. Input past a limit is refused or flagged, never followed.

/// Longest CMS structure that is read, in octets. Real ones have 2 to 8 KiB.
pub const CMS_OCTETS: usize = 256 * 1024;

/// Longest CMS structure with content inside (the providers' directory as `.p7m`), in octets.
pub const CMS_OPAQUE_OCTETS: usize = 128 * 1024 * 1024;

/// Certificates in one CMS structure.
pub const CMS_CERTIFICATES: usize = 64;

/// Signers in one CMS structure.
pub const CMS_SIGNERS: usize = 16;

/// Attributes of one signer.
pub const CMS_ATTRIBUTES: usize = 64;

/// Nesting of ASN.1 values.
pub const ASN1_DEPTH: usize = 64;

/// Values in one ASN.1 structure while BER is being normalised.
pub const ASN1_VALUES: usize = 1_000_000;

/// Header fields of one MIME entity that are looked at.
pub const HEADER_FIELDS: usize = 2_000;

/// Length of one header field with its continuation lines, in octets.
pub const HEADER_FIELD_OCTETS: usize = 128 * 1024;

/// Parameters of one structured header field.
pub const PARAMETERS: usize = 64;

/// Parts of one multipart.
pub const PARTS: usize = 10_000;

/// Depth of MIME nesting that a path may name.
pub const MIME_DEPTH: usize = 64;

/// Longest boundary that is accepted, in octets. RFC 2046 §5.1.1 allows 70, deployed mail has more.
pub const BOUNDARY_OCTETS: usize = 256;
