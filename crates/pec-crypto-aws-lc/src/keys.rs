//! Private keys in memory.

use std::sync::Arc;

use aws_lc_rs::digest;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use pec_smime::crypto::{
    Digest, DigestAlgorithm, KeyError, KeyProvider, SecureRandom, SignatureAlgorithm,
    SignatureError, SigningKey,
};

use crate::digest_algorithm;
use crate::verify::field;

pub(crate) struct Keys;

impl KeyProvider for Keys {
    /// The kind of key is found by trying, since the library reads the structure itself.
    fn load(&self, pkcs8_der: &[u8]) -> Result<Arc<dyn SigningKey>, KeyError> {
        if let Ok(pair) = RsaKeyPair::from_pkcs8(pkcs8_der) {
            let spki = pair.public_key().as_der().map_err(|_| KeyError::Malformed)?;
            return Ok(Arc::new(RsaKey { spki: spki.as_ref().to_vec(), pair }));
        }
        for curve in [Curve::P256, Curve::P384] {
            let algorithm = match curve {
                Curve::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
                Curve::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
            };
            if let Ok(pair) = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8_der) {
                let spki = pair.public_key().as_der().map_err(|_| KeyError::Malformed)?;
                return Ok(Arc::new(EcKey { curve, spki: spki.as_ref().to_vec(), pair }));
            }
        }
        // Telling rubbish from a key of another kind takes no more than the outer structure.
        match pkcs8_der.first() {
            Some(0x30) => Err(KeyError::Unsupported),
            _ => Err(KeyError::Malformed),
        }
    }
}

struct RsaKey {
    pair: RsaKeyPair,
    spki: Vec<u8>,
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
        _random: &dyn SecureRandom,
    ) -> Result<Vec<u8>, SignatureError> {
        let encoding: &'static dyn RsaEncoding = match *algorithm {
            SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256) => &RSA_PKCS1_SHA256,
            SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha384) => &RSA_PKCS1_SHA384,
            SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha512) => &RSA_PKCS1_SHA512,
            SignatureAlgorithm::RsaPss { digest, mgf, salt_len }
                if digest == mgf && salt_len == digest.output_len() =>
            {
                match digest {
                    DigestAlgorithm::Sha256 => &RSA_PSS_SHA256,
                    DigestAlgorithm::Sha384 => &RSA_PSS_SHA384,
                    DigestAlgorithm::Sha512 => &RSA_PSS_SHA512,
                    _ => return Err(SignatureError::UnsupportedAlgorithm),
                }
            }
            SignatureAlgorithm::Ecdsa(_) => return Err(SignatureError::KeyMismatch),
            _ => return Err(SignatureError::UnsupportedAlgorithm),
        };
        let mut signature = vec![0; self.pair.public_modulus_len()];
        // The library takes its random bytes, for blinding and salts, from itself.
        self.pair
            .sign(encoding, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| SignatureError::SigningFailed)?;
        Ok(signature)
    }
}

#[derive(Clone, Copy)]
enum Curve {
    P256,
    P384,
}

struct EcKey {
    curve: Curve,
    pair: EcdsaKeyPair,
    spki: Vec<u8>,
}

impl SigningKey for EcKey {
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
        _random: &dyn SecureRandom,
    ) -> Result<Vec<u8>, SignatureError> {
        let digest = match *algorithm {
            SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha1) => {
                return Err(SignatureError::UnsupportedAlgorithm);
            }
            SignatureAlgorithm::Ecdsa(digest) => hash(digest, message)?,
            _ => return Err(SignatureError::KeyMismatch),
        };
        let digest = match self.curve {
            Curve::P256 => field(&digest.as_field::<32>(), &digest::SHA256)?,
            Curve::P384 => field(&digest.as_field::<48>(), &digest::SHA384)?,
        };
        let signature =
            self.pair.sign_digest(&digest).map_err(|_| SignatureError::SigningFailed)?;
        Ok(signature.as_ref().to_vec())
    }
}

fn hash(algorithm: DigestAlgorithm, message: &[u8]) -> Result<Digest, SignatureError> {
    let known = digest_algorithm(algorithm).ok_or(SignatureError::UnsupportedAlgorithm)?;
    Digest::new(algorithm, digest::digest(known, message).as_ref())
}
