//! A development PKI: an authority, providers' certificates by the profile of RFC 6109 §5.5, TLS
//! certificates, a revocation list, and who signs the directory. Its keys are fresh, of this
//! machine, and lie in the clear in its folder: real operation takes certificates from the
//! authorities that AgID lists, and keeps keys in an HSM.
#![expect(clippy::arithmetic_side_effects, reason = "instants within centuries of now")]

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension, DnType,
    DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize, SanType, SerialNumber,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::{InitError, read, write};
use crate::random;

/// The development PKI of a folder.
pub struct Pki {
    issuer: Issuer<'static, KeyPair>,
    authority: Vec<u8>,
    centre: Issued,
}

/// A certificate with its key.
#[derive(Clone)]
pub struct Issued {
    /// The certificate, DER.
    pub der: Vec<u8>,
    /// The certificate and its issuer, PEM.
    pub pem: String,
    /// The key, PEM.
    pub key: String,
}

impl Pki {
    /// Opens the PKI of a folder, or makes one.
    ///
    /// # Errors
    ///
    /// When files cannot be read or written.
    pub fn open(folder: &Path, now: DateTime<Utc>) -> Result<Self, InitError> {
        let (key_file, certificate_file) =
            (folder.join("authority.key"), folder.join("authority.pem"));
        let (key, authority) = if key_file.exists() {
            let key = String::from_utf8_lossy(&read(&key_file)?).into_owned();
            let key = KeyPair::from_pkcs8_pem_and_sign_algo(&key, &PKCS_RSA_SHA256);
            let certificate = CertificateDer::from_pem_slice(&read(&certificate_file)?);
            let certificate = certificate.map_err(|error| InitError::Pki(error.to_string()))?;
            (key.map_err(pki)?, certificate.to_vec())
        } else {
            let key = rsa_key()?;
            let authority = authority_params(now)?.self_signed(&key).map_err(pki)?;
            write(&key_file, key.serialize_pem().as_bytes())?;
            write(&certificate_file, authority.pem().as_bytes())?;
            (key, authority.der().to_vec())
        };
        let issuer = Issuer::new(authority_params(now)?, key);
        let mut opened = Self {
            issuer,
            authority,
            centre: Issued { der: Vec::new(), pem: String::new(), key: String::new() },
        };
        opened.centre = opened.open_centre(folder, now)?;
        Ok(opened)
    }

    fn open_centre(&self, folder: &Path, now: DateTime<Utc>) -> Result<Issued, InitError> {
        let (pem, key) = (folder.join("centre.pem"), folder.join("centre.key"));
        if !key.exists() {
            let mut params = params("Centro del registro (sviluppo)", None, now)?;
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            let centre = self.issue(params, rsa_key()?)?;
            centre.write(folder, "centre")?;
            return Ok(centre);
        }
        let text = String::from_utf8_lossy(&read(&pem)?).into_owned();
        let der = CertificateDer::from_pem_slice(text.as_bytes());
        let der = der.map_err(|error| InitError::Pki(error.to_string()))?.to_vec();
        let key = String::from_utf8_lossy(&read(&key)?).into_owned();
        Ok(Issued { der, pem: text, key })
    }

    /// A provider's certificate by the profile of RFC 6109 §5.5, for
    /// `posta-certificata@domain`.
    ///
    /// # Errors
    ///
    /// When name or domain cannot stand in a certificate.
    pub fn provider(
        &self,
        name: &str,
        domain: &str,
        now: DateTime<Utc>,
    ) -> Result<Issued, InitError> {
        let mut params = params(name, Some(name), now)?;
        let address = format!("posta-certificata@{domain}");
        params.subject_alt_names = vec![SanType::Rfc822Name(address.try_into().map_err(pki)?)];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
        self.issue(params, rsa_key()?)
    }

    /// A TLS certificate for a host, and for this machine.
    ///
    /// # Errors
    ///
    /// When the name cannot stand in a certificate.
    pub fn server(&self, host: &str, now: DateTime<Utc>) -> Result<Issued, InitError> {
        let mut params = params(host, None, now)?;
        let name = |name: &str| {
            Ok::<_, InitError>(SanType::DnsName(name.to_owned().try_into().map_err(pki)?))
        };
        params.subject_alt_names = vec![
            name(host)?,
            name("localhost")?,
            SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        ];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(params, KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(pki)?)
    }

