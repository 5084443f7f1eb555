//! Signed messages.

use std::io;

use pec_smime::multipart::SignedMessage;

use super::Draft;
use crate::MessageKind;

/// A signed message, as the sequence of slices in which it is stored or sent.
///
/// ```
/// # use pec_daticert::{CertificationData, Event};
/// use pec_message::write::{Draft, Issue, SystemAddress};
/// use pec_smime::{crypto::CryptoProvider, testpki::{Shape, TestPki}};
///
/// # let data = pec_daticert::fuzzing::example();
/// let issue = Issue {
///     from: SystemAddress::at("pec.alfa.example")?,
///     message_id: "pec1.20261121091500.2.77aa@pec.alfa.example".parse()?,
/// };
/// let acceptance = Draft::notification(&data, &issue)?;
///
/// let pki = TestPki::new(data.time.to_utc(), &["pec.alfa.example"]);
/// let alfa = pki.provider("Alfa PEC S.p.A.", "pec.alfa.example", Shape::Sound);
/// let crypto = CryptoProvider::rustcrypto();
/// let sealed = acceptance.seal(&alfa.signer(&crypto), &crypto)?;
/// let mut file = Vec::new();
/// sealed.write_to(&mut file)?;
/// assert_eq!(file.len(), sealed.octets());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sealed<'d> {
    message: SignedMessage<'d>,
    kind: MessageKind,
    needs_8bitmime: bool,
    needs_smtputf8: bool,
}

impl<'d> Sealed<'d> {
    pub(super) const fn new(message: SignedMessage<'d>, draft: &Draft<'_>) -> Self {
        Self {
            message,
            kind: draft.kind(),
            needs_8bitmime: draft.needs_8bitmime(),
            needs_smtputf8: draft.needs_smtputf8(),
        }
    }

    /// What the message is.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        self.kind
    }

    /// As [`Draft::needs_8bitmime`].
    #[must_use]
    pub const fn needs_8bitmime(&self) -> bool {
        self.needs_8bitmime
    }

    /// As [`Draft::needs_smtputf8`].
    #[must_use]
    pub const fn needs_smtputf8(&self) -> bool {
        self.needs_smtputf8
    }

    /// The slices in order.
    pub fn slices(&self) -> impl Iterator<Item = &[u8]> {
        self.message.slices()
    }

    /// Length in octets.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.message.octets()
    }

    /// Writes the message.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_to(&self, out: &mut impl io::Write) -> io::Result<()> {
        self.message.write_to(out)
    }

    /// The message in one piece.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.message.to_vec()
    }
}
