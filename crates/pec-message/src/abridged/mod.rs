//! Large messages of which only a skeleton is in memory.
//!
//! Whoever reads, judges or wraps a message needs its headers and its structure. Of a large
//! attachment nobody needs the octets, but for one thing: digests are over all of them. So an
//! [`Abridger`] watches a message go by and keeps a *skeleton*: the message without the middles of
//! its long parts. Everything of this crate, of `pec-smime` and of `pec-gestore` works on the
//! skeleton as on a message, and all of these ask a
//! [`CryptoProvider`] for their digests.
//! [`Abridged::examine`] lends them one that reads a slice of the skeleton as what it stands for,
//! gaps included.
//!
//! What comes out is what would come out of the whole message, because of what a gap is:
//!
//! - It is made of whole lines, none of which begins with two dashes. So no delimiter of any
//!   multipart is in one, whatever the boundary.
//! - It lies inside the body of a leaf, after its first [`ABRIDGED_HEAD_OCTETS`] and before its
//!   last lines, as the reader itself sees the skeleton. So it holds no header, preamble or
//!   epilogue.
//! - The leaf is none of those that are read whole: certification data, a message that is not
//!   looked into, a signature.
//! - The whole message is in canonical form, as the skeleton then is. One line outside US-ASCII
//!   stays of each part that has any.
//!
//! Where one of these does not hold, [`Abridger::finish`] says so, and the message is to be taken
//! whole. One check sees less: whether a boundary, made from random octets when the message is
//! there already, occurs in the content at all. In a gap it could not be a delimiter.
//!
//! [`ABRIDGED_HEAD_OCTETS`]: crate::limits::ABRIDGED_HEAD_OCTETS

mod digest;
mod maker;
mod sound;

use std::ops::Range;
use std::sync::Arc;

use pec_smime::crypto::CryptoProvider;

pub use maker::Abridger;
pub use sound::Unabridged;

/// The octets of a message, wherever they are.
pub trait Octets: Send + Sync {
    /// Hands on the octets of a range, in order, in pieces of any length.
    ///
    /// # Errors
    /// [`Unreadable`], when not all of them can be had.
    fn read(&self, range: Range<u64>, take: &mut dyn FnMut(&[u8])) -> Result<(), Unreadable>;
}

/// Octets that cannot be read now, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the octets of the message cannot be read: {0}")]
pub struct Unreadable(pub String);

/// A large message without the middles of its long parts.
///
/// ```
/// use std::{ops::Range, sync::Arc};
/// use pec_message::abridged::{Abridger, Octets, Unreadable};
/// use pec_smime::crypto::{CryptoProvider, DigestAlgorithm};
///
/// struct InMemory(Vec<u8>);
///
/// impl Octets for InMemory {
///     fn read(&self, range: Range<u64>, take: &mut dyn FnMut(&[u8])) -> Result<(), Unreadable> {
///         let missing = || Unreadable("too short".to_owned());
///         let start = usize::try_from(range.start).map_err(|_| missing())?;
///         let end = usize::try_from(range.end).map_err(|_| missing())?;
///         take(self.0.get(start..end).ok_or_else(missing)?);
///         Ok(())
///     }
/// }
///
/// let message = [&b"Subject: x\r\n\r\n"[..], &b"one of many lines\r\n".repeat(10_000)].concat();
/// let mut abridger = Abridger::new();
/// message.chunks(4096).for_each(|chunk| abridger.push(chunk));
/// let abridged = Arc::new(abridger.finish()?);
/// assert!(abridged.skeleton().len() < 20_000);
/// assert_eq!(abridged.octets(), message.len() as u64);
///
/// let crypto = CryptoProvider::rustcrypto();
/// let whole = crypto.digest(DigestAlgorithm::Sha256, &message)?;
/// let octets: Arc<dyn Octets> = Arc::new(InMemory(message));
/// let digest = abridged.examine(&octets, &crypto, |skeleton, crypto| {
///     crypto.digest(DigestAlgorithm::Sha256, skeleton)
/// })??;
/// assert_eq!(digest, whole);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Abridged {
    skeleton: Vec<u8>,
    gaps: Vec<Gap>,
    octets: u64,
}

