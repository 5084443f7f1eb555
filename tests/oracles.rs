//! The library reads X.509 and CMS with its own cursor. Here the crates of the field read the same
//! octets, `x509-cert` and `cms`: all that both report is equal, and what the crates read they
//! write again as the same DER.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{self, SignerIdentifier as TheirIdentifier};
use der::asn1::Ia5String;
use der::{Decode, Encode};
use pec_smime::cms::{CertificateChoice, SignedData, SignerIdentifier, SignerInfo};
use pec_smime::crypto::{CryptoProvider, DigestAlgorithm, SignatureAlgorithm};
use pec_smime::sign::{SigningOptions, sign_detached, sign_opaque};
use pec_smime::testpki::{Shape, TestPki};
use pec_smime::x509::{Certificate, KeyKind};
use pec_tests::judges;
use x509_cert::Certificate as TheirCertificate;
use x509_cert::ext::pkix::name::{DirectoryString, GeneralName};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, SubjectAltName,
    SubjectKeyIdentifier,
};

const SHAPES: [Shape; 16] = [
    Shape::Sound,
    Shape::Rsa4096,
    Shape::P256,
    Shape::P384,
    Shape::Rsa1024,
    Shape::Sha1,
    Shape::Expired,
    Shape::NotYetValid,
    Shape::Revoked,
    Shape::WrongKeyUsage,
    Shape::NoAlternativeName,
    Shape::OutsideNameConstraints,
    Shape::ForeignSubject,
    Shape::IssuerWithoutCertSign,
    Shape::ProfileBroken,
    Shape::TimeStampAuthority,
];

/// PKITS certificates that `x509-cert` reads otherwise: what differs, and why ours is kept.
const EXCEPTIONS: [(&str, &str, &str); 3] = [
    (
        "Validpre2000UTCnotBeforeDateTest3EE",
        "theirs: malformed ASN.1 DER value for UTCTime",
        "4.2.3: RFC 5280 §4.1.2.5.1 has UTCTime from 1950 on, `der` from 1970 on",
    ),
    ("ValidGeneralizedTimenotBeforeDateTest4EE", REWRITTEN, TIMES),
    ("Invalidpre2000UTCEEnotAfterDateTest7EE", REWRITTEN, TIMES),
];

const REWRITTEN: &str = "written again, it is other DER";

const TIMES: &str = "4.2.4, 4.2.7: GeneralizedTime before 2050 breaks RFC 5280 §4.1.2.5, which the \
                     crate mends when it writes; ours keeps what was signed";

#[test]
fn every_certificate_of_the_development_pki_reads_the_same() {
    let pki = pki();
    let mut certificates = vec![pki.root().clone()];
    for shape in SHAPES {
        certificates.extend_from_slice(provider(&pki, shape).chain());
    }
    let problems: Vec<String> =
        certificates.iter().filter_map(|found| compare(found.der()).err()).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_signature_that_we_make_reads_the_same() {
    let pki = pki();
    let crypto = CryptoProvider::rustcrypto();
    for shape in [Shape::Sound, Shape::Rsa4096, Shape::P256, Shape::P384] {
        let signer = provider(&pki, shape).signer(&crypto);
        for digest in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512] {
            let options = SigningOptions::new(now()).digest(digest);
            let content: &[&[u8]] = &[b"prima riga\r\n", b"seconda\r\n"];
            for sign in [sign_detached, sign_opaque] {
                let der = sign(content, &signer, &options, &crypto).expect("it is signed");
                let ours = SignedFields::of_ours(&der);
                assert_eq!(ours, SignedFields::of_theirs(&der), "{shape:?} {digest:?}");
                let again = ContentInfo::from_der(&der).and_then(|info| info.to_der());
                assert_eq!(again.as_deref(), Ok(der.as_slice()), "{shape:?} {digest:?}");
                assert_eq!(ours.certificates.len(), 2);
            }
        }
    }
}

#[test]
#[ignore = "judge: pkits"]
fn every_certificate_of_pkits_reads_the_same() {
    let folder = judges::folder("pkits").join("certs");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("a file").path())
        .collect();
    paths.sort();
    let mut problems = Vec::new();
    for path in &paths {
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        let compared = compare(&std::fs::read(path).expect("a certificate"));
        let difference = compared.err().unwrap_or_default();
        let exception = EXCEPTIONS.iter().find(|(excepted, ..)| *excepted == name);
        let (expected, reason) =
            exception.map_or(("", ""), |(_, expected, reason)| (*expected, *reason));
        if !difference.starts_with(expected) || difference.is_empty() != expected.is_empty() {
            problems.push(format!("{name}: {difference:?}, expected {expected:?} {reason}"));
        }
    }
    println!("{} certificates, {} excepted", paths.len(), EXCEPTIONS.len());
    assert_eq!(paths.len(), 405);
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

fn pki() -> TestPki {
    TestPki::new(now(), &["pec.alfa.example"])
}

fn provider(pki: &TestPki, shape: Shape) -> pec_smime::testpki::Identity {
    pki.provider("Alfa S.p.A.", "pec.alfa.example", shape)
}

fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().expect("an instant")
}

fn compare(der: &[u8]) -> Result<(), String> {
    let ours = Certificate::from_der(der).map_err(|error| format!("ours: {error}"))?;
    let theirs = TheirCertificate::from_der(der).map_err(|error| format!("theirs: {error}"))?;
    let mut theirs = Fields::of_theirs(&theirs).map_err(|error| format!("theirs: {error}"))?;
    let ours = Fields::of_ours(&ours);
    let is_rewritten = theirs.whole != ours.whole;
    theirs.whole.clone_from(&ours.whole);
    if ours != theirs {
        return Err(format!("ours {ours:?}\ntheirs {theirs:?}"));
    }
    if is_rewritten { Err(REWRITTEN.to_owned()) } else { Ok(()) }
}

/// What both report of a certificate.
#[derive(Debug, PartialEq)]
struct Fields {
    whole: Vec<u8>,
    version: u8,
    serial: Vec<u8>,
    issuer: Vec<u8>,
    subject: Vec<u8>,
    /// countryName, organizationName, commonName.
    subject_values: [Vec<String>; 3],
    validity: [i64; 2],
    spki: Vec<u8>,
    key: String,
    subject_key_id: Option<Vec<u8>>,
    authority_key_id: Option<Vec<u8>>,
    rfc822_names: Vec<String>,
    policies: Vec<String>,
    is_ca: bool,
}

impl Fields {
    fn of_ours(certificate: &Certificate) -> Self {
        Self {
            whole: certificate.der().to_vec(),
            version: certificate.version(),
            serial: integer(certificate.serial()),
            issuer: certificate.issuer_der().to_vec(),
            subject: certificate.subject_der().to_vec(),
            subject_values: [
                certificate.countries(),
                certificate.organization_names(),
                certificate.common_names(),
            ],
            validity: [certificate.not_before(), certificate.not_after()].map(|t| t.timestamp()),
            spki: certificate.spki_der().to_vec(),
            key: match certificate.key() {
                KeyKind::Rsa { .. } => "1.2.840.113549.1.1.1".to_owned(),
                KeyKind::Ec { .. } => "1.2.840.10045.2.1".to_owned(),
                KeyKind::Other(oid) => oid.to_string(),
                other => format!("{other:?}"),
            },
            subject_key_id: certificate.subject_key_id().map(<[u8]>::to_vec),
            authority_key_id: certificate.authority_key_id().map(<[u8]>::to_vec),
            rfc822_names: certificate.rfc822_names().to_vec(),
            policies: certificate.policies().iter().map(ToString::to_string).collect(),
            is_ca: certificate.is_ca(),
        }
    }

    fn of_theirs(certificate: &TheirCertificate) -> der::Result<Self> {
        let tbs = certificate.tbs_certificate();
        let values = |oid: &str| -> der::Result<Vec<String>> {
            tbs.subject()
                .iter()
                .filter(|attribute| attribute.oid.to_string() == oid)
                .map(|attribute| attribute.value.decode_as::<DirectoryString>())
                .map(|value| value.map(|value| value.value().into_owned()))
                .collect()
        };
        let seconds = |time: x509_cert::time::Time| {
            i64::try_from(time.to_unix_duration().as_secs()).expect("an instant")
        };
        let alternatives = tbs.get_extension::<SubjectAltName>()?;
        let alternatives = alternatives.map(|(_, names)| names.0).unwrap_or_default();
        let address = |name: &GeneralName| match name {
            GeneralName::Rfc822Name(address) => Some(Ia5String::to_string(address)),
            _ => None,
        };
        let policies = tbs.get_extension::<CertificatePolicies>()?;
        let policies = policies.map(|(_, policies)| policies.0).unwrap_or_default();
        let subject_key_id = tbs.get_extension::<SubjectKeyIdentifier>()?;
        let authority_key_id = tbs.get_extension::<AuthorityKeyIdentifier>()?;
        Ok(Self {
            whole: certificate.to_der()?,
            version: tbs.version() as u8 + 1,
            serial: tbs.serial_number().to_der()?,
            issuer: tbs.issuer().to_der()?,
            subject: tbs.subject().to_der()?,
            subject_values: [values("2.5.4.6")?, values("2.5.4.10")?, values("2.5.4.3")?],
            validity: [tbs.validity().not_before, tbs.validity().not_after].map(seconds),
            spki: tbs.subject_public_key_info().to_der()?,
            key: tbs.subject_public_key_info().algorithm.oid.to_string(),
            subject_key_id: subject_key_id.map(|(_, id)| id.0.as_bytes().to_vec()),
            authority_key_id: authority_key_id
                .and_then(|(_, id)| id.key_identifier)
                .map(|id| id.as_bytes().to_vec()),
            rfc822_names: alternatives.iter().filter_map(address).collect(),
            policies: policies.iter().map(|policy| policy.policy_identifier.to_string()).collect(),
            is_ca: tbs.get_extension::<BasicConstraints>()?.is_some_and(|(_, basic)| basic.ca),
        })
    }
}

