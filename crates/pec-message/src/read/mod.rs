//! Reading: the structure of a message as a tree of parts, by offsets, nothing decoded.

mod decode;
mod find;
mod message;
mod node;
mod oddity;
mod part;

pub use decode::Decoded;
pub use find::FoundBy;
pub(crate) use find::{DATICERT_NAMES, is_system_part};
pub use message::{CarriedOriginal, Daticert, Message};
pub use node::PartKind;
pub use oddity::{Oddity, OddityKind};
pub use part::Part;

use crate::{Claimed, limits};
use find::Found;
use node::Node;

/// Reads a message of any kind, PEC or not, whole or damaged.
///
/// It never fails: what is odd is said in [`Mail::oddities`], and what could not be found is not
/// there. Nothing is decoded but a few octets of parts that may be the certification data; bodies
/// are decoded when they are [asked for](Part::decode).
///
/// Nothing that a [`Mail`] shows is proved. What a signature proves, [`authenticate`] tells.
///
/// ```
/// use pec_message::{ClaimedKind, MessageKind, read};
///
/// let mail = read(b"X-Ricevuta: accettazione\r\nSubject: ACCETTAZIONE: prova\r\n\r\n");
/// assert_eq!(mail.claimed().kind, ClaimedKind::Pec(MessageKind::Acceptance));
/// assert!(mail.daticert().is_none());
/// ```
///
/// [`authenticate`]: crate::authenticate
#[must_use]
pub fn read(message: &[u8]) -> Mail<'_> {
    read_up_to(message, limits::MESSAGE_OCTETS)
}

/// As [`read`], with another limit than [`limits::MESSAGE_OCTETS`] on the size of the message.
#[must_use]
pub fn read_up_to(message: &[u8], octets: usize) -> Mail<'_> {
    let (root, below, oddities) = node::tree(message, octets);
    let mut mail = Mail { octets: message, root, below, found: Vec::new(), oddities };
    let (found, oddities) = find::in_all_messages(&mail);
    mail.found = found;
    mail.oddities.extend(oddities);
    mail
}

/// A message as it was read: a tree of parts, with messages inside messages.
#[derive(Clone, Debug)]
pub struct Mail<'a> {
    octets: &'a [u8],
    root: Node,
    /// All other parts, each before its children and those before the next sibling.
    below: Vec<Node>,
    /// What was found in each message, by the number of its root.
    found: Vec<(usize, Found)>,
    oddities: Vec<Oddity>,
}

impl<'a> Mail<'a> {
    /// The octets that were read.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The outermost message.
    #[must_use]
    pub fn message(&self) -> Message<'_, 'a> {
        Message::new(Part::new(self, &self.root))
    }

    /// What the header of the outermost message claims. It promises nothing.
    #[must_use]
    pub fn claimed(&self) -> Claimed {
        self.message().claimed()
    }

    /// The certification data of the outermost message, unproved.
    #[must_use]
    pub fn daticert(&self) -> Option<Daticert<'_, 'a>> {
        self.message().daticert()
    }

    /// The original message that the outermost one carries, unproved.
    #[must_use]
    pub fn original(&self) -> Option<CarriedOriginal<'_, 'a>> {
        self.message().original()
    }

    /// Every message in the tree, from the outside in: the outermost one first, then those that
    /// it holds, in order, at any depth.
    pub fn messages(&self) -> impl Iterator<Item = Message<'_, 'a>> {
        self.nodes()
            .filter(|node| node.is_message_root)
            .map(|node| Message::new(Part::new(self, node)))
    }

    /// Every part, each before its children.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_, 'a>> {
        self.nodes().map(|node| Part::new(self, node))
    }

    /// The part at the end of a path: the numbers of the parts from the outside in, counted from
    /// 0. The empty path is the message itself; the message in a `message/rfc822` is its child 0.
    #[must_use]
    pub fn part(&self, path: &[usize]) -> Option<Part<'_, 'a>> {
        let root = Part::new(self, &self.root);
        path.iter().try_fold(root, |part, index| part.children().nth(*index))
    }

    /// What is odd, in the order of the message for its structure, then for what was looked for.
    #[must_use]
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }

    fn nodes(&self) -> impl Iterator<Item = &Node> {
        std::iter::once(&self.root).chain(&self.below)
    }

    fn node(&self, number: usize) -> Option<&Node> {
        match number.checked_sub(1) {
            None => Some(&self.root),
            Some(below) => self.below.get(below),
        }
    }

    fn found(&self, root: usize) -> Option<&Found> {
        let at = self.found.binary_search_by_key(&root, |(root, _)| *root).ok()?;
        self.found.get(at).map(|(_, found)| found)
    }
}

#[cfg(test)]
mod tests;
