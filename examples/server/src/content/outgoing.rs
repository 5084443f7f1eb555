//! A message on its way out.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::future::BoxFuture;
use memchr::memmem;
use pec_gestore::BodyRef;
use pec_store::{BodyRanges, BodyReader, StoreError};
use tokio::io::{AsyncRead, ReadBuf};

use super::{Contents, SMALL_OCTETS_MAX};

/// The octets of a message to be sent: a small one in memory, a large one from the store.
#[derive(Clone)]
pub struct Outgoing {
    source: Source,
    octets: u64,
    is_ascii: bool,
    has_ascii_header: bool,
}

#[derive(Clone)]
enum Source {
    Memory(Arc<Vec<u8>>),
    Store(BodyRanges),
}

impl Contents {
    /// A stored message, to be sent.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    pub async fn outgoing(&self, body: &BodyRef) -> Result<Outgoing, StoreError> {
        if usize::try_from(body.octets).is_ok_and(|octets| octets <= SMALL_OCTETS_MAX) {
            return Ok(self.store.read_body(body).await?.into());
        }
        let ranges = self.store.body_ranges(body).await?;
        let mut reader = ranges.reader();
        let (mut is_ascii, mut has_ascii_header, mut is_in_header) = (true, true, true);
        while let Some(octets) = reader.next().await? {
            let header = header(&octets);
            has_ascii_header &= !is_in_header || header.is_ascii();
            // An empty line that two pieces share is missed, and more is asked for than is needed.
            is_in_header &= header.len() == octets.len();
            is_ascii &= octets.is_ascii();
        }
        let octets = body.octets;
        Ok(Outgoing { source: Source::Store(ranges), octets, is_ascii, has_ascii_header })
    }
}

impl Outgoing {
    /// Length in octets.
    #[must_use]
    pub const fn octets(&self) -> u64 {
        self.octets
    }

    /// Whether all octets are US-ASCII; else every hop must offer 8BITMIME (RFC 6152).
    #[must_use]
    pub const fn is_ascii(&self) -> bool {
        self.is_ascii
    }

    /// Whether those of the header are; else every hop must offer SMTPUTF8 (RFC 6531).
    #[must_use]
    pub const fn has_ascii_header(&self) -> bool {
        self.has_ascii_header
    }

    /// The octets from the start. They end with an error when they are not those that were stored.
    #[must_use]
    pub fn read(&self) -> Box<dyn AsyncRead + Send + Unpin + '_> {
        match &self.source {
            Source::Memory(octets) => Box::new(octets.as_slice()),
            Source::Store(ranges) => Box::new(Reading::new(ranges.reader())),
        }
    }
}

impl From<Vec<u8>> for Outgoing {
    fn from(octets: Vec<u8>) -> Self {
        Self {
            octets: u64::try_from(octets.len()).unwrap_or(u64::MAX),
            is_ascii: octets.is_ascii(),
            has_ascii_header: header(&octets).is_ascii(),
            source: Source::Memory(Arc::new(octets)),
        }
    }
}

fn header(octets: &[u8]) -> &[u8] {
    let body = memmem::find(octets, b"\r\n\r\n").unwrap_or(octets.len());
    octets.get(..body).unwrap_or_default()
}

/// A stored body as a stream of octets.
struct Reading {
    piece: io::Cursor<Vec<u8>>,
    /// `None` after the end.
    next: Option<BoxFuture<'static, Next>>,
}

type Next = (BodyReader, Result<Option<Vec<u8>>, StoreError>);

impl Reading {
    fn new(reader: BodyReader) -> Self {
        Self { piece: io::Cursor::default(), next: Some(Box::pin(next(reader))) }
    }
}

async fn next(mut reader: BodyReader) -> Next {
    let read = reader.next().await;
    (reader, read)
}

impl AsyncRead for Reading {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        loop {
            ready!(Pin::new(&mut self.piece).poll_read(cx, buffer))?;
            let is_done = buffer.filled().len() > before || buffer.remaining() == 0;
            let Some(pending) = self.next.as_mut().filter(|_| !is_done) else {
                return Poll::Ready(Ok(()));
            };
            let (reader, read) = ready!(pending.as_mut().poll(cx));
            self.next = None;
            if let Some(octets) = read.map_err(io::Error::other)? {
                self.piece = io::Cursor::new(octets);
                self.next = Some(Box::pin(next(reader)));
            }
        }
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("octets", &self.octets).finish_non_exhaustive()
    }
}