/// What both report of a `SignedData`.
#[derive(Debug, PartialEq)]
struct SignedFields {
    content_type: String,
    content: Option<Vec<u8>>,
    certificates: Vec<Vec<u8>>,
    signers: Vec<SignerFields>,
}

#[derive(Debug, PartialEq)]
struct SignerFields {
    issuer: Vec<u8>,
    serial: Vec<u8>,
    digest_algorithm: String,
    signature_algorithm: String,
    /// Type and DER of the values.
    attributes: Vec<(String, Vec<Vec<u8>>)>,
    signature: Vec<u8>,
    has_unsigned: bool,
}

impl SignedFields {
    fn of_ours(der: &[u8]) -> Self {
        let signed = SignedData::from_der(der).expect("a SignedData");
        let certificate = |choice: &CertificateChoice<'_>| match choice {
            CertificateChoice::Certificate(der) => der.to_vec(),
            other => panic!("{other:?}"),
        };
        Self {
            content_type: signed.content_type(),
            content: signed.content().map(<[u8]>::to_vec),
            certificates: signed.certificates().iter().map(certificate).collect(),
            signers: signed.signers().iter().map(SignerFields::of_ours).collect(),
        }
    }

    fn of_theirs(der: &[u8]) -> Self {
        let info = ContentInfo::from_der(der).expect("a ContentInfo");
        assert_eq!(info.content_type.to_string(), "1.2.840.113549.1.7.2");
        let signed: signed_data::SignedData = info.content.decode_as().expect("a SignedData");
        let certificate = |choice: &CertificateChoices| match choice {
            CertificateChoices::Certificate(certificate) => certificate.to_der().expect("DER"),
            CertificateChoices::Other(other) => panic!("{other:?}"),
        };
        let content = signed.encap_content_info.econtent;
        let content = content.map(|content| content.decode_as::<der::asn1::OctetString>());
        Self {
            content_type: signed.encap_content_info.econtent_type.to_string(),
            content: content.map(|content| content.expect("octets").as_bytes().to_vec()),
            certificates: signed
                .certificates
                .map(|bag| bag.0.iter().map(certificate).collect())
                .unwrap_or_default(),
            signers: signed.signer_infos.0.iter().map(SignerFields::of_theirs).collect(),
        }
    }
}

impl SignerFields {
    fn of_ours(info: &SignerInfo<'_>) -> Self {
        let SignerIdentifier::IssuerAndSerial { issuer, serial } = info.identifier() else {
            panic!("{:?}", info.identifier());
        };
        let attributes = info.signed_attributes().expect("sound").expect("attributes");
        let attributes = attributes.iter().map(|attribute| {
            (attribute.kind(), attribute.values().map(<[u8]>::to_vec).collect::<Vec<_>>())
        });
        Self {
            issuer: issuer.to_vec(),
            serial: integer(serial),
            digest_algorithm: digest_oid(info.digest_algorithm().expect("a digest")).to_owned(),
            signature_algorithm: match info.signature_algorithm().expect("an algorithm") {
                SignatureAlgorithm::RsaPkcs1(_) => "1.2.840.113549.1.1.1",
                SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha256) => "1.2.840.10045.4.3.2",
                SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha384) => "1.2.840.10045.4.3.3",
                SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha512) => "1.2.840.10045.4.3.4",
                other => panic!("{other:?}"),
            }
            .to_owned(),
            attributes: attributes.collect(),
            signature: info.signature().to_vec(),
            has_unsigned: info.unsigned_attributes().expect("sound").iter().next().is_some(),
        }
    }

    fn of_theirs(info: &signed_data::SignerInfo) -> Self {
        let TheirIdentifier::IssuerAndSerialNumber(identifier) = &info.sid else {
            panic!("{:?}", info.sid);
        };
        let attributes = info.signed_attrs.as_ref().expect("attributes").iter();
        let attributes = attributes.map(|attribute| {
            let values = attribute.values.iter().map(|value| value.to_der().expect("DER"));
            (attribute.oid.to_string(), values.collect::<Vec<_>>())
        });
        Self {
            issuer: identifier.issuer.to_der().expect("DER"),
            serial: identifier.serial_number.to_der().expect("DER"),
            digest_algorithm: info.digest_alg.oid.to_string(),
            signature_algorithm: info.signature_algorithm.oid.to_string(),
            attributes: attributes.collect(),
            signature: info.signature.as_bytes().to_vec(),
            has_unsigned: info.unsigned_attrs.is_some(),
        }
    }
}

const fn digest_oid(digest: DigestAlgorithm) -> &'static str {
    match digest {
        DigestAlgorithm::Sha256 => "2.16.840.1.101.3.4.2.1",
        DigestAlgorithm::Sha384 => "2.16.840.1.101.3.4.2.2",
        DigestAlgorithm::Sha512 => "2.16.840.1.101.3.4.2.3",
        _ => "none that is signed with",
    }
}

/// An INTEGER of fewer than 128 octets.
fn integer(content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).expect("a short number");
    [&[0x02, length][..], content].concat()
}
