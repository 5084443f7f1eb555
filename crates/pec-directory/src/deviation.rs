//! What departs from the norm and is read all the same.

use std::fmt;

use pec_smime::x509::CertificateError;

use crate::{
    CertificateHash, DomainError, HashError, LocationError, MailboxError, TextError, error::at,
    schema::Attribute,
};

/// A place where a file departs from RFC 6109 or RFC 2849, and what was made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// Where, counted from 1; for what is missing, the first line of the record.
    pub line: usize,
    /// The attribute, as it is written, where it is about one.
    pub attribute: Option<Box<str>>,
    /// What.
    pub kind: DeviationKind,
}

/// What departs from the norm, and what was made of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviationKind {
    // The file
    /// A byte order mark at the start; skipped.
    #[error("byte order mark; skipped")]
    ByteOrderMark,
    /// `dn` without an empty line before it; a new record all the same.
    #[error("no empty line before the record; a new record all the same")]
    NoSeparator,
    /// An empty line within a record; skipped.
    #[error("empty line within a record; skipped")]
    StrayEmptyLine,
    /// A value that has to be in base64 (RFC 2849: first character, or characters beyond ASCII)
    /// and is not; read all the same.
    #[error("value should be in base64; read all the same")]
    NotBase64,

    // The record
    /// The name of the record is no distinguished name; record skipped.
    #[error("not a distinguished name; record skipped")]
    BadName,
    /// The record is none of the directory's; skipped.
    #[error("not a record of the directory; skipped")]
    ForeignRecord,
    /// The name has `providerUnits`, as in the text of RFC 6109; understood (erratum 9).
    #[error("providerUnits for providerUnit; understood")]
    ProviderUnits,
    /// The name fits no provider unless a fold stands for a blank; understood so.
    #[error("folded where a blank is lost; understood")]
    LostBlank,
    /// The attribute says another name than that of the record; the latter counts.
    #[error("differs from the name of the record, which counts")]
    NameDiffers,
    /// A secondary environment of a provider whose main one is not there; read all the same.
    #[error("a secondary environment without the main one; read all the same")]
    NoMainEnvironment,
    /// A secondary environment with a location of its own; skipped.
    #[error("a secondary environment has no location of its own; skipped")]
    LocationOfSecondary,
    /// An object class that the record must have is missing.
    #[error("object class `{0}` is missing")]
    MissingClass(&'static str),
    /// An attribute that the record must have is missing, or has no good value.
    #[error("{} is missing", .0.as_str())]
    Missing(Attribute),

    // The values
    /// An attribute that such a record does not have; skipped.
    #[error("the record does not have this attribute; skipped")]
    UnknownAttribute,
    /// An option that the attribute does not have; value skipped.
    #[error("unknown option; value skipped")]
    UnknownOption,
    /// A certificate without the option `binary`; read all the same.
    #[error("no option `binary`; read all the same")]
    NoBinaryOption,
    /// A second value where one is allowed, or the same value again; the first one counts.
    #[error("repeated; the first one counts")]
    Repeated,
    /// Blanks stand around a value that has none; dropped.
    #[error("blanks around the value; dropped")]
    SurroundingBlanks,
    /// What follows `::` is no base64, as one certificate in the text of RFC 6109; value skipped.
    #[error("malformed base64; value skipped")]
    BadBase64,
    /// Not UTF-8; value skipped.
    #[error("not UTF-8; value skipped")]
    NotUtf8,
    /// Not a text; value skipped.
    #[error("bad text ({0}); value skipped")]
    BadText(TextError),
    /// Not a domain; value skipped.
    #[error("bad domain ({0}); value skipped")]
    BadDomain(DomainError),
    /// A domain or mailbox that is not ASCII, where ASCII is prescribed; read as A-labels.
    #[error("not ASCII; read as A-labels")]
    NotAscii,
    /// Not a service mailbox; value skipped.
    #[error("bad service mailbox ({0}); value skipped")]
    BadMailbox(MailboxError),
    /// Not a location; value skipped.
    #[error("bad location ({0}); value skipped")]
    BadLocation(LocationError),
    /// A location with `http`; read as `https` (erratum 10).
    #[error("http for https; read as https")]
    NotHttps,
    /// Not a hash; value skipped.
    #[error("bad hash ({0}); value skipped")]
    BadHash(HashError),
    /// A hash without its certificate; skipped.
    #[error("hash {0} without its certificate; skipped")]
    HashWithoutCertificate(CertificateHash),
    /// A certificate whose hash is not published with it, so that nobody would find it; skipped.
    #[error("certificate without its hash {0}; skipped")]
    CertificateWithoutHash(CertificateHash),
    /// A certificate that cannot be read; kept as it is.
    #[error("unreadable certificate ({0}); kept")]
    UnreadableCertificate(CertificateError),

    /// More deviations than [`limits::MAX_DEVIATIONS`](crate::limits::MAX_DEVIATIONS); the
    /// further ones are not listed.
    #[error("more deviations than are listed")]
    TooMany,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        at(f, self.line, self.attribute.as_deref())?;
        self.kind.fmt(f)
    }
}
