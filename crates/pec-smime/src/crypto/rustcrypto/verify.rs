//! Signature verification with `rsa`, `p256` and `p384`.

use der::Decode;
use der::asn1::ObjectIdentifier;
use pkcs1::DecodeRsaPublicKey;
use rsa::{Pkcs1v15Sign, Pss, RsaPublicKey};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use signature::hazmat::PrehashVerifier;
use spki::SubjectPublicKeyInfoRef;

use crate::crypto::{
    Digest, DigestAlgorithm, SignatureAlgorithm, SignatureError, SignatureVerifier,
};
use crate::oid;

pub(super) struct Verifier;

impl SignatureVerifier for Verifier {
    fn verify(
        &self,
        algorithm: &SignatureAlgorithm,
        spki: &[u8],
        digest: &Digest,
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        if algorithm.digest() != digest.algorithm() {
            return Err(SignatureError::DigestMismatch {
                expected: algorithm.digest(),
                found: digest.algorithm(),
            });
        }
        let spki =
            SubjectPublicKeyInfoRef::from_der(spki).map_err(|_| SignatureError::MalformedKey)?;
        match *algorithm {
            SignatureAlgorithm::RsaPkcs1(hash) => {
                if spki.algorithm.oid != oid::RSA_ENCRYPTION {
                    return Err(SignatureError::KeyMismatch);
                }
                rsa_key(&spki)?
                    .verify(pkcs1_padding(hash), digest.as_bytes(), signature)
                    .map_err(|_| SignatureError::Invalid)
            }
            SignatureAlgorithm::RsaPss { digest: hash, mgf, salt_len } => {
                if hash != mgf {
                    return Err(SignatureError::UnsupportedAlgorithm);
                }
                verify_pss(&rsa_key(&spki)?, digest, salt_len, signature)
            }
            SignatureAlgorithm::Ecdsa(_) => verify_ecdsa(&spki, digest, signature),
        }
    }
}

/// The padding with its `DigestInfo` prefix.
pub(super) fn pkcs1_padding(digest: DigestAlgorithm) -> Pkcs1v15Sign {
    match digest {
        DigestAlgorithm::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
        DigestAlgorithm::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
        DigestAlgorithm::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
        DigestAlgorithm::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
    }
}

fn rsa_key(spki: &SubjectPublicKeyInfoRef<'_>) -> Result<RsaPublicKey, SignatureError> {
    if spki.algorithm.oid != oid::RSA_ENCRYPTION && spki.algorithm.oid != oid::RSASSA_PSS {
        return Err(SignatureError::KeyMismatch);
    }
    RsaPublicKey::from_pkcs1_der(spki.subject_public_key.raw_bytes())
        .map_err(|_| SignatureError::MalformedKey)
}

fn verify_pss(
    key: &RsaPublicKey,
    digest: &Digest,
    salt_len: usize,
    signature: &[u8],
) -> Result<(), SignatureError> {
    let hashed = digest.as_bytes();
    match digest.algorithm() {
        DigestAlgorithm::Sha1 => {
            key.verify(Pss::<Sha1>::new_with_salt(salt_len), hashed, signature)
        }
        DigestAlgorithm::Sha256 => {
            key.verify(Pss::<Sha256>::new_with_salt(salt_len), hashed, signature)
        }
        DigestAlgorithm::Sha384 => {
            key.verify(Pss::<Sha384>::new_with_salt(salt_len), hashed, signature)
        }
        DigestAlgorithm::Sha512 => {
            key.verify(Pss::<Sha512>::new_with_salt(salt_len), hashed, signature)
        }
    }
    .map_err(|_| SignatureError::Invalid)
}

fn verify_ecdsa(
    spki: &SubjectPublicKeyInfoRef<'_>,
    digest: &Digest,
    signature: &[u8],
) -> Result<(), SignatureError> {
    let curve = curve(spki)?;
    let point = spki.subject_public_key.raw_bytes();
    let invalid = SignatureError::Invalid;
    if curve == oid::P256 {
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point)
            .map_err(|_| SignatureError::MalformedKey)?;
        let signature = p256::ecdsa::Signature::from_der(signature).map_err(|_| invalid)?;
        key.verify_prehash(&digest.as_field::<32>(), &signature).map_err(|_| invalid)
    } else if curve == oid::P384 {
        let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point)
            .map_err(|_| SignatureError::MalformedKey)?;
        let signature = p384::ecdsa::Signature::from_der(signature).map_err(|_| invalid)?;
        key.verify_prehash(&digest.as_field::<48>(), &signature).map_err(|_| invalid)
    } else {
        Err(SignatureError::UnsupportedAlgorithm)
    }
}

/// The named curve of an elliptic-curve key (RFC 5480 §2.1.1).
pub(super) fn curve(
    spki: &SubjectPublicKeyInfoRef<'_>,
) -> Result<ObjectIdentifier, SignatureError> {
    if spki.algorithm.oid != oid::EC_PUBLIC_KEY {
        return Err(SignatureError::KeyMismatch);
    }
    spki.algorithm.parameters_oid().map_err(|_| SignatureError::MalformedKey)
}
