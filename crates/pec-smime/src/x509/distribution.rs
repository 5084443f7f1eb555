//! Where and for what CRLs are issued: cRLDistributionPoints and issuingDistributionPoint
//! (RFC 5280 §4.2.1.13 and §5.2.5).

use super::general_name::{GeneralName, directory_names, read_names};
use super::name::{NameKey, rdn_key};
use super::tlv::{DerError, Reader, Tlv, tag};

/// A set of revocation reasons, by the bits of `ReasonFlags`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reasons(u16);

impl Reasons {
    /// keyCompromise (bit 1) to aACompromise (bit 8): what RFC 5280 §6.3.2 calls all-reasons.
    pub(crate) const ALL: Self = Self(0x7f80);
    pub(crate) const NONE: Self = Self(0);

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether this set has a reason that the other one lacks.
    pub(crate) fn adds_to(self, other: Self) -> bool {
        self.0 & !other.0 != 0
    }

    fn read(element: &Tlv<'_>) -> Result<Self, DerError> {
        Ok(Self(element.named_bits()?).and(Self::ALL))
    }
}

/// One place where the status of a certificate is published.
#[derive(Debug, Clone, Default)]
pub(crate) struct DistributionPoint {
    pub(crate) name: Option<PointName>,
    pub(crate) reasons: Option<Reasons>,
    pub(crate) crl_issuer: Vec<GeneralName>,
}

/// `DistributionPointName`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PointName {
    Full(Vec<GeneralName>),
    /// One RDN below the name of the CRL issuer.
    Relative(Box<[u8]>),
}

/// The scope of a CRL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IssuingPoint {
    pub(crate) name: Option<PointName>,
    pub(crate) only_user_certificates: bool,
    pub(crate) only_ca_certificates: bool,
    pub(crate) only_some_reasons: Option<Reasons>,
    pub(crate) indirect: bool,
    pub(crate) only_attribute_certificates: bool,
}

impl DistributionPoint {
    /// The directory names of `cRLIssuer`, whose CRLs are indirect ones.
    pub(crate) fn crl_issuers(&self) -> impl Iterator<Item = &NameKey> {
        directory_names(&self.crl_issuer)
    }
}

impl PointName {
    /// The full names that this stands for, given who issues the CRL.
    pub(crate) fn resolve(&self, issuer: &NameKey) -> Vec<GeneralName> {
        match self {
            Self::Full(names) => names.clone(),
            Self::Relative(rdn) => vec![GeneralName::Directory(issuer.child(rdn.clone()))],
        }
    }
}

impl IssuingPoint {
    pub(crate) fn read(mut fields: Reader<'_>) -> Result<Self, DerError> {
        let point = Self {
            name: read_point_name(&mut fields)?,
            only_user_certificates: fields.flag(tag::context(1))?,
            only_ca_certificates: fields.flag(tag::context(2))?,
            only_some_reasons: read_reasons(&mut fields, 3)?,
            indirect: fields.flag(tag::context(4))?,
            only_attribute_certificates: fields.flag(tag::context(5))?,
        };
        fields.finish()?;
        Ok(point)
    }
}

pub(crate) fn read_distribution_points(
    mut list: Reader<'_>,
) -> Result<Vec<DistributionPoint>, DerError> {
    let mut points = Vec::new();
    while !list.is_empty() {
        let element = list.expect(tag::SEQUENCE)?;
        let mut fields = element.contents();
        let name = read_point_name(&mut fields)?;
        let reasons = read_reasons(&mut fields, 1)?;
        let crl_issuer = match fields.optional(tag::constructed(2))? {
            Some(names) => read_names(names.contents())?,
            None => Vec::new(),
        };
        fields.finish()?;
        // RFC 5280 §4.2.1.13: a point must not consist of reasons alone.
        if name.is_none() && crl_issuer.is_empty() {
            return Err(element.bad_value());
        }
        points.push(DistributionPoint { name, reasons, crl_issuer });
    }
    Ok(points)
}

fn read_reasons(fields: &mut Reader<'_>, number: u8) -> Result<Option<Reasons>, DerError> {
    match fields.optional(tag::context(number))? {
        Some(flags) => Reasons::read(&flags).map(Some),
        None => Ok(None),
    }
}

/// `[0] DistributionPointName OPTIONAL`: a choice, hence tagged explicitly.
fn read_point_name(fields: &mut Reader<'_>) -> Result<Option<PointName>, DerError> {
    let Some(outer) = fields.optional(tag::constructed(0))? else {
        return Ok(None);
    };
    let mut contents = outer.contents();
    let choice = contents.next()?;
    contents.finish()?;
    if choice.tag == tag::constructed(0) {
        read_names(choice.contents()).map(|names| Some(PointName::Full(names)))
    } else if choice.tag == tag::constructed(1) {
        rdn_key(choice.contents()).map(|rdn| Some(PointName::Relative(rdn)))
    } else {
        Err(choice.unexpected())
    }
}
