//! Time stamps of a development authority (RFC 3161).

use chrono::{DateTime, Utc};

use super::Identity;
use crate::asn1::{encode as write, tag};
use crate::crypto::{CryptoProvider, DigestAlgorithm};
use crate::oid;
use crate::sign::signed_data::{self, SignedDataParts};

impl Identity {
    /// A `TimeStampToken` that says that `octets` existed at `time`, with SHA-256. It is worth
    /// something only from an identity of shape
    /// [`TimeStampAuthority`](super::Shape::TimeStampAuthority).
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "keys and algorithms are fixed: a failure is a bug here"
    )]
    pub fn time_stamp(&self, octets: &[u8], time: DateTime<Utc>) -> Vec<u8> {
        let crypto = CryptoProvider::rustcrypto();
        let hash = |octets| crypto.digest(DigestAlgorithm::Sha256, octets).expect("SHA-256");
        let imprint = write::sequence(&[
            &DigestAlgorithm::Sha256.to_der(),
            &write::tlv(tag::OCTET_STRING, &[hash(octets).as_bytes()]),
        ]);
        let generalized = time.format("%Y%m%d%H%M%SZ").to_string();
        let info = write::sequence(&[
            &write::tlv(tag::INTEGER, &[&[1]]),
            &write::oid(oid::DATA), // stands for any policy
            &imprint,
            &write::tlv(tag::INTEGER, &[&[42]]),
            &write::tlv(tag::GENERALIZED_TIME, &[generalized.as_bytes()]),
        ]);
        let parts = SignedDataParts {
            content_type: oid::TIME_STAMP_INFO,
            content: Some(&[&info]),
            content_digest: hash(&info),
            signing_time: time,
        };
        signed_data::encode(&parts, &self.signer(&crypto), &crypto).expect("a token")
    }
}
