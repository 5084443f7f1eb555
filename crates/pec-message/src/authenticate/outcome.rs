//! What authentication comes to, and why.

use std::fmt;

use pec_smime::verify::{Check, Reason};

use super::{Certified, DirectoryDoubt, Fault, SignedMessage};

/// What is to be made of a message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Authentication<'a> {
    /// A provider certifies it.
    Certified(Box<Certified<SignedMessage<'a>>>),
    /// It is not to be trusted: a test failed.
    Untrusted {
        /// The test. Before [`Step::FormalCorrectness`] the message is ordinary mail; there it is
        /// a provider's, and faulty (RFC 6109 §2.2.2).
        step: Step,
        /// Why.
        why: Distrust,
    },
    /// It cannot be told now. A gestore refuses such a message for the time being; it is never
    /// "ordinary mail".
    Undecided {
        /// Why not.
        why: Doubt,
    },
}

impl<'a> Authentication<'a> {
    /// The certified message, if it is one.
    #[must_use]
    pub fn certified(self) -> Option<Certified<SignedMessage<'a>>> {
        match self {
            Self::Certified(certified) => Some(*certified),
            _ => None,
        }
    }
}

/// The tests of RFC 6109 §2.2.2, in its order. The list is closed by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// There is a signature of the right form.
    SignatureExistence,
    /// It belongs to a PEC provider.
    SignatureOrigin,
    /// It holds: digest, signature, certification path, revocation, instant.
    SignatureValidity,
    /// The message keeps the formats of the norm.
    FormalCorrectness,
}

impl Step {
    /// The name in English, the words joined by hyphens.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignatureExistence => "signature-existence",
            Self::SignatureOrigin => "signature-origin",
            Self::SignatureValidity => "signature-validity",
            Self::FormalCorrectness => "formal-correctness",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a message is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Distrust {
    // Existence
    /// The message is larger than the reader's limit and was not looked into.
    #[error("the message is larger than what is read")]
    TooLarge,
    /// The verification is not about the whole body of this message: it is about another message,
    /// or about a signed part of it.
    #[error("the signature is not over the whole body of this message")]
    NotOfThisMessage,
    // Existence and validity
    /// A check of the signature failed.
    #[error("{reason}")]
    Signature {
        /// The check.
        check: Check,
        /// Why.
        reason: Reason,
    },

    // Origin
    /// `From` does not hold exactly one mailbox, or stands more than once.
    #[error("From does not hold exactly one mailbox")]
    FromNotOne,
    /// The address in `From` is none of the certificate's (rfc6109 §2.1#3).
    #[error("From is {from:?}, which is no address of the signer's certificate")]
    FromNotInCertificate {
        /// The address in `From`.
        from: String,
    },
    /// No provider of the directory, and none that is pinned, has this certificate.
    #[error("the signer's certificate is no provider's")]
    UnknownCertificate,
    /// The provider of the certificate does not manage the domain of `From` (norms 29).
    #[error("the signer's provider does not manage {domain}")]
    FromOutsideManagedDomains {
        /// The domain.
        domain: String,
    },
    /// None of the accredited authorities issued the certificate.
    #[error("no accredited authority issued the signer's certificate")]
    NotAccredited,
    /// The certificate does not fit the profile of providers' certificates, and nothing but the
    /// profile would make its holder a provider.
    #[error("the signer's certificate is not made like a provider's")]
    NotProviderProfile,

    // Formal correctness
    /// The message is a provider's, but not as the norm prescribes.
    #[error(transparent)]
    Fault(Fault),
}

impl Distrust {
    /// The section of the norm that is not kept.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match self {
            Self::FromNotOne | Self::FromNotInCertificate { .. } => "rfc6109 §2.1",
            Self::FromOutsideManagedDomains { .. } => "rfc6109 §7",
            Self::NotProviderProfile => "rfc6109 §5.5",
            Self::Signature { check, .. } => check.section(),
            Self::Fault(fault) => fault.section(),
            Self::TooLarge
            | Self::NotOfThisMessage
            | Self::UnknownCertificate
            | Self::NotAccredited => "rfc6109 §2.2.2",
        }
    }
}

/// Why it cannot be told whether a message is to be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Doubt {
    /// A check of the signature is undecided.
    #[error("{reason}")]
    Signature {
        /// The check.
        check: Check,
        /// Why.
        reason: Reason,
    },
    /// The directory does not tell.
    #[error("the directory does not tell: {0}")]
    Directory(DirectoryDoubt),
    /// The certification path is undecided, so that it is not known who issued the certificate.
    #[error("it is not known who issued the signer's certificate")]
    UnknownIssuer,
}

/// Why a step did not pass.
#[derive(Debug)]
pub(super) enum Trouble {
    Distrust(Step, Distrust),
    Doubt(Doubt),
}
