//! Basic path validation, RFC 5280 §6.1, rule by rule.
//!
//! Signatures (§6.1.3 (a)(1)) and the chaining of names (§6.1.3 (a)(4)) hold for every path that
//! the search finds, revocation (§6.1.3 (a)(3)) is judged after these rules.

use super::certificate::Certificate;
use super::constraints::{Breach, Comparisons, NameConstraints};
use super::extension::{KeyUsage, Reading};
use super::oid::known;
use super::options::{AlgorithmFloor, LeafUsage, PathOptions};
use super::policy::{PathPolicies, PolicyFailure, PolicyState};
use super::store::TrustAnchor;
use super::verdict::{InvalidReason, Weakness};
use crate::crypto::{SignatureAlgorithm, SignatureError};

/// What the first certificate of a path is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    CrlSigner,
    /// As the options say.
    Leaf,
    OcspSigner,
}

/// The rule that a path breaks, and where.
pub(crate) enum Broken {
    Rule { certificate: usize, reason: InvalidReason },
    TooManyNames { certificate: usize },
}

/// The state variables of §6.1.2.
struct State<'p> {
    options: &'p PathOptions,
    usage: Usage,
    constraints: Vec<&'p NameConstraints>,
    policy: PolicyState,
    max_path_length: usize,
    weaknesses: Vec<Weakness>,
}

/// Checks a path, leaf first, whose last certificate the anchor issued.
pub(crate) fn check(
    path: &[Certificate],
    anchor: &TrustAnchor,
    options: &PathOptions,
    usage: Usage,
    comparisons: &mut Comparisons,
) -> Result<(PathPolicies, Vec<Weakness>), Broken> {
    let mut state = State::new(path, anchor, options, usage)?;
    for (place, certificate) in path.iter().enumerate().rev() {
        let broken = |reason| Broken::Rule { certificate: place, reason };
        state.check_form(certificate).map_err(broken)?;
        state.check_algorithms(certificate, place).map_err(broken)?;
        state.check_validity(certificate).map_err(broken)?;
        state.check_names(certificate, place, comparisons)?;
        state.policy.process(certificate, place == 0).map_err(|e| broken(e.into()))?;
        if place == 0 {
            state.check_usage(certificate).map_err(broken)?;
        } else {
            state.check_issuer(certificate).map_err(broken)?;
            state.prepare_next(certificate).map_err(broken)?;
        }
    }
    let State { policy, weaknesses, .. } = state;
    let policies = match path.first() {
        Some(leaf) => {
            policy.wrap_up(leaf).map_err(|e| Broken::Rule { certificate: 0, reason: e.into() })?
        }
        None => PathPolicies::default(),
    };
    Ok((policies, weaknesses))
}

impl<'p> State<'p> {
    /// §6.1.2, with what RFC 5937 takes from the anchor.
    fn new(
        path: &[Certificate],
        anchor: &'p TrustAnchor,
        options: &'p PathOptions,
        usage: Usage,
    ) -> Result<Self, Broken> {
        let length = path.len();
        let certificate = anchor.certificate();
        // What the caller asks about policies concerns the leaf, not who signs CRLs about it.
        let inputs = match usage {
            Usage::Leaf => options.policies.clone(),
            Usage::CrlSigner | Usage::OcspSigner => Default::default(),
        };
        let mut state = Self {
            options,
            usage,
            constraints: anchor.constraints().iter().collect(),
            policy: PolicyState::new(inputs, Some(certificate), length),
            max_path_length: length,
            weaknesses: Vec::new(),
        };
        state.lower_path_length(certificate);
        // An anchor whose constraints cannot be read must not pass for one without constraints.
        malformed_extension(certificate)
            .and_then(|()| state.check_key(certificate, length))
            .map_err(|reason| Broken::Rule { certificate: length, reason })?;
        Ok(state)
    }

