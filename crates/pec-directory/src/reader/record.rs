//! What the values of one record say.

use std::collections::HashSet;

use pec_smime::crypto::{CryptoProvider, SignatureError};

use super::{Record, error, findings::Findings};
use crate::{
    CertificateHash, DeviationKind, Domain, Environment, Location, ProviderCertificate, ReadError,
    Text, TextError,
    error::{LineError, LineFault},
    limits::MAX_CERTIFICATES,
    lines::Value,
    schema::{Attribute, LOCATION_CLASS, PROVIDER_CLASS},
};

pub(super) struct Context<'c> {
    pub(super) findings: Findings,
    pub(super) crypto: &'c CryptoProvider,
}

/// Which record it is, as far as its values depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Base,
    Main,
    Secondary,
}

/// What a record says, its name aside.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) environment: Environment,
    pub(super) location: Option<Location>,
    pub(super) provider: Option<(usize, Text)>,
    pub(super) unit: Option<(usize, Text)>,
}

/// Reads the values of a record.
pub(super) fn read(
    record: &Record<'_>,
    role: Role,
    context: &mut Context<'_>,
) -> Result<Said, ReadError> {
    let mut collector = Collector::default();
    for value in &record.values {
        collector.take(value, role, context)?;
    }
    collector.finish(record.name.line, role, &mut context.findings)
}

#[derive(Default)]
struct Collector {
    said: Said,
    classes: HashSet<String>,
    hashes: Vec<(usize, CertificateHash)>,
    certificates: Vec<(usize, ProviderCertificate)>,
    domains: HashSet<Domain>,
    descriptions: HashSet<String>,
}

impl Collector {
    fn take(
        &mut self,
        value: &Value<'_>,
        role: Role,
        context: &mut Context<'_>,
    ) -> Result<(), ReadError> {
        let findings = &mut context.findings;
        let (name, options) = value.attribute();
        let attribute = Attribute::from_name(name);
        if !is_of(role, attribute, name) {
            findings.at(value, DeviationKind::UnknownAttribute);
            return Ok(());
        }
        if attribute == Some(Attribute::Certificate) {
            return self.take_certificate(value, options, context);
        }
        if !options.is_empty() {
            findings.at(value, DeviationKind::UnknownOption);
            return Ok(());
        }
        let Some(text) = text(value, findings) else {
            return Ok(());
        };
        match attribute {
            Some(attribute) => self.take_text(value, attribute, text, role, findings)?,
            None if is_description(name) => match parse(text) {
                Ok(text) if !self.descriptions.insert(text.key()) => {
                    findings.at(value, DeviationKind::Repeated);
                }
                Ok(text) => self.said.environment.descriptions.push(text),
                Err(kind) => findings.at(value, kind),
            },
            None if is_object_class(name) => _ = self.classes.insert(text.to_ascii_lowercase()),
            // The `o` of the base root says what its name says.
            None => {}
        }
        Ok(())
    }

    fn take_text(
        &mut self,
        value: &Value<'_>,
        attribute: Attribute,
        text: &str,
        role: Role,
        findings: &mut Findings,
    ) -> Result<(), LineError> {
        let line = value.line;
        let said = &mut self.said;
        let outcome = match attribute {
            Attribute::ProviderName => {
                parse(text).and_then(|name| set(&mut said.provider, (line, name)))
            }
            Attribute::ProviderUnit => {
                parse(text).and_then(|name| set(&mut said.unit, (line, name)))
            }
            Attribute::LdifLocationUrl if role == Role::Secondary => {
                Err(DeviationKind::LocationOfSecondary)
            }
            Attribute::LdifLocationUrl => location(text, value, findings)
                .and_then(|location| set(&mut said.location, location)),
            Attribute::MailReceipt => {
                not_ascii(text, value, findings);
                text.parse()
                    .map_err(DeviationKind::BadMailbox)
                    .and_then(|mailbox| set(&mut said.environment.mail_receipt, mailbox))
            }
            Attribute::ManagedDomains => {
                not_ascii(text, value, findings);
                self.take_domain(text)
            }
            Attribute::CertificateHash => self.take_hash(value, text)?,
            // It has no text and was taken before.
            Attribute::Certificate => Ok(()),
        };
        if let Err(kind) = outcome {
            findings.at(value, kind);
        }
        Ok(())
    }

    fn take_domain(&mut self, text: &str) -> Result<(), DeviationKind> {
        let domain: Domain = text.parse().map_err(DeviationKind::BadDomain)?;
        if !self.domains.insert(domain.clone()) {
            return Err(DeviationKind::Repeated);
        }
        self.said.environment.domains.push(domain);
        Ok(())
    }

    fn take_hash(
        &mut self,
        value: &Value<'_>,
        text: &str,
    ) -> Result<Result<(), DeviationKind>, LineError> {
        if self.hashes.len() == MAX_CERTIFICATES {
            return Err(error(value, LineFault::TooManyCertificates));
        }
        Ok(text.parse().map_err(DeviationKind::BadHash).and_then(|hash| {
            if self.hashes.iter().any(|(_, known)| *known == hash) {
                return Err(DeviationKind::Repeated);
            }
            self.hashes.push((value.line, hash));
            Ok(())
        }))
    }

