//! The certificate that our servers show, exchanged while they run.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};

use super::{TlsError, certificates, private_key, provider};

/// The certificate that our servers show. Clones show the same one: what is shown next is shown to
/// new connections, those that are there go on.
#[derive(Clone)]
pub struct Shown(Arc<RwLock<Arc<CertifiedKey>>>);

impl Shown {
    /// This chain, with its key; both PEM.
    ///
    /// # Errors
    ///
    /// When they are no PEM, or do not go together.
    pub fn new(chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let (chain, key) = (certificates(chain)?, private_key(key)?);
        let certified = CertifiedKey::from_der(chain, key, &provider())?;
        Ok(Self(Arc::new(RwLock::new(Arc::new(certified)))))
    }

    /// Shows from now on what the other one shows now.
    pub fn take_over(&self, other: &Self) {
        let next = other.now();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = next;
    }

    /// The certificate, DER, without its issuers.
    #[must_use]
    pub fn certificate(&self) -> Vec<u8> {
        self.now().cert.first().map(|der| der.to_vec()).unwrap_or_default()
    }

    /// The SHA-256 of the certificate.
    pub(super) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.certificate()).into()
    }

    fn now(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now())
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use rustls::pki_types::ServerName;
    use tokio::io::AsyncReadExt as _;

    use super::*;
    use crate::clock::{Clock as _, ManualClock};
    use crate::init::Pki;
    use crate::tls::{Trust, acceptor, connector};

    #[tokio::test]
    async fn we_know_ourselves_by_what_we_show_now() {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::at("2026-11-21T10:00:00Z".parse().unwrap());
        let pki = Pki::open(folder.path(), clock.now()).unwrap();
        let made = || {
            let issued = pki.server("alfa.example", clock.now() - TimeDelta::days(1)).unwrap();
            Shown::new(issued.pem.as_bytes(), issued.key.as_bytes()).unwrap()
        };
        let (ours, next) = (made(), made());
        let acceptor = acceptor(ours.clone(), Arc::new(clock.clone())).unwrap();
        let connect = async |trust: Shown| {
            let connector = connector(&Trust::Own(trust), Arc::new(clock.clone())).unwrap();
            let (client, server) = tokio::io::duplex(64 * 1024);
            let (name, mut octets) = (ServerName::try_from("other.example").unwrap(), Vec::new());
            let (connected, accepted) =
                tokio::join!(connector.connect(name, client), acceptor.accept(server));
            drop(accepted);
            let mut connected = connected?;
            let shown = connected.get_ref().1.peer_certificates().unwrap()[0].to_vec();
            let _ = connected.read_to_end(&mut octets).await;
            Ok::<_, std::io::Error>(shown)
        };
        let first = ours.certificate();
        assert_eq!(connect(ours.clone()).await.unwrap(), first);
        assert!(connect(next.clone()).await.is_err());
        ours.take_over(&next);
        assert_ne!(ours.certificate(), first);
        assert_eq!(connect(ours.clone()).await.unwrap(), next.certificate());
    }
}
