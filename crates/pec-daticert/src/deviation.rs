//! What a document does otherwise than the norm, each with where.

use std::fmt;

use crate::{AddressError, Element, ErrorCode, IdentifierError, Kind, TextError, TimeError};

/// One departure of a document from RFC 6109 §4.4, as the tolerant reader found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// Where, in bytes from the start of the document.
    pub at: usize,
    /// The element that is concerned, where there is one.
    pub element: Option<Element>,
    /// What departs, and how it was understood.
    pub kind: DeviationKind,
}

/// The rule that is broken, and what the tolerant reader made of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviationKind {
    // The bytes
    /// A byte order mark opens the document; skipped.
    #[error("a byte order mark; skipped")]
    ByteOrderMark,
    /// The XML declaration names another encoding than UTF-8; decoded as declared.
    #[error("encoding {0} is declared in place of UTF-8; decoded as declared")]
    DeclaredEncoding(&'static str),
    /// The bytes are no UTF-8; the document was decoded as Windows-1252, or cut before an
    /// unfinished last character.
    #[error("not UTF-8; decoded as Windows-1252, or cut before an unfinished last character")]
    InvalidUtf8,
    /// Blanks stand before the XML declaration; skipped.
    #[error("blanks before the XML declaration; skipped")]
    BlanksBeforeDeclaration,
    /// The XML declaration is malformed or misplaced, or names another version than 1.0; only its
    /// encoding is read.
    #[error("malformed XML declaration; only its encoding is read")]
    MalformedDeclaration,
    /// A character that XML 1.0 forbids; kept.
    #[error("character U+{:04X} is forbidden in XML; kept", u32::from(*.0))]
    IllegalCharacter(char),
    /// Something stands after the root element; not read.
    #[error("bytes after the root element; not read")]
    TrailingBytes,

    // The markup
    /// The document ends, or its markup breaks off, before the root is closed; what was complete
    /// before is read.
    #[error("the document breaks off here; what was complete before is read")]
    Truncated,
    /// An end tag does not fit; elements up to the one it names are closed, or it is skipped.
    #[error("end tag does not match the open element")]
    MismatchedEndTag,
    /// `<` stands unescaped in a text; all up to the end tag is taken as the text.
    #[error("unescaped markup; taken as text up to the end tag")]
    UnescapedMarkup,
    /// `&` stands unescaped in a text; kept.
    #[error("unescaped `&`; kept")]
    BareAmpersand,
    /// A reference to an entity that XML does not define by itself; kept as written.
    #[error("reference to an unknown entity; kept as written")]
    UnknownEntity,
    /// A reference to a character that XML forbids, or with a malformed number; kept as written.
    #[error("character reference that stands for nothing; kept as written")]
    BadCharacterReference,
    /// `]]>` stands in a text; kept.
    #[error("`]]>` in a text; kept")]
    CdataEnd,
    /// `--` stands in a comment; skipped with the comment.
    #[error("`--` in a comment; skipped")]
    MalformedComment,
    /// A processing instruction has no legal target; skipped.
    #[error("malformed processing instruction; skipped")]
    MalformedInstruction,
    /// The attributes of a tag are malformed; those before the fault are read.
    #[error("malformed attributes; those before the fault are read")]
    MalformedAttributes,
    /// An attribute that the DTD does not know; skipped.
    #[error("unknown attribute; skipped")]
    UnknownAttribute,

    // The structure
    /// An element that the DTD does not know; kept by name.
    #[error("unknown element; kept by name")]
    UnknownElement,
    /// The element is missing where the DTD or the kind demands it.
    #[error("missing")]
    Missing,
    /// A required attribute is missing.
    #[error("attribute `{0}` is missing")]
    MissingAttribute(&'static str),
    /// The element stands once more; the first one counts.
    #[error("repeated with {} value; the first one counts", sameness(*same))]
    Repeated {
        /// Whether both have the same value.
        same: bool,
    },
    /// The element stands inside another one than it belongs to; read all the same.
    #[error("stands in the wrong element; read all the same")]
    Misplaced,
    /// The element stands after one that should follow it; read all the same.
    #[error("out of order; read all the same")]
    OutOfOrder,
    /// Text stands between elements; skipped.
    #[error("text between elements; skipped")]
    StrayText,
    /// Something stands in an element that must be empty; skipped.
    #[error("must be empty; content skipped")]
    NotEmpty,
    /// The kind of message does not have this element; read, but no part of the model.
    #[error("`{kind}` does not have this element; left aside")]
    NotOfKind {
        /// The kind of the document.
        kind: Kind,
    },
    /// The kind of message does not have this value of `errore`.
    #[error("`{kind}` does not have errore=\"{found}\"")]
    ErrorNotOfKind {
        /// The kind of the document.
        kind: Kind,
        /// The value of `errore`, written or by default.
        found: ErrorCode,
    },

    // The values
    /// An attribute has a value outside its vocabulary; kept as text.
    #[error("value outside the vocabulary of `{0}`; kept as text")]
    UnknownWord(&'static str),
    /// Blanks stand around a value that has none; dropped.
    #[error("blanks around the value; dropped")]
    SurroundingBlanks,
    /// A line break stands in a one-line text; folded into one blank.
    #[error("line break; folded into one blank")]
    LineBreak,
    /// Not an address; kept as text.
    #[error("not an address ({0}); kept as text")]
    BadAddress(AddressError),
    /// Not a message identifier; kept as text.
    #[error("not a message identifier ({0}); kept as text")]
    BadIdentifier(IdentifierError),
    /// `identificativo` stands between angle brackets, or `msgid` does not; understood.
    #[error("angle brackets where none belong, or none where they belong; understood")]
    AngleBrackets,
    /// A text with a character that cannot stand in it; kept as it is.
    #[error("not a line of text ({0}); kept as it is")]
    BadText(TextError),
    /// `giorno`, `ora` or `zona` is not written in the prescribed form, but was understood.
    #[error("not in the prescribed form; understood")]
    TimeForm,
    /// `giorno`, `ora`, `zona` or the three together are no time; kept as text.
    #[error("not a time ({0}); kept as text")]
    BadTime(TimeError),

    /// More deviations than [`limits::MAX_DEVIATIONS`](crate::limits::MAX_DEVIATIONS); the
    /// further ones are not listed.
    #[error("more deviations than are listed")]
    TooMany,
}

fn sameness(same: bool) -> &'static str {
    if same { "the same" } else { "another" }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}", self.at)?;
        if let Some(element) = self.element {
            write!(f, ", <{element}>")?;
        }
        write!(f, ": {}", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deviation_says_where_what_and_what_was_made_of_it() {
        let say = |element, kind| Deviation { at: 7, element, kind }.to_string();
        assert_eq!(
            say(Some(Element::Oggetto), DeviationKind::Repeated { same: true }),
            "byte 7, <oggetto>: repeated with the same value; the first one counts"
        );
        assert_eq!(
            say(Some(Element::Msgid), DeviationKind::Repeated { same: false }),
            "byte 7, <msgid>: repeated with another value; the first one counts"
        );
        assert_eq!(
            say(None, DeviationKind::IllegalCharacter('\u{1}')),
            "byte 7: character U+0001 is forbidden in XML; kept"
        );
    }
}
