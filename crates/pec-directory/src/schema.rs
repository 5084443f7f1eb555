//! The LDAP schema of the directory (rfc6109 §4.5.1–4.5.9, §8.2).

use std::fmt::Write;

/// An attribute of the schema.
///
/// The set is closed by the norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// SHA-1 of a certificate (rfc6109 §4.5.1).
    CertificateHash,
    /// A certificate (rfc6109 §4.5.2).
    Certificate,
    /// The provider's name (rfc6109 §4.5.3).
    ProviderName,
    /// The service mailbox (rfc6109 §4.5.4).
    MailReceipt,
    /// A managed domain (rfc6109 §4.5.5).
    ManagedDomains,
    /// Where the signed file is (rfc6109 §4.5.6).
    LdifLocationUrl,
    /// The name of a secondary environment (rfc6109 §4.5.7).
    ProviderUnit,
}

/// How values of an attribute are compared, and what they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Syntax {
    Certificate,
    Ia5,
    Ia5WithoutParts,
    DirectoryString,
    ExactDirectoryString,
}

impl Attribute {
    /// All attributes, in the order of their identifiers.
    pub const ALL: &'static [Self] = &[
        Self::CertificateHash,
        Self::Certificate,
        Self::ProviderName,
        Self::MailReceipt,
        Self::ManagedDomains,
        Self::LdifLocationUrl,
        Self::ProviderUnit,
    ];

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CertificateHash => "providerCertificateHash",
            Self::Certificate => "providerCertificate",
            Self::ProviderName => "providerName",
            Self::MailReceipt => "mailReceipt",
            Self::ManagedDomains => "managedDomains",
            Self::LdifLocationUrl => "LDIFLocationURL",
            Self::ProviderUnit => "providerUnit",
        }
    }

    /// The object identifier.
    #[must_use]
    pub const fn oid(self) -> &'static str {
        match self {
            Self::CertificateHash => "1.3.6.1.4.1.16572.2.2.1",
            Self::Certificate => "1.3.6.1.4.1.16572.2.2.2",
            Self::ProviderName => "1.3.6.1.4.1.16572.2.2.3",
            Self::MailReceipt => "1.3.6.1.4.1.16572.2.2.4",
            Self::ManagedDomains => "1.3.6.1.4.1.16572.2.2.5",
            Self::LdifLocationUrl => "1.3.6.1.4.1.16572.2.2.6",
            Self::ProviderUnit => "1.3.6.1.4.1.16572.2.2.7",
        }
    }

    /// Whether a record has at most one value of it.
    #[must_use]
    pub const fn is_single(self) -> bool {
        matches!(
            self,
            Self::ProviderName | Self::MailReceipt | Self::LdifLocationUrl | Self::ProviderUnit
        )
    }

    /// The attribute of a name or an object identifier, without regard to case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let is_named = |a: &&Self| a.as_str().eq_ignore_ascii_case(name) || a.oid() == name;
        Self::ALL.iter().find(is_named).copied()
    }

    const fn syntax(self) -> Syntax {
        match self {
            Self::CertificateHash => Syntax::Ia5WithoutParts,
            Self::Certificate => Syntax::Certificate,
            Self::MailReceipt | Self::ManagedDomains => Syntax::Ia5,
            Self::ProviderName | Self::ProviderUnit => Syntax::DirectoryString,
            Self::LdifLocationUrl => Syntax::ExactDirectoryString,
        }
    }
}

impl Syntax {
    /// Matching rules and syntax of a definition (RFC 4512 §4.1.2).
    const fn definition(self) -> &'static str {
        match self {
            Self::Certificate => "SYNTAX 1.3.6.1.4.1.1466.115.121.1.8",
            Self::Ia5 => {
                "EQUALITY caseIgnoreIA5Match SUBSTR caseIgnoreIA5SubstringsMatch \
                 SYNTAX 1.3.6.1.4.1.1466.115.121.1.26"
            }
            Self::Ia5WithoutParts => {
                "EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26"
            }
            Self::DirectoryString => {
                "EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch \
                 SYNTAX 1.3.6.1.4.1.1466.115.121.1.15"
            }
            Self::ExactDirectoryString => {
                "EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15"
            }
        }
    }
}

/// The object class of the base root (rfc6109 §4.5.8).
pub const LOCATION_CLASS: &str = "LDIFLocationURLObject";

/// The object class of providers and their environments (rfc6109 §4.5.9).
pub const PROVIDER_CLASS: &str = "provider";

/// The schema as `slapd` includes it. It builds on `core.schema`.
///
/// ```
/// let schema = pec_directory::schema::openldap();
/// assert!(schema.contains("attributetype ( 1.3.6.1.4.1.16572.2.2.5 NAME 'managedDomains'"));
/// ```
// norms 48
#[must_use]
pub fn openldap() -> String {
    let mut schema = String::new();
    for attribute in Attribute::ALL {
        let (oid, name) = (attribute.oid(), attribute.as_str());
        let single = if attribute.is_single() { " SINGLE-VALUE" } else { "" };
        let definition = attribute.syntax().definition();
        // Writing to a String cannot fail.
        let _ = writeln!(schema, "attributetype ( {oid} NAME '{name}' {definition}{single} )");
    }
    let must = [
        Attribute::CertificateHash,
        Attribute::Certificate,
        Attribute::ProviderName,
        Attribute::MailReceipt,
        Attribute::ManagedDomains,
    ]
    .map(Attribute::as_str)
    .join(" $ ");
    let _ = writeln!(
        schema,
        "objectclass ( 1.3.6.1.4.1.16572.2.1.1 NAME '{LOCATION_CLASS}' SUP top AUXILIARY \
         MAY ( LDIFLocationURL ) )\n\
         objectclass ( 1.3.6.1.4.1.16572.2.1.2 NAME '{PROVIDER_CLASS}' SUP top STRUCTURAL \
         MUST ( {must} ) MAY ( description $ LDIFLocationURL $ providerUnit ) )"
    );
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_by_name_and_identifier() {
        for attribute in Attribute::ALL {
            assert_eq!(Attribute::from_name(attribute.as_str()), Some(*attribute));
            assert_eq!(Attribute::from_name(attribute.oid()), Some(*attribute));
            let upper = attribute.as_str().to_uppercase();
            assert_eq!(Attribute::from_name(&upper), Some(*attribute));
        }
        assert_eq!(Attribute::from_name("providerUnits"), None);
    }

    #[test]
    fn the_schema_has_seven_attributes_and_two_classes() {
        let schema = openldap();
        assert_eq!(schema.matches("attributetype ( 1.3.6.1.4.1.16572.2.2.").count(), 7);
        assert_eq!(schema.matches("objectclass ( 1.3.6.1.4.1.16572.2.1.").count(), 2);
        assert_eq!(schema.matches("SINGLE-VALUE").count(), 4);
    }
}
