//! Identifiers for new messages.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use pec_daticert::{IdentifierError, PecMsgid};

use crate::limits::NODE_NAME_OCTETS;

/// Makes identifiers, each of them once in the world.
///
/// The boundaries of a message are made from its identifier too. So somebody who writes mail must
/// not be able to guess the identifier that it will get.
pub trait IdGenerator: Send + Sync {
    /// The next identifier. Clock and randomness are the caller's: `now` is the one instant of the
    /// operation (RFC 6109 §4.1), `random` comes from a generator fit for cryptography.
    fn next_id(&self, now: DateTime<Utc>, random: [u8; 16]) -> PecMsgid;
}

/// The identifiers of one node of a provider:
/// `node.YYYYMMDDhhmmss.counter.random@domain`.
///
/// Two nodes differ by their names, two identifiers of a node by the counter, and two runs of it,
/// after a restart that set the counter back, by time and random part.
///
/// ```
/// use pec_message::identifier::{IdGenerator, NodeIds};
///
/// let ids = NodeIds::new("pec1", "pec.alfa.example")?;
/// let now = "2026-11-21T09:15:00Z".parse()?;
/// assert_eq!(
///     ids.next_id(now, [0xab; 16]).as_str(),
///     "pec1.20261121091500.1.abababababababababababababababab@pec.alfa.example",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
// rfc6109 §2.2.1#3, norms 13
#[derive(Debug)]
pub struct NodeIds {
    node: String,
    domain: String,
    /// An identifier whose parts are legal, and with it all that differ in digits.
    pattern: PecMsgid,
    issued: AtomicU64,
}

/// Why a node cannot make identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// The name of the node is not 1 to [`NODE_NAME_OCTETS`] ASCII letters and digits.
    #[error("the name of a node is 1 to {NODE_NAME_OCTETS} letters and digits")]
    Name,
    /// The domain cannot stand in an identifier.
    #[error("the domain cannot stand in an identifier: {0}")]
    Domain(#[from] IdentifierError),
}

impl NodeIds {
    /// For the node called `node`, a name that no other node of the provider bears, at the
    /// provider's mail domain or the node's full host name.
    ///
    /// # Errors
    /// [`NodeError`] says which of the two is at fault.
    pub fn new(node: &str, domain: &str) -> Result<Self, NodeError> {
        let is_plain = node.bytes().all(|octet| octet.is_ascii_alphanumeric());
        if !is_plain || !(1..=NODE_NAME_OCTETS).contains(&node.len()) {
            return Err(NodeError::Name);
        }
        let pattern = compose(node, "00000000000000", u64::MAX, [0; 16], domain).parse()?;
        let (node, domain) = (node.to_owned(), domain.to_owned());
        Ok(Self { node, domain, pattern, issued: AtomicU64::new(0) })
    }
}

impl IdGenerator for NodeIds {
    fn next_id(&self, now: DateTime<Utc>, random: [u8; 16]) -> PecMsgid {
        let counter = self.issued.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let time = now.format("%Y%m%d%H%M%S").to_string();
        // A year of more than four digits has a sign, which an identifier may hold as well.
        let id = compose(&self.node, &time, counter, random, &self.domain).parse();
        id.unwrap_or_else(|_| self.pattern.clone())
    }
}

fn compose(node: &str, time: &str, counter: u64, random: [u8; 16], domain: &str) -> String {
    let random = u128::from_be_bytes(random);
    format!("{node}.{time}.{counter}.{random:032x}@{domain}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nodes_and_calls_differ_even_with_bad_randomness_and_a_stopped_clock() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let nodes = ["a", "b", "a1"].map(|node| NodeIds::new(node, "pec.example").unwrap());
        let mut seen = HashSet::new();
        for _ in 0..1000 {
            for node in &nodes {
                assert!(seen.insert(node.next_id(now, [7; 16])));
            }
        }
    }

    #[test]
    fn a_restarted_node_differs_by_time_or_randomness() {
        let id = |seconds, random| {
            let now = DateTime::<Utc>::from_timestamp(seconds, 0).unwrap();
            NodeIds::new("a", "pec.example").unwrap().next_id(now, [random; 16])
        };
        assert_ne!(id(0, 1), id(0, 2));
        assert_ne!(id(0, 1), id(1, 1));
        assert_eq!(id(0, 1), id(0, 1));
    }

    #[test]
    fn names_and_domains_are_checked() {
        let error = |node: &str, domain: &str| NodeIds::new(node, domain).err();
        assert_eq!(error(&"n".repeat(NODE_NAME_OCTETS), "pec.example"), None);
        for node in ["", "a.b", "a b", "è", &"n".repeat(NODE_NAME_OCTETS + 1)] {
            assert_eq!(error(node, "pec.example"), Some(NodeError::Name), "{node}");
        }
        for domain in ["", "a b", "a@b", "x\r\n", ".it"] {
            assert!(matches!(error("a", domain), Some(NodeError::Domain(_))), "{domain}");
        }
    }

    #[test]
    fn every_instant_makes_an_identifier() {
        let ids = NodeIds::new("a", "pec.example").unwrap();
        for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert!(ids.next_id(now, [0; 16]).as_str().ends_with("0@pec.example"));
            assert_ne!(ids.next_id(now, [0; 16]), ids.next_id(now, [0; 16]));
        }
    }
}
