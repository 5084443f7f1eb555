//! Every message of Posta Elettronica Certificata, typed values to MIME octets and back.

pub mod abridged;
mod authenticate;
pub mod brief;
mod claimed;
#[doc(hidden)]
pub mod fuzzing;
pub mod header;
pub mod identifier;
mod kind;
pub mod limits;
pub mod original;
mod read;
pub mod write;

pub use authenticate::{
    Ambiguity, Authentication, Certified, Deviation, DirectoryDoubt, Distrust, Doubt, Evidence,
    Fault, FormalGrade, IssuerRule, Origin, OriginGrade, PinnedProvider, SignedMessage, Step,
    authenticate, disagreements,
};
pub use claimed::{Claimed, ClaimedKind, Mailbox};
pub use kind::{MessageKind, UnknownKind};
pub use read::{
    CarriedOriginal, Daticert, Decoded, FoundBy, Mail, Message, Oddity, OddityKind, Part, PartKind,
    read, read_up_to,
};
