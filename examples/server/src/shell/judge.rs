//! What the signature of an arriving message proves.

use chrono::{DateTime, Utc};
use pec_directory::{DirectoryHistory, FreshnessLimits};
use pec_gestore::Judgement;
use pec_message::{Origin, authenticate, read_up_to};
use pec_smime::crypto::CryptoProvider;
use pec_smime::verify::{Policy, Verifier};
use pec_smime::x509::TrustStore;

/// Whom we believe, and how far.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Authorities and revocation lists.
    pub store: TrustStore,
    /// Which algorithms count.
    pub policy: Policy,
    /// How old the directory may be.
    pub freshness: FreshnessLimits,
}

impl Trust {
    // rfc6109 §2.2.2, norms 28
    pub(super) fn judge(
        &self,
        message: &[u8],
        directories: &DirectoryHistory,
        crypto: &CryptoProvider,
        now: DateTime<Utc>,
    ) -> Judgement {
        let verifier = Verifier::new(&self.store, crypto, self.policy.clone());
        let verification = verifier.message(message, now);
        let mail = read_up_to(message, message.len());
        let limits = self.freshness;
        let origin = Origin::Directory { history: directories, limits, crypto };
        Judgement::of(authenticate(&mail, &verification, &origin), crypto)
    }
}
