//! What cannot be understood of a line.

use serde::Serialize;

use super::MAX_LINE_BYTES;

/// Why a line is no operation of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LineError {
    /// The line is longer than [`MAX_LINE_BYTES`].
    #[error("the line has {0} octets, more than {MAX_LINE_BYTES}")]
    TooLong(usize),
    /// There is nothing in it.
    #[error("the line is empty")]
    Empty,
    /// It begins with a blank: it goes on with the text of the line before.
    #[error("the line continues the one before")]
    Continuation,
    /// It does not begin with month, day and time of day.
    #[error("the line does not begin with a time")]
    NoTime,
    /// After the time stand no source and identifier.
    #[error("byte {at}: no `source: identificativo: ` after the time")]
    NoIdentifier {
        /// Where, in octets from the start of the line.
        at: usize,
    },
    /// It has no `tipo`: it is about something else, as the change of the log file.
    #[error("the line has no `tipo`")]
    NoEvent,
}

/// Something in a line that was not understood, and is left aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("byte {at}: {kind}")]
pub struct Oddity {
    /// Where, in octets from the start of the line.
    pub at: usize,
    /// What.
    pub kind: OddityKind,
}

/// Something in a line that was not understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OddityKind {
    /// Two lines were written into one another: the second is read.
    #[error("two lines in one")]
    TwoLines,
    /// The text is not UTF-8: read as ISO-8859-1.
    #[error("not UTF-8, read as ISO-8859-1")]
    NotUtf8,
    /// One of our escapes is wrong: the text is taken as it stands.
    #[error("a wrong escape")]
    Escape,
    /// A field that is not known.
    #[error("unknown field {0:?}")]
    UnknownField(String),
    /// A field stands twice: the first one counts.
    #[error("field {0:?} again")]
    Repeated(&'static str),
    /// A field that every line has is missing.
    #[error("no field {0:?}")]
    Missing(&'static str),
    /// A value that the field cannot have.
    #[error("{value:?} is no value of {field:?}")]
    Value {
        /// The field.
        field: &'static str,
        /// The value.
        value: String,
    },
    /// The subject or a description holds what looks like a field, so the line can be read in
    /// another way, too.
    #[error("{0:?} can be read in two ways")]
    Ambiguous(&'static str),
    /// The time cannot be told: no year, or no such day.
    #[error("the instant cannot be told")]
    Time,
    /// There are more than [`MAX_ODDITIES`](super::MAX_ODDITIES): the rest is not listed.
    #[error("more oddities")]
    TooMany,
}

/// Why a line is not one that we wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// It is no operation at all.
    #[error(transparent)]
    Line(#[from] LineError),
    /// It was not written by this program, or by a later version.
    #[error("the line is not in version 1 of our form")]
    Foreign,
    /// Something in it was not understood: the first such thing.
    #[error(transparent)]
    Odd(#[from] Oddity),
    /// A value that the field cannot have.
    #[error("{0:?} has a value that it cannot have")]
    Value(&'static str),
    /// Written again, the record gives another line: it was changed.
    #[error("the line is not the one that its record gives")]
    Changed,
}
