//! Certificate extensions, parsed one by one (RFC 5280 §4.2).
//!
//! One malformed extension does not hide the others, nor the certificate: it is listed as
//! unreadable and path validation refuses what it must refuse. Two of one kind make the certificate
//! malformed (RFC 5280 §4.2), because readers that take the first and the last would disagree.

use std::collections::HashSet;

use super::Oid;
use super::constraints::NameConstraints;
use super::distribution::{DistributionPoint, read_distribution_points};
use super::general_name::{GeneralName, read_names};
use super::oid::known;
use super::tlv::{DerError, Reader, Tlv, tag};

/// All extensions of a certificate, and the decoded values of those that this crate processes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extensions {
    list: Vec<Extension>,
    pub(crate) authority_key_id: Option<AuthorityKeyId>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) distribution_points: Option<Vec<DistributionPoint>>,
    pub(crate) extended_key_usage: Option<Vec<Oid>>,
    pub(crate) inhibit_any_policy: Option<u32>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) name_constraints: Option<NameConstraints>,
    pub(crate) ocsp_no_check: bool,
    pub(crate) policies: Option<Vec<Oid>>,
    pub(crate) policy_constraints: Option<PolicyConstraints>,
    /// Pairs of issuer-domain and subject-domain policy.
    pub(crate) policy_mappings: Option<Vec<(Oid, Oid)>>,
    pub(crate) subject_alt_name: Option<Vec<GeneralName>>,
    pub(crate) subject_key_id: Option<Box<[u8]>>,
}

/// One extension as it stands.
#[derive(Debug, Clone)]
pub(crate) struct Extension {
    pub(crate) oid: Oid,
    pub(crate) critical: bool,
    pub(crate) reading: Reading,
}

/// What became of an extension's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    Understood,
    /// Its kind is processed here, but its value is not what the standard says.
    Malformed,
    Unknown,
}

/// RFC 5280 §4.2.1.1.
#[derive(Debug, Clone, Default)]
pub(crate) struct AuthorityKeyId {
    pub(crate) key_id: Option<Box<[u8]>>,
    pub(crate) issuer: Vec<GeneralName>,
    pub(crate) serial: Option<Box<[u8]>>,
}

/// RFC 5280 §4.2.1.9.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BasicConstraints {
    pub(crate) ca: bool,
    pub(crate) path_length: Option<u32>,
}

/// RFC 5280 §4.2.1.3, bit 0 (digitalSignature) as the highest bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyUsage(u16);

impl KeyUsage {
    pub(crate) const DIGITAL_SIGNATURE: u16 = 0x8000;
    pub(crate) const NON_REPUDIATION: u16 = 0x4000;
    pub(crate) const KEY_CERT_SIGN: u16 = 0x0400;
    pub(crate) const CRL_SIGN: u16 = 0x0200;

    pub(crate) fn has(self, bit: u16) -> bool {
        self.0 & bit != 0
    }
}

/// RFC 5280 §4.2.1.11.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PolicyConstraints {
    pub(crate) require_explicit_policy: Option<u32>,
    pub(crate) inhibit_policy_mapping: Option<u32>,
}

/// Why a list of extensions cannot be taken at all.
#[derive(Debug)]
pub(crate) enum ExtensionsError {
    Der(DerError),
    Duplicate(Oid),
}

impl From<DerError> for ExtensionsError {
    fn from(error: DerError) -> Self {
        Self::Der(error)
    }
}

/// One extension before its value is looked at.
pub(crate) struct RawExtension<'a> {
    pub(crate) oid: Tlv<'a>,
    pub(crate) critical: bool,
    pub(crate) value: Tlv<'a>,
}

impl<'a> RawExtension<'a> {
    pub(crate) fn read(list: &mut Reader<'a>) -> Result<Self, DerError> {
        let mut fields = list.expect(tag::SEQUENCE)?.contents();
        let oid = fields.expect(tag::OID)?;
        let critical = fields.flag(tag::BOOLEAN)?;
        let value = fields.expect(tag::OCTET_STRING)?;
        fields.finish()?;
        Ok(Self { oid, critical, value })
    }

    /// The only element inside the value.
    pub(crate) fn content(&self) -> Result<Tlv<'a>, DerError> {
        let mut contents = self.value.contents();
        let element = contents.next()?;
        contents.finish()?;
        Ok(element)
    }

    /// The fields of the SEQUENCE inside the value.
    pub(crate) fn fields(&self) -> Result<Reader<'a>, DerError> {
        let element = self.content()?;
        if element.tag == tag::SEQUENCE {
            Ok(element.contents())
        } else {
            Err(element.unexpected())
        }
    }
}

