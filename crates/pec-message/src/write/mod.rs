//! Every message that a provider makes, from typed data alone.
//!
//! XML, subject, header fields and readable text all come from one
//! [`CertificationData`](pec_daticert::CertificationData), so they cannot disagree. A [`Draft`] is
//! the message before it is signed: a sequence of slices in which an original stays where it is.
//! [`Draft::seal`] signs it.
//!
//! ```
//! use pec_daticert::{CertificationData, Event, Header, Recipient};
//! use pec_message::{original::Original, write::{Draft, SystemAddress}};
//!
//! let original = Original::new(
//!     b"From: mario@alfa.example\r\nTo: anna@beta.example\r\nSubject: Contratto\r\n\
//!       Message-ID: <m1@pc.example>\r\n\r\nEcco.\r\n",
//! )?;
//! let data = CertificationData {
//!     header: Header {
//!         sender: "mario@alfa.example".parse()?, // the SMTP paths, not To and Cc
//!         recipients: Recipient::certified("anna@beta.example".parse()?).into(),
//!         reply_to: original.reply_to(),
//!         subject: original.subject(),
//!     },
//!     provider: "Alfa PEC S.p.A.".parse()?,
//!     time: "2026-11-21T10:00:00+01:00".parse()?,
//!     pec_msgid: "pec1.20261121090000.1.00ff@pec.alfa.example".parse()?,
//!     msgid: original.msgid(),
//!     event: Event::TransportEnvelope { receipt_type: original.requested_receipt() },
//! };
//! let from = SystemAddress::at("pec.alfa.example")?;
//! let envelope = Draft::transport_envelope(&data, &from, &original)?;
//! let header = String::from_utf8(envelope.header().to_vec())?;
//! assert!(header.contains("Subject: POSTA CERTIFICATA: Contratto\r\n"));
//! assert!(header.contains("To: anna@beta.example\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod anomaly;
mod body;
mod catalogue;
mod certified;
mod error;
pub(crate) mod field;
mod inherited;
mod latin1;
mod sealed;

use std::borrow::Cow;
use std::io;

use chrono::{DateTime, Utc};
use pec_daticert::{Address, AddressError, PecMsgid};
use pec_smime::crypto::CryptoProvider;
use pec_smime::multipart::Boundary;
use pec_smime::sign::{self, Signer, SigningOptions};

pub use anomaly::Anomaly;
pub use error::{SealError, WriteError};
pub use sealed::Sealed;

use crate::MessageKind;
use crate::header::SYSTEM_LOCAL_PART;

/// The address that a provider's messages come from, `posta-certificata@domain`: the one in its
/// certificate.
///
/// ```
/// use pec_message::write::SystemAddress;
/// let address = SystemAddress::at("pec.alfa.example")?;
/// assert_eq!(address.address().as_str(), "posta-certificata@pec.alfa.example");
/// # Ok::<(), pec_daticert::AddressError>(())
/// ```
// norms 14, erratum 2
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SystemAddress(Address);

impl SystemAddress {
    /// The system address at the provider's mail domain.
    ///
    /// # Errors
    /// [`AddressError`] when this is no domain.
    pub fn at(domain: &str) -> Result<Self, AddressError> {
        format!("{SYSTEM_LOCAL_PART}@{domain}").parse().map(Self)
    }

    /// The address.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.0
    }
}

/// What a message has beside its certification data: who issues it, and its own identifier, which
/// is not that of the transmission (norms §1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The provider that issues the message.
    pub from: SystemAddress,
    /// The identifier of this message.
    pub message_id: PecMsgid,
}

/// A message before it is signed.
///
/// It is made by one function for each way in which messages differ:
///
/// | message | made by |
/// |---|---|
/// | transport envelope | [`transport_envelope`](Draft::transport_envelope) |
/// | acceptance, non-acceptance | [`notification`](Draft::notification) |
/// | delivery error, timeout notice, concise delivery | [`notification`](Draft::notification) |
/// | complete delivery | [`complete_delivery`](Draft::complete_delivery) |
/// | brief delivery | [`brief_delivery`](Draft::brief_delivery) |
/// | take-in-charge | [`take_in_charge`](Draft::take_in_charge) |
/// | virus detection | [`virus_detection`](Draft::virus_detection) |
/// | anomaly envelope | [`anomaly_envelope`](Draft::anomaly_envelope) |
/// | one of the notifications, made again | [`reissue`](Draft::reissue) |
///
/// The same arguments give the same octets.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    kind: MessageKind,
    from: Address,
    addressed_to: Option<Address>,
    time: DateTime<Utc>,
    header: Vec<u8>,
    content: Vec<Cow<'a, [u8]>>,
    boundary: Boundary,
    needs_smtputf8: bool,
    is_8bit: bool,
}

impl Draft<'_> {
    /// What the message is.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        self.kind
    }

    /// The address that the message comes from.
    #[must_use]
    pub const fn from(&self) -> &Address {
        &self.from
    }

    /// The one address that the message goes to; `None` for envelopes, which go where the message
    /// inside goes: their SMTP paths are those of that message (RFC 6109 §3.1.5, §3.2.2).
    // rfc6109 §2.1#7, §2.1#8
    #[must_use]
    pub const fn addressed_to(&self) -> Option<&Address> {
        self.addressed_to.as_ref()
    }

    /// The header fields, each ended by CRLF, without those of MIME.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// What will be signed: the `multipart/mixed` with its MIME header, as slices.
    pub fn content(&self) -> impl Iterator<Item = &[u8]> {
        self.content.iter().map(AsRef::as_ref)
    }

    /// Whether the message can only travel where every hop offers 8BITMIME (RFC 6152): it holds an
    /// 8-bit original, which cannot be encoded (RFC 2046 §5.2.1) or inherited 8-bit fields of it.
    // norms 3
    #[must_use]
    pub const fn needs_8bitmime(&self) -> bool {
        self.is_8bit
    }

    /// Whether an address outside US-ASCII stands in the header: then every hop must offer
    /// SMTPUTF8 (RFC 6531).
    #[must_use]
    pub const fn needs_smtputf8(&self) -> bool {
        self.needs_smtputf8
    }

    /// Writes the message without a signature: to be shown, never to be sent.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_unsigned(&self, out: &mut impl io::Write) -> io::Result<()> {
        out.write_all(&self.header)?;
        out.write_all(b"MIME-Version: 1.0\r\n")?;
        self.content().try_for_each(|slice| out.write_all(slice))
    }

    /// Signs the message, at its own time (RFC 6109 §4.1). Seal once and keep the octets: another
    /// signature differs.
    ///
    /// # Errors
    /// [`SealError`]: the signer's certificate is not that of the sending address, or signing
    /// fails.
    // rfc6109 §2.1#1, §2.1#3, norms 1, norms 14
    pub fn seal(
        &self,
        signer: &dyn Signer,
        crypto: &CryptoProvider,
    ) -> Result<Sealed<'_>, SealError> {
        let addresses = signer.certificate().rfc822_names();
        if !addresses.iter().any(|address| address.eq_ignore_ascii_case(self.from.as_str())) {
            let certified = addresses.to_vec();
            return Err(SealError::OtherAddress { from: self.from.clone(), certified });
        }
        let content: Vec<&[u8]> = self.content().collect();
        let draft = sign::Draft {
            header: &self.header,
            content: &content,
            boundary: self.boundary.clone(),
        };
        let options = SigningOptions::new(self.time);
        let message = sign::sign_message(&draft, signer, &options, crypto)?;
        Ok(Sealed::new(message, self))
    }
}
