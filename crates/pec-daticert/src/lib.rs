#![doc = include_str!("../README.md")]
//!
//! # By task
//!
//! | you have | you want | call |
//! |---|---|---|
//! | a `daticert.xml` of any provider | what it says, what is odd | [`Reading::from_xml`] |
//! | a [`Reading`] | the model | [`CertificationData::try_from`] |
//! | one that must be right | the model or a breach | [`CertificationData::from_xml`] |
//! | an event to certify | the document | [`CertificationData::to_xml`] |
//! | an instant | Italian legal time | [`EventTime::legal`] |
//!
//! # JSON
//!
//! With the feature `serde` (on by default) the model is one flat object: English names of fields,
//! the words of the DTD as values, RFC 3339 for the time. A field that the kind does not have, or
//! that the message does not have, is left out.
//!
//! | field | type | element |
//! |---|---|---|
//! | `kind`, `error` | word | `postacert` `tipo`, `errore` |
//! | `sender` | address | `mittente` |
//! | `recipients` | list of `{ "address", "type" }` | `destinatari` |
//! | `reply_to`, `subject`? | text | `risposte`, `oggetto` |
//! | `provider` | text | `gestore-emittente` |
//! | `time` | `2026-11-21T10:15:00+01:00` | `data` |
//! | `pec_msgid` | without angle brackets | `identificativo` |
//! | `msgid`? | with angle brackets | `msgid` |
//! | `receipt_type`? | word | `ricevuta` |
//! | `delivered_to`? | address | `consegna` |
//! | `received_for`? | list of addresses | `ricezione` |
//! | `error_detail`? | text | `errore-esteso` |
//!
//! A [`Reading`] has the same fields, all of them optional and as they were written; its `time` is
//! `{ "day", "hour", "zone" }`, and `unknown_elements` lists the names of those.
//!
//! ```
//! # #[cfg(feature = "serde")] {
//! let json = serde_json::to_value(pec_daticert::fuzzing::example()).unwrap();
//! assert_eq!(json["kind"], "accettazione");
//! assert_eq!(json["recipients"][0]["type"], "certificato");
//! # }
//! ```

mod address;
mod deviation;
mod element;
mod error;
#[doc(hidden)]
pub mod fuzzing;
mod identifier;
#[cfg(feature = "serde")]
mod json;
pub mod limits;
mod matrix;
mod model;
mod reader;
mod reading;
mod text;
mod time;
mod vocabulary;
mod writer;

pub use address::{Address, AddressError};
pub use deviation::{Deviation, DeviationKind};
pub use element::Element;
pub use error::{ReadError, StrictError, WriteError};
pub use identifier::{IdentifierError, Msgid, PecMsgid};
pub use model::{
    CertificationData, DeliveryErrorCause, EmptyList, Event, Header, NonAcceptanceCause, OneOrMore,
    Recipient,
};
pub use reading::{Incomplete, ReadRecipient, ReadTime, Reading, Value};
pub use text::{Text, TextError};
pub use time::{EventTime, TimeError};
pub use vocabulary::{ErrorCode, Kind, ReceiptType, RecipientType, UnknownWord};