impl Extensions {
    /// Reads the elements of `Extensions`.
    pub(crate) fn read(mut list: Reader<'_>) -> Result<Self, ExtensionsError> {
        let mut extensions = Self::default();
        let mut seen = HashSet::new();
        while !list.is_empty() {
            let raw = RawExtension::read(&mut list)?;
            let oid = Oid::from_tlv(raw.oid)?;
            if !seen.insert(oid.clone()) {
                return Err(ExtensionsError::Duplicate(oid));
            }
            let reading = match extensions.decode(&raw) {
                Ok(true) => Reading::Understood,
                Ok(false) => Reading::Unknown,
                Err(_) => Reading::Malformed,
            };
            extensions.list.push(Extension { oid, critical: raw.critical, reading });
        }
        Ok(extensions)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Extension> {
        self.list.iter()
    }

    pub(crate) fn find(&self, oid: &[u8]) -> Option<&Extension> {
        self.list.iter().find(|extension| extension.oid.content() == oid)
    }

    /// Whether this is a CA's certificate by its basicConstraints.
    pub(crate) fn is_ca(&self) -> bool {
        self.basic_constraints.is_some_and(|constraints| constraints.ca)
    }

    /// Decodes a value of a known kind; `false` if the kind is not processed here.
    fn decode(&mut self, raw: &RawExtension<'_>) -> Result<bool, DerError> {
        match raw.oid.value() {
            known::AUTHORITY_KEY_IDENTIFIER => {
                self.authority_key_id = Some(AuthorityKeyId::read(raw.fields()?)?);
            }
            known::BASIC_CONSTRAINTS => {
                self.basic_constraints = Some(read_basic_constraints(raw.fields()?)?);
            }
            known::CERTIFICATE_POLICIES => {
                self.policies = Some(read_policies(raw.fields()?, raw.critical)?);
            }
            known::CRL_DISTRIBUTION_POINTS => {
                self.distribution_points = Some(read_distribution_points(raw.fields()?)?);
            }
            known::EXTENDED_KEY_USAGE => {
                self.extended_key_usage = Some(read_purposes(raw.fields()?)?);
            }
            known::INHIBIT_ANY_POLICY => {
                self.inhibit_any_policy = Some(raw.content()?.small_unsigned()?);
            }
            known::ISSUER_ALT_NAME => {
                read_names(raw.fields()?)?;
            }
            known::KEY_USAGE => self.key_usage = Some(KeyUsage(raw.content()?.named_bits()?)),
            known::NAME_CONSTRAINTS => {
                self.name_constraints = Some(NameConstraints::read(raw.fields()?)?);
            }
            known::OCSP_NO_CHECK => self.ocsp_no_check = true,
            known::POLICY_CONSTRAINTS => {
                self.policy_constraints = Some(read_policy_constraints(raw.fields()?)?);
            }
            known::POLICY_MAPPINGS => {
                self.policy_mappings = Some(read_policy_mappings(raw.fields()?)?);
            }
            known::SUBJECT_ALT_NAME => self.subject_alt_name = Some(read_names(raw.fields()?)?),
            known::SUBJECT_KEY_IDENTIFIER => {
                let key_id = Reader::single(raw.value.value(), tag::OCTET_STRING)?;
                self.subject_key_id = Some(key_id.value().into());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl AuthorityKeyId {
    pub(crate) fn read(mut fields: Reader<'_>) -> Result<Self, DerError> {
        let key_id = fields.optional(tag::context(0))?.map(|id| id.value().into());
        let issuer = match fields.optional(tag::constructed(1))? {
            Some(names) => read_names(names.contents())?,
            None => Vec::new(),
        };
        let serial = fields.optional(tag::context(2))?.map(|serial| serial.value().into());
        fields.finish()?;
        Ok(Self { key_id, issuer, serial })
    }
}

fn read_basic_constraints(mut fields: Reader<'_>) -> Result<BasicConstraints, DerError> {
    let ca = fields.flag(tag::BOOLEAN)?;
    let path_length = match fields.optional(tag::INTEGER)? {
        Some(length) => Some(length.small_unsigned()?),
        None => None,
    };
    fields.finish()?;
    Ok(BasicConstraints { ca, path_length })
}

/// RFC 5280 §4.2.1.4. A policy stands once; a critical extension has only qualifiers known here.
fn read_policies(mut list: Reader<'_>, critical: bool) -> Result<Vec<Oid>, DerError> {
    let mut policies = Vec::new();
    let mut seen = HashSet::new();
    while !list.is_empty() {
        let element = list.expect(tag::SEQUENCE)?;
        let mut fields = element.contents();
        let policy = Oid::from_tlv(fields.next()?)?;
        if let Some(qualifiers) = fields.optional(tag::SEQUENCE)? {
            let mut qualifiers = qualifiers.contents();
            while !qualifiers.is_empty() {
                let qualifier = qualifiers.expect(tag::SEQUENCE)?;
                let kind = qualifier.contents().expect(tag::OID)?.value();
                if critical && !matches!(kind, known::CPS_QUALIFIER | known::USER_NOTICE_QUALIFIER)
                {
                    return Err(qualifier.bad_value());
                }
            }
        }
        fields.finish()?;
        if !seen.insert(policy.clone()) {
            return Err(element.bad_value());
        }
        policies.push(policy);
    }
    Ok(policies)
}

fn read_purposes(mut list: Reader<'_>) -> Result<Vec<Oid>, DerError> {
    let mut purposes = Vec::new();
    while !list.is_empty() {
        purposes.push(Oid::from_tlv(list.next()?)?);
    }
    Ok(purposes)
}

fn read_policy_constraints(mut fields: Reader<'_>) -> Result<PolicyConstraints, DerError> {
    let mut count = |number| match fields.optional(tag::context(number))? {
        Some(skip) => skip.small_unsigned().map(Some),
        None => Ok(None),
    };
    let constraints =
        PolicyConstraints { require_explicit_policy: count(0)?, inhibit_policy_mapping: count(1)? };
    fields.finish()?;
    Ok(constraints)
}

fn read_policy_mappings(mut list: Reader<'_>) -> Result<Vec<(Oid, Oid)>, DerError> {
    let mut mappings = Vec::new();
    while !list.is_empty() {
        let mut pair = list.expect(tag::SEQUENCE)?.contents();
        mappings.push((Oid::from_tlv(pair.next()?)?, Oid::from_tlv(pair.next()?)?));
        pair.finish()?;
    }
    Ok(mappings)
}
