//! Drives an SMTP session over a connection.

use std::net::IpAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout, timeout_at};

use super::{Connection, Patience, Stop, Tls};
use crate::smtp::{Reply, Request, Session, Step};
use crate::stream::Stream;

/// What decides behind a session.
pub trait Desk: Send {
    /// Answers a request. A positive answer to [`Request::Message`] says that it is stored.
    fn answer(&mut self, request: Request, peer: &Peer) -> impl Future<Output = Reply> + Send;

    /// Keeps octets of the message.
    fn chunk(&mut self, octets: Vec<u8>) -> impl Future<Output = ()> + Send;

    /// Forgets the message that was arriving.
    fn drop_message(&mut self);
}

/// Who is at the other end.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The address.
    pub address: IpAddr,
    /// The name that it gave itself.
    pub name: String,
    /// The protocol as `Received` names it.
    pub protocol: &'static str,
    /// Whether the connection is under TLS.
    pub is_secure: bool,
    /// The account that logged in.
    pub account: Option<String>,
}

/// Serves a connection to its end.
pub async fn serve_smtp(
    connection: Connection,
    session: Session,
    desk: &mut impl Desk,
    tls: &Tls,
    patience: Patience,
    stop: Stop,
) {
    let Connection { stream, guest } = connection;
    let address = guest.address();
    let mut server = Server { stream, session, address, patience, deadline: None };
    // An error means that the client is gone; what was not acknowledged is forgotten.
    let _ = server.run(desk, tls, stop).await;
    desk.drop_message();
    let _ = timeout(patience.handshake, server.stream.shutdown()).await;
    drop(guest);
}

struct Server {
    stream: Stream,
    session: Session,
    address: IpAddr,
    patience: Patience,
    /// When the message or command that arrives must be complete.
    deadline: Option<Instant>,
}

impl Server {
    async fn run(
        &mut self,
        desk: &mut impl Desk,
        tls: &Tls,
        mut stop: Stop,
    ) -> std::io::Result<()> {
        loop {
            match self.session.step() {
                Step::Read => {
                    self.flush().await?;
                    self.read(&mut stop).await?;
                }
                Step::Ask(request) => {
                    let reply = desk.answer(request, &self.peer()).await;
                    self.session.answer(&reply);
                }
                Step::Chunk(octets) => desk.chunk(octets).await,
                Step::Drop => desk.drop_message(),
                Step::StartTls => {
                    self.flush().await?;
                    let stream = std::mem::replace(&mut self.stream, Stream::closed());
                    let Some(stream) = tls.begin(stream).await else { return Ok(()) };
                    self.stream = stream;
                    self.session.is_now_secure();
                }
                Step::Close | Step::Unanswered => return self.flush().await,
            }
        }
    }

    /// Reads octets. A stop ends the session between messages, never inside one.
    async fn read(&mut self, stop: &mut Stop) -> std::io::Result<()> {
        let is_in_message = self.session.is_in_message();
        let now = Instant::now();
        let idle = now.checked_add(self.patience.idle).unwrap_or(now);
        let begun = match is_in_message {
            true => now.checked_add(self.patience.message),
            false => self.session.is_in_line().then_some(idle),
        };
        self.deadline = self.deadline.or(begun);
        let until = self.deadline.map_or(idle, |deadline| deadline.min(idle));
        let size = if is_in_message { MESSAGE_CHUNK } else { DIALOGUE_CHUNK };
        let mut buffer = Vec::with_capacity(size);
        let reading = timeout_at(until, self.stream.read_buf(&mut buffer));
        let read = tokio::select! {
            read = reading => read,
            () = stop.wait(), if !is_in_message => {
                self.session.end(&Reply::new(421, "4.3.2", "The service stops, come again"));
                return Ok(());
            }
        };
        match read {
            Ok(Ok(0)) => Err(std::io::ErrorKind::UnexpectedEof.into()),
            Ok(Ok(_)) => {
                self.session.receive(&buffer);
                Ok(())
            }
            Ok(Err(error)) => Err(error),
            Err(_) => {
                self.session.end(&Reply::new(421, "4.4.2", "You take too long"));
                Ok(())
            }
        }
    }

    async fn flush(&mut self) -> std::io::Result<()> {
        let output = self.session.take_output();
        if !output.is_empty() {
            // A reply: what was waited for has come.
            self.deadline = None;
        }
        self.stream.send_within(&output, self.patience.idle).await
    }

    fn peer(&self) -> Peer {
        let (name, protocol) = self.session.client().unwrap_or(("", "SMTP"));
        Peer {
            address: self.address,
            name: name.to_owned(),
            protocol,
            is_secure: self.session.is_secure(),
            account: self.session.account().map(str::to_owned),
        }
    }
}

/// Octets that are read at once: an idle connection holds as little as possible.
const DIALOGUE_CHUNK: usize = 2 * 1024;
const MESSAGE_CHUNK: usize = 64 * 1024;
