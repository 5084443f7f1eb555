//! The tree of parts: offsets and names, kept small, since a message may have thousands.

use std::ops::Range;

use pec_smime::entity::{DashLines, Entity, ParameterizedValue};

use super::decode::Transfer;
use super::oddity::{Oddity, OddityKind};
use crate::limits;
use crate::original::decode_words;

/// What a part is made of. The three cases are all there are (closed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PartKind {
    /// Content without parts of its own, as far as they are looked at.
    Leaf,
    /// A `multipart/*` that was split.
    Multipart,
    /// A `message/rfc822` that was looked into. Its only child is the message.
    Message,
}

/// One part.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Its place in the order of the tree; 0 is the outermost message.
    pub(super) number: usize,
    /// The first number that is not below it.
    pub(super) end: usize,
    pub(super) parent: Option<usize>,
    /// Its place among the children of the parent.
    pub(super) index: usize,
    pub(super) range: Range<usize>,
    pub(super) body: Range<usize>,
    pub(super) kind: PartKind,
    pub(super) is_message_root: bool,
    /// In lower case.
    pub(super) media_type: String,
    pub(super) name: Option<String>,
    pub(super) is_attachment: bool,
    pub(super) transfer: Transfer,
}

/// Splits a message into its parts.
pub(super) fn tree(message: &[u8], octets: usize) -> (Node, Vec<Node>, Vec<Oddity>) {
    let too_large = message.len() > octets;
    let lines = DashLines::find(if too_large { b"" } else { message });
    let mut builder = Builder { lines, nodes: Vec::new(), oddities: Vec::new(), path: Vec::new() };
    let entity = Entity::scan(message);
    let mut root = builder.node(&entity, None, DefaultType::Text, true);
    if too_large {
        builder.tell(OddityKind::TooLarge { octets: message.len(), limit: octets });
    } else {
        builder.descend(&entity, &mut root);
    }
    root.end = builder.next_number();
    (root, builder.nodes, builder.oddities)
}

/// What a part without Content-Type is (RFC 2046 §5.1.5).
#[derive(Clone, Copy, PartialEq, Eq)]
enum DefaultType {
    Text,
    Message,
}

struct Builder {
    lines: DashLines,
    /// All nodes but the root.
    nodes: Vec<Node>,
    oddities: Vec<Oddity>,
    path: Vec<usize>,
}

impl Builder {
    fn next_number(&self) -> usize {
        self.nodes.len().saturating_add(1)
    }

    fn tell(&mut self, kind: OddityKind) {
        if self.oddities.len() < limits::ODDITIES {
            self.oddities.push(Oddity { path: self.path.clone(), kind });
        }
    }

    fn node(
        &mut self,
        entity: &Entity<'_>,
        parent: Option<usize>,
        default: DefaultType,
        is_message_root: bool,
    ) -> Node {
        let content_type = entity.content_type();
        self.tell_header(entity, content_type.as_ref());
        let disposition = entity.content_disposition();
        let transfer = Transfer::of(&entity.transfer_encoding());
        if transfer == Transfer::Unknown {
            self.tell(OddityKind::UnknownTransferEncoding(entity.transfer_encoding()));
        }
        let media_type = match (&content_type, default) {
            (Some(found), _) => found.value().to_owned(),
            (None, DefaultType::Text) => "text/plain".to_owned(),
            (None, DefaultType::Message) => "message/rfc822".to_owned(),
        };
        let parameter = |value: &Option<ParameterizedValue>, name: &str| {
            let text = value.as_ref()?.parameter(name)?.text();
            // Encoded words in parameters are forbidden (RFC 2047 §5) and common.
            let text = decode_words(&text).trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        let number = if parent.is_none() { 0 } else { self.next_number() };
        Node {
            number,
            end: number.saturating_add(1),
            parent,
            index: self.path.last().copied().unwrap_or_default(),
            range: entity.range(),
            body: entity.body_range(),
            kind: PartKind::Leaf,
            is_message_root,
            media_type,
            name: parameter(&disposition, "filename").or_else(|| parameter(&content_type, "name")),
            is_attachment: disposition.is_some_and(|value| value.value() == "attachment"),
            transfer,
        }
    }

    fn tell_header(&mut self, entity: &Entity<'_>, content_type: Option<&ParameterizedValue>) {
        if !entity.damage().is_sound() {
            self.tell(OddityKind::DamagedHeader(entity.damage()));
        }
        for field in ["Content-Type", "Content-Transfer-Encoding", "Content-Disposition"] {
            if entity.is_repeated(field) {
                self.tell(OddityKind::RepeatedField(field));
            }
        }
        if content_type.is_some_and(ParameterizedValue::is_repeated) {
            self.tell(OddityKind::RepeatedParameter);
        }
        if content_type.is_some_and(ParameterizedValue::is_malformed) {
            self.tell(OddityKind::MalformedContentType);
        }
    }

    /// Adds what is below an entity, whose node is not in the list yet.
    fn descend(&mut self, entity: &Entity<'_>, node: &mut Node) {
        let is_multipart = node.media_type.starts_with("multipart/");
        let is_message = matches!(node.media_type.as_str(), "message/rfc822" | "message/global");
        if !is_multipart && !is_message {
            return;
        }
        if node.transfer != Transfer::Identity {
            self.tell(OddityKind::EncodedContainer);
            return;
        }
        if self.path.len() >= limits::MIME_DEPTH {
            self.tell(OddityKind::TooDeep);
            return;
        }
        if is_message {
            let inner = Entity::scan_range(entity.message(), entity.body_range());
            node.kind = PartKind::Message;
            self.child(&inner, node, 0, DefaultType::Text, true);
        } else {
            self.split(entity, node);
        }
    }

    fn split(&mut self, entity: &Entity<'_>, node: &mut Node) {
        let Some(multipart) = entity.multipart_among(&self.lines) else {
            self.tell(OddityKind::MissingBoundary);
            return;
        };
        if !multipart.damage().is_sound() {
            self.tell(OddityKind::DamagedMultipart(multipart.damage()));
        }
        node.kind = PartKind::Multipart;
        let default = match node.media_type.as_str() {
            "multipart/digest" => DefaultType::Message,
            _ => DefaultType::Text,
        };
        for index in 0..multipart.ranges().len() {
            let Some(part) = multipart.part(index) else { return };
            if !self.child(&part, node, index, default, false) {
                return;
            }
        }
    }

    /// Adds a child with what is below it; `false` when there are too many parts.
    fn child(
        &mut self,
        entity: &Entity<'_>,
        parent: &Node,
        index: usize,
        default: DefaultType,
        is_message_root: bool,
    ) -> bool {
        if self.next_number() >= limits::PARTS {
            self.tell(OddityKind::TooManyParts);
            return false;
        }
        self.path.push(index);
        let node = self.node(entity, Some(parent.number), default, is_message_root);
        let place = self.nodes.len();
        self.nodes.push(node.clone());
        let mut node = node;
        self.descend(entity, &mut node);
        node.end = self.next_number();
        if let Some(slot) = self.nodes.get_mut(place) {
            *slot = node;
        }
        self.path.pop();
        true
    }
}
