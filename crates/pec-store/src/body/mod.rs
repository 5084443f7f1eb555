//! Message bodies: small ones in the database, large ones in an object store, none twice.

mod compose;
mod objects;
mod ranges;
mod reader;
mod within;
mod writer;

use pec_gestore::{BodyRef, Digest};
use sha2::{Digest as _, Sha256};

use crate::{Store, StoreError};

pub use compose::Fragment;
pub(crate) use compose::compose;
pub(crate) use objects::{Objects, PART_OCTETS, Pin};
pub use ranges::BodyRanges;
pub use reader::BodyReader;
pub(crate) use within::shared_with;
pub use writer::BodyWriter;

/// Octets of a message that are in the store but in no transaction yet: handing it to
/// [`Commit::with_body`](crate::Commit::with_body), [`Store::seal`](crate::Store::seal) or
/// [`Store::add_directory`](crate::Store::add_directory) keeps them. Those of a body that is
/// dropped
/// are orphans, which [`Store::collect`](crate::Store::collect) removes.
#[derive(Clone, Debug)]
pub struct Body {
    pub(crate) reference: BodyRef,
    pub(crate) form: Form,
    /// Keeps the collector from the object until a row names it.
    _pin: Option<Pin>,
}

/// Where the octets of a new body are.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// Here, on their way into the database.
    Inline(Vec<u8>),
    /// In the object store, synced.
    Object,
    /// Partly in another body.
    Composed(Vec<Part>),
}

/// A part of a composed body.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// Octets of its own.
    Own(Vec<u8>),
    /// Octets of another body.
    Of { source: BodyRef, offset: u64, octets: u64 },
}

/// A piece of a stored body, as reading needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Octets of the database.
    Inline(Vec<u8>),
    /// A range of an object.
    Object { digest: Digest, offset: u64, octets: u64 },
}

/// The pieces of a stored body, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pieces(pub(crate) Vec<Piece>);

impl Body {
    /// What inputs and plans call it.
    #[must_use]
    pub const fn reference(&self) -> BodyRef {
        self.reference
    }

    /// Whether an object holds the octets.
    pub(crate) const fn is_object(&self) -> bool {
        matches!(self.form, Form::Object)
    }

    /// Where the octets are, before a transaction holds the body.
    pub(crate) async fn pieces(&self, store: &Store) -> Result<Pieces, StoreError> {
        let parts = match &self.form {
            Form::Inline(octets) => return Ok(Pieces(vec![Piece::Inline(octets.clone())])),
            Form::Object => {
                let BodyRef { sha256: digest, octets } = self.reference;
                return Ok(Pieces(vec![Piece::Object { digest, offset: 0, octets }]));
            }
            Form::Composed(parts) => parts,
        };
        let mut pieces = Vec::new();
        for part in parts {
            match part {
                Part::Own(octets) => pieces.push(Piece::Inline(octets.clone())),
                Part::Of { source, offset, octets } => {
                    let range = *offset..offset.saturating_add(*octets);
                    pieces.extend(store.body_ranges(source).await?.pieces().slice(&range).0);
                }
            }
        }
        Ok(Pieces(pieces))
    }

    /// Octets that go into the database whole.
    pub(crate) fn inline(octets: Vec<u8>) -> Self {
        Self { reference: reference_of(&octets), form: Form::Inline(octets), _pin: None }
    }

    /// An object that is durable.
    pub(crate) const fn object(reference: BodyRef, pin: Pin) -> Self {
        Self { reference, form: Form::Object, _pin: Some(pin) }
    }

    /// Octets of which others are a part.
    pub(crate) const fn composed(reference: BodyRef, parts: Vec<Part>) -> Self {
        Self { reference, form: Form::Composed(parts), _pin: None }
    }
}

/// The name of some octets.
#[must_use]
pub fn reference_of(octets: &[u8]) -> BodyRef {
    BodyRef { sha256: Digest(Sha256::digest(octets).into()), octets: length(octets) }
}

/// The length of octets at hand, which always fits.
pub(crate) fn length(octets: &[u8]) -> u64 {
    u64::try_from(octets.len()).unwrap_or(u64::MAX)
}
