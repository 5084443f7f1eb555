//! Writing LDIF: lines of 76 columns, base64 where RFC 2849 asks for it.

use std::{collections::HashSet, fmt, hash::Hash};

use encodify::base64;

use crate::{
    BaseRoot, Contents, Environment, Provider, Text, WriteError,
    error::LineFault,
    limits::{MAX_CERTIFICATES, MAX_FILE_BYTES, MAX_LINE_BYTES, MAX_RECORDS, MAX_VALUES},
    name,
    schema::{Attribute, LOCATION_CLASS, PROVIDER_CLASS},
};

const COLUMNS: usize = 76;

impl Contents {
    /// Writes an LDIF file. What it writes is in the form that RFC 6109 prescribes, whatever the
    /// deviations of a file were from which the contents come.
    ///
    /// There is no line `version: 1`, as in the examples of RFC 6109 §4.5.10: `slapadd` of
    /// `OpenLDAP` does not take it, and RFC 2849 has readers do without.
    ///
    /// # Errors
    /// [`WriteError`] when a record lacks what it must have, when something stands twice, or when
    /// the file would be past a limit of [`limits`](crate::limits).
    // norms 49; rfc6109 §4.5#5: the records of all environments go into one file
    pub fn to_ldif(&self) -> Result<String, WriteError> {
        let mut file = File::default();
        if let Some(base) = &self.base {
            file.base(base)?;
        }
        let mut names = HashSet::new();
        for provider in &self.providers {
            if !names.insert(provider.name.key()) {
                return Err(WriteError::SameName { record: provider.name.as_str().into() });
            }
            file.provider(provider)?;
        }
        if file.text.len() > MAX_FILE_BYTES {
            return Err(WriteError::TooLarge { size: file.text.len() });
        }
        Ok(file.text)
    }
}

#[derive(Default)]
struct File {
    text: String,
    records: usize,
    values: usize,
}

impl File {
    fn base(&mut self, base: &BaseRoot) -> Result<(), WriteError> {
        self.record(name::BASE)?;
        let location = base.location.as_ref();
        let class = location.map(|_| LOCATION_CLASS);
        for class in ["top", "organization"].into_iter().chain(class) {
            self.value("objectClass", class)?;
        }
        self.value("o", "postacert")?;
        if let Some(location) = location {
            self.value(Attribute::LdifLocationUrl.as_str(), location.as_str())?;
        }
        self.descriptions(&base.descriptions, name::BASE)
    }

    fn provider(&mut self, provider: &Provider) -> Result<(), WriteError> {
        // rfc6109 §4.5.7#1
        if provider.main.is_none() {
            return Err(WriteError::NoMainEnvironment { provider: provider.name.as_str().into() });
        }
        let mut units = HashSet::new();
        for (unit, environment) in provider.environments() {
            if !units.insert(unit.map(Text::key)) {
                return Err(WriteError::SameName { record: name::display(&provider.name, unit) });
            }
            self.environment(provider, unit, environment)?;
        }
        Ok(())
    }

    fn environment(
        &mut self,
        provider: &Provider,
        unit: Option<&Text>,
        environment: &Environment,
    ) -> Result<(), WriteError> {
        let record = name::display(&provider.name, unit);
        let missing = |attribute| WriteError::Missing { record: record.clone(), attribute };
        self.record(&name::record_name(&provider.name, unit))?;
        self.value("objectClass", "top")?;
        self.value("objectClass", PROVIDER_CLASS)?;
        // rfc6109 §4.5.3#1
        self.value(Attribute::ProviderName.as_str(), provider.name.as_str())?;
        if let Some(unit) = unit {
            self.value(Attribute::ProviderUnit.as_str(), unit.as_str())?;
        }
        self.certificates(environment, &record)?;
        let mailbox = environment.mail_receipt.as_ref();
        let mailbox = mailbox.ok_or_else(|| missing(Attribute::MailReceipt))?;
        self.value(Attribute::MailReceipt.as_str(), &mailbox.to_string())?;
        // rfc6109 §4.5.6#1: the main record alone
        if let Some(location) = provider.location.as_ref().filter(|_| unit.is_none()) {
            self.value(Attribute::LdifLocationUrl.as_str(), location.as_str())?;
        }
        if environment.domains.is_empty() {
            return Err(missing(Attribute::ManagedDomains));
        }
        let domains = Attribute::ManagedDomains;
        no_repeats(&environment.domains, &record, Some(domains))?;
        for domain in &environment.domains {
            self.value(domains.as_str(), domain.as_str())?;
        }
        self.descriptions(&environment.descriptions, &record)
    }

