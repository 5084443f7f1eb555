//! What is odd in a message.

use std::fmt;

use pec_smime::entity::{EntityDamage, MultipartDamage};

/// Something odd, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// The path of the part, as [`Mail::part`](crate::Mail::part) takes it.
    pub path: Vec<usize>,
    /// What it is.
    pub kind: OddityKind,
}

/// What is odd, and what was made of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OddityKind {
    // The structure
    /// The header is damaged; what could be read of it is.
    #[error("the header is damaged")]
    DamagedHeader(EntityDamage),
    /// A field that tells the structure stands more than once; the first one counts.
    #[error("{0} stands more than once; the first one counts")]
    RepeatedField(&'static str),
    /// A parameter of Content-Type stands more than once; the first one counts.
    #[error("a parameter of Content-Type stands more than once; the first one counts")]
    RepeatedParameter,
    /// Content-Type is malformed; what could be read of it is.
    #[error("Content-Type is malformed")]
    MalformedContentType,
    /// A multipart has no usable boundary; it is taken as one leaf.
    #[error("a multipart without a usable boundary; taken as a leaf")]
    MissingBoundary,
    /// The delimiters of a multipart are damaged; the parts that were found count.
    #[error("the delimiters of the multipart are damaged")]
    DamagedMultipart(MultipartDamage),
    /// A multipart or message has a transfer encoding, which RFC 2045 §6.4 forbids; it is taken
    /// as one leaf.
    #[error("a multipart or message in a transfer encoding; taken as a leaf")]
    EncodedContainer,
    /// A transfer encoding that is not known; the content is taken as it is.
    #[error("transfer encoding {0:?} is not known")]
    UnknownTransferEncoding(String),
    /// Nested deeper than [`limits::MIME_DEPTH`](crate::limits::MIME_DEPTH); not looked into.
    #[error("nested too deep; not looked into")]
    TooDeep,
    /// More parts than [`limits::PARTS`](crate::limits::PARTS); the rest is left out.
    #[error("too many parts; the rest is left out")]
    TooManyParts,
    /// The message is larger than the limit; only its header is read.
    #[error("{octets} octets, more than {limit}; only the header is read")]
    TooLarge {
        /// Its size.
        octets: usize,
        /// The limit.
        limit: usize,
    },

    // What was looked for
    /// The certification data are under another name; found by type or content.
    #[error("certification data under another name than daticert.xml")]
    DaticertByOtherThanName,
    /// Several parts look like the certification data; the first one counts.
    #[error("several parts could be the certification data; the first one counts")]
    RepeatedDaticert,
    /// The original message is under another name; found by type.
    #[error("original message under another name than postacert.eml")]
    OriginalByOtherThanName,
    /// Several parts look like the original message; the first one counts.
    #[error("several parts could be the original message; the first one counts")]
    RepeatedOriginal,
    /// The header marks a kind of message that has certification data, and there are none.
    #[error("a message of this kind has certification data, and there are none")]
    MissingDaticert,
    /// The markers of an envelope and of a receipt stand together; the envelope counts.
    #[error("X-Trasporto and X-Ricevuta stand together; X-Trasporto counts")]
    BothMarkers,
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("part")?;
        for index in &self.path {
            write!(f, " {index}")?;
        }
        write!(f, ": {}", self.kind)
    }
}
