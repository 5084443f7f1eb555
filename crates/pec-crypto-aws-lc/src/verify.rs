//! Signature verification.

use std::sync::LazyLock;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_2048_8192_SHA384, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPssSaltLength, UnparsedPublicKey,
    VerificationAlgorithm,
};
use pec_smime::crypto::{
    Digest, DigestAlgorithm, SignatureAlgorithm, SignatureError, SignatureVerifier,
};
use spki::der::Decode;
use spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};

use crate::digest_algorithm;

pub(crate) const RSA_ENCRYPTION: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(crate) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
pub(crate) const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

pub(crate) struct Verifier;

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
        let key =
            SubjectPublicKeyInfoRef::from_der(spki).map_err(|_| SignatureError::MalformedKey)?;
        let (parameters, octets): (&'static dyn VerificationAlgorithm, digest::Digest) =
            match *algorithm {
                SignatureAlgorithm::RsaPkcs1(hash) => (pkcs1(hash, &key)?, import(digest)?),
                SignatureAlgorithm::RsaPss { digest: hash, mgf, salt_len } => {
                    (pss(hash, mgf, salt_len, &key)?, import(digest)?)
                }
                SignatureAlgorithm::Ecdsa(_) => ecdsa(digest, &key)?,
                _ => return Err(SignatureError::UnsupportedAlgorithm),
            };
        UnparsedPublicKey::new(parameters, key.subject_public_key.raw_bytes())
            .verify_digest(&octets, signature)
            .map_err(|_| SignatureError::Invalid)
    }
}

/// Octets of an RSA modulus, sign octet left out: 128 for RSA-1024.
fn modulus_octets(key: &SubjectPublicKeyInfoRef<'_>) -> Result<usize, SignatureError> {
    use spki::der::asn1::UintRef;
    use spki::der::{Reader, SliceReader};
    let malformed = SignatureError::MalformedKey;
    let octets = key.subject_public_key.raw_bytes();
    let mut reader = SliceReader::new(octets).map_err(|_| malformed)?;
    let modulus: Result<usize, spki::der::Error> = reader.sequence(|fields| {
        let modulus = UintRef::decode(fields)?.as_bytes().len();
        UintRef::decode(fields)?;
        Ok(modulus)
    });
    modulus.map_err(|_| malformed)
}

fn pkcs1(
    digest: DigestAlgorithm,
    key: &SubjectPublicKeyInfoRef<'_>,
) -> Result<&'static RsaParameters, SignatureError> {
    if key.algorithm.oid != RSA_ENCRYPTION {
        return Err(SignatureError::KeyMismatch);
    }
    let octets = modulus_octets(key)?;
    match digest {
        // Below 128 octets nothing is accepted.
        _ if octets < 128 => Err(SignatureError::MalformedKey),
        DigestAlgorithm::Sha1 => Ok(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        DigestAlgorithm::Sha256 => Ok(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        DigestAlgorithm::Sha384 if octets >= 256 => Ok(&RSA_PKCS1_2048_8192_SHA384),
        DigestAlgorithm::Sha512 => Ok(&RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        _ => Err(SignatureError::UnsupportedAlgorithm),
    }
}

/// PSS parameters for each length of salt: the library wants them to live for ever.
static PSS_SHA256: LazyLock<Vec<RsaParameters>> =
    LazyLock::new(|| salts(|salt| RSA_PSS_2048_8192_SHA256.with_pss_salt_length(salt)));
static PSS_SHA384: LazyLock<Vec<RsaParameters>> =
    LazyLock::new(|| salts(|salt| RSA_PSS_2048_8192_SHA384.with_pss_salt_length(salt)));
static PSS_SHA512: LazyLock<Vec<RsaParameters>> =
    LazyLock::new(|| salts(|salt| RSA_PSS_2048_8192_SHA512.with_pss_salt_length(salt)));

/// A salt fits into the modulus, which has at most 1024 octets.
fn salts(parameters: impl Fn(RsaPssSaltLength) -> RsaParameters) -> Vec<RsaParameters> {
    (0..1024).map(|length| parameters(RsaPssSaltLength::Custom(length))).collect()
}

fn pss(
    digest: DigestAlgorithm,
    mgf: DigestAlgorithm,
    salt_len: usize,
    key: &SubjectPublicKeyInfoRef<'_>,
) -> Result<&'static RsaParameters, SignatureError> {
    if key.algorithm.oid != RSA_ENCRYPTION && key.algorithm.oid != RSASSA_PSS {
        return Err(SignatureError::KeyMismatch);
    }
    let table = match digest {
        _ if digest != mgf || modulus_octets(key)? < 256 => {
            return Err(SignatureError::UnsupportedAlgorithm);
        }
        DigestAlgorithm::Sha256 => &PSS_SHA256,
        DigestAlgorithm::Sha384 => &PSS_SHA384,
        DigestAlgorithm::Sha512 => &PSS_SHA512,
        _ => return Err(SignatureError::UnsupportedAlgorithm),
    };
    table.get(salt_len).ok_or(SignatureError::Invalid)
}

/// The digest goes in as one of the length of the field, whatever it is of.
fn ecdsa(
    digest: &Digest,
    key: &SubjectPublicKeyInfoRef<'_>,
) -> Result<(&'static dyn VerificationAlgorithm, digest::Digest), SignatureError> {
    if key.algorithm.oid != EC_PUBLIC_KEY {
        return Err(SignatureError::KeyMismatch);
    }
    match key.algorithm.parameters_oid() {
        Ok(P256) => {
            Ok((&ECDSA_P256_SHA256_ASN1, field(&digest.as_field::<32>(), &digest::SHA256)?))
        }
        Ok(P384) => {
            Ok((&ECDSA_P384_SHA384_ASN1, field(&digest.as_field::<48>(), &digest::SHA384)?))
        }
        Ok(_) => Err(SignatureError::UnsupportedAlgorithm),
        Err(_) => Err(SignatureError::MalformedKey),
    }
}

pub(crate) fn field(
    octets: &[u8],
    algorithm: &'static digest::Algorithm,
) -> Result<digest::Digest, SignatureError> {
    digest::Digest::import_less_safe(octets, algorithm)
        .map_err(|_| SignatureError::UnsupportedAlgorithm)
}

fn import(digest: &Digest) -> Result<digest::Digest, SignatureError> {
    let algorithm =
        digest_algorithm(digest.algorithm()).ok_or(SignatureError::UnsupportedAlgorithm)?;
    field(digest.as_bytes(), algorithm)
}
