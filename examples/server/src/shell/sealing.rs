//! Signing: once, and the octets are durable before anybody sees them.

use pec_gestore::{BodyRef, EffectId, Sealer, SealingError, Unsigned};
use pec_message::abridged::Piece;
use pec_store::Fragment;

use super::{Gestore, ShellError};
use crate::content::Content;
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
        let content = match &needed {
            Some(body) => Some(self.0.contents.stored(body).await.map_err(ShellError::from)?),
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
                octets(&unsigned, content.as_ref(), &sealer)
            })
            .await??;
        let store = &self.0.store;
        let body = match sealed {
            SealedOctets::Whole(octets) => store.body_within(octets, needed.as_slice()).await,
            SealedOctets::Composed(fragments) => store.compose(fragments).await,
        };
        let body = body.map_err(ShellError::from)?;
        let sealed = store.seal(effect.clone(), body, now).await;
        Ok(sealed.map_err(ShellError::from)?)
    }
}

/// A signed message: in one piece, or as new octets round those of a stored body.
enum SealedOctets {
    Whole(Vec<u8>),
    Composed(Vec<Fragment>),
}

fn octets(
    unsigned: &Unsigned,
    content: Option<&Content>,
    sealer: &Sealer<'_>,
) -> Result<SealedOctets, SealFailure> {
    let abridged = content.and_then(Content::abridged).zip(unsigned.body());
    let Some(((message, octets), body)) = abridged else {
        let sealed = unsigned.seal(content.map(Content::view), sealer)?;
        return Ok(SealedOctets::Whole(sealed.octets));
    };
    let fragment = |piece: Piece<'_>| match piece {
        Piece::Own(octets) => Fragment::Own(octets.to_vec()),
        Piece::Of(range) => Fragment::Of { body: *body, range },
    };
    let sealed = unsigned.seal_abridged(message, &octets, sealer, |sealed| {
        message.pieces(sealed.slices()).into_iter().map(fragment).collect()
    });
    Ok(SealedOctets::Composed(sealed?))
}
