//! Signing: once, and the octets are durable before anybody sees them.

use std::sync::{Arc, PoisonError};

use chrono::{DateTime, Utc};
use pec_gestore::{BodyRef, EffectId, Sealer, SealingError, Unsigned};
use pec_smime::sign::Signer;

use super::{Gestore, ShellError};

/// Why a message is not signed yet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealFailure {
    /// The store failed, or a thread.
    #[error(transparent)]
    Shell(#[from] ShellError),
    /// The message cannot be signed.
    #[error(transparent)]
    Sealing(#[from] SealingError),
    /// No key of ours has a certificate that is valid now.
    #[error("no signing key has a certificate that is valid at {0}")]
    NoKey(DateTime<Utc>),
}

impl Gestore {
    /// Signs a message under the name of an effect, unless that was done before.
    pub(super) async fn seal(
        &self,
        effect: &EffectId,
        unsigned: Unsigned,
    ) -> Result<BodyRef, SealFailure> {
        let id = effect.clone();
        let known = self.0.store.read(move |view| view.sealed(&id)).await;
        if let Some(sealed) = known.map_err(ShellError::from)? {
            return Ok(sealed);
        }
        let now = self.now();
        let signer = self.signer(now).ok_or(SealFailure::NoKey(now))?;
        let needed = unsigned.body().copied();
        let body = match &needed {
            Some(body) => Some(self.0.store.read_body(body).await.map_err(ShellError::from)?),
            None => None,
        };
        // A signature takes long enough for a thread of its own, however small the message.
        let sealed = self
            .compute(usize::MAX, move |inner| {
                let sealer = Sealer {
                    system: &inner.provider.system,
                    signer: signer.as_ref(),
                    crypto: &inner.crypto,
                };
                unsigned.seal(body.as_deref(), &sealer)
            })
            .await??;
        let store = &self.0.store;
        let within = needed.as_ref().map(std::slice::from_ref).unwrap_or_default();
        let body = store.body_within(sealed.octets, within).await.map_err(ShellError::from)?;
        let sealed = store.seal(effect.clone(), body, now).await;
        Ok(sealed.map_err(ShellError::from)?)
    }

    /// The key that signs now: the first whose certificate is valid (norms 51).
    pub(super) fn signer(&self, now: DateTime<Utc>) -> Option<Arc<dyn Signer>> {
        let signers = self.0.signers.read().unwrap_or_else(PoisonError::into_inner);
        let is_valid = |signer: &&Arc<dyn Signer>| {
            let certificate = signer.certificate();
            certificate.not_before() <= now && now <= certificate.not_after()
        };
        signers.iter().find(is_valid).cloned()
    }
}