    /// A certificate by which a server that asks for one knows a provider (RFC 6109 §5.6).
    ///
    /// # Errors
    ///
    /// When the name cannot stand in a certificate.
    pub fn client(&self, name: &str, now: DateTime<Utc>) -> Result<Issued, InitError> {
        let mut params = params(name, None, now)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(params, KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(pki)?)
    }

    /// An empty revocation list, DER, for a year: development only.
    ///
    /// # Errors
    ///
    /// When it cannot be signed.
    pub fn revocation_list(&self, now: DateTime<Utc>) -> Result<Vec<u8>, InitError> {
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        let list = CertificateRevocationListParams {
            this_update: epoch + since_epoch(now, -1),
            next_update: epoch + since_epoch(now, 365),
            crl_number: SerialNumber::from(now.timestamp().unsigned_abs()),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.issuer).map_err(pki)?.der().to_vec())
    }

    /// The authority's certificate, PEM.
    #[must_use]
    pub fn authority_pem(&self) -> String {
        encodify::pem::STANDARD.encode("CERTIFICATE", &self.authority)
    }

    /// The certificate of who signs the directory, PEM.
    #[must_use]
    pub fn centre_pem(&self) -> &str {
        &self.centre.pem
    }

    /// The same, DER.
    #[must_use]
    pub fn centre_der(&self) -> &[u8] {
        &self.centre.der
    }

    /// The key that signs the directory, PEM.
    #[must_use]
    pub fn centre_key(&self) -> &str {
        &self.centre.key
    }

    fn issue(&self, mut params: CertificateParams, key: KeyPair) -> Result<Issued, InitError> {
        // rcgen writes the subject key identifier for authorities alone; the profile wants one.
        let identifier = params.key_identifier(&key);
        let length = u8::try_from(identifier.len()).unwrap_or_default();
        let value = [&[0x04, length], identifier.as_slice()].concat();
        params.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 5, 29, 14], value)];
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(serial()?);
        let certificate = params.signed_by(&key, &self.issuer).map_err(pki)?;
        Ok(Issued {
            der: certificate.der().to_vec(),
            pem: certificate.pem(),
            key: key.serialize_pem(),
        })
    }
}

impl Issued {
    /// Writes `NAME.pem` and `NAME.key`.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub fn write(&self, folder: &Path, name: &str) -> Result<(), InitError> {
        write(&folder.join(format!("{name}.pem")), self.pem.as_bytes())?;
        write(&folder.join(format!("{name}.key")), self.key.as_bytes())
    }
}

fn authority_params(now: DateTime<Utc>) -> Result<CertificateParams, InitError> {
    let mut params = params("Autorità di sviluppo (chiave in chiaro)", Some("Postacert"), now)?;
    params.not_after = rcgen::date_time_ymd(1970, 1, 1) + since_epoch(now, 3650);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.serial_number = Some(serial()?);
    Ok(params)
}

/// Two years, from yesterday.
fn params(
    name: &str,
    organisation: Option<&str>,
    now: DateTime<Utc>,
) -> Result<CertificateParams, InitError> {
    let mut params = CertificateParams::default();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + since_epoch(now, -1);
    params.not_after = epoch + since_epoch(now, 730);
    params.distinguished_name = rcgen::DistinguishedName::new();
    let country = DnValue::PrintableString("IT".try_into().map_err(pki)?);
    params.distinguished_name.push(DnType::CountryName, country);
    if let Some(organisation) = organisation {
        params.distinguished_name.push(DnType::OrganizationName, organisation);
    }
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(params)
}

fn rsa_key() -> Result<KeyPair, InitError> {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).map_err(pki)
}

fn serial() -> Result<SerialNumber, InitError> {
    let mut octets = random::octets::<16>().map_err(|error| InitError::Pki(error.to_string()))?;
    // Positive, and never shorter.
    octets[0] = (octets[0] & 0x3f) | 0x40;
    Ok(SerialNumber::from_slice(&octets))
}

/// Since 1970, so many days later; rcgen counts time by another crate, from its own epoch.
fn since_epoch(instant: DateTime<Utc>, days: i64) -> Duration {
    let later = instant.checked_add_signed(TimeDelta::days(days)).unwrap_or(instant);
    Duration::from_secs(u64::try_from(later.timestamp()).unwrap_or_default())
}

fn pki(error: rcgen::Error) -> InitError {
    InitError::Pki(error.to_string())
}

impl std::fmt::Debug for Pki {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pki")
    }
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").field("octets", &self.der.len()).finish_non_exhaustive()
    }
}
