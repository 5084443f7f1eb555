//! A message that arrives: its paths, its octets, its trace.

use chrono::{DateTime, Utc};
use pec_daticert::Address;
use pec_gestore::SmtpEnvelope;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::content::{Incoming, Receiver};
use crate::listen::Peer;
use crate::shell::Gestore;
use crate::smtp::Reply;
use std::sync::Arc;

/// Octets in memory that all messages which are arriving may take together.
#[derive(Clone, Debug)]
pub(super) struct Memory(Arc<Semaphore>);

/// The piece that is asked for at once.
const PIECE: usize = 1024 * 1024;

impl Memory {
    /// Room for so many octets.
    pub(super) fn new(octets: u64) -> Self {
        let pieces = usize::try_from(octets).unwrap_or(usize::MAX).div_euclid(PIECE);
        Self(Arc::new(Semaphore::new(pieces.clamp(1, Semaphore::MAX_PERMITS))))
    }
}

/// A message that arrives.
#[derive(Debug)]
pub(super) struct Arriving {
    memory: Memory,
    held: Option<OwnedSemaphorePermit>,
    receiver: Option<Receiver>,
    /// Why it is not taken.
    refusal: Option<Reply>,
    /// The reverse path, once there is one.
    pub(super) from: Option<Option<Address>>,
    /// The recipients so far.
    pub(super) to: Vec<Address>,
}

impl Arriving {
    pub(super) const fn new(memory: Memory) -> Self {
        Self { memory, held: None, receiver: None, refusal: None, from: None, to: Vec::new() }
    }

    /// Begins with a reverse path.
    pub(super) fn begin(&mut self, from: Option<Address>) {
        self.clear();
        self.to.clear();
        self.from = Some(from);
    }

    /// Begins the octets with a trace field.
    pub(super) fn trace(&mut self, peer: &Peer, host: &str, gestore: &Gestore) {
        self.clear();
        let field = trace_field(peer, host, gestore.now());
        self.receiver = Some(gestore.receiver(field.into_bytes()));
    }

    /// Keeps octets, while there is room.
    pub(super) async fn push(&mut self, octets: &[u8]) {
        let Some(receiver) = &mut self.receiver else { return };
        if let Err(error) = receiver.push(octets).await {
            tracing::error!(%error, "a message cannot be stored");
            return self.refuse(Reply::new(451, "4.3.0", "The service is impaired, come again"));
        }
        let needed = receiver.in_memory().div_ceil(PIECE);
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = u32::try_from(needed.saturating_sub(held)).unwrap_or(u32::MAX);
        if more == 0 {
            return;
        }
        match Arc::clone(&self.memory.0).try_acquire_many_owned(more) {
            Ok(permit) => match &mut self.held {
                Some(held) => held.merge(permit),
                None => self.held = Some(permit),
            },
            Err(_) => {
                let text = "Too many large messages at once, come again";
                self.refuse(Reply::new(452, "4.3.1", text));
            }
        }
    }

    /// The whole message, once. The permit is to be kept until it is stored.
    pub(super) async fn take(
        &mut self,
    ) -> Result<(SmtpEnvelope, Incoming, Option<OwnedSemaphorePermit>), Reply> {
        let held = self.held.take();
        let refusal = self.refusal.take();
        let Some(receiver) = self.receiver.take() else {
            return Err(refusal.unwrap_or(Reply::new(503, "5.5.1", "No message was begun")));
        };
        let message = receiver.finish().await.map_err(|error| {
            tracing::error!(%error, "a message cannot be stored");
            Reply::new(451, "4.3.0", "The service is impaired, come again")
        })?;
        let envelope = SmtpEnvelope {
            reverse_path: self.from.take().flatten(),
            forward_paths: std::mem::take(&mut self.to),
        };
        Ok((envelope, message, held))
    }

    /// Forgets the octets.
    pub(super) fn clear(&mut self) {
        self.receiver = None;
        self.held = None;
        self.refusal = None;
    }

    /// Forgets the octets, and those that follow.
    fn refuse(&mut self, reply: Reply) {
        self.clear();
        self.refusal = Some(reply);
    }
}

fn trace_field(peer: &Peer, host: &str, now: DateTime<Utc>) -> String {
    let date = now.to_rfc2822();
    let name = plain(&peer.name);
    let (address, protocol) = (peer.address, peer.protocol);
    // RFC 5321 §4.4. The account is not told to recipients.
    format!("Received: from {name} ([{address}])\r\n\tby {host} with {protocol};\r\n\t{date}\r\n")
}

/// What a client calls itself, as it can stand in a field.
fn plain(name: &str) -> String {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    let plain: String = name.chars().filter(is_plain).take(255).collect();
    if plain.is_empty() { "unknown".to_owned() } else { plain }
}

/// A reply of the gestore on the wire.
pub(super) fn reply(reply: pec_gestore::Reply) -> Reply {
    Reply { code: reply.code, status: reply.enhanced.into(), text: reply.text.into() }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use pec_store::{Options, Store};

    use super::*;
    use crate::content::Contents;

    fn arriving(memory: &Memory) -> Arriving {
        let contents = Contents::new(Store::open(Options::memory("a1")).unwrap());
        let receiver = Some(contents.receiver(Vec::new()));
        Arriving { receiver, ..Arriving::new(memory.clone()) }
    }

    #[tokio::test]
    async fn memory_is_limited_and_given_back() {
        let memory = Memory::new(2 * PIECE as u64);
        let (mut one, mut other) = (arriving(&memory), arriving(&memory));
        one.push(&[0; PIECE]).await;
        // Every line may be a delimiter, so all of them are kept.
        other.push(&b"--\r\n".repeat(PIECE / 4)).await;
        other.push(b"--\r\n").await;
        assert_eq!(other.take().await.unwrap_err().code, 452);
        one.push(b"").await;
        let (_, message, permit) = one.take().await.unwrap();
        assert_eq!(message.content().octets(), PIECE as u64);
        drop(permit);
        let mut other = arriving(&memory);
        other.push(&b"--\r\n".repeat(PIECE / 4)).await;
        assert!(other.take().await.is_ok());
    }

    /// A large message goes to the store as it comes.
    #[tokio::test]
    async fn a_large_message_takes_no_memory() {
        let memory = Memory::new(2 * PIECE as u64);
        let mut arriving = arriving(&memory);
        arriving.push(b"Subject: x\r\n\r\n").await;
        for _ in 0..5 {
            arriving.push(&b"one of many lines\r\n".repeat(PIECE / 19)).await;
        }
        let (_, message, permit) = arriving.take().await.unwrap();
        assert_eq!(permit.unwrap().num_permits(), 1);
        assert!(message.content().octets() > 5_000_000);
        assert!(message.content().view().len() < 64 * 1024);
    }

    #[test]
    fn a_name_cannot_write_fields() {
        let peer = Peer {
            address: IpAddr::from([192, 0, 2, 1]),
            name: "a\r\nX: y (".to_owned(),
            protocol: "ESMTP",
            is_secure: false,
            account: None,
        };
        let text = trace_field(&peer, "alfa.example", DateTime::UNIX_EPOCH);
        assert!(
            text.starts_with("Received: from aX:y ([192.0.2.1])\r\n\tby alfa.example"),
            "{text}"
        );
        assert_eq!(text.matches("\r\n").count(), 3);
    }
}
