//! The keys of the development PKI. They are public.

use std::sync::Arc;

use super::Shape;
use crate::crypto::{CryptoProvider, SigningKey};

/// A key of the development PKI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TestKey {
    /// RSA-2048, of the root.
    Root,
    /// RSA-2048, of the issuing authority.
    Authority,
    /// RSA-2048, of providers.
    Provider,
    /// RSA-2048, of somebody else.
    Other,
    /// RSA-1024.
    Rsa1024,
    /// RSA-4096.
    Rsa4096,
    /// P-256.
    P256,
    /// P-384.
    P384,
}

impl TestKey {
    /// The PKCS#8 key in PEM.
    #[must_use]
    pub const fn pkcs8_pem(self) -> &'static str {
        match self {
            Self::Root => include_str!("keys/rsa2048-root.pem"),
            Self::Authority => include_str!("keys/rsa2048-authority.pem"),
            Self::Provider => include_str!("keys/rsa2048-provider.pem"),
            Self::Other => include_str!("keys/rsa2048-other.pem"),
            Self::Rsa1024 => include_str!("keys/rsa1024.pem"),
            Self::Rsa4096 => include_str!("keys/rsa4096.pem"),
            Self::P256 => include_str!("keys/p256.pem"),
            Self::P384 => include_str!("keys/p384.pem"),
        }
    }

    /// The PKCS#8 key in DER.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the PEM is part of this crate")]
    pub fn pkcs8_der(self) -> Vec<u8> {
        der::pem::decode_vec(self.pkcs8_pem().as_bytes()).expect("sound PEM").1
    }

    #[expect(clippy::expect_used, reason = "the key is part of this crate")]
    pub(super) fn load(self) -> Arc<dyn SigningKey> {
        CryptoProvider::rustcrypto().keys.load(&self.pkcs8_der()).expect("sound key")
    }

    pub(super) const fn of(shape: Shape) -> Self {
        match shape {
            Shape::Rsa1024 => Self::Rsa1024,
            Shape::Rsa4096 => Self::Rsa4096,
            Shape::P256 => Self::P256,
            Shape::P384 => Self::P384,
            _ => Self::Provider,
        }
    }
}
