//! Listeners: sockets, TLS, limits of connections and of time, a graceful stop.

mod door;
mod pop3;
mod smtp;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::stream::Stream;
pub use door::{Door, Guest};
pub use pop3::{Maildrop, MaildropError, Mailroom, serve_pop3};
pub use smtp::{Desk, Peer, serve_smtp};

/// How long to wait for a client.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the next octets.
    pub idle: Duration,
    /// For a whole message.
    pub message: Duration,
    /// For TLS to begin.
    pub handshake: Duration,
}

/// A signal that everybody waits for: the stop.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

/// Gives the signal.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

impl Stopper {
    /// A signal that has not been given.
    #[must_use]
    pub fn new() -> Self {
        Self(watch::channel(false).0)
    }

    /// One who waits for it.
    #[must_use]
    pub fn stop(&self) -> Stop {
        Stop(self.0.subscribe())
    }

    /// Gives it.
    pub fn give(&self) {
        self.0.send_replace(true);
    }
}

impl Default for Stopper {
    fn default() -> Self {
        Self::new()
    }
}

impl Stop {
    /// Whether it was given.
    #[must_use]
    pub fn is_given(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is given.
    pub async fn wait(&mut self) {
        // An error means that the giver is gone, which is the end as well.
        let _ = self.0.wait_for(|given| *given).await;
    }
}

/// A socket that listens, and what a connection to it begins with.
#[derive(Debug)]
pub struct Port {
    /// The socket.
    pub listener: TcpListener,
    /// Whether TLS begins at once.
    pub is_tls: bool,
}

impl Port {
    /// Listens.
    ///
    /// # Errors
    ///
    /// When the address cannot be had.
    pub async fn bind(address: SocketAddr, is_tls: bool) -> std::io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await?, is_tls })
    }
}

/// A connection that was let in.
#[derive(Debug)]
pub struct Connection {
    /// The octets.
    pub stream: Stream,
    /// Whose place it takes; to be kept while it lasts.
    pub guest: Guest,
}

/// TLS of a port.
#[derive(Clone)]
pub struct Tls {
    /// Our certificate and key.
    pub acceptor: TlsAcceptor,
    /// How long a client may take.
    pub handshake: Duration,
}

/// Lets connections in until the stop, and then waits for those that are there.
///
/// `serve` ends by itself: at QUIT, when the client is gone, when it is silent for too long, or
/// soon after the stop.
pub async fn accept<F, S>(port: Port, door: Arc<Door>, tls: Tls, mut stop: Stop, serve: F)
where
    F: Fn(Connection) -> S + Send + Sync + 'static,
    S: Future<Output = ()> + Send + 'static,
{
    let serve = Arc::new(serve);
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = port.listener.accept() => accepted,
            () = stop.wait() => break,
            _ = connections.join_next(), if !connections.is_empty() => continue,
        };
        let (socket, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, for example: others must end first.
                tracing::warn!(%error, "no connection can be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Some(guest) = door.enter(address.ip()) else {
            metrics::counter!("pec_connections_refused_total").increment(1);
            continue;
        };
        let _ = socket.set_nodelay(true);
        let stream = Stream::plain(socket);
        let (tls, serve, is_tls) = (tls.clone(), Arc::clone(&serve), port.is_tls);
        connections.spawn(async move {
            let stream = if is_tls { tls.begin(stream).await } else { Some(stream) };
            if let Some(stream) = stream {
                serve(Connection { stream, guest }).await;
            }
        });
    }
    while connections.join_next().await.is_some() {}
}

impl Tls {
    /// Begins TLS; `None` when the client does not manage it in time.
    pub async fn begin(&self, stream: Stream) -> Option<Stream> {
        match tokio::time::timeout(self.handshake, stream.accept_tls(&self.acceptor)).await {
            Ok(Ok(stream)) => Some(stream),
            Ok(Err(error)) => {
                tracing::debug!(%error, "no TLS");
                None
            }
            Err(_) => None,
        }
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("handshake", &self.handshake).finish_non_exhaustive()
    }
}
