//! What the caller trusts and knows: anchors, intermediate certificates, CRLs, OCSP responses.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use encodify::pem;

use super::certificate::{Certificate, CertificateError};
use super::constraints::NameConstraints;
use super::crl::{Crl, CrlError};
use super::name::NameKey;
use super::ocsp::{OcspError, OcspResponse};
use super::tlv::{DerError, Reader, tag};

/// A CA that the caller trusts, with what bounds that trust.
///
/// What an anchor's certificate constrains counts as RFC 5937 says: name constraints, path length,
/// policies and their inhibit flags. Its own signature and validity are not judged
/// (RFC 5280 §6.1.1 (d)): whoever makes it an anchor has done so.
#[derive(Debug, Clone)]
pub struct TrustAnchor(Arc<AnchorInner>);

#[derive(Debug, PartialEq, Eq)]
struct AnchorInner {
    certificate: Certificate,
    constraints: Vec<NameConstraints>,
}

impl TrustAnchor {
    /// Trusts the name and key of a certificate, within its constraints.
    #[must_use]
    pub fn new(certificate: Certificate) -> Self {
        let constraints = certificate.extensions().name_constraints.iter().cloned().collect();
        Self(Arc::new(AnchorInner { certificate, constraints }))
    }

    /// Constrains the names further, by the DER of a `NameConstraints` value (RFC 5937).
    ///
    /// # Errors
    /// [`DerError`] when the octets are not a `NameConstraints` (RFC 5280 §4.2.1.10).
    pub fn with_name_constraints(self, der: &[u8]) -> Result<Self, DerError> {
        let more = NameConstraints::read(Reader::single(der, tag::SEQUENCE)?.contents())?;
        let mut constraints = self.0.constraints.clone();
        constraints.push(more);
        let certificate = self.0.certificate.clone();
        Ok(Self(Arc::new(AnchorInner { certificate, constraints })))
    }

    /// The certificate in which name and key came.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.0.certificate
    }

    pub(crate) fn constraints(&self) -> &[NameConstraints] {
        &self.0.constraints
    }
}

impl PartialEq for TrustAnchor {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Eq for TrustAnchor {}

/// Anchors, intermediate certificates and revocation data, filled by the caller.
///
/// Nothing is fetched: who needs fresh CRLs puts them here. Lookups go by subject, issuer or serial
/// number, so thousands of entries cost nothing.
///
/// # Example
/// ```
/// use pec_smime::x509::{CertificateUse, TrustStore};
/// # let anchors = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/x509/root.cer"));
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/x509");
/// let mut store = TrustStore::new();
/// store.add_bundle(anchors, CertificateUse::Anchor)?;
/// let loaded = store.add_folder(folder, CertificateUse::Intermediate)?;
/// assert_eq!((loaded.certificates, loaded.crls, loaded.ocsp_responses), (2, 1, 1));
/// # Ok::<(), pec_smime::x509::StoreError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct TrustStore {
    anchors: HashMap<NameKey, Vec<TrustAnchor>>,
    intermediates: HashMap<NameKey, Vec<Certificate>>,
    crls: HashMap<NameKey, Vec<Crl>>,
    ocsp: HashMap<Box<[u8]>, Vec<OcspResponse>>,
    /// The octets of all that is here, so that nothing stands twice.
    known: HashSet<Arc<[u8]>>,
}

/// What the certificates of a bundle are for; a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateUse {
    /// They are trusted.
    Anchor,
    /// They help to find a path.
    Intermediate,
}

/// How much was taken from a bundle or folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loaded {
    /// Certificates.
    pub certificates: usize,
    /// CRLs.
    pub crls: usize,
    /// OCSP responses.
    pub ocsp_responses: usize,
}

/// Why a bundle or folder could not be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A certificate is malformed.
    #[error("entry {entry}: {error}")]
    Certificate {
        /// Its place in the bundle, from 0.
        entry: usize,
        /// What is wrong.
        error: CertificateError,
    },
    /// A CRL is malformed.
    #[error("entry {entry}: {error}")]
    Crl {
        /// Its place in the bundle, from 0.
        entry: usize,
        /// What is wrong.
        error: CrlError,
    },
    /// An OCSP response is malformed or says nothing.
    #[error("entry {entry}: {error}")]
    Ocsp {
        /// Its place in the bundle, from 0.
        entry: usize,
        /// What is wrong.
        error: OcspError,
    },
    /// Neither PEM nor DER of a certificate, CRL or OCSP response.
    #[error("neither PEM nor DER of a certificate, CRL or OCSP response")]
    NothingFound,
    /// The armour of a PEM block is broken.
    #[error("entry {entry}: broken PEM")]
    Pem {
        /// Its place in the bundle, from 0.
        entry: usize,
    },
    /// A file of a folder is at fault.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: Box<StoreError>,
    },
    /// A file or folder cannot be read.
    #[error("{path}: {error}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
}

