//! Object identifiers, each once.

use der::asn1::ObjectIdentifier;

macro_rules! oids {
    ($($name:ident = $value:literal),* $(,)?) => {
        $(pub(crate) const $name: ObjectIdentifier = ObjectIdentifier::new_unwrap($value);)*
    };
}

oids! {
    // Digests: RFC 3370, RFC 5754
    SHA1 = "1.3.14.3.2.26",
    SHA256 = "2.16.840.1.101.3.4.2.1",
    SHA384 = "2.16.840.1.101.3.4.2.2",
    SHA512 = "2.16.840.1.101.3.4.2.3",
    // Keys and signatures: RFC 8017, RFC 4055, RFC 5480, RFC 5758
    RSA_ENCRYPTION = "1.2.840.113549.1.1.1",
    SHA1_WITH_RSA = "1.2.840.113549.1.1.5",
    SHA1_WITH_RSA_OIW = "1.3.14.3.2.29",
    SHA256_WITH_RSA = "1.2.840.113549.1.1.11",
    SHA384_WITH_RSA = "1.2.840.113549.1.1.12",
    SHA512_WITH_RSA = "1.2.840.113549.1.1.13",
    RSASSA_PSS = "1.2.840.113549.1.1.10",
    MGF1 = "1.2.840.113549.1.1.8",
    EC_PUBLIC_KEY = "1.2.840.10045.2.1",
    P256 = "1.2.840.10045.3.1.7",
    P384 = "1.3.132.0.34",
    ECDSA_WITH_SHA1 = "1.2.840.10045.4.1",
    ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2",
    ECDSA_WITH_SHA384 = "1.2.840.10045.4.3.3",
    ECDSA_WITH_SHA512 = "1.2.840.10045.4.3.4",
    // CMS: RFC 5652, RFC 5035, RFC 6211, RFC 3161
    DATA = "1.2.840.113549.1.7.1",
    SIGNED_DATA = "1.2.840.113549.1.7.2",
    CONTENT_TYPE = "1.2.840.113549.1.9.3",
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4",
    SIGNING_TIME = "1.2.840.113549.1.9.5",
    SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12",
    SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47",
    CMS_ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52",
    TIME_STAMP_TOKEN = "1.2.840.113549.1.9.16.2.14",
    TIME_STAMP_INFO = "1.2.840.113549.1.9.16.1.4",
}
