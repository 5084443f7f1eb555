//! The log as lines of text, in the grammar that gestori use (norms §2.2).
//!
//! ```text
//! Nov 22 10:00:00 2026 Postacert gestore [1]: IDENTIFICATIVO: tipo=KIND (EVENT): mittente=…:
//!   destinatari=ADDRESS (certificato), ADDRESS (esterno): oggetto=…: message-id=…: gestore=…:
//!   istante=…: ruolo=…: …: tipo_ricevuta=…: ricezione=…: consegna=…: errore=…: errore-esteso=…
//! ```
//!
//! (one line, here folded). After the time, in legal time, stands who wrote the line; the number
//! between brackets is the version of the form. Between `gestore` and `tipo_ricevuta` stand the
//! fields that only our lines have, so that programs which look for the last fields from the end
//! of a line find them.
//!
//! Nothing that comes from outside can end a field or a line: in our lines `%`, `=`, control and
//! formatting characters, and a colon before a blank are written as `%` and two hexadecimal digits
//! for each octet of UTF-8; in lists also blanks, commas and parentheses. A lone `%` is the empty
//! text, an empty value is none. Lines of other providers have no such protection: what can be
//! read in two ways is marked ([`OddityKind::Ambiguous`]).

mod entry;
mod escape;
mod line;
mod oddity;
mod stamp;
mod strict;
mod write;

pub use entry::{Entry, EntryRecipient, ReadOptions};
pub use oddity::{LineError, Oddity, OddityKind, RecordError};

/// Longest line that is read, in octets (4 MiB). What we write is shorter: certification data have
/// at
/// most 1 MiB, and an escape is three times as long as what it stands for.
pub const MAX_LINE_BYTES: usize = 4 << 20;

/// Most oddities that are listed for one line.
pub const MAX_ODDITIES: usize = 64;

/// The program in the lines that we write.
const PROGRAM: &str = "Postacert gestore";

/// The version of the form of our lines.
const VERSION: &str = "[1]";

/// Names of fields.
mod name {
    pub(super) const KIND: &str = "tipo";
    pub(super) const SENDER: &str = "mittente";
    pub(super) const RECIPIENTS: &str = "destinatari";
    pub(super) const SUBJECT: &str = "oggetto";
    pub(super) const MESSAGE_ID: &str = "message-id";
    pub(super) const ISSUER: &str = "gestore";
    pub(super) const INSTANT: &str = "istante";
    pub(super) const ROLE: &str = "ruolo";
    pub(super) const DIRECTION: &str = "verso";
    pub(super) const CERTIFIED_AT: &str = "data";
    pub(super) const MSGID: &str = "msgid";
    pub(super) const REPLY_TO: &str = "risposte";
    pub(super) const SENDING_PROVIDER: &str = "gestore-mittente";
    pub(super) const NOTE: &str = "nota";
    pub(super) const RECEIPT_TYPE: &str = "tipo_ricevuta";
    pub(super) const RECEIVED_FOR: &str = "ricezione";
    pub(super) const DELIVERED_TO: &str = "consegna";
    pub(super) const ERROR: &str = "errore";
    pub(super) const ERROR_DETAIL: &str = "errore-esteso";
    pub(super) const VIRUS: &str = "virus";
    /// Only in lines of others: why an anomaly envelope was made.
    pub(super) const EXCEPTIONS: &str = "eccezioni";
    /// Only in lines of others.
    pub(super) const QUEUE_ID: &str = "queueid";

    pub(super) const ALL: &[&str] = &[
        QUEUE_ID,
        KIND,
        SENDER,
        RECIPIENTS,
        SUBJECT,
        MESSAGE_ID,
        ISSUER,
        INSTANT,
        ROLE,
        DIRECTION,
        CERTIFIED_AT,
        MSGID,
        REPLY_TO,
        SENDING_PROVIDER,
        NOTE,
        RECEIPT_TYPE,
        RECEIVED_FOR,
        DELIVERED_TO,
        ERROR,
        ERROR_DETAIL,
        VIRUS,
        EXCEPTIONS,
    ];
}

/// The word for a message that was received.
const RECEIVED: &str = "ricevuto";
