//! Which algorithms are accepted, and when.

use chrono::{DateTime, Utc};

use crate::crypto::DigestAlgorithm;
use crate::x509::KeyKind;

/// What is demanded of a signature, dated.
///
/// The constructors go from strict to lenient; each method that loosens something says so in its
/// name.
///
/// ```
/// use pec_smime::verify::Policy;
///
/// let now = Policy::strict();
/// let then = Policy::archive("2014-03-01T12:00:00Z".parse()?).allow_unknown_revocation();
/// assert_eq!((now.name(), then.name()), ("strict", "archive"));
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    name: &'static str,
    sha1_messages: Acceptance,
    sha1_certificates: Acceptance,
    small_rsa: Acceptance,
    instant: Option<DateTime<Utc>>,
    time_stamps: bool,
    claimed_time: bool,
    profile: bool,
    unknown_revocation: bool,
    later_revocation_data: bool,
    any_usage: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Acceptance {
    Never,
    Until(DateTime<Utc>),
    Always,
}

impl Acceptance {
    fn at(self, instant: DateTime<Utc>) -> bool {
        match self {
            Self::Never => false,
            Self::Until(last) => instant <= last,
            Self::Always => true,
        }
    }
}

impl Policy {
    /// SHA-256 and RSA-2048 or better throughout, certificates by the profile of RFC 6109 §5.5,
    /// revocation known, judged at the instant that the caller gives.
    #[must_use]
    pub const fn strict() -> Self {
        Self {
            name: "strict",
            sha1_messages: Acceptance::Never,
            sha1_certificates: Acceptance::Never,
            small_rsa: Acceptance::Never,
            instant: None,
            time_stamps: false,
            claimed_time: false,
            profile: true,
            unknown_revocation: false,
            later_revocation_data: false,
            any_usage: false,
        }
    }

    /// As [`Policy::strict`], but message digests may be SHA-1, as a gestore still made them in
    /// December 2024 (norms §1.6). They are graded [`Grade::Legacy`](super::Grade::Legacy).
    #[must_use]
    pub const fn interoperable() -> Self {
        Self { name: "interoperable", sha1_messages: Acceptance::Always, ..Self::strict() }
    }

    /// For kept messages, judged at `instant`: the algorithms of their time are accepted
    /// (RSA-1024 until the end of 2016, SHA-1 in certificates until the end of 2019, when the last
    /// ones so made had expired), breaches of the certificate profile are reported and not fatal,
    /// and revocation data may be younger than the instant.
    #[must_use]
    pub const fn archive(instant: DateTime<Utc>) -> Self {
        Self {
            name: "archive",
            sha1_certificates: Acceptance::Until(END_OF_SHA1_CERTIFICATES),
            small_rsa: Acceptance::Until(END_OF_SMALL_RSA),
            instant: Some(instant),
            profile: false,
            later_revocation_data: true,
            ..Self::interoperable()
        }
    }

    /// A message may count as valid although it is not known whether its certificates were
    /// revoked. The check stays [`Indeterminate`](super::Outcome::Indeterminate) and visible.
    #[must_use]
    pub const fn allow_unknown_revocation(mut self) -> Self {
        self.unknown_revocation = true;
        self
    }

    /// Judges at the instant of an RFC 3161 time stamp over the signature, if there is one and it
    /// verifies. Does nothing under [`Policy::archive`], which has its instant.
    #[must_use]
    pub const fn accept_time_stamps(mut self) -> Self {
        self.time_stamps = true;
        self
    }

    /// Judges at the signing time that the signer claims, if nothing better tells. Where that makes
    /// a difference, the path is undecided and not valid. Does nothing under [`Policy::archive`].
    #[must_use]
    pub const fn consider_claimed_time(mut self) -> Self {
        self.claimed_time = true;
        self
    }

    /// Breaches of the profile of RFC 6109 §5.5 are reported and not fatal (norms 56).
    #[must_use]
    pub const fn allow_profile_breaches(mut self) -> Self {
        self.profile = false;
        self
    }

    /// The certificate need not be made for signing e-mail, as that of the directory's centre.
    #[must_use]
    pub const fn allow_any_usage(mut self) -> Self {
        self.any_usage = true;
        self
    }

    /// The name for reports: `strict`, `interoperable` or `archive`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    pub(super) const fn instant(&self) -> Option<DateTime<Utc>> {
        self.instant
    }

    pub(super) const fn uses_time_stamps(&self) -> bool {
        self.time_stamps && self.instant.is_none()
    }

    pub(super) const fn uses_claimed_time(&self) -> bool {
        self.claimed_time && self.instant.is_none()
    }

    pub(super) const fn demands_profile(&self) -> bool {
        self.profile
    }

    pub(super) const fn allows_unknown_revocation(&self) -> bool {
        self.unknown_revocation
    }

    pub(super) const fn takes_later_revocation_data(&self) -> bool {
        self.later_revocation_data
    }

    pub(super) const fn takes_any_usage(&self) -> bool {
        self.any_usage
    }

    /// Whether a digest of the message or its attributes is accepted.
    pub(super) fn accepts_digest(&self, digest: DigestAlgorithm, at: DateTime<Utc>) -> bool {
        digest != DigestAlgorithm::Sha1 || self.sha1_messages.at(at)
    }

    /// Whether a digest in the signature on a certificate is accepted.
    pub(super) fn accepts_certificate_digest(
        &self,
        digest: DigestAlgorithm,
        at: DateTime<Utc>,
    ) -> bool {
        digest != DigestAlgorithm::Sha1 || self.sha1_certificates.at(at)
    }

    /// Whether a key is accepted. Nothing below 1024 bits ever is.
    pub(super) fn accepts_key(&self, key: &KeyKind, at: DateTime<Utc>) -> bool {
        match key {
            KeyKind::Rsa { bits: ..1024 } | KeyKind::Other(_) => false,
            KeyKind::Rsa { bits: 1024..2048 } => self.small_rsa.at(at),
            _ => true,
        }
    }
}

/// 31 December 2016: leaves of three years from 2013, when RSA-1024 was last certified.
const END_OF_SMALL_RSA: DateTime<Utc> = instant(1_483_228_799);

/// 31 December 2019: leaves of three years from 2016, when SHA-1 was last used on certificates.
const END_OF_SHA1_CERTIFICATES: DateTime<Utc> = instant(1_577_836_799);

const fn instant(seconds: i64) -> DateTime<Utc> {
    match DateTime::from_timestamp(seconds, 0) {
        Some(instant) => instant,
        None => DateTime::UNIX_EPOCH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archive_ends_at_its_dates() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let policy = Policy::archive(at("2014-01-01T00:00:00Z"));
        let small = KeyKind::Rsa { bits: 1024 };
        assert!(policy.accepts_key(&small, at("2016-12-31T23:59:59Z")));
        assert!(!policy.accepts_key(&small, at("2017-01-01T00:00:00Z")));
        assert!(!policy.accepts_key(&KeyKind::Rsa { bits: 1023 }, at("2014-01-01T00:00:00Z")));
        let sha1 = DigestAlgorithm::Sha1;
        assert!(policy.accepts_certificate_digest(sha1, at("2019-12-31T23:59:59Z")));
        assert!(!policy.accepts_certificate_digest(sha1, at("2020-01-01T00:00:00Z")));
        assert!(policy.accepts_digest(sha1, at("2024-12-04T00:00:00Z")));
        assert!(!Policy::strict().accepts_digest(sha1, at("2014-01-01T00:00:00Z")));
        assert!(!Policy::strict().accepts_key(&small, at("2014-01-01T00:00:00Z")));
    }
}
