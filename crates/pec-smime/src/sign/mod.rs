//! Signing: who signs, with which key, and what comes out.
//!
//! ```
//! use chrono::{DateTime, Utc};
//! use pec_smime::crypto::CryptoProvider;
//! use pec_smime::multipart::Boundary;
//! use pec_smime::sign::{Draft, Signer, SigningError, SigningOptions, sign_message};
//!
//! fn seal(
//!     signer: &dyn Signer,
//!     crypto: &CryptoProvider,
//!     random_id: &str,
//!     now: DateTime<Utc>,
//! ) -> Result<Vec<u8>, SigningError> {
//!     let draft = Draft {
//!         header: b"From: posta-certificata@pec.example\r\nSubject: ACCETTAZIONE: prova\r\n",
//!         content: &[b"Content-Type: text/plain\r\n\r\n", b"Il messaggio ...\r\n"],
//!         boundary: Boundary::from_id(random_id)?,
//!     };
//!     Ok(sign_message(&draft, signer, &SigningOptions::new(now), crypto)?.to_vec())
//! }
//! ```

mod keys;
mod seal;
pub(crate) mod signed_data;
mod signer;

#[cfg(test)]
mod tests;

pub use keys::load_private_key;
pub use seal::{Draft, SigningError, SigningOptions, sign_detached, sign_message, sign_opaque};
pub use signer::{Signer, SignerError, SoftwareSigner};
