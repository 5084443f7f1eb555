//! Every message of Posta Elettronica Certificata, typed values to MIME octets and back.

mod authenticate;
mod claimed;
pub mod header;
mod kind;
pub mod limits;
mod read;

pub use authenticate::{
    Ambiguity, Authentication, Certified, Deviation, DirectoryDoubt, Distrust, Doubt, Evidence,
    Fault, FormalGrade, IssuerRule, Origin, OriginGrade, PinnedProvider, SignedMessage, Step,
    authenticate,
};
pub use claimed::{Claimed, ClaimedKind, Mailbox};
pub use kind::{MessageKind, UnknownKind};
pub use read::{
    Daticert, Decoded, FoundBy, Mail, Message, Oddity, OddityKind, Original, Part, PartKind, read,
    read_up_to,
};
