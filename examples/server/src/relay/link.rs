//! A connection to a server.

use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::{Conversation, Envelope, Failure, Hop, Phase, Rules, Verdict};
use crate::stream::Stream;
use crate::wire::Stuffer;

/// How long to wait (RFC 5321 §4.5.3.2 allows more; the queue tries again).
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the connection and for TLS.
    pub connect: Duration,
    /// For a reply.
    pub reply: Duration,
    /// For the reply to a body, which another provider signs and stores first.
    pub body: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            reply: Duration::from_secs(120),
            body: Duration::from_secs(600),
        }
    }
}

/// A connection to a server, used for one message after the other.
pub struct Link {
    host: String,
    stream: Stream,
    conversation: Conversation,
    connector: TlsConnector,
    timeouts: Timeouts,
    has_sent_body: bool,
}

impl Link {
    /// Connects and goes on until a message may be sent.
    ///
    /// # Errors
    ///
    /// When there is no connection, or not the TLS that is needed.
    pub async fn open(
        hop: &Hop,
        rules: Rules,
        connector: TlsConnector,
        timeouts: Timeouts,
    ) -> Result<Self, Failure> {
        let host = hop.host.clone();
        let failed = |reason: String| Failure::Connection { host: hop.connect.clone(), reason };
        let connecting = timeout(timeouts.connect, TcpStream::connect(&hop.connect)).await;
        let stream = match connecting {
            Ok(stream) => stream.map_err(|error| failed(error.to_string()))?,
            Err(_) => return Err(failed("no connection in time".to_owned())),
        };
        // Small writes must not wait for acknowledgements.
        let _ = stream.set_nodelay(true);
        let stream = Stream::plain(stream);
        let conversation = Conversation::new(rules, false);
        let has_sent_body = false;
        let mut link = Self { host, stream, conversation, connector, timeouts, has_sent_body };
        match link.run(timeouts.reply).await? {
            Phase::Ready => Ok(link),
            phase => Err(unexpected(&phase)),
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// When the connection is lost: then nothing is known of the recipients, and they are tried
    /// again. The receiving side knows repeats by their identifier.
    pub async fn send(
        &mut self,
        envelope: Envelope,
        body: &mut (dyn AsyncRead + Send + Unpin),
    ) -> Result<Vec<Verdict>, Failure> {
        self.has_sent_body = false;
        self.conversation.send(envelope);
        let phase = match self.run(self.timeouts.reply).await? {
            Phase::Body => {
                self.write_body(body).await?;
                self.has_sent_body = true;
                self.conversation.body_sent();
                self.run(self.timeouts.body).await?
            }
            phase => phase,
        };
        match phase {
            Phase::Finished(verdicts) => Ok(verdicts),
            phase => Err(unexpected(&phase)),
        }
    }

    /// Whether the body of the last message was sent whole: then the server may have taken it, even
    /// if its answer was lost.
    #[must_use]
    pub const fn has_sent_body(&self) -> bool {
        self.has_sent_body
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        self.conversation.quit();
        let _ = timeout(self.timeouts.connect, self.flush()).await;
        let _ = timeout(Duration::from_secs(1), self.stream.shutdown()).await;
    }

    /// Whether the connection is under TLS.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.conversation.is_secure()
    }

    /// Goes on until the protocol needs more than reading and writing.
    async fn run(&mut self, patience: Duration) -> Result<Phase, Failure> {
        loop {
            let phase = self.conversation.step();
            self.flush_in(patience).await?;
            match phase {
                Phase::Read => {
                    let mut buffer = [0; 4096];
                    let reading = timeout(patience, self.stream.read(&mut buffer)).await;
                    let read = reading.map_err(|_| Failure::Timeout)?;
                    let count = read.map_err(|error| Failure::Ended(error.to_string()))?;
                    if count == 0 {
                        return Err(Failure::Ended("by the server".to_owned()));
                    }
                    self.conversation.receive(buffer.get(..count).unwrap_or_default());
                }
                Phase::StartTls => self.start_tls().await?,
                Phase::Lost(failure) => return Err(failure),
                phase => return Ok(phase),
            }
        }
    }

    async fn start_tls(&mut self) -> Result<(), Failure> {
        let failed = |reason: String| Failure::Tls { host: self.host.clone(), reason };
        let name =
            ServerName::try_from(self.host.clone()).map_err(|error| failed(error.to_string()))?;
        let stream = std::mem::replace(&mut self.stream, Stream::closed());
        let handshake = stream.connect_tls(&self.connector, name);
        let done = timeout(self.timeouts.connect, handshake).await;
        let done = done.map_err(|_| Failure::Timeout)?;
        self.stream = done.map_err(|error| failed(error.to_string()))?;
        self.conversation.is_now_secure();
        Ok(())
    }

    async fn write_body(
        &mut self,
        body: &mut (dyn AsyncRead + Send + Unpin),
    ) -> Result<(), Failure> {
        let ended = |error: std::io::Error| Failure::Ended(error.to_string());
        let mut stuffer = Stuffer::new();
        let mut buffer = vec![0; BODY_CHUNK];
        loop {
            let count = body.read(&mut buffer).await.map_err(ended)?;
            if count == 0 {
                break;
            }
            let chunk = buffer.get(..count).unwrap_or_default();
            let mut pieces = Vec::new();
            stuffer.pieces(chunk, |piece| pieces.push(piece));
            for piece in pieces {
                let writing = timeout(self.timeouts.reply, self.stream.write_all(piece)).await;
                writing.map_err(|_| Failure::Timeout)?.map_err(ended)?;
            }
        }
        self.stream.write_all(stuffer.end()).await.map_err(ended)?;
        self.stream.flush().await.map_err(ended)
    }

    async fn flush_in(&mut self, patience: Duration) -> Result<(), Failure> {
        match timeout(patience, self.flush()).await {
            Ok(written) => written.map_err(|error| Failure::Ended(error.to_string())),
            Err(_) => Err(Failure::Timeout),
        }
    }

    async fn flush(&mut self) -> std::io::Result<()> {
        let output = self.conversation.take_output();
        if output.is_empty() {
            return Ok(());
        }
        self.stream.write_all(&output).await?;
        self.stream.flush().await
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("host", &self.host).finish_non_exhaustive()
    }
}

fn unexpected(phase: &Phase) -> Failure {
    Failure::Ended(format!("in an unexpected phase: {phase:?}"))
}

const BODY_CHUNK: usize = 64 * 1024;
