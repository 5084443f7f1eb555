//! Every message of Posta Elettronica Certificata, typed values to MIME octets and back.

pub mod brief;
#[doc(hidden)]
pub mod fuzzing;
pub mod header;
pub mod identifier;
mod kind;
pub mod limits;
pub mod original;
pub mod write;

pub use kind::{MessageKind, UnknownKind};