/// Octets of the message that are not in the skeleton.
#[derive(Clone, Debug)]
struct Gap {
    /// The place in the skeleton before which they stood.
    at: usize,
    octets: u64,
    /// How many octets all gaps before this one have.
    before: u64,
}

/// A piece of something that was made out of a skeleton. The two cases are all there are (closed).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'s> {
    /// New octets.
    Own(&'s [u8]),
    /// Octets of the abridged message, by their place in it.
    Of(Range<u64>),
}

impl Abridged {
    /// The message without its gaps: a message of the same structure.
    #[must_use]
    pub fn skeleton(&self) -> &[u8] {
        &self.skeleton
    }

    /// Length of the whole message, in octets.
    #[must_use]
    pub const fn octets(&self) -> u64 {
        self.octets
    }

    /// Where in the message is what a slice of the skeleton stands for, gaps inside and at its
    /// start included; `None` for any other slice and for an empty one.
    #[must_use]
    pub fn range_of(&self, slice: &[u8]) -> Option<Range<u64>> {
        let within = self.within(slice)?;
        Some(self.place(within.start)..self.place(within.end))
    }

    /// Slices that were made out of the skeleton, as what they stand for: what was lent from it is
    /// named by its place, what is new is lent on.
    pub fn pieces<'s>(&self, slices: impl Iterator<Item = &'s [u8]>) -> Vec<Piece<'s>> {
        let piece = |slice| self.range_of(slice).map_or(Piece::Own(slice), Piece::Of);
        slices.filter(|slice| !slice.is_empty()).map(piece).collect()
    }

    /// Lets `work` look at the skeleton with cryptography that digests the whole message: a slice
    /// that is lent from the skeleton is digested as what it stands for, anything else as it is.
    /// A copy of a part of the skeleton is anything else.
    ///
    /// # Errors
    /// [`Unreadable`] when a gap could not be read; then what `work` made is dropped.
    pub fn examine<R>(
        self: &Arc<Self>,
        octets: &Arc<dyn Octets>,
        crypto: &CryptoProvider,
        work: impl FnOnce(&[u8], &CryptoProvider) -> R,
    ) -> Result<R, Unreadable> {
        let (crypto, faults) = digest::provider(self, octets, crypto);
        let made = work(&self.skeleton, &crypto);
        faults.none().map(|()| made)
    }

    /// Whether parts of the message are missing in the skeleton.
    #[must_use]
    pub fn has_gaps(&self) -> bool {
        !self.gaps.is_empty()
    }

    /// Whether octets are missing in the middle of a slice of the skeleton, so that it must not be
    /// taken for the octets themselves.
    #[must_use]
    pub fn has_gap_in(&self, slice: &[u8]) -> bool {
        self.within(slice).is_some_and(|within| !self.gaps_in(&within).is_empty())
    }

    /// Where a slice is in the skeleton. Two living values never overlap in memory, so what lies
    /// inside by its address is a part of it.
    fn within(&self, slice: &[u8]) -> Option<Range<usize>> {
        let start = slice.as_ptr().addr().checked_sub(self.skeleton.as_ptr().addr())?;
        let end = start.checked_add(slice.len())?;
        (!slice.is_empty() && end <= self.skeleton.len()).then_some(start..end)
    }

    /// Where an octet of the skeleton is in the message; a gap before it comes after this place.
    fn place(&self, at: usize) -> u64 {
        let before = self.gaps.partition_point(|gap| gap.at < at).checked_sub(1);
        let gap = before.and_then(|before| self.gaps.get(before));
        let missing = gap.map_or(0, |gap| gap.before.saturating_add(gap.octets));
        u64::try_from(at).unwrap_or(u64::MAX).saturating_add(missing)
    }

    /// The gaps in a range of the skeleton and at its start.
    fn gaps_in(&self, within: &Range<usize>) -> &[Gap] {
        let first = self.gaps.partition_point(|gap| gap.at < within.start);
        let end = self.gaps.partition_point(|gap| gap.at < within.end);
        self.gaps.get(first..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
