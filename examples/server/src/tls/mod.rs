//! TLS: rustls on aws-lc-rs, versions 1.2 and 1.3, certificates judged by our own clock.

mod shown;

use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, RootCertStore,
    ServerConfig, SignatureScheme,
};
use sha2::{Digest as _, Sha256};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::clock::{Clock, TlsTime};

pub use shown::Shown;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A PEM file cannot be read.
    #[error("the PEM file cannot be read: {0}")]
    Pem(String),
    /// Key and certificates do not go together, or rustls does not take them.
    #[error(transparent)]
    Rustls(#[from] Error),
    /// No authority is named, so nobody could be trusted.
    #[error("no authority and no certificate is named, so nobody could be trusted")]
    NobodyTrusted,
}

/// Whom the relay believes that a server is who it says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Trust {
    /// Whose certificate these authorities signed, for its name; the DER of each.
    Authorities(Vec<CertificateDer<'static>>),
    /// Who shows one of these certificates: SHA-256 of the DER. Name and dates are not looked at.
    Pinned(Vec<[u8; 32]>),
    /// Who shows the certificate that we show now: ourselves.
    Own(Shown),
    /// Anybody: encryption without authentication, for the ordinary world alone, where the
    /// alternative is no encryption.
    Anybody,
}

/// The server's side.
///
/// # Errors
///
/// When rustls does not know the versions that it should.
pub fn acceptor(shown: Shown, clock: Arc<dyn Clock>) -> Result<TlsAcceptor, TlsError> {
    let config = ServerConfig::builder_with_details(provider(), Arc::new(TlsTime(clock)))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shown));
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The client's side.
///
/// # Errors
///
/// When nobody would be trusted.
pub fn connector(trust: &Trust, clock: Arc<dyn Clock>) -> Result<TlsConnector, TlsError> {
    Ok(TlsConnector::from(Arc::new(client(trust, clock)?.with_no_client_auth())))
}

/// The client's side, with a certificate for servers that ask who we are; both PEM.
///
/// # Errors
///
/// When nobody would be trusted, the files are no PEM, or key and certificate do not go together.
pub fn identified(
    trust: &Trust,
    chain: &[u8],
    key: &[u8],
    clock: Arc<dyn Clock>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let (chain, key) = (certificates(chain)?, private_key(key)?);
    Ok(Arc::new(client(trust, clock)?.with_client_auth_cert(chain, key)?))
}

fn client(
    trust: &Trust,
    clock: Arc<dyn Clock>,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, TlsError> {
    let verifier: Arc<dyn ServerCertVerifier> = match trust {
        Trust::Authorities(authorities) => {
            let mut roots = RootCertStore::empty();
            for authority in authorities {
                roots.add(authority.clone())?;
            }
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
                .build()
                .map_err(|_| TlsError::NobodyTrusted)?
        }
        Trust::Pinned(hashes) if hashes.is_empty() => return Err(TlsError::NobodyTrusted),
        known => Arc::new(Known(known.clone())),
    };
    Ok(ClientConfig::builder_with_details(provider(), Arc::new(TlsTime(clock)))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier))
}

/// The certificates of a PEM file.
///
/// # Errors
///
/// When it is no PEM, or holds none.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|error| TlsError::Pem(error.to_string()))?;
    if found.is_empty() { Err(TlsError::Pem("no certificate in it".to_owned())) } else { Ok(found) }
}

fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| TlsError::Pem(error.to_string()))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Believes certificates that it knows, or any. That the server has the key is checked always.
#[derive(Debug)]
struct Known(Trust);

impl ServerCertVerifier for Known {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let hash: [u8; 32] = Sha256::digest(end_entity).into();
        let is_known = match &self.0 {
            Trust::Pinned(hashes) => hashes.contains(&hash),
            Trust::Own(shown) => shown.hash() == hash,
            Trust::Anybody => true,
            Trust::Authorities(_) => false,
        };
        if is_known {
            return Ok(ServerCertVerified::assertion());
        }
        Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &provider().signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &provider().signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}
