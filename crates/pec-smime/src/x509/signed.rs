//! What certificates, CRLs and OCSP responses have in common: octets and a signature over them.

use super::certificate::Certificate;

/// A signed structure, ready to be verified.
#[derive(Clone, Copy)]
pub(crate) struct Signed<'a> {
    /// Names the structure in memory, so that no signature is verified twice in one judgement.
    pub(crate) identity: usize,
    pub(crate) tbs: &'a [u8],
    /// The outer `AlgorithmIdentifier`.
    pub(crate) algorithm: &'a [u8],
    /// Whether the algorithm inside the signed octets is the same (RFC 5280 §4.1.1.2, §5.1.1.2).
    pub(crate) algorithms_agree: bool,
    pub(crate) signature: &'a [u8],
}

/// A public key that may have signed something.
#[derive(Clone, Copy)]
pub(crate) struct PublicKey<'a> {
    /// Names the key's holder in memory.
    pub(crate) identity: usize,
    pub(crate) spki: &'a [u8],
}

impl Certificate {
    pub(crate) fn signed(&self) -> Signed<'_> {
        Signed {
            identity: self.identity(),
            tbs: self.tbs(),
            algorithm: self.algorithm_der(),
            algorithms_agree: self.algorithms_agree(),
            signature: self.signature(),
        }
    }

    pub(crate) fn public_key(&self) -> PublicKey<'_> {
        PublicKey { identity: self.identity(), spki: self.spki_der() }
    }
}
