//! Private keys of the default provider.

use std::sync::Arc;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use der::Decode;
use pkcs8::{EncodePublicKey, PrivateKeyInfoRef};
use rsa::traits::PublicKeyParts;
use rsa::{Pss, RsaPrivateKey};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use signature::hazmat::RandomizedPrehashSigner;
use zeroize::Zeroizing;

use super::verify::pkcs1_padding;
use crate::crypto::{
    Digest, DigestAlgorithm, KeyError, KeyProvider, SecureRandom, SignatureAlgorithm,
    SignatureError, SigningKey,
};
use crate::oid;

pub(super) struct Keys;

impl KeyProvider for Keys {
    fn load(&self, pkcs8_der: &[u8]) -> Result<Arc<dyn SigningKey>, KeyError> {
        let info = PrivateKeyInfoRef::from_der(pkcs8_der).map_err(|_| KeyError::Malformed)?;
        match info.algorithm.oid {
            oid::RSA_ENCRYPTION => RsaKey::load(info),
            oid::EC_PUBLIC_KEY => match info.algorithm.parameters_oid() {
                Ok(oid::P256) => P256Key::load(info),
                Ok(oid::P384) => P384Key::load(info),
                _ => Err(KeyError::Unsupported),
            },
            _ => Err(KeyError::Unsupported),
        }
    }
}

struct RsaKey {
    key: RsaPrivateKey,
    spki: Vec<u8>,
}

impl RsaKey {
    fn load(info: PrivateKeyInfoRef<'_>) -> Result<Arc<dyn SigningKey>, KeyError> {
        let key = RsaPrivateKey::try_from(info).map_err(|_| KeyError::Malformed)?;
        if key.size() < 128 {
            return Err(KeyError::Unsupported);
        }
        let spki = key.to_public_key().to_public_key_der().map_err(|_| KeyError::Malformed)?;
        Ok(Arc::new(Self { key, spki: spki.as_bytes().to_vec() }))
    }
}

impl SigningKey for RsaKey {
    fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    fn algorithm(&self, digest: DigestAlgorithm) -> SignatureAlgorithm {
        SignatureAlgorithm::RsaPkcs1(digest)
    }

    fn sign(
        &self,
        algorithm: &SignatureAlgorithm,
        message: &[u8],
        random: &dyn SecureRandom,
    ) -> Result<Vec<u8>, SignatureError> {
        // With a generator the private operation is blinded: RUSTSEC-2023-0071.
        let mut rng = seeded(random)?;
        let digest = hash(algorithm.digest(), message)?;
        let hashed = digest.as_bytes();
        match *algorithm {
            SignatureAlgorithm::RsaPkcs1(digest) => {
                self.key.sign_with_rng(&mut rng, pkcs1_padding(digest), hashed)
            }
            SignatureAlgorithm::RsaPss { digest, mgf, salt_len } if digest == mgf => match digest {
                DigestAlgorithm::Sha384 => {
                    self.key.sign_with_rng(&mut rng, Pss::<Sha384>::new_with_salt(salt_len), hashed)
                }
                DigestAlgorithm::Sha512 => {
                    self.key.sign_with_rng(&mut rng, Pss::<Sha512>::new_with_salt(salt_len), hashed)
                }
                _ => {
                    self.key.sign_with_rng(&mut rng, Pss::<Sha256>::new_with_salt(salt_len), hashed)
                }
            },
            SignatureAlgorithm::RsaPss { .. } => return Err(SignatureError::UnsupportedAlgorithm),
            SignatureAlgorithm::Ecdsa(_) => return Err(SignatureError::KeyMismatch),
        }
        .map_err(|_| SignatureError::SigningFailed)
    }
}

