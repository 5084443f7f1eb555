//! A message that arrives: its paths, its octets, its trace.

use chrono::{DateTime, Utc};
use pec_daticert::Address;
use pec_gestore::SmtpEnvelope;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::listen::Peer;
use crate::smtp::Reply;
use std::sync::Arc;

/// Octets that all messages which are arriving may take together.
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
    has_no_room: bool,
    octets: Vec<u8>,
    /// The reverse path, once there is one.
    pub(super) from: Option<Option<Address>>,
    /// The recipients so far.
    pub(super) to: Vec<Address>,
}

impl Arriving {
    pub(super) const fn new(memory: Memory) -> Self {
        let octets = Vec::new();
        Self { memory, held: None, has_no_room: false, octets, from: None, to: Vec::new() }
    }

    /// Begins with a reverse path.
    pub(super) fn begin(&mut self, from: Option<Address>) {
        self.clear();
        self.to.clear();
        self.from = Some(from);
    }

    /// Begins the octets with a trace field.
    pub(super) fn trace(&mut self, peer: &Peer, host: &str, now: DateTime<Utc>) {
        self.clear();
        let date = now.to_rfc2822();
        let name = plain(&peer.name);
        let (address, protocol) = (peer.address, peer.protocol);
        // RFC 5321 §4.4. The account is not told to recipients.
        let field = format!(
            "Received: from {name} ([{address}])\r\n\tby {host} with {protocol};\r\n\t{date}\r\n"
        );
        self.octets = field.into_bytes();
    }

    /// Keeps octets, while there is room.
    pub(super) fn push(&mut self, octets: &[u8]) {
        let needed = self.octets.len().saturating_add(octets.len()).div_ceil(PIECE);
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = u32::try_from(needed.saturating_sub(held)).unwrap_or(u32::MAX);
        if more > 0 && !self.has_no_room {
            match Arc::clone(&self.memory.0).try_acquire_many_owned(more) {
                Ok(permit) => match &mut self.held {
                    Some(held) => held.merge(permit),
                    None => self.held = Some(permit),
                },
                Err(_) => self.has_no_room = true,
            }
        }
        if self.has_no_room {
            self.octets = Vec::new();
        } else {
            self.octets.extend_from_slice(octets);
        }
    }

    /// The whole message, once. The permit is to be kept until it is stored.
    pub(super) fn take(
        &mut self,
    ) -> Result<(SmtpEnvelope, Vec<u8>, Option<OwnedSemaphorePermit>), Reply> {
        let octets = std::mem::take(&mut self.octets);
        let held = self.held.take();
        if std::mem::take(&mut self.has_no_room) {
            return Err(Reply::new(452, "4.3.1", "Too many large messages at once, come again"));
        }
        let envelope = SmtpEnvelope {
            reverse_path: self.from.take().flatten(),
            forward_paths: std::mem::take(&mut self.to),
        };
        Ok((envelope, octets, held))
    }

    /// Forgets the octets.
    pub(super) fn clear(&mut self) {
        self.octets = Vec::new();
        self.held = None;
        self.has_no_room = false;
    }
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

    use super::*;

    #[test]
    fn memory_is_limited_and_given_back() {
        let memory = Memory::new(2 * PIECE as u64);
        let (mut one, mut other) = (Arriving::new(memory.clone()), Arriving::new(memory));
        one.push(&[0; PIECE]);
        other.push(&[0; PIECE]);
        other.push(b"more");
        assert!(other.take().is_err());
        one.push(b"");
        let (_, octets, permit) = one.take().unwrap();
        assert_eq!(octets.len(), PIECE);
        drop(permit);
        other.push(&[0; 2 * PIECE]);
        assert!(other.take().is_ok());
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
        let mut arriving = Arriving::new(Memory::new(1));
        arriving.trace(&peer, "alfa.example", DateTime::UNIX_EPOCH);
        let text = String::from_utf8(arriving.octets).unwrap();
        assert!(
            text.starts_with("Received: from aX:y ([192.0.2.1])\r\n\tby alfa.example"),
            "{text}"
        );
        assert_eq!(text.matches("\r\n").count(), 3);
    }
}
