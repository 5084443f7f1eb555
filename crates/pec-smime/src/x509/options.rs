//! How a path is to be judged.

use chrono::{DateTime, Utc};

use super::Oid;
use super::key::KeyKind;
use super::policy::PolicyInputs;
use crate::crypto::{DigestAlgorithm, SignatureAlgorithm};

/// What [`validate`](super::validate) asks for. The defaults are the strict ones: revocation status
/// required, SHA-256 and RSA-2048 or better, a certificate that may sign e-mail. Each method that
/// loosens something says so in its name.
///
/// # Example
/// ```
/// use chrono::{TimeZone, Utc};
/// use pec_smime::x509::{PathOptions, RevocationMode};
/// let signed_at = Utc.with_ymd_and_hms(2018, 11, 13, 9, 0, 0).single().ok_or("instant")?;
/// let options = PathOptions::at(signed_at)
///     .with_revocation(RevocationMode::IfAvailable)
///     .accepting_later_revocation_data();
/// assert_eq!(options.instant(), signed_at);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone)]
pub struct PathOptions {
    pub(crate) instant: DateTime<Utc>,
    pub(crate) revocation: RevocationMode,
    pub(crate) later_revocation_data: bool,
    pub(crate) algorithms: AlgorithmFloor,
    pub(crate) policies: PolicyInputs,
    pub(crate) usage: LeafUsage,
}

/// Whether the status of certificates must be known; a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationMode {
    /// Every certificate of the path must be shown not to be revoked.
    Require,
    /// A revoked certificate is refused; an unknown status is reported, not refused.
    IfAvailable,
    /// Revocation data are not looked at.
    Off,
}

/// What the certificate at the end of the path must be good for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeafUsage {
    /// Anything: keyUsage and extendedKeyUsage of the leaf are not looked at.
    Any,
    /// Signing e-mail (RFC 8550 §4.4.2 and §4.4.4): if keyUsage is there it has digitalSignature or
    /// nonRepudiation, if extendedKeyUsage is there it has emailProtection or any.
    EmailSigning,
    /// Time stamping (RFC 3161 §2.3): extendedKeyUsage is there, critical, and has timeStamping
    /// alone.
    TimeStamping,
}

/// The weakest algorithms that are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlgorithmFloor {
    /// Fewest bits of an RSA modulus.
    pub rsa_bits: u32,
    /// Whether signatures over SHA-1 are accepted.
    pub sha1: bool,
}

impl AlgorithmFloor {
    /// SHA-256 and RSA-2048 or better.
    pub const CURRENT: Self = Self { rsa_bits: 2048, sha1: false };

    /// Also SHA-1 and RSA-1024, which signed PEC messages for years (norms 67). What lies below
    /// [`AlgorithmFloor::CURRENT`] is reported as a [`Weakness`](super::Weakness).
    pub const HISTORIC: Self = Self { rsa_bits: 1024, sha1: true };

    pub(crate) fn accepts_key(self, key: &KeyKind) -> bool {
        match key {
            KeyKind::Rsa { bits } => *bits >= self.rsa_bits,
            // Which others can be used at all is decided by the provider of cryptography.
            KeyKind::Ec { .. } | KeyKind::Other(_) => true,
        }
    }

    pub(crate) fn accepts_signature(self, algorithm: &SignatureAlgorithm) -> bool {
        self.sha1 || algorithm.digest() != DigestAlgorithm::Sha1
    }
}

impl PathOptions {
    /// Strict judgement at an instant: all certificates must be valid and not revoked then.
    #[must_use]
    pub fn at(instant: DateTime<Utc>) -> Self {
        Self {
            instant,
            revocation: RevocationMode::Require,
            later_revocation_data: false,
            algorithms: AlgorithmFloor::CURRENT,
            policies: PolicyInputs::default(),
            usage: LeafUsage::EmailSigning,
        }
    }

    /// The instant at which the path is judged.
    #[must_use]
    pub fn instant(&self) -> DateTime<Utc> {
        self.instant
    }

    /// Sets whether the revocation status must be known.
    #[must_use]
    pub fn with_revocation(mut self, mode: RevocationMode) -> Self {
        self.revocation = mode;
        self
    }

    /// Takes CRLs and OCSP responses that were issued after the instant as well.
    ///
    /// For judging old messages, whose CRLs of the time are rarely at hand. A certificate that such
    /// data show revoked (or its key invalid) only after the instant counts as good, and data
    /// issued after a certificate expired say nothing about it, as CAs drop expired certificates.
    #[must_use]
    pub fn accepting_later_revocation_data(mut self) -> Self {
        self.later_revocation_data = true;
        self
    }

    /// Sets the weakest algorithms that are accepted.
    #[must_use]
    pub fn with_algorithm_floor(mut self, floor: AlgorithmFloor) -> Self {
        self.algorithms = floor;
        self
    }

    /// Sets what the leaf must be good for.
    #[must_use]
    pub fn with_usage(mut self, usage: LeafUsage) -> Self {
        self.usage = usage;
        self
    }

    /// Asks for these policies (the user-initial-policy-set); without this call any will do.
    #[must_use]
    pub fn with_policies(mut self, policies: impl IntoIterator<Item = Oid>) -> Self {
        self.policies.initial = Some(policies.into_iter().collect());
        self
    }

    /// Demands that the path is valid for a policy (initial-explicit-policy).
    #[must_use]
    pub fn requiring_explicit_policy(mut self) -> Self {
        self.policies.explicit = true;
        self
    }

    /// Forbids policy mapping (initial-policy-mapping-inhibit).
    #[must_use]
    pub fn inhibiting_policy_mapping(mut self) -> Self {
        self.policies.inhibit_mapping = true;
        self
    }

    /// Does not let anyPolicy stand for a policy (initial-any-policy-inhibit).
    #[must_use]
    pub fn inhibiting_any_policy(mut self) -> Self {
        self.policies.inhibit_any = true;
        self
    }
}