macro_rules! elliptic_key {
    ($name:ident, $curve:ident, $octets:literal) => {
        struct $name {
            key: $curve::ecdsa::SigningKey,
            spki: Vec<u8>,
        }

        impl $name {
            fn load(info: PrivateKeyInfoRef<'_>) -> Result<Arc<dyn SigningKey>, KeyError> {
                let key =
                    $curve::ecdsa::SigningKey::try_from(info).map_err(|_| KeyError::Malformed)?;
                let spki =
                    key.verifying_key().to_public_key_der().map_err(|_| KeyError::Malformed)?;
                Ok(Arc::new(Self { key, spki: spki.as_bytes().to_vec() }))
            }
        }

        impl SigningKey for $name {
            fn spki_der(&self) -> &[u8] {
                &self.spki
            }

            fn algorithm(&self, digest: DigestAlgorithm) -> SignatureAlgorithm {
                SignatureAlgorithm::Ecdsa(digest)
            }

            fn sign(
                &self,
                algorithm: &SignatureAlgorithm,
                message: &[u8],
                random: &dyn SecureRandom,
            ) -> Result<Vec<u8>, SignatureError> {
                let SignatureAlgorithm::Ecdsa(digest) = *algorithm else {
                    return Err(SignatureError::KeyMismatch);
                };
                let hashed = hash(digest, message)?.as_field::<$octets>();
                let signature: $curve::ecdsa::Signature = self
                    .key
                    .sign_prehash_with_rng(&mut seeded(random)?, &hashed)
                    .map_err(|_| SignatureError::SigningFailed)?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
        }
    };
}

elliptic_key!(P256Key, p256, 32);
elliptic_key!(P384Key, p384, 48);

/// Signatures are made with SHA-2 alone (norms 67).
fn hash(algorithm: DigestAlgorithm, message: &[u8]) -> Result<Digest, SignatureError> {
    match algorithm {
        DigestAlgorithm::Sha1 => Err(SignatureError::UnsupportedAlgorithm),
        DigestAlgorithm::Sha256 => Digest::new(algorithm, &Sha256::digest(message)),
        DigestAlgorithm::Sha384 => Digest::new(algorithm, &Sha384::digest(message)),
        DigestAlgorithm::Sha512 => Digest::new(algorithm, &Sha512::digest(message)),
    }
}

/// A generator of its own for each signature: the caller's source may fail, and the traits of
/// `rsa` have no place for that, so it is asked once, before signing starts.
fn seeded(random: &dyn SecureRandom) -> Result<ChaCha20Rng, SignatureError> {
    let mut seed = Zeroizing::new([0; 32]);
    random.fill(seed.as_mut())?;
    Ok(ChaCha20Rng::from_seed(*seed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{CryptoProvider, RandomError};

    struct NoRandom;

    impl SecureRandom for NoRandom {
        fn fill(&self, _: &mut [u8]) -> Result<(), RandomError> {
            Err(RandomError)
        }
    }

    fn p256_key() -> Vec<u8> {
        use pkcs8::EncodePrivateKey;
        let key = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
        key.to_pkcs8_der().unwrap().as_bytes().to_vec()
    }

    #[test]
    fn signs_what_it_verifies() {
        let crypto = CryptoProvider::rustcrypto();
        let key = crypto.keys.load(&p256_key()).unwrap();
        for digest in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512] {
            let algorithm = key.algorithm(digest);
            let signature = key.sign(&algorithm, b"message", &*crypto.random).unwrap();
            crypto.verify_message(&algorithm, key.spki_der(), b"message", &signature).unwrap();
            assert_eq!(
                crypto.verify_message(&algorithm, key.spki_der(), b"massage", &signature),
                Err(SignatureError::Invalid)
            );
        }
    }

    #[test]
    fn refuses_sha1_wrong_algorithms_and_a_failing_random_source() {
        let crypto = CryptoProvider::rustcrypto();
        let key = crypto.keys.load(&p256_key()).unwrap();
        let sign = |algorithm, random: &dyn SecureRandom| key.sign(&algorithm, b"", random);
        assert_eq!(
            sign(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha1), &*crypto.random),
            Err(SignatureError::UnsupportedAlgorithm)
        );
        assert_eq!(
            sign(SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256), &*crypto.random),
            Err(SignatureError::KeyMismatch)
        );
        assert_eq!(
            sign(SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256), &NoRandom),
            Err(SignatureError::Random(RandomError))
        );
        assert_eq!(crypto.keys.load(b"rubbish").err(), Some(KeyError::Malformed));
    }
}