impl TrustStore {
    /// An empty store, which trusts nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts a CA.
    pub fn add_anchor(&mut self, anchor: TrustAnchor) {
        let key = anchor.certificate().subject_name().key().clone();
        let namesakes = self.anchors.entry(key).or_default();
        if !namesakes.contains(&anchor) {
            namesakes.push(anchor);
        }
    }

    /// The CAs that are trusted, those of one name together.
    pub fn anchors(&self) -> impl Iterator<Item = &TrustAnchor> {
        self.anchors.values().flatten()
    }

    /// Adds a certificate that may stand between an anchor and a leaf, or sign CRLs. It is not
    /// trusted for being here.
    pub fn add_intermediate(&mut self, certificate: Certificate) {
        if self.known.insert(certificate.der().into()) {
            let key = certificate.subject_name().key().clone();
            self.intermediates.entry(key).or_default().push(certificate);
        }
    }

    /// Adds a CRL. It counts only if its signer turns out to be trusted.
    pub fn add_crl(&mut self, crl: Crl) {
        if self.known.insert(crl.der().into()) {
            let list = self.crls.entry(crl.issuer_key().clone()).or_default();
            // The newest list of a scope speaks first.
            let place = list.partition_point(|other| other.this_update() >= crl.this_update());
            list.insert(place, crl);
        }
    }

    /// Adds an OCSP response. It counts only if its signer turns out to be entitled.
    pub fn add_ocsp(&mut self, response: OcspResponse) {
        if self.known.insert(response.der().into()) {
            for answer in response.answers() {
                let list = self.ocsp.entry(answer.serial.clone()).or_default();
                // The newest speaks first, in whatever order they came.
                let produced = response.produced_at();
                let place = list.partition_point(|other| other.produced_at() >= produced);
                list.insert(place, response.clone());
            }
        }
    }

