//! The log: append-only, one hash chain for each node, closed every day over all of them.

use chrono::{DateTime, Utc};
use pec_gestore::Digest;
use pec_gestore::log::Record;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The hash before the first record of a chain.
pub(crate) const GENESIS: Digest = Digest([0; 32]);

/// A record with its place in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The node that wrote it.
    pub node: String,
    /// Its number in the chain of that node, from 1, without gaps.
    pub number: u64,
    /// The record.
    pub record: Record,
    /// SHA-256 over the hash before it, node, number and the record as it is stored.
    pub hash: Digest,
}

/// Where a chain stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The node.
    pub node: String,
    /// The number of its last record.
    pub number: u64,
    /// The hash of that record.
    pub hash: Digest,
}

/// The log up to an instant, in one value to be signed: at least one a day (norms 72), each of
/// which
/// names the one before, so no interval can be left out.
#[doc(alias = "chiusura giornaliera")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// Counts from 1.
    pub number: u64,
    /// When it was closed.
    pub at: DateTime<Utc>,
    /// [`digest`](Self::digest) of the closure before; zeros before the first.
    pub previous: Digest,
    /// The heads of all chains.
    pub heads: Vec<Head>,
}

/// A closure and what its signer made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedClosure {
    /// The closure.
    pub closure: Closure,
    /// A signature over [`Closure::to_octets`], or a time stamp; `None` while there is none.
    pub signature: Option<Vec<u8>>,
}

impl Closure {
    /// What is signed: JSON, the same octets at every call.
    #[must_use]
    pub fn to_octets(&self) -> Vec<u8> {
        // A struct of strings and numbers always has a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// SHA-256 of what is signed.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest(Sha256::digest(self.to_octets()).into())
    }
}

/// The hash of a record: it covers the one before, so the last covers all.
#[must_use]
pub fn hash(before: Digest, node: &str, number: u64, record: &[u8]) -> Digest {
    let mut hash = Sha256::new();
    hash.update(b"postacert log 1\0");
    hash.update(before.0);
    hash.update(u64::try_from(node.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(node.as_bytes());
    hash.update(number.to_be_bytes());
    hash.update(record);
    Digest(hash.finalize().into())
}
