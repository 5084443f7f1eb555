#![doc = include_str!("../README.md")]

#[doc(inline)]
pub use pec_daticert as daticert;
#[doc(inline)]
pub use pec_directory as directory;
#[doc(inline)]
pub use pec_dossier as dossier;
#[cfg(feature = "gestore")]
#[doc(inline)]
pub use pec_gestore as gestore;
#[doc(inline)]
pub use pec_message as message;
#[doc(inline)]
pub use pec_smime as smime;

pub use pec_dossier::{Dossier, Follow, Follows, Judge, Receipt, Sent};
pub use pec_message::{Authentication, Certified, Origin, PinnedProvider, authenticate, read};
pub use pec_smime::crypto::CryptoProvider;
pub use pec_smime::verify::{Policy, Verifier};
pub use pec_smime::x509::TrustStore;
