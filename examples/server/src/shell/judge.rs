//! What the signature of an arriving message proves.

use chrono::{DateTime, Utc};
use pec_gestore::Judgement;
use pec_message::{Origin, authenticate, read_up_to};
use pec_smime::crypto::CryptoProvider;
use pec_smime::verify::{Policy, Verifier};

use crate::world::World;

// rfc6109 §2.2.2, norms 28
pub(super) fn judge(
    world: &World,
    message: &[u8],
    crypto: &CryptoProvider,
    now: DateTime<Utc>,
) -> Judgement {
    let verifier = Verifier::new(&world.trust, crypto, Policy::strict());
    let verification = verifier.message(message, now);
    let mail = read_up_to(message, message.len());
    let (history, limits) = (&world.history, world.limits);
    let origin = Origin::Directory { history, limits, crypto };
    Judgement::of(authenticate(&mail, &verification, &origin), crypto)
}
