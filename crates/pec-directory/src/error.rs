//! Why a file is refused, or not written.

use std::fmt;

use pec_smime::crypto::SignatureError;

use crate::{
    limits::{MAX_CERTIFICATES, MAX_FILE_BYTES, MAX_LINE_BYTES, MAX_RECORDS, MAX_VALUES},
    schema::Attribute,
};

/// Why an LDIF file is refused altogether.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file is larger than [`MAX_FILE_BYTES`].
    #[error("the file has {size} octets, more than {MAX_FILE_BYTES}")]
    TooLarge {
        /// Its size, in octets.
        size: usize,
    },
    /// A line is not what RFC 2849 allows, or a limit ends there.
    #[error("{0}")]
    Line(LineError),
    /// Certificates could not be hashed.
    #[error("certificates cannot be hashed: {0}")]
    Cryptography(#[from] SignatureError),
}

/// What is wrong with one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// Where, counted from 1: the first of the lines that make up the value.
    pub line: usize,
    /// The attribute, as it is written, once it is known.
    pub attribute: Option<Box<str>>,
    /// What.
    pub fault: LineFault,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        at(f, self.line, self.attribute.as_deref())?;
        self.fault.fmt(f)
    }
}

impl std::error::Error for LineError {}

impl From<LineError> for ReadError {
    fn from(error: LineError) -> Self {
        Self::Line(error)
    }
}

/// Line and attribute in front of what is wrong there.
pub(crate) fn at(f: &mut fmt::Formatter<'_>, line: usize, attribute: Option<&str>) -> fmt::Result {
    match attribute {
        Some(attribute) => write!(f, "line {line}, {attribute}: "),
        None => write!(f, "line {line}: "),
    }
}

/// What is wrong with a line, RFC 2849 being the measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineFault {
    /// Neither attribute nor comment: there is no colon.
    #[error("no colon")]
    NoColon,
    /// What stands before the colon is no attribute description.
    #[error("malformed attribute description")]
    BadAttribute,
    /// A line begins with a blank and continues nothing.
    #[error("a continuation of nothing")]
    NothingToContinue,
    /// A carriage return that ends no line.
    #[error("a carriage return within the line")]
    BareReturn,
    /// A NUL that is not in base64.
    #[error("a NUL within the line")]
    Nul,
    /// A value by reference (`:<`): nothing is ever fetched.
    #[error("a value by URL is not fetched")]
    Url,
    /// A record that changes others instead of being one.
    #[error("change records are not applied")]
    ChangeRecord,
    /// `version` with a value other than 1.
    #[error("not version 1 of LDIF")]
    Version,
    /// Values stand before any `dn`.
    #[error("no dn before the first value")]
    NoDn,
    /// Longer than [`MAX_LINE_BYTES`], continuation lines included.
    #[error("longer than {MAX_LINE_BYTES} octets")]
    TooLong,
    /// More than [`MAX_RECORDS`].
    #[error("more than {MAX_RECORDS} records")]
    TooManyRecords,
    /// More than [`MAX_VALUES`].
    #[error("more than {MAX_VALUES} values")]
    TooManyValues,
    /// More than [`MAX_CERTIFICATES`] in one record.
    #[error("more than {MAX_CERTIFICATES} certificates in one record")]
    TooManyCertificates,
    /// Two records bear the same name.
    #[error("a record of the same name stands in line {first}")]
    SameName {
        /// Where the first one is.
        first: usize,
    },
}

/// Why contents are not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A provider has no main environment (rfc6109 §4.5.7#1).
    #[error("{provider} has no main environment")]
    NoMainEnvironment {
        /// The provider.
        provider: Box<str>,
    },
    /// A record lacks what it must have (rfc6109 §4.5.9#1).
    #[error("{} lacks {}", record, attribute.as_str())]
    Missing {
        /// The name of the record.
        record: Box<str>,
        /// What is missing.
        attribute: Attribute,
    },
    /// Two records would bear the same name.
    #[error("{record} stands twice")]
    SameName {
        /// The name of the record.
        record: Box<str>,
    },
    /// A value stands twice in a record, which is a set.
    #[error("{} has {} {value} twice", record, attribute.map_or("description", Attribute::as_str))]
    Repeated {
        /// The name of the record.
        record: Box<str>,
        /// The attribute; `None` for a description.
        attribute: Option<Attribute>,
        /// The value.
        value: Box<str>,
    },
    /// The file would break a limit, so that it could not be read again.
    #[error("the file would be past a limit: {0}")]
    PastLimit(LineFault),
    /// The file would be larger than [`MAX_FILE_BYTES`].
    #[error("the file would have {size} octets, more than {MAX_FILE_BYTES}")]
    TooLarge {
        /// Its size, in octets.
        size: usize,
    },
}