    fn certificates(&mut self, environment: &Environment, record: &str) -> Result<(), WriteError> {
        let certificates = &environment.certificates;
        let attribute = Attribute::Certificate;
        if certificates.is_empty() {
            return Err(WriteError::Missing { record: record.into(), attribute });
        }
        if certificates.len() > MAX_CERTIFICATES {
            return Err(WriteError::PastLimit(LineFault::TooManyCertificates));
        }
        let hashes: Vec<_> = certificates.iter().map(|c| c.hash()).collect();
        no_repeats(&hashes, record, Some(attribute))?;
        for hash in &hashes {
            self.value(Attribute::CertificateHash.as_str(), &hash.to_string())?;
        }
        for certificate in certificates {
            self.base64(&format!("{};binary", attribute.as_str()), certificate.der())?;
        }
        Ok(())
    }

    fn descriptions(&mut self, descriptions: &[Text], record: &str) -> Result<(), WriteError> {
        let keys: Vec<_> = descriptions.iter().map(Text::key).collect();
        no_repeats(&keys, record, None)?;
        descriptions.iter().try_for_each(|text| self.value("description", text.as_str()))
    }

    fn record(&mut self, name: &str) -> Result<(), WriteError> {
        self.records = self.records.saturating_add(1);
        if self.records > MAX_RECORDS {
            return Err(WriteError::PastLimit(LineFault::TooManyRecords));
        }
        if self.records > 1 {
            self.text.push('\n');
        }
        self.value("dn", name)
    }

    fn value(&mut self, attribute: &str, value: &str) -> Result<(), WriteError> {
        if is_safe(value) {
            self.line(&[attribute, ": ", value])
        } else {
            self.base64(attribute, value.as_bytes())
        }
    }

    fn base64(&mut self, attribute: &str, octets: &[u8]) -> Result<(), WriteError> {
        self.line(&[attribute, ":: ", &base64::STANDARD.encode(octets)])
    }

    /// Writes a line, which is ASCII, folded.
    fn line(&mut self, pieces: &[&str]) -> Result<(), WriteError> {
        self.values = self.values.saturating_add(1);
        if self.values > MAX_VALUES {
            return Err(WriteError::PastLimit(LineFault::TooManyValues));
        }
        let length = pieces.iter().fold(0_usize, |sum, piece| sum.saturating_add(piece.len()));
        if length > MAX_LINE_BYTES {
            return Err(WriteError::PastLimit(LineFault::TooLong));
        }
        if length <= COLUMNS {
            pieces.iter().for_each(|piece| self.text.push_str(piece));
            self.text.push('\n');
            return Ok(());
        }
        let whole = pieces.concat();
        let mut rest = whole.as_str();
        let mut columns = COLUMNS;
        while let Some((line, tail)) = rest.split_at_checked(columns) {
            self.text.push_str(line);
            self.text.push_str(if tail.is_empty() { "" } else { "\n " });
            rest = tail;
            columns = COLUMNS.saturating_sub(1);
        }
        self.text.push_str(rest);
        self.text.push('\n');
        Ok(())
    }
}

/// Whether a value can stand as it is: a SAFE-STRING of RFC 2849, without a blank at its end, where
/// it is easily lost.
fn is_safe(value: &str) -> bool {
    value.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && !value.starts_with([' ', ':', '<'])
        && !value.ends_with(' ')
}

/// The values of an attribute are a set.
fn no_repeats<T: Eq + Hash + fmt::Display>(
    values: &[T],
    record: &str,
    attribute: Option<Attribute>,
) -> Result<(), WriteError> {
    let mut seen = HashSet::with_capacity(values.len());
    match values.iter().find(|value| !seen.insert(*value)) {
        None => Ok(()),
        Some(value) => Err(WriteError::Repeated {
            record: record.into(),
            attribute,
            value: value.to_string().into(),
        }),
    }
}
