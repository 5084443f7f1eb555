//! Why a document is refused.

use crate::{
    Deviation,
    limits::{MAX_DEPTH, MAX_DOCUMENT_BYTES},
};

/// Why the tolerant reader, and with it the strict one, refuses a document altogether.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The document is larger than [`MAX_DOCUMENT_BYTES`].
    #[error("the document has {size} bytes, more than {MAX_DOCUMENT_BYTES}")]
    TooLarge {
        /// Its size, in bytes.
        size: usize,
    },
    /// Elements are nested deeper than [`MAX_DEPTH`].
    #[error("byte {at}: elements are nested deeper than {MAX_DEPTH}")]
    TooDeep {
        /// Where, in bytes from the start of the document.
        at: usize,
    },
    /// A DOCTYPE or a declaration of an entity: nothing of it is resolved or expanded.
    #[error("byte {at}: a document type declaration is not allowed")]
    Doctype {
        /// Where, in bytes from the start of the document.
        at: usize,
    },
    /// The document is in an encoding that is not read: only UTF-8, ISO-8859-1, Windows-1252 and
    /// US-ASCII are.
    #[error("encoding {label:?} is not read")]
    UnsupportedEncoding {
        /// The encoding, as declared or as its first bytes tell.
        label: String,
    },
    /// The root element is not `postacert`, or there is none.
    #[error("byte {at}: the root element is {}, not <postacert>", root(found.as_deref()))]
    NotCertificationData {
        /// Where, in bytes from the start of the document.
        at: usize,
        /// The name of the root element, when there is one.
        found: Option<String>,
    },
}

fn root(found: Option<&str>) -> String {
    found.map_or_else(|| "missing".to_owned(), |name| format!("<{name}>"))
}

/// Why the strict reader refuses a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StrictError {
    /// It is refused by both readers.
    #[error(transparent)]
    Refused(#[from] ReadError),
    /// It departs from the norm: the first deviation, with element, byte position and rule.
    #[error("{0}")]
    Deviates(Deviation),
}

/// Why certification data cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The document would be larger than [`MAX_DOCUMENT_BYTES`], and no reader would take it.
    #[error("the document would have {size} bytes, more than {MAX_DOCUMENT_BYTES}")]
    TooLarge {
        /// The size it would have, in bytes.
        size: usize,
    },
}
