//! The octets of messages: small ones in memory, large ones in the store.
//!
//! Of a large message the skeleton is in memory (see [`pec_message::abridged`]); whoever needs all
//! octets reads them from the store, a piece at a time. A large message that cannot be abridged
//! comes into memory whole, a few at a time.

mod incoming;
mod outgoing;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use pec_gestore::BodyRef;
use pec_message::Part;
use pec_message::abridged::{Abridged, Abridger, Octets, Unabridged, Unreadable};
use pec_smime::crypto::CryptoProvider;
use pec_store::{Body, BodyRanges, Store, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use incoming::{Incoming, Receiver};
pub use outgoing::Outgoing;

/// Messages up to this many octets are in memory.
pub const SMALL_OCTETS_MAX: usize = 1024 * 1024;
/// Large messages that are in memory whole at once, because they cannot be abridged.
const WHOLE_AT_ONCE: usize = 2;
/// Octets of a stored message that are read at once.
const PIECE_OCTETS: usize = 256 * 1024;

/// The octets of a message, to be looked at. Clones share them.
#[derive(Clone)]
pub struct Content(Form);

#[derive(Clone)]
enum Form {
    Whole {
        octets: Arc<Vec<u8>>,
        _permit: Option<Arc<OwnedSemaphorePermit>>,
    },
    Abridged {
        message: Arc<Abridged>,
        octets: Arc<Ranges>,
        _permit: Option<Arc<OwnedSemaphorePermit>>,
    },
}

/// The octets of a stored message, by their place.
struct Ranges(BodyRanges);

/// Finds the octets of messages, and takes those of new ones.
#[derive(Clone, Debug)]
pub struct Contents {
    store: Store,
    whole: Arc<Semaphore>,
}

impl Contents {
    /// Those of a store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, whole: Arc::new(Semaphore::new(WHOLE_AT_ONCE)) }
    }

    /// Takes a message as it comes, `octets` first.
    #[must_use]
    pub fn receiver(&self, octets: Vec<u8>) -> Receiver {
        Receiver::new(self.clone(), octets)
    }

    /// A message that is stored.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    pub async fn stored(&self, body: &BodyRef) -> Result<Content, StoreError> {
        if usize::try_from(body.octets).is_ok_and(|octets| octets <= SMALL_OCTETS_MAX) {
            return Ok(self.store.read_body(body).await?.into());
        }
        let ranges = self.store.body_ranges(body).await?;
        let (mut reader, mut abridger) = (ranges.reader(), Abridger::new());
        let mut permit = None;
        while let Some(octets) = reader.next().await? {
            abridger.push(&octets);
            // Little of it can be left out: that is as if it were whole.
            if permit.is_none() && abridger.kept() > SMALL_OCTETS_MAX {
                permit = Some(self.permit().await?);
            }
        }
        self.large(ranges, abridger.finish(), permit).await
    }

    async fn permit(&self) -> Result<Arc<OwnedSemaphorePermit>, StoreError> {
        let permit = Arc::clone(&self.whole).acquire_owned().await;
        permit.map(Arc::new).map_err(|_| StoreError::Refusing)
    }

    /// A large message that has just come. What is kept of it is counted where it arrived.
    async fn new_one(
        &self,
        body: &Body,
        abridged: Result<Abridged, Unabridged>,
    ) -> Result<Content, StoreError> {
        self.large(self.store.new_body_ranges(body).await?, abridged, None).await
    }

    async fn large(
        &self,
        ranges: BodyRanges,
        abridged: Result<Abridged, Unabridged>,
        permit: Option<Arc<OwnedSemaphorePermit>>,
    ) -> Result<Content, StoreError> {
        match abridged {
            Ok(message) => {
                let (message, octets) = (Arc::new(message), Arc::new(Ranges(ranges)));
                Ok(Content(Form::Abridged { message, octets, _permit: permit }))
            }
            Err(reason) => {
                tracing::info!(%reason, "a large message is taken whole");
                let permit = match permit {
                    Some(permit) => permit,
                    None => self.permit().await?,
                };
                let octets = Arc::new(ranges.reader().read_all().await?);
                Ok(Content(Form::Whole { octets, _permit: Some(permit) }))
            }
        }
    }
}

