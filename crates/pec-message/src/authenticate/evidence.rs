//! On what a certified value rests.

use pec_smime::verify::{Grade, JudgedAt, Policy};
use pec_smime::x509::Certificate;

use super::Deviation;

/// On what a [`Certified`](super::Certified) value rests.
#[derive(Clone, Debug)]
pub struct Evidence {
    pub(super) origin: OriginGrade,
    pub(super) provider: Option<String>,
    pub(super) certificate: Certificate,
    pub(super) judged_at: JudgedAt,
    pub(super) policy: Policy,
    pub(super) algorithms: Grade,
    pub(super) issuer_rule: IssuerRule,
    pub(super) deviations: Vec<Deviation>,
}

/// How it is known that the signer is a PEC provider, weakest first. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OriginGrade {
    /// An accredited authority issued the certificate.
    AccreditedCa,
    /// The caller vouches for the certificate.
    Pinned,
    /// The certificate stood in the directory that was in force at the instant.
    Directory,
}

/// Whether the signer may certify this event for these domains (norms 61). Both cases are all
/// there are (closed): where the rule is broken, nothing is certified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IssuerRule {
    /// It may.
    Kept,
    /// It is not known who manages the domains.
    NotJudged,
}

/// How well a message keeps the formats of the norm. The grades are closed: what keeps neither is
/// not certified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FormalGrade {
    /// With deviations that deployed providers have (norms §6.1), or with outer headers that
    /// disagree.
    Deployed,
    /// To the letter.
    Strict,
}

impl Evidence {
    /// How it is known that the signer is a PEC provider.
    #[must_use]
    pub const fn origin(&self) -> OriginGrade {
        self.origin
    }

    /// The provider's name, as the directory, the caller or the certificate has it.
    #[must_use]
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    /// The signer's certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The instant at which the signature was judged, and who says so.
    #[must_use]
    pub const fn judged_at(&self) -> JudgedAt {
        self.judged_at
    }

    /// The policy under which the signature was judged.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// How good the algorithms are.
    #[must_use]
    pub const fn algorithms(&self) -> Grade {
        self.algorithms
    }

    /// Whether it was judged that the signer may certify this event.
    #[must_use]
    pub const fn issuer_rule(&self) -> IssuerRule {
        self.issuer_rule
    }

    /// How well the message keeps the formats of the norm.
    #[must_use]
    pub fn formal_grade(&self) -> FormalGrade {
        if self.deviations.is_empty() { FormalGrade::Strict } else { FormalGrade::Deployed }
    }

    /// What departs from the norm, and where outer headers disagree with what is signed.
    #[must_use]
    pub fn deviations(&self) -> &[Deviation] {
        &self.deviations
    }
}
