//! One part of a message.

use std::fmt;
use std::ops::Range;

use pec_smime::entity::Entity;

use super::decode::{self, Decoded};
use super::message::Message;
use super::node::Node;
use super::{Mail, PartKind};

/// A part of a [`Mail`]: a view, cheap to copy.
#[derive(Clone, Copy)]
pub struct Part<'m, 'a> {
    mail: &'m Mail<'a>,
    node: &'m Node,
}

impl<'m, 'a> Part<'m, 'a> {
    pub(super) const fn new(mail: &'m Mail<'a>, node: &'m Node) -> Self {
        Self { mail, node }
    }

    pub(super) const fn mail(self) -> &'m Mail<'a> {
        self.mail
    }

    pub(super) const fn number(self) -> usize {
        self.node.number
    }

    /// What it is made of.
    #[must_use]
    pub const fn kind(self) -> PartKind {
        self.node.kind
    }

    /// The media type in lower case, without parameters; `text/plain` when none is given.
    #[must_use]
    pub fn media_type(self) -> &'m str {
        &self.node.media_type
    }

    /// The file name: `filename` of Content-Disposition, else `name` of Content-Type, decoded. It
    /// may hold anything: never use it as a path.
    #[must_use]
    pub fn name(self) -> Option<&'m str> {
        self.node.name.as_deref()
    }

    /// Whether its Content-Disposition is `attachment`.
    #[must_use]
    pub const fn has_attachment_disposition(self) -> bool {
        self.node.is_attachment
    }

    /// Its path from the outermost message: numbers counted from 0.
    #[must_use]
    pub fn path(self) -> Vec<usize> {
        let mut path: Vec<usize> = self
            .and_ancestors()
            .filter(|part| part.node.parent.is_some())
            .map(Self::index)
            .collect();
        path.reverse();
        path
    }

    /// Its place among the children of its parent.
    #[must_use]
    pub const fn index(self) -> usize {
        self.node.index
    }

    /// The part that it is a child of.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        let node = self.mail.node(self.node.parent?)?;
        Some(Self { node, ..self })
    }

    /// Its children in order.
    pub fn children(self) -> impl Iterator<Item = Self> + use<'m, 'a> {
        let first = self.node.number.saturating_add(1);
        let end = self.node.end;
        let within = move |node: &&Node| node.number < end;
        let first = self.mail.node(first).filter(within);
        let mail = self.mail;
        std::iter::successors(first, move |node| mail.node(node.end).filter(within))
            .map(move |node| Self { mail, node })
    }

    /// Its header fields, scanned anew at every call.
    #[must_use]
    pub fn entity(self) -> Entity<'a> {
        Entity::scan_range(self.mail.octets, self.range())
    }

    /// Where it is in the message, header included.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.node.range.clone()
    }

    /// Where its body is in the message.
    #[must_use]
    pub fn body_range(self) -> Range<usize> {
        self.node.body.clone()
    }

    /// Its octets as they stand in the message, header included.
    #[must_use]
    pub fn octets(self) -> &'a [u8] {
        self.mail.octets.get(self.range()).unwrap_or_default()
    }

    /// Its body as it stands in the message, in its transfer encoding.
    #[must_use]
    pub fn body(self) -> &'a [u8] {
        self.mail.octets.get(self.body_range()).unwrap_or_default()
    }

    /// The line break that follows it, where it is a part of a multipart and so ends at one.
    pub(crate) fn line_break_after(self) -> &'a [u8] {
        let after = self.mail.octets.get(self.range().end..).unwrap_or_default();
        match after {
            [b'\r', b'\n', ..] => after.get(..2).unwrap_or_default(),
            [b'\n', ..] => after.get(..1).unwrap_or_default(),
            _ => b"",
        }
    }

    /// Its body without the transfer encoding.
    #[must_use]
    pub fn decode(self) -> Decoded<'a> {
        decode::decode(self.body(), self.node.transfer)
    }

    /// As [`decode`](Part::decode), of a body that is elsewhere: all of it, where this is a part
    /// of a skeleton (see [`abridged`](crate::abridged)).
    #[must_use]
    pub fn decode_body<'b>(&self, body: &'b [u8]) -> Decoded<'b> {
        decode::decode(body, self.node.transfer)
    }

    /// The first octets of its body without the transfer encoding; `encoded` of them are looked
    /// at.
    pub(super) fn decode_prefix(self, encoded: usize) -> Decoded<'a> {
        let body = self.body();
        decode::decode(body.get(..encoded).unwrap_or(body), self.node.transfer)
    }

    /// Its body as text, in the charset that it names.
    #[must_use]
    pub fn text(self) -> String {
        let content_type = self.entity().content_type().unwrap_or_default();
        let charset = content_type.parameter("charset").map(|parameter| parameter.text());
        decode::decode_text(self.decode().octets(), charset.as_deref())
    }

    /// The message inside, when this is a `message/rfc822` that was looked into.
    #[must_use]
    pub fn embedded(self) -> Option<Message<'m, 'a>> {
        let is_message = self.node.kind == PartKind::Message;
        self.children().next().filter(|_| is_message).map(Message::new)
    }

    /// The message that this is a part of; for the root of a message that message itself.
    #[must_use]
    pub fn message(self) -> Message<'m, 'a> {
        let root = self.and_ancestors().find(|part| part.node.is_message_root);
        Message::new(root.unwrap_or(self))
    }

    /// Whether it is the root of a message.
    #[must_use]
    pub const fn is_message_root(self) -> bool {
        self.node.is_message_root
    }

    /// Whether it is the signature of a `multipart/signed`.
    #[must_use]
    pub fn is_signature(self) -> bool {
        let is_typed = matches!(
            self.media_type(),
            "application/pkcs7-signature" | "application/x-pkcs7-signature"
        );
        is_typed && self.parent().is_some_and(|parent| parent.media_type() == "multipart/signed")
    }

    /// All parts below it and itself, those of messages that it holds left out.
    pub(super) fn own_parts(self) -> impl Iterator<Item = Self> + use<'m, 'a> {
        let mail = self.mail;
        let end = self.node.end;
        std::iter::successors(Some(self.node), move |node| {
            let is_message = node.kind == PartKind::Message;
            let next = if is_message { node.end } else { node.number.saturating_add(1) };
            mail.node(next).filter(|node| node.number < end)
        })
        .map(move |node| Self { mail, node })
    }

    fn and_ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |part| part.parent())
    }
}

impl fmt::Debug for Part<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("path", &self.path())
            .field("media_type", &self.media_type())
            .field("name", &self.name())
            .field("range", &self.range())
            .finish_non_exhaustive()
    }
}