    /// Adds all of a PEM bundle (certificates, CRLs, text around them) or of one DER file
    /// (certificate, CRL, OCSP response).
    ///
    /// # Errors
    /// [`StoreError`] names the first entry that cannot be taken; entries before it have been.
    pub fn add_bundle(
        &mut self,
        bundle: &[u8],
        usage: CertificateUse,
    ) -> Result<Loaded, StoreError> {
        let mut loaded = Loaded::default();
        let mut entries = 0_usize;
        for block in pem::STANDARD.blocks(bundle) {
            let entry = entries;
            entries = entries.saturating_add(1);
            let block = block.map_err(|_| StoreError::Pem { entry })?;
            match block.label {
                "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
                    self.add_certificate_der(&block.contents, usage, entry, &mut loaded)?;
                }
                "X509 CRL" => self.add_crl_der(&block.contents, entry, &mut loaded)?,
                _ => {}
            }
        }
        if entries > 0 {
            return if loaded == Loaded::default() {
                Err(StoreError::NothingFound)
            } else {
                Ok(loaded)
            };
        }
        match sniff(bundle) {
            Some(Kind::Certificate) => {
                self.add_certificate_der(bundle, usage, 0, &mut loaded)?;
            }
            Some(Kind::Crl) => self.add_crl_der(bundle, 0, &mut loaded)?,
            Some(Kind::Ocsp) => {
                let response = OcspResponse::from_der(bundle)
                    .map_err(|error| StoreError::Ocsp { entry: 0, error })?;
                self.add_ocsp(response);
                loaded.ocsp_responses = 1;
            }
            None => return Err(StoreError::NothingFound),
        }
        Ok(loaded)
    }

    /// Adds every file of a folder whose name ends in `.pem`, `.crt`, `.cer`, `.der`, `.crl` or
    /// `.ors`, in the order of their names; folders inside are left alone.
    ///
    /// # Errors
    /// [`StoreError`] with the first file that cannot be read or taken.
    pub fn add_folder(
        &mut self,
        folder: impl AsRef<Path>,
        usage: CertificateUse,
    ) -> Result<Loaded, StoreError> {
        let folder = folder.as_ref();
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |error| StoreError::Io { path, error }
        };
        let entries = std::fs::read_dir(folder).map_err(unreadable(folder))?;
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(unreadable(folder))?.path();
            let extension = path.extension().and_then(|extension| extension.to_str());
            let known = extension.is_some_and(|extension| {
                let names = ["pem", "crt", "cer", "der", "crl", "ors"];
                names.iter().any(|name| name.eq_ignore_ascii_case(extension))
            });
            if known && path.is_file() {
                paths.push(path);
            }
        }
        paths.sort();
        let mut sum = Loaded::default();
        for path in paths {
            let bundle = std::fs::read(&path).map_err(unreadable(&path))?;
            let loaded = self
                .add_bundle(&bundle, usage)
                .map_err(|error| StoreError::File { path, error: Box::new(error) })?;
            sum.certificates = sum.certificates.saturating_add(loaded.certificates);
            sum.crls = sum.crls.saturating_add(loaded.crls);
            sum.ocsp_responses = sum.ocsp_responses.saturating_add(loaded.ocsp_responses);
        }
        Ok(sum)
    }

    /// The CRLs and OCSP responses at hand that may be about certificates of `chain`: what an
    /// archive keeps in order to judge them again.
    #[must_use]
    pub fn revocation_data(&self, chain: &[Certificate]) -> (Vec<&Crl>, Vec<&OcspResponse>) {
        let (mut crls, mut responses): (Vec<&Crl>, Vec<&OcspResponse>) = Default::default();
        for certificate in chain {
            for crl in self.crls_of(certificate.issuer_name().key()) {
                if !crls.iter().any(|known| known.der() == crl.der()) {
                    crls.push(crl);
                }
            }
            for response in self.ocsp_about(certificate.serial()) {
                if !responses.iter().any(|known| known.der() == response.der()) {
                    responses.push(response);
                }
            }
        }
        (crls, responses)
    }

    pub(crate) fn anchors_named(&self, subject: &NameKey) -> &[TrustAnchor] {
        self.anchors.get(subject).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn intermediates_named(&self, subject: &NameKey) -> &[Certificate] {
        self.intermediates.get(subject).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn crls_of(&self, issuer: &NameKey) -> &[Crl] {
        self.crls.get(issuer).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn ocsp_about(&self, serial: &[u8]) -> &[OcspResponse] {
        self.ocsp.get(serial).map_or(&[], Vec::as_slice)
    }

    fn add_certificate_der(
        &mut self,
        der: &[u8],
        usage: CertificateUse,
        entry: usize,
        loaded: &mut Loaded,
    ) -> Result<(), StoreError> {
        let certificate =
            Certificate::from_der(der).map_err(|error| StoreError::Certificate { entry, error })?;
        match usage {
            CertificateUse::Anchor => self.add_anchor(TrustAnchor::new(certificate)),
            CertificateUse::Intermediate => self.add_intermediate(certificate),
        }
        loaded.certificates = loaded.certificates.saturating_add(1);
        Ok(())
    }

    fn add_crl_der(
        &mut self,
        der: &[u8],
        entry: usize,
        loaded: &mut Loaded,
    ) -> Result<(), StoreError> {
        self.add_crl(Crl::from_der(der).map_err(|error| StoreError::Crl { entry, error })?);
        loaded.crls = loaded.crls.saturating_add(1);
        Ok(())
    }
}

enum Kind {
    Certificate,
    Crl,
    Ocsp,
}

/// Tells the three structures apart by their first fields: an OCSP response starts with its status,
/// a CRL has a time where a certificate has its validity.
fn sniff(der: &[u8]) -> Option<Kind> {
    let mut outer = Reader::single(der, tag::SEQUENCE).ok()?.contents();
    let first = outer.next().ok()?;
    if first.tag == tag::ENUMERATED {
        return Some(Kind::Ocsp);
    }
    let mut fields = first.contents();
    let version = fields.next().ok()?;
    if version.tag == tag::constructed(0) {
        return Some(Kind::Certificate);
    }
    // Version 1 of either kind: an INTEGER is the version of a CRL or the serial number of a
    // certificate, and what stands two elements on tells which.
    if version.tag == tag::INTEGER {
        fields.next().ok()?;
    }
    fields.next().ok()?;
    match fields.next().ok()?.tag {
        tag::UTC_TIME | tag::GENERALIZED_TIME => Some(Kind::Crl),
        _ => Some(Kind::Certificate),
    }
}
