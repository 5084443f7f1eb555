//! Every limit of this crate.

/// Files in a dossier. A message to 500 recipients has about a thousand receipts.
pub const FILES: usize = 4_096;

/// Octets of a file in a dossier: a message of 100 MiB with the receipt's own parts around it.
pub const FILE_OCTETS: u64 = 128 * 1024 * 1024;

/// Octets of all files of a dossier together.
pub const TOTAL_OCTETS: u64 = 1024 * 1024 * 1024;

/// Octets of a ZIP archive that is read.
pub const ARCHIVE_OCTETS: u64 = 1024 * 1024 * 1024;

/// Octets of the name of a file.
pub const NAME_OCTETS: usize = 120;

/// Octets of a manifest.
pub const MANIFEST_OCTETS: usize = 4 * 1024 * 1024;

/// Receipts in a dossier.
pub const RECEIPTS: usize = 1_500;

/// Time stamps in a dossier.
pub const STAMPS: usize = 100;
