//! Fetching over IMAP with TLS (RFC 9051, RFC 8314). The folder is opened to be read only, and
//! messages are peeked at: nothing is marked as read, nothing is deleted.

use std::fmt;

use async_imap::Session;
use futures::TryStreamExt as _;
use tokio::io::BufReader;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use crate::wire::{PATIENCE, PATIENCE_AFTER_MESSAGE, Wire, WireError};

/// The port of IMAP over TLS.
pub const PORT: u16 = 993;

/// Why a mailbox cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImapError {
    /// The connection fails.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The server refuses, or answers otherwise than it should.
    #[error("{place}: {error}")]
    Protocol {
        /// The server.
        place: String,
        /// What is wrong.
        error: async_imap::error::Error,
    },
    /// The folder has no lasting identifiers.
    #[error("{0}: the folder has no UIDVALIDITY")]
    NoValidity(String),
    /// A message that was listed is not there.
    #[error("message {0} is not there any more")]
    Gone(u32),
}

/// A folder that is open.
pub struct Mailbox {
    place: String,
    session: Session<BufReader<TlsStream<TcpStream>>>,
    validity: u32,
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Mailbox {
    /// Logs in and opens a folder.
    ///
    /// # Errors
    /// [`ImapError`]
    pub async fn open(
        wire: Wire,
        user: &str,
        password: &str,
        folder: &str,
    ) -> Result<Self, ImapError> {
        let place = wire.place().to_owned();
        let protocol = |error| ImapError::Protocol { place: place.clone(), error };
        let late = || ImapError::Wire(WireError::Timeout(place.clone()));
        let opened = async {
            let mut client = async_imap::Client::new(wire.into_stream());
            let greeting = client.read_response().await.map_err(|error| protocol(error.into()))?;
            if greeting.is_none() {
                return Err(ImapError::Wire(WireError::Closed(place.clone())));
            }
            let mut session =
                client.login(user, password).await.map_err(|(error, _)| protocol(error))?;
            let found = session.examine(folder).await.map_err(protocol)?;
            Ok((session, found.uid_validity))
        };
        let (session, validity) = timeout(PATIENCE, opened).await.map_err(|_| late())??;
        let validity = validity.ok_or_else(|| ImapError::NoValidity(place.clone()))?;
        Ok(Self { place, session, validity })
    }

    /// What the identifiers hold good for: if it changes, all of them are new ones.
    #[must_use]
    pub const fn validity(&self) -> u32 {
        self.validity
    }

    /// The identifiers above `last`, in order.
    ///
    /// # Errors
    /// [`ImapError`]
    pub async fn list_after(&mut self, last: u32) -> Result<Vec<u32>, ImapError> {
        let query = format!("UID {}:*", last.saturating_add(1));
        let found = timeout(PATIENCE, self.session.uid_search(query)).await;
        let found = found.map_err(|_| WireError::Timeout(self.place.clone()))?;
        let found = found.map_err(|error| self.protocol(error))?;
        // `n:*` names the last message even where n is past it (RFC 9051 §9, seq-range).
        let mut uids: Vec<u32> = found.into_iter().filter(|uid| *uid > last).collect();
        uids.sort_unstable();
        Ok(uids)
    }

    /// One message, its octets as they are.
    ///
    /// # Errors
    /// [`ImapError`]
    pub async fn message(&mut self, uid: u32) -> Result<Vec<u8>, ImapError> {
        let place = self.place.clone();
        let protocol = |error| ImapError::Protocol { place: place.clone(), error };
        let fetched = async {
            let answers = self.session.uid_fetch(uid.to_string(), "(UID BODY.PEEK[])").await?;
            let mut answers = std::pin::pin!(answers);
            let mut octets = None;
            while let Some(answer) = answers.try_next().await? {
                if answer.uid == Some(uid) {
                    octets = answer.body().map(<[u8]>::to_vec);
                }
            }
            Ok(octets)
        };
        let fetched = timeout(PATIENCE_AFTER_MESSAGE, fetched).await;
        let fetched = fetched.map_err(|_| WireError::Timeout(place.clone()))?;
        fetched.map_err(protocol)?.ok_or(ImapError::Gone(uid))
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        // Whether it answers changes nothing.
        let _ = timeout(PATIENCE, self.session.logout()).await;
    }

    fn protocol(&self, error: async_imap::error::Error) -> ImapError {
        ImapError::Protocol { place: self.place.clone(), error }
    }
}
