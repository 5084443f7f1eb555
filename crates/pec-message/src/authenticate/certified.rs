//! What a provider certifies.

use std::borrow::Cow;

use pec_daticert::CertificationData;

use super::Evidence;
use crate::{CarriedOriginal, Mail, Message, MessageKind};

/// A value that a PEC provider certifies, with the evidence.
///
/// Only [`authenticate`](crate::authenticate) makes one. It covers nothing but octets inside the
/// signature: no outer header, no preamble, nothing that follows.
///
/// ```compile_fail
/// // There is no other way to have one.
/// let forged = pec_message::Certified { value: "anything" };
/// ```
#[derive(Clone, Debug)]
pub struct Certified<T> {
    value: T,
    evidence: Evidence,
}

impl<T> Certified<T> {
    pub(super) const fn new(value: T, evidence: Evidence) -> Self {
        Self { value, evidence }
    }

    /// The value.
    #[must_use]
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// On what it rests.
    #[must_use]
    pub const fn evidence(&self) -> &Evidence {
        &self.evidence
    }
}

impl Certified<SignedMessage<'_>> {
    /// The certification data alone, with the same evidence: what a program keeps that has no use
    /// for the octets.
    #[must_use]
    pub fn into_data(self) -> Certified<CertificationData> {
        Certified { value: self.value.data, evidence: self.evidence }
    }
}

/// The signed octets of a PEC message and what they say.
#[derive(Clone, Debug)]
pub struct SignedMessage<'a> {
    mail: Mail<'a>,
    data: CertificationData,
}

impl<'a> SignedMessage<'a> {
    pub(super) const fn new(mail: Mail<'a>, data: CertificationData) -> Self {
        Self { mail, data }
    }

    /// The kind of message.
    #[must_use]
    pub fn kind(&self) -> MessageKind {
        self.data.kind().into()
    }

    /// The certification data.
    #[must_use]
    pub const fn data(&self) -> &CertificationData {
        &self.data
    }

    /// The certification data as they stand in the message, decoded.
    #[must_use]
    pub fn xml(&self) -> Cow<'a, [u8]> {
        self.message().daticert().map(crate::Daticert::xml).unwrap_or_default()
    }

    /// The original message, where the kind carries one; in a brief delivery receipt with hashes in
    /// place of the attachments.
    #[must_use]
    pub fn original(&self) -> Option<CarriedOriginal<'_, 'a>> {
        self.message().original()
    }

    /// The signed MIME entity: its parts, and nothing around them. Offsets count in
    /// [its octets](SignedMessage::octets).
    #[must_use]
    pub fn message(&self) -> Message<'_, 'a> {
        self.mail.message()
    }

    /// The signed octets.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.mail.octets()
    }
}