    /// §6.1.4 (o) and §6.1.5 (f): every critical extension is processed. A malformed one is refused
    /// even if it is not critical, since a name or a limit may hide in it.
    fn check_form(&self, certificate: &Certificate) -> Result<(), InvalidReason> {
        let unknown = certificate
            .extensions()
            .iter()
            .find(|extension| extension.critical && extension.reading == Reading::Unknown);
        match unknown {
            Some(extension) => Err(InvalidReason::UnknownCriticalExtension(extension.oid.clone())),
            None => malformed_extension(certificate),
        }
    }

    /// The floor of the options. What lies between it and today's floor is noted.
    fn check_algorithms(
        &mut self,
        certificate: &Certificate,
        place: usize,
    ) -> Result<(), InvalidReason> {
        let algorithm = SignatureAlgorithm::from_der(certificate.algorithm_der())
            .map_err(InvalidReason::Signature)?;
        let digest = algorithm.digest();
        if !self.options.algorithms.accepts_signature(&algorithm) {
            return Err(InvalidReason::DigestTooWeak(digest));
        }
        if !AlgorithmFloor::CURRENT.accepts_signature(&algorithm) {
            self.weaknesses.push(Weakness::Digest { certificate: place, digest });
        }
        self.check_key(certificate, place)
    }

    fn check_key(&mut self, certificate: &Certificate, place: usize) -> Result<(), InvalidReason> {
        let key = certificate.key();
        if !self.options.algorithms.accepts_key(key) {
            return Err(InvalidReason::KeyTooWeak(key.clone()));
        }
        if !AlgorithmFloor::CURRENT.accepts_key(key) {
            self.weaknesses.push(Weakness::Key { certificate: place, key: key.clone() });
        }
        Ok(())
    }

    /// §6.1.3 (a)(2).
    fn check_validity(&self, certificate: &Certificate) -> Result<(), InvalidReason> {
        let instant = self.options.instant;
        if instant < certificate.not_before() {
            Err(InvalidReason::NotYetValid(certificate.not_before()))
        } else if instant > certificate.not_after() {
            Err(InvalidReason::Expired(certificate.not_after()))
        } else {
            Ok(())
        }
    }

    /// §6.1.3 (b), (c). Self-issued certificates inside the path are exempt.
    fn check_names(
        &self,
        certificate: &Certificate,
        place: usize,
        comparisons: &mut Comparisons,
    ) -> Result<(), Broken> {
        if place > 0 && certificate.is_self_issued() {
            return Ok(());
        }
        for constraints in &self.constraints {
            constraints.check(certificate, comparisons).map_err(|breach| {
                let reason = match breach {
                    Breach::Excluded => InvalidReason::NameExcluded,
                    Breach::Incomparable => InvalidReason::NameIncomparable,
                    Breach::NotPermitted => InvalidReason::NameNotPermitted,
                    Breach::TooMany => return Broken::TooManyNames { certificate: place },
                };
                Broken::Rule { certificate: place, reason }
            })?;
        }
        Ok(())
    }

    /// §6.1.4 (k), (l), (n) for a certificate that issued another one.
    fn check_issuer(&mut self, certificate: &Certificate) -> Result<(), InvalidReason> {
        // (k): a certificate of version 1 or 2 has no basicConstraints, so it is no CA here.
        if !certificate.is_ca() {
            return Err(InvalidReason::NotACa);
        }
        // (l)
        if !certificate.is_self_issued() {
            self.max_path_length =
                self.max_path_length.checked_sub(1).ok_or(InvalidReason::PathTooLong)?;
        }
        // (n)
        let extensions = certificate.extensions();
        if extensions.key_usage.is_some_and(|usage| !usage.has(KeyUsage::KEY_CERT_SIGN)) {
            return Err(InvalidReason::KeyUsage);
        }
        // Beyond RFC 5280, which leaves it open: purposes of a CA bound those of its leaves, as all
        // deployed validators have it.
        let purpose = match (self.usage, &self.options.usage) {
            (Usage::Leaf, LeafUsage::EmailSigning) => known::EMAIL_PROTECTION,
            (Usage::Leaf, LeafUsage::TimeStamping) => known::TIME_STAMPING,
            _ => return Ok(()),
        };
        if allows_purpose(certificate, purpose) {
            Ok(())
        } else {
            Err(InvalidReason::ExtendedKeyUsage)
        }
    }

