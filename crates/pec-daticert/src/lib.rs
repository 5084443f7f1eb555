//! Certification data (`daticert.xml`) of Posta Elettronica Certificata.

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