impl Content {
    /// Length of the message, in octets.
    #[must_use]
    pub fn octets(&self) -> u64 {
        match &self.0 {
            Form::Whole { octets, .. } => u64::try_from(octets.len()).unwrap_or(u64::MAX),
            Form::Abridged { message, .. } => message.octets(),
        }
    }

    /// What is in memory: the message, or its skeleton.
    #[must_use]
    pub fn view(&self) -> &[u8] {
        match &self.0 {
            Form::Whole { octets, .. } => octets,
            Form::Abridged { message, .. } => message.skeleton(),
        }
    }

    /// The abridged message, if it is one, and its octets.
    #[must_use]
    pub fn abridged(&self) -> Option<(&Arc<Abridged>, Arc<dyn Octets>)> {
        match &self.0 {
            Form::Whole { .. } => None,
            Form::Abridged { message, octets, .. } => {
                Some((message, Arc::clone(octets) as Arc<dyn Octets>))
            }
        }
    }

    /// Whether looking at it takes a thread that may block.
    #[must_use]
    pub fn may_block(&self) -> bool {
        matches!(self.0, Form::Abridged { .. })
    }

    /// Looks at the message, with cryptography that digests all of it (see
    /// [`Abridged::examine`]). May block.
    ///
    /// # Errors
    /// When the octets cannot be read.
    pub fn examine<R>(
        &self,
        crypto: &CryptoProvider,
        work: impl FnOnce(&[u8], &CryptoProvider) -> R,
    ) -> Result<R, Unreadable> {
        match self.abridged() {
            Some((message, octets)) => message.examine(&octets, crypto, work),
            None => Ok(work(self.view(), crypto)),
        }
    }

    /// All octets in order, piece by piece. May block.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn read(&self, take: &mut dyn FnMut(&[u8])) -> Result<(), Unreadable> {
        match &self.0 {
            Form::Abridged { message, octets, .. } => octets.read(0..message.octets(), take),
            Form::Whole { octets, .. } => {
                take(octets);
                Ok(())
            }
        }
    }

    /// The body of a part of the view, all of it, piece by piece. May block.
    ///
    /// # Errors
    /// When the octets cannot be read.
    pub fn read_body(
        &self,
        part: Part<'_, '_>,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Unreadable> {
        if let Form::Abridged { message, octets, .. } = &self.0
            && let Some(range) = message.range_of(part.body())
        {
            return octets.read(range, take);
        }
        take(part.body());
        Ok(())
    }

    /// Whether octets of the body of a part of the view are missing in it.
    #[must_use]
    pub fn has_gap_in(&self, part: Part<'_, '_>) -> bool {
        self.abridged().is_some_and(|(message, _)| message.has_gap_in(part.body()))
    }

    /// The next octets from a place on; none at the end.
    ///
    /// # Errors
    /// When the octets cannot be read.
    pub async fn piece(&self, from: u64) -> Result<Vec<u8>, StoreError> {
        let end = from.saturating_add(PIECE_OCTETS as u64).min(self.octets());
        match &self.0 {
            Form::Abridged { octets, .. } if from < end => octets.0.read(from..end).await,
            Form::Abridged { .. } => Ok(Vec::new()),
            Form::Whole { octets, .. } => {
                let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
                Ok(octets.get(place(from)..place(end)).unwrap_or_default().to_vec())
            }
        }
    }
}

impl From<Vec<u8>> for Content {
    fn from(octets: Vec<u8>) -> Self {
        Self(Form::Whole { octets: Arc::new(octets), _permit: None })
    }
}

impl Octets for Ranges {
    fn read(&self, range: Range<u64>, take: &mut dyn FnMut(&[u8])) -> Result<(), Unreadable> {
        for start in range.clone().step_by(PIECE_OCTETS) {
            let end = start.saturating_add(PIECE_OCTETS as u64).min(range.end);
            let octets = self.0.read(start..end).wait();
            take(&octets.map_err(|error| Unreadable(error.to_string()))?);
        }
        Ok(())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content").field("octets", &self.octets()).finish_non_exhaustive()
    }
}
