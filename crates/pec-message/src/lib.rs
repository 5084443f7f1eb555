//! Every message of Posta Elettronica Certificata, typed values to MIME octets and back.

pub mod header;
mod kind;
pub mod limits;

pub use kind::MessageKind;
