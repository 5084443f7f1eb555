//! Drives a POP3 session over a connection.

use std::net::IpAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout, timeout_at};

use super::{Connection, Patience, Stop, Tls};
use crate::pop3::{Entry, Request, Session, Step};
use crate::stream::Stream;
use crate::wire::Credentials;

/// Opens mailboxes.
pub trait Mailroom: Send {
    /// A mailbox that is open.
    type Maildrop: Maildrop;

    /// Opens the mailbox of these credentials; the error is what the client is told, with its
    /// response code.
    fn open(
        &mut self,
        credentials: Credentials,
        address: IpAddr,
    ) -> impl Future<Output = Result<Self::Maildrop, String>> + Send;
}

/// A mailbox that is open.
pub trait Maildrop: Send {
    /// The messages, as they stand for the whole session.
    fn entries(&self) -> Vec<Entry>;

    /// Begins to read a message.
    fn begin(&mut self, index: usize) -> impl Future<Output = Result<(), MaildropError>> + Send;

    /// The next octets of the message, `None` at its end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<u8>>, MaildropError>> + Send;

    /// Deletes messages.
    fn delete(
        &mut self,
        indices: Vec<usize>,
    ) -> impl Future<Output = Result<(), MaildropError>> + Send;
}

/// The mailbox cannot be read or written now.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the mailbox cannot be used now: {0}")]
pub struct MaildropError(pub String);

/// Serves a connection to its end.
pub async fn serve_pop3(
    connection: Connection,
    session: Session,
    mailroom: &mut impl Mailroom,
    tls: &Tls,
    patience: Patience,
    mut stop: Stop,
) {
    let Connection { stream, guest } = connection;
    let mut server = Server { stream, session, patience, deadline: None };
    let mut maildrop = None;
    let address = guest.address();
    let _ = server.run(mailroom, &mut maildrop, address, tls, &mut stop).await;
    let _ = timeout(patience.handshake, server.stream.shutdown()).await;
    drop(guest);
}

struct Server {
    stream: Stream,
    session: Session,
    patience: Patience,
    /// When the command that arrives must be complete.
    deadline: Option<Instant>,
}

impl Server {
    async fn run<M: Mailroom>(
        &mut self,
        mailroom: &mut M,
        maildrop: &mut Option<M::Maildrop>,
        address: IpAddr,
        tls: &Tls,
        stop: &mut Stop,
    ) -> std::io::Result<()> {
        loop {
            match self.session.step() {
                Step::Read => {
                    self.flush().await?;
                    self.read(stop).await?;
                }
                Step::Ask(Request::Login(credentials)) => {
                    match mailroom.open(credentials, address).await {
                        Ok(open) => self.session.opened(maildrop.insert(open).entries()),
                        Err(reason) => self.session.refused(&reason),
                    }
                }
                Step::Ask(Request::Retrieve(index)) => {
                    let sent = match maildrop {
                        Some(maildrop) => self.send(maildrop, index).await?,
                        None => false,
                    };
                    self.session.body_ended(sent);
                }
                Step::Ask(Request::Commit(indices)) => {
                    let deleted = match maildrop {
                        Some(maildrop) => maildrop.delete(indices).await.is_ok(),
                        None => false,
                    };
                    self.session.committed(deleted);
                }
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

    /// Whether the whole message was sent, chunk by chunk.
    async fn send(&mut self, maildrop: &mut impl Maildrop, index: usize) -> std::io::Result<bool> {
        if let Err(error) = maildrop.begin(index).await {
            tracing::error!(%error, "a message cannot be read");
            return Ok(false);
        }
        loop {
            match maildrop.next().await {
                Ok(Some(chunk)) => {
                    let wants_more = self.session.body(&chunk);
                    self.flush().await?;
                    if !wants_more {
                        return Ok(true);
                    }
                }
                Ok(None) => return Ok(true),
                Err(error) => {
                    tracing::error!(%error, "a message cannot be read");
                    return Ok(false);
                }
            }
        }
    }

    async fn read(&mut self, stop: &mut Stop) -> std::io::Result<()> {
        let mut buffer = Vec::with_capacity(1024);
        let now = Instant::now();
        let idle = now.checked_add(self.patience.idle).unwrap_or(now);
        let begun = self.session.is_in_line().then_some(idle);
        self.deadline = self.deadline.or(begun);
        let until = self.deadline.map_or(idle, |deadline| deadline.min(idle));
        let read = tokio::select! {
            read = timeout_at(until, self.stream.read_buf(&mut buffer)) => read,
            () = stop.wait() => {
                self.session.end("[SYS/TEMP] The service stops, come again");
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
            // RFC 1939 §3: a session that times out deletes nothing.
            Err(_) => {
                self.session.end("[SYS/TEMP] You take too long");
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
}
