//! Private keys in the forms in which they are kept.

use std::sync::Arc;

use der::asn1::AnyRef;
use der::{Decode, Encode};
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use sec1::EcPrivateKey;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::crypto::{CryptoProvider, KeyError, SigningKey};
use crate::oid;

/// Loads a private key from PKCS#8, plain or encrypted, SEC1 or PKCS#1, in PEM or DER.
///
/// `password` is used for an encrypted key and ignored for a plain one. Every copy that is made on
/// the way is overwritten.
///
/// # Errors
/// [`KeyError`] says whether the form, the password or the kind of key is at fault.
///
/// ```
/// use pec_smime::{crypto::{CryptoProvider, KeyError}, sign::load_private_key};
///
/// let crypto = CryptoProvider::rustcrypto();
/// assert_eq!(load_private_key(b"no key", None, &crypto).err(), Some(KeyError::Malformed));
/// ```
pub fn load_private_key(
    pem_or_der: &[u8],
    password: Option<&[u8]>,
    crypto: &CryptoProvider,
) -> Result<Arc<dyn SigningKey>, KeyError> {
    let der = match private_key_block(pem_or_der) {
        Some(pem) => {
            let (_, der) = der::pem::decode_vec(pem).map_err(|_| KeyError::Malformed)?;
            Zeroizing::new(der)
        }
        None => Zeroizing::new(pem_or_der.to_vec()),
    };
    let pkcs8 = to_pkcs8(&der, password)?;
    crypto.keys.load(&pkcs8)
}

/// The structures hold no marks of their own, so each is tried.
fn to_pkcs8(der: &[u8], password: Option<&[u8]>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if PrivateKeyInfoRef::from_der(der).is_ok() {
        return Ok(Zeroizing::new(der.to_vec()));
    }
    if let Ok(encrypted) = EncryptedPrivateKeyInfoRef::from_der(der) {
        let password = password.ok_or(KeyError::PasswordNeeded)?;
        let plain = encrypted.decrypt(password).map_err(|_| KeyError::Decryption)?;
        return Ok(Zeroizing::new(plain.as_bytes().to_vec()));
    }
    if let Ok(key) = EcPrivateKey::from_der(der) {
        let curve = key.parameters.and_then(|parameters| parameters.named_curve());
        let curve = curve.ok_or(KeyError::Unsupported)?;
        return wrap(oid::EC_PUBLIC_KEY, AnyRef::from(&curve), der);
    }
    if pkcs1::RsaPrivateKeyRef::from_der(der).is_ok() {
        return wrap(oid::RSA_ENCRYPTION, AnyRef::NULL, der);
    }
    Err(KeyError::Malformed)
}

/// Puts the older structure of one kind of key into a `PrivateKeyInfo`.
fn wrap(
    oid: der::asn1::ObjectIdentifier,
    parameters: AnyRef<'_>,
    key: &[u8],
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let algorithm = AlgorithmIdentifierRef { oid, parameters: Some(parameters) };
    let key = der::asn1::OctetStringRef::new(key).map_err(|_| KeyError::Malformed)?;
    let info = PrivateKeyInfoRef::new(algorithm, key);
    Ok(Zeroizing::new(info.to_der().map_err(|_| KeyError::Malformed)?))
}

/// The PEM block of the key: OpenSSL writes curve parameters, and others certificates, before it.
fn private_key_block(input: &[u8]) -> Option<&[u8]> {
    let mut rest = input;
    loop {
        let start = memchr::memmem::find(rest, b"-----BEGIN ")?;
        rest = rest.get(start..)?;
        let line_end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let label = rest.get(..line_end)?.trim_ascii_end().strip_suffix(b"-----")?;
        if label.ends_with(b"PRIVATE KEY") {
            let end = memchr::memmem::find(rest, b"-----END ")?;
            let after = rest.get(end..)?;
            let last_line =
                memchr::memchr(b'\n', after).map_or(after.len(), |at| at.saturating_add(1));
            return rest.get(..end.saturating_add(last_line));
        }
        rest = rest.get(line_end..)?;
    }
}