    /// §6.1.4 (a), (b), (g) to (j), (m).
    fn prepare_next(&mut self, certificate: &'p Certificate) -> Result<(), InvalidReason> {
        self.policy.prepare_next(certificate)?;
        self.constraints.extend(&certificate.extensions().name_constraints);
        self.lower_path_length(certificate);
        Ok(())
    }

    /// §6.1.4 (m).
    fn lower_path_length(&mut self, certificate: &Certificate) {
        let constraints = certificate.extensions().basic_constraints;
        if let Some(limit) = constraints.and_then(|constraints| constraints.path_length) {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            self.max_path_length = self.max_path_length.min(limit);
        }
    }

    /// What the first certificate of the path must be good for.
    fn check_usage(&self, certificate: &Certificate) -> Result<(), InvalidReason> {
        let extensions = certificate.extensions();
        let may = |bits| extensions.key_usage.is_none_or(|usage| usage.has(bits));
        let signs = KeyUsage::DIGITAL_SIGNATURE | KeyUsage::NON_REPUDIATION;
        let (key_usage, purpose) = match (self.usage, &self.options.usage) {
            (Usage::Leaf, LeafUsage::Any) => (true, true),
            // RFC 8550 §4.4.2, §4.4.4.
            (Usage::Leaf, LeafUsage::EmailSigning) => {
                (may(signs), allows_purpose(certificate, known::EMAIL_PROTECTION))
            }
            (Usage::Leaf, LeafUsage::TimeStamping) => {
                (may(signs), is_for_time_stamping(certificate))
            }
            // RFC 5280 §6.3.3 (f).
            (Usage::CrlSigner, _) => (may(KeyUsage::CRL_SIGN), true),
            // RFC 6960 §4.2.2.2: the purpose must be stated, any will not do.
            (Usage::OcspSigner, _) => (may(signs), has_purpose(certificate, known::OCSP_SIGNING)),
        };
        match (key_usage, purpose) {
            (false, _) => Err(InvalidReason::KeyUsage),
            (_, false) => Err(InvalidReason::ExtendedKeyUsage),
            (true, true) => Ok(()),
        }
    }
}

impl From<PolicyFailure> for InvalidReason {
    fn from(failure: PolicyFailure) -> Self {
        match failure {
            PolicyFailure::AnyPolicyMapped => Self::AnyPolicyMapped,
            PolicyFailure::NoPolicy => Self::PolicyRequired,
        }
    }
}

impl From<SignatureError> for InvalidReason {
    fn from(error: SignatureError) -> Self {
        Self::Signature(error)
    }
}

fn malformed_extension(certificate: &Certificate) -> Result<(), InvalidReason> {
    let mut extensions = certificate.extensions().iter();
    match extensions.find(|extension| extension.reading == Reading::Malformed) {
        Some(extension) => Err(InvalidReason::MalformedExtension(extension.oid.clone())),
        None => Ok(()),
    }
}

/// Whether extendedKeyUsage is absent, or has the purpose or any.
fn allows_purpose(certificate: &Certificate, purpose: &[u8]) -> bool {
    certificate.extensions().extended_key_usage.is_none()
        || has_purpose(certificate, purpose)
        || has_purpose(certificate, known::ANY_EXTENDED_KEY_USAGE)
}

fn has_purpose(certificate: &Certificate, purpose: &[u8]) -> bool {
    let mut purposes = certificate.extensions().extended_key_usage.iter().flatten();
    purposes.any(|present| present.content() == purpose)
}

/// RFC 3161 §2.3: critical, and this purpose alone.
fn is_for_time_stamping(certificate: &Certificate) -> bool {
    let extensions = certificate.extensions();
    let is_critical =
        extensions.find(known::EXTENDED_KEY_USAGE).is_some_and(|extension| extension.critical);
    let is_alone = extensions.extended_key_usage.as_ref().is_some_and(
        |purposes| matches!(purposes.as_slice(), [only] if only.content() == known::TIME_STAMPING),
    );
    is_critical && is_alone
}
