//! Every limit of this crate, in one place. Each is tested at the limit and one past it.

/// Longest line of a message, in octets, its CRLF not counted (RFC 5322 §2.1.1).
pub const LINE_OCTETS: usize = 998;

/// Length that a line of a new header field is folded at, in octets (RFC 5322 §2.1.1).
pub const FOLDED_LINE_OCTETS: usize = 76;

/// Longest encoded word, in octets (RFC 2047 §2).
pub const ENCODED_WORD_OCTETS: usize = 75;

/// Largest message that is read, in octets, unless the caller says otherwise.
pub const MESSAGE_OCTETS: usize = 100 * 1024 * 1024;

/// Depth of MIME nesting that is read; what lies deeper is a leaf.
pub const MIME_DEPTH: usize = 64;

/// Parts of one message that are read, those of nested messages included.
pub const PARTS: usize = 10_000;

/// Oddities that are listed.
pub const ODDITIES: usize = 1_000;
