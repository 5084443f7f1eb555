//! One message: the outermost one, or one inside another.

use std::borrow::Cow;

use pec_daticert::{CertificationData, Deviation, ReadError, Reading, StrictError};

use super::{FoundBy, Part};
use crate::{Claimed, ClaimedKind};

/// A message in a [`Mail`](crate::Mail): a view, cheap to copy. Nothing that it shows is proved.
#[derive(Clone, Copy, Debug)]
pub struct Message<'m, 'a> {
    root: Part<'m, 'a>,
}

impl<'m, 'a> Message<'m, 'a> {
    pub(super) const fn new(root: Part<'m, 'a>) -> Self {
        Self { root }
    }

    /// The message as a part: its header and its body.
    #[must_use]
    pub const fn part(self) -> Part<'m, 'a> {
        self.root
    }

    /// The octets of the message.
    #[must_use]
    pub fn octets(self) -> &'a [u8] {
        self.root.octets()
    }

    /// What its header claims.
    #[must_use]
    pub fn claimed(self) -> Claimed {
        Claimed::of(&self.root.entity())
    }

    /// The kind that its header claims.
    #[must_use]
    pub fn claimed_kind(self) -> ClaimedKind {
        ClaimedKind::of(&self.root.entity())
    }

    /// Its parts, the root first, those of messages that it holds left out.
    pub fn own_parts(self) -> impl Iterator<Item = Part<'m, 'a>> {
        self.root.own_parts()
    }

    /// The messages that it holds as `message/rfc822`, those inside them left out.
    pub fn embedded(self) -> impl Iterator<Item = Message<'m, 'a>> {
        self.own_parts().filter_map(Part::embedded)
    }

    /// The certification data: by name, else by type, else by content.
    #[must_use]
    pub fn daticert(self) -> Option<Daticert<'m, 'a>> {
        let (number, found_by) = self.root.mail().found(self.root.number())?.daticert?;
        let node = self.root.mail().node(number)?;
        Some(Daticert { part: Part::new(self.root.mail(), node), found_by })
    }

    /// The message that a PEC message carries: by name, else the first `message/rfc822`. In an
    /// anomaly envelope it is the received one.
    ///
    /// Of a message that claims to be no PEC message and has no certification data there is none:
    /// a message that somebody forwards as an attachment is an attachment.
    #[must_use]
    pub fn original(self) -> Option<CarriedOriginal<'m, 'a>> {
        let found = self.root.mail().found(self.root.number())?;
        let (number, found_by) = found.original?;
        let is_pec =
            matches!(self.claimed_kind(), ClaimedKind::Pec(_) | ClaimedKind::Unknown { .. });
        let node = self.root.mail().node(number)?;
        let original = CarriedOriginal { part: Part::new(self.root.mail(), node), found_by };
        (is_pec || found.daticert.is_some() || found_by == FoundBy::Name).then_some(original)
    }

    /// The files that it holds: leaves with a name, with the disposition `attachment` or of
    /// another type than text, and messages. What the PEC system adds is left out: certification
    /// data, original message, signatures.
    pub fn attachments(self) -> impl Iterator<Item = Part<'m, 'a>> {
        let daticert = self.daticert().map(|found| found.part.number());
        let original = self.original().map(|found| found.part.number());
        self.own_parts().filter(move |part| {
            let is_system = [daticert, original].contains(&Some(part.number()));
            let is_file = part.name().is_some()
                || part.has_attachment_disposition()
                || !part.media_type().starts_with("text/");
            let is_container = part.media_type().starts_with("multipart/");
            is_file && !is_container && !is_system && !part.is_signature()
        })
    }
}

/// The part with the certification data of a message. Nothing of it is proved.
#[doc(alias = "daticert")]
#[derive(Clone, Copy, Debug)]
pub struct Daticert<'m, 'a> {
    part: Part<'m, 'a>,
    found_by: FoundBy,
}

impl<'m, 'a> Daticert<'m, 'a> {
    /// The part.
    #[must_use]
    pub const fn part(self) -> Part<'m, 'a> {
        self.part
    }

    /// How it was recognised.
    #[must_use]
    pub const fn found_by(self) -> FoundBy {
        self.found_by
    }

    /// The XML.
    #[must_use]
    pub fn xml(self) -> Cow<'a, [u8]> {
        self.part.decode().into_octets()
    }

    /// Reads it as far as it can be understood, with what departs from the norm.
    ///
    /// # Errors
    /// [`ReadError`], as for [`Reading::from_xml`].
    // norms 8
    pub fn read(self) -> Result<(Reading, Vec<Deviation>), ReadError> {
        Reading::from_xml(&self.xml())
    }

    /// Reads it if it is exactly as the norm prescribes.
    ///
    /// # Errors
    /// [`StrictError`], as for [`CertificationData::from_xml`].
    pub fn read_strictly(self) -> Result<CertificationData, StrictError> {
        CertificationData::from_xml(&self.xml())
    }
}

/// The part with the message that a PEC message carries. Nothing of it is proved.
#[doc(alias = "postacert")]
#[derive(Clone, Copy, Debug)]
pub struct CarriedOriginal<'m, 'a> {
    part: Part<'m, 'a>,
    found_by: FoundBy,
}

impl<'m, 'a> CarriedOriginal<'m, 'a> {
    /// The part.
    #[must_use]
    pub const fn part(self) -> Part<'m, 'a> {
        self.part
    }

    /// How it was recognised.
    #[must_use]
    pub const fn found_by(self) -> FoundBy {
        self.found_by
    }

    /// The octets of the original message, exactly; decoded if it has a transfer encoding, which
    /// RFC 2046 §5.2.1 forbids.
    #[must_use]
    pub fn octets(self) -> Cow<'a, [u8]> {
        self.part.decode().into_octets()
    }

    /// The original message as a message of the tree; `None` if it was not looked into: it has a
    /// transfer encoding or another type than `message/rfc822`, or lies too deep. Then
    /// [`read`](crate::read) its [octets](CarriedOriginal::octets).
    #[must_use]
    pub fn message(self) -> Option<Message<'m, 'a>> {
        self.part.embedded()
    }
}
