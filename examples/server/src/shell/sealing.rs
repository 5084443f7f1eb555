//! Signing: once, and the octets are durable before anybody sees them.

use pec_gestore::{BodyRef, EffectId, Sealer, SealingError, Unsigned};

use super::{Gestore, ShellError};
use crate::world::KeyFault;

/// Why a message is not signed yet.
#[derive(Debug, thiserror::Error)]
pub(super) enum SealFailure {
    /// The store failed, or a thread.
    #[error(transparent)]
    Shell(#[from] ShellError),
    /// The message cannot be signed.
    #[error(transparent)]
    Sealing(#[from] SealingError),
    /// No key of ours has a certificate that is valid now.
    #[error(transparent)]
    Key(#[from] KeyFault),
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
        let world = self.world();
        world.keys.at(now)?;
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
                    signer: world.keys.at(now)?,
                    crypto: &inner.crypto,
                };
                Ok::<_, SealFailure>(unsigned.seal(body.as_deref(), &sealer)?)
            })
            .await??;
        let store = &self.0.store;
        let within = needed.as_slice();
        let body = store.body_within(sealed.octets, within).await.map_err(ShellError::from)?;
        let sealed = store.seal(effect.clone(), body, now).await;
        Ok(sealed.map_err(ShellError::from)?)
    }
}
