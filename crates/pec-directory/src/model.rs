//! The model: what a file of the directory says.

use crate::{Domain, Location, ProviderCertificate, ServiceMailbox, Text};

/// What one LDIF file of the directory says: the whole network, or the records of one provider.
///
/// ```
/// use pec_directory::{Contents, Environment, Provider};
/// use pec_smime::{crypto::CryptoProvider, testpki::{Shape, TestPki}};
///
/// let crypto = CryptoProvider::rustcrypto();
/// let pki = TestPki::new("2026-11-21T12:00:00Z".parse()?, &["alfa.example"]);
/// let alfa = pki.provider("Alfa S.p.A.", "alfa.example", Shape::Sound);
/// let mut provider = Provider::new("Alfa S.p.A.".parse()?, Environment {
///     certificates: vec![pec_directory::ProviderCertificate::new(
///         alfa.certificate().der(),
///         &crypto,
///     )?],
///     mail_receipt: Some("ricevute@alfa.example".parse()?),
///     domains: vec!["alfa.example".parse()?],
///     descriptions: Vec::new(),
/// });
/// provider.location = Some("https://alfa.example/alfa.ldif.p7m".parse()?);
/// let contents = Contents { base: None, providers: vec![provider] };
///
/// let ldif = contents.to_ldif()?;
/// let (back, deviations) = Contents::from_ldif(ldif.as_bytes(), &crypto)?;
/// assert_eq!((back, deviations.len()), (contents, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "indice dei gestori")]
#[doc(alias = "IGPEC")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The base root, `o=postacert`; the file of a single provider need not have it.
    pub base: Option<BaseRoot>,
    /// The providers, in the order of the file.
    pub providers: Vec<Provider>,
}

/// The base root of the directory, `o=postacert` (rfc6109 §4.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaseRoot {
    /// Where the whole directory is found as a signed file (rfc6109 §4.5.6).
    pub location: Option<Location>,
    /// Descriptions.
    pub descriptions: Vec<Text>,
}

/// A provider (*gestore*) with its environments.
#[doc(alias = "gestore")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its name (`providerName`), which its records share.
    #[doc(alias = "providerName")]
    pub name: Text,
    /// Where the provider's own signed file is found, with all its records. It belongs to the main
    /// environment and holds for all (rfc6109 §4.5.6).
    pub location: Option<Location>,
    /// The main environment. `None` only where a file breaks rfc6109 §4.5.7#1: such a provider is
    /// read and not written.
    pub main: Option<Environment>,
    /// The secondary environments.
    pub secondary: Vec<SecondaryEnvironment>,
}

impl Provider {
    /// A provider with nothing but a main environment.
    #[must_use]
    pub const fn new(name: Text, main: Environment) -> Self {
        Self { name, location: None, main: Some(main), secondary: Vec::new() }
    }

    /// All environments, the main one first, each with the name of its unit.
    pub fn environments(&self) -> impl Iterator<Item = (Option<&Text>, &Environment)> {
        let secondary =
            self.secondary.iter().map(|secondary| (Some(&secondary.unit), &secondary.environment));
        self.main.iter().map(|main| (None, main)).chain(secondary)
    }
}

/// A secondary environment (*ambiente secondario*, rfc6109 §4.5.7).
#[doc(alias = "ambiente secondario")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondaryEnvironment {
    /// Its name (`providerUnit`).
    #[doc(alias = "providerUnit")]
    pub unit: Text,
    /// What it has.
    pub environment: Environment,
}

/// An environment of a provider: what signs, what is managed, and where to write to.
#[doc(alias = "ambiente")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// The certificates with which it signs: several while one is being renewed, with overlapping
    /// validity (norms 51). Only those whose hash is published with them: the others would not be
    /// found by it.
    pub certificates: Vec<ProviderCertificate>,
    /// The service mailbox. `None` only where a file leaves it out or has a bad one.
    pub mail_receipt: Option<ServiceMailbox>,
    /// The domains that it manages, each once.
    pub domains: Vec<Domain>,
    /// Descriptions.
    pub descriptions: Vec<Text>,
}
