//! Every limit of this crate in one place. Input past one is refused or flagged, never followed.

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

/// Lines beginning with two dashes that are remembered of one message.
pub const DASH_LINES: usize = 100_000;

/// Depth of MIME nesting that a path may name.
pub const MIME_DEPTH: usize = 64;

/// Longest boundary that is accepted, in octets. RFC 2046 §5.1.1 allows 70, deployed mail has more.
pub const BOUNDARY_OCTETS: usize = 256;

/// Certificates of a path, the anchor not counted.
pub const PATH_LENGTH: usize = 10;

/// Signatures verified for one path, those of CRLs, OCSP responses and their signers included.
pub const SIGNATURE_CHECKS: usize = 100;

/// Candidate issuers looked at for one path.
pub const PATH_STEPS: usize = 25_000;

/// Complete paths judged until one is valid.
pub const PATHS_JUDGED: usize = 64;

/// Comparisons of names with name constraints for one path.
pub const NAME_COMPARISONS: usize = 250_000;

/// How deep the status of one certificate may hang on that of another, which signs its CRL.
pub const REVOCATION_DEPTH: usize = 6;
