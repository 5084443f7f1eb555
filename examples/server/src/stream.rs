//! A connection, plain or under TLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

/// A connection, plain or under TLS.
#[derive(Debug)]
pub struct Stream(Kind);

#[derive(Debug)]
enum Kind {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Closed,
}

impl Stream {
    /// A connection without TLS.
    #[must_use]
    pub const fn plain(stream: TcpStream) -> Self {
        Self(Kind::Plain(stream))
    }

    /// What stands in the place of a connection while TLS begins; it reads and writes nothing.
    #[must_use]
    pub const fn closed() -> Self {
        Self(Kind::Closed)
    }

    /// Whether it is under TLS.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        matches!(self.0, Kind::Tls(_))
    }

    /// Begins TLS as the client.
    ///
    /// # Errors
    ///
    /// When the handshake fails, or TLS runs already.
    pub async fn connect_tls(
        self,
        connector: &TlsConnector,
        name: ServerName<'static>,
    ) -> io::Result<Self> {
        let stream = connector.connect(name, self.tcp()?).await?;
        Ok(Self(Kind::Tls(Box::new(stream.into()))))
    }

    /// Sends octets to the end, or fails when the other side does not take them in time.
    ///
    /// # Errors
    ///
    /// When the connection fails, or the time is over.
    pub async fn send_within(&mut self, octets: &[u8], limit: Duration) -> io::Result<()> {
        if octets.is_empty() {
            return Ok(());
        }
        let writing = async {
            self.write_all(octets).await?;
            self.flush().await
        };
        timeout(limit, writing).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Begins TLS as the server.
    ///
    /// # Errors
    ///
    /// When the handshake fails, or TLS runs already.
    pub async fn accept_tls(self, acceptor: &TlsAcceptor) -> io::Result<Self> {
        let stream = acceptor.accept(self.tcp()?).await?;
        Ok(Self(Kind::Tls(Box::new(stream.into()))))
    }

    fn tcp(self) -> io::Result<TcpStream> {
        match self.0 {
            Kind::Plain(stream) => Ok(stream),
            Kind::Tls(_) | Kind::Closed => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Kind::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Kind::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
            Kind::Closed => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.0 {
            Kind::Plain(stream) => Pin::new(stream).poll_write(cx, octets),
            Kind::Tls(stream) => Pin::new(stream).poll_write(cx, octets),
            Kind::Closed => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Kind::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Kind::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Kind::Closed => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Kind::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Kind::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
            Kind::Closed => Poll::Ready(Ok(())),
        }
    }
}
