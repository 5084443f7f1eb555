//! Every limit of this crate, in one place. Each is tested at the limit and one past it.

/// Longest line of a message, in octets, its CRLF not counted (RFC 5322 §2.1.1).
pub const LINE_OCTETS: usize = 998;

/// Column that lines of new header fields are folded at (RFC 2047 §2, RFC 5322 §2.1.1).
pub const FOLD_COLUMN: usize = 76;

/// Largest message that is read, in octets, unless the caller says otherwise.
pub const MESSAGE_OCTETS: usize = 100 * 1024 * 1024;

/// Depth of MIME nesting that is read; what lies deeper is a leaf.
pub const MIME_DEPTH: usize = 64;

/// Parts of one message that are read, those of nested messages included.
pub const PARTS: usize = 10_000;

/// Oddities that are listed.
pub const ODDITIES: usize = 1_000;

/// Longest name of a node in identifiers, in octets.
pub const NODE_NAME_OCTETS: usize = 16;

/// Longest name of an attachment that a brief receipt repeats, in characters; a longer one is cut.
pub const ATTACHMENT_NAME_CHARS: usize = 200;

/// Deepest nesting of multiparts in an original that a brief receipt is made of.
pub const BRIEF_DEPTH: usize = 64;

/// Most parts of an original that a brief receipt is made of.
pub const BRIEF_PARTS: usize = 10_000;

/// Of each long part of a large message, this many octets after the header stay in its skeleton.
/// What looks at the beginning of a part looks at fewer.
pub const ABRIDGED_HEAD_OCTETS: usize = 8 * 1024;

/// The least that is left out of a part at once, in octets.
pub const ABRIDGED_GAP_OCTETS: usize = 8 * 1024;
