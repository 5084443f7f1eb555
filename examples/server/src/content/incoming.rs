//! A message on its way in.

use pec_gestore::BodyRef;
use pec_message::abridged::Abridger;
use pec_store::{Body, BodyWriter, Store, StoreError, reference_of};

use super::{Content, Contents, SMALL_OCTETS_MAX};

/// Takes a message as it comes: into memory while it is small, then into the store.
#[derive(Debug)]
pub struct Receiver {
    contents: Contents,
    octets: Vec<u8>,
    large: Option<(BodyWriter, Abridger)>,
}

/// A message that has come, or comes again out of the store.
#[derive(Clone, Debug)]
pub struct Incoming {
    content: Content,
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    /// In no store.
    Memory,
    /// In the store, in no transaction.
    New(Body),
    Stored(BodyRef),
}

impl Receiver {
    pub(super) const fn new(contents: Contents, octets: Vec<u8>) -> Self {
        Self { contents, octets, large: None }
    }

    /// Takes the next octets.
    ///
    /// # Errors
    /// When the store fails; then the receiver is of no more use.
    pub async fn push(&mut self, octets: &[u8]) -> Result<(), StoreError> {
        match &mut self.large {
            Some((writer, abridger)) => {
                abridger.push(octets);
                return writer.write(octets).await;
            }
            None => self.octets.extend_from_slice(octets),
        }
        if self.octets.len() > SMALL_OCTETS_MAX {
            let octets = std::mem::take(&mut self.octets);
            let (mut writer, mut abridger) = (self.contents.store.body_writer(), Abridger::new());
            abridger.push(&octets);
            writer.write(&octets).await?;
            self.large = Some((writer, abridger));
        }
        Ok(())
    }

    /// Octets that are in memory.
    #[must_use]
    pub fn in_memory(&self) -> usize {
        self.large.as_ref().map_or(self.octets.len(), |(_, abridger)| abridger.kept())
    }

    /// The message is complete.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn finish(self) -> Result<Incoming, StoreError> {
        let Some((writer, abridger)) = self.large else { return Ok(self.octets.into()) };
        let body = writer.finish().await?;
        let content = self.contents.new_one(&body, abridger.finish()).await?;
        Ok(Incoming { content, place: Place::New(body) })
    }
}

impl Incoming {
    /// A message that is in the store.
    pub(crate) const fn stored(content: Content, body: BodyRef) -> Self {
        Self { content, place: Place::Stored(body) }
    }

    /// Its octets.
    #[must_use]
    pub const fn content(&self) -> &Content {
        &self.content
    }

    /// Its name. May take time when it is small and new.
    #[must_use]
    pub fn reference(&self) -> BodyRef {
        match &self.place {
            Place::Memory => reference_of(self.content.view()),
            Place::New(body) => body.reference(),
            Place::Stored(body) => *body,
        }
    }

    /// Done with: octets that no transaction took are removed.
    pub(crate) async fn discard(self, store: &Store) {
        let Self { content, place } = self;
        drop(content);
        if let Place::New(body) = place
            && let Err(error) = store.discard(body).await
        {
            // The next purge removes them.
            tracing::warn!(%error, "the octets of a refused message stay");
        }
    }

    /// What is to be stored with the plan; `None` when it is stored already.
    pub(crate) async fn body(&self, store: &Store) -> Result<Option<Body>, StoreError> {
        match &self.place {
            Place::Memory => store.body(self.content.view().to_vec()).await.map(Some),
            Place::New(body) => Ok(Some(body.clone())),
            Place::Stored(_) => Ok(None),
        }
    }
}

impl From<Vec<u8>> for Incoming {
    fn from(octets: Vec<u8>) -> Self {
        Self { content: octets.into(), place: Place::Memory }
    }
}
