//! Whether a skeleton has the structure of its message, as the reader sees it.

use std::ops::Range;

use super::Abridged;
use crate::read::is_system_part;
use crate::{Mail, Part, PartKind, read_up_to};

/// Why a message is needed whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unabridged {
    /// It is not in canonical form: where lines end is not the same for all programs.
    #[error("the message is not in canonical form")]
    NotCanonical,
    /// There is a long stretch that is not the inside of a plain part: a header, what stands round
    /// the parts, or a part that must be read whole.
    #[error("a long stretch of the message is not the inside of a plain part")]
    Structure,
}

/// The first octet of an ASN.1 `SET`, and a digit. Whether a content is a set of attributes is
/// asked of all its octets.
const SET: u8 = 0x31;

/// Each gap must lie inside the body of a part of which nobody wants to know the inside. Then the
/// gaps change nothing in how the message is read, and what was read is the message.
pub(super) fn check(abridged: &Abridged) -> Result<(), Unabridged> {
    if abridged.gaps.is_empty() {
        return Ok(());
    }
    let mail = read_up_to(&abridged.skeleton, usize::MAX);
    let bodies = plain_bodies(&mail);
    let is_inside = |at: usize| {
        let after = bodies.partition_point(|body| body.start < at);
        let body = after.checked_sub(1).and_then(|before| bodies.get(before));
        body.is_some_and(|body| at < body.end)
    };
    if abridged.gaps.iter().all(|gap| is_inside(gap.at)) {
        Ok(())
    } else {
        Err(Unabridged::Structure)
    }
}

/// Where the bodies of plain leaves are, in order.
fn plain_bodies(mail: &Mail<'_>) -> Vec<Range<usize>> {
    mail.parts().filter(|part| is_plain(*part)).map(Part::body_range).collect()
}

fn is_plain(part: Part<'_, '_>) -> bool {
    let is_container = ["multipart/", "message/"].iter().any(|kind| {
        // One that was not looked into; another program may.
        part.media_type().starts_with(kind)
    });
    part.kind() == PartKind::Leaf
        && !is_container
        && !is_system_part(part)
        && !is_in_signature(part)
        && !may_be_set(part)
}

/// Whether it is in a `multipart/signed` beside what is signed.
fn is_in_signature(part: Part<'_, '_>) -> bool {
    let mut above = std::iter::successors(Some(part), |part| part.parent());
    above.any(|part| {
        let is_signed = |parent: Part<'_, '_>| parent.media_type() == "multipart/signed";
        part.index() > 0 && part.parent().is_some_and(is_signed)
    })
}

/// Whether it is in something signed that begins as a set of attributes does.
fn may_be_set(part: Part<'_, '_>) -> bool {
    let mut above = std::iter::successors(Some(part), |part| part.parent());
    above.any(|part| part.octets().first() == Some(&SET))
}