    fn take_certificate(
        &mut self,
        value: &Value<'_>,
        options: &str,
        context: &mut Context<'_>,
    ) -> Result<(), ReadError> {
        let findings = &mut context.findings;
        if options.is_empty() {
            findings.at(value, DeviationKind::NoBinaryOption);
        } else if !options.eq_ignore_ascii_case("binary") {
            findings.at(value, DeviationKind::UnknownOption);
            return Ok(());
        }
        if value.is_malformed() {
            findings.at(value, DeviationKind::BadBase64);
            return Ok(());
        }
        if self.certificates.len() == MAX_CERTIFICATES {
            return Err(error(value, LineFault::TooManyCertificates).into());
        }
        let certificate = ProviderCertificate::new(value.octets(), context.crypto)
            .map_err(|error: SignatureError| ReadError::Cryptography(error))?;
        if self.certificates.iter().any(|(_, known)| *known == certificate) {
            findings.at(value, DeviationKind::Repeated);
            return Ok(());
        }
        self.certificates.push((value.line, certificate));
        Ok(())
    }

    fn finish(
        mut self,
        line: usize,
        role: Role,
        findings: &mut Findings,
    ) -> Result<Said, ReadError> {
        let mut miss = |attribute| findings.add(line, None, DeviationKind::Missing(attribute));
        // rfc6109 §4.5.9#1
        if role != Role::Base {
            for (attribute, is_there) in [
                (Attribute::ProviderName, self.said.provider.is_some()),
                (Attribute::ProviderUnit, self.said.unit.is_some() || role == Role::Main),
                (Attribute::CertificateHash, !self.hashes.is_empty()),
                (Attribute::Certificate, !self.certificates.is_empty()),
                (Attribute::MailReceipt, self.said.environment.mail_receipt.is_some()),
                (Attribute::ManagedDomains, !self.said.environment.domains.is_empty()),
            ] {
                if !is_there {
                    miss(attribute);
                }
            }
        }
        let has_location = self.said.location.is_some();
        for (class, is_needed) in [
            ("organization", role == Role::Base),
            (LOCATION_CLASS, role == Role::Base && has_location),
            (PROVIDER_CLASS, role != Role::Base),
        ] {
            if is_needed && !self.classes.contains(&class.to_ascii_lowercase()) {
                findings.add(line, None, DeviationKind::MissingClass(class));
            }
        }
        self.pair(findings);
        Ok(self.said)
    }

    /// Values of an attribute are a set without order: only its hash tells to which certificate a
    /// hash belongs.
    fn pair(&mut self, findings: &mut Findings) {
        let mut published: HashSet<CertificateHash> =
            self.hashes.iter().map(|(_, hash)| *hash).collect();
        let of = |attribute: Attribute| Some(attribute.as_str().into());
        for (line, certificate) in std::mem::take(&mut self.certificates) {
            if let Err(error) = certificate.certificate() {
                let kind = DeviationKind::UnreadableCertificate(error.clone());
                findings.add(line, of(Attribute::Certificate), kind);
            }
            if published.contains(&certificate.hash()) {
                self.said.environment.certificates.push(certificate);
            } else {
                let kind = DeviationKind::CertificateWithoutHash(certificate.hash());
                findings.add(line, of(Attribute::Certificate), kind);
            }
        }
        for certificate in &self.said.environment.certificates {
            published.remove(&certificate.hash());
        }
        for (line, hash) in self.hashes.iter().filter(|(_, hash)| published.contains(hash)) {
            let kind = DeviationKind::HashWithoutCertificate(*hash);
            findings.add(*line, of(Attribute::CertificateHash), kind);
        }
    }
}

/// Whether a record of this role has the attribute.
fn is_of(role: Role, attribute: Option<Attribute>, name: &str) -> bool {
    match attribute {
        Some(Attribute::LdifLocationUrl) => true,
        Some(_) => role != Role::Base,
        None if role == Role::Base && is_organization(name) => true,
        None => is_description(name) || is_object_class(name),
    }
}

fn is_organization(name: &str) -> bool {
    ["o", "organizationName", "2.5.4.10"].iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn is_description(name: &str) -> bool {
    name.eq_ignore_ascii_case("description") || name == "2.5.4.13"
}

fn is_object_class(name: &str) -> bool {
    name.eq_ignore_ascii_case("objectClass") || name == "2.5.4.0"
}

/// The value as text, without blanks around it.
pub(super) fn text<'v>(value: &'v Value<'_>, findings: &mut Findings) -> Option<&'v str> {
    if value.is_malformed() {
        findings.at(value, DeviationKind::BadBase64);
        return None;
    }
    if !value.is_safe() {
        findings.at(value, DeviationKind::NotBase64);
    }
    let Ok(text) = std::str::from_utf8(value.octets()) else {
        findings.at(value, DeviationKind::NotUtf8);
        return None;
    };
    let trimmed = text.trim();
    if trimmed.len() != text.len() {
        findings.at(value, DeviationKind::SurroundingBlanks);
    }
    Some(trimmed)
}

fn parse(text: &str) -> Result<Text, DeviationKind> {
    text.parse().map_err(|error: TextError| DeviationKind::BadText(error))
}

fn set<T>(field: &mut Option<T>, value: T) -> Result<(), DeviationKind> {
    if field.is_some() {
        return Err(DeviationKind::Repeated);
    }
    *field = Some(value);
    Ok(())
}

fn location(
    text: &str,
    value: &Value<'_>,
    findings: &mut Findings,
) -> Result<Location, DeviationKind> {
    let (location, was_http) = Location::read(text).map_err(DeviationKind::BadLocation)?;
    if was_http {
        findings.at(value, DeviationKind::NotHttps);
    }
    Ok(location)
}

fn not_ascii(text: &str, value: &Value<'_>, findings: &mut Findings) {
    if !text.is_ascii() {
        findings.at(value, DeviationKind::NotAscii);
    }
}
