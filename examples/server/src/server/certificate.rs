//! Our certificate for TLS, read again when its files change.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use pec_smime::x509::Certificate;

use super::StartError;
use crate::config::KeyFiles;
use crate::tls::Shown;
use crate::world::modified;

/// Our certificate for TLS and the files that it comes from.
#[derive(Debug)]
pub(super) struct OwnCertificate {
    certificate: PathBuf,
    key: PathBuf,
    shown: Shown,
    /// When the files were changed last.
    stamps: [Option<SystemTime>; 2],
    /// The files hold something that cannot be shown yet.
    is_put_off: bool,
}

impl OwnCertificate {
    /// Reads the files of a configuration.
    pub(super) fn read(folder: &Path, files: &KeyFiles) -> Result<Self, StartError> {
        let (certificate, key) = (folder.join(&files.certificate), folder.join(&files.key));
        let stamps = [modified(&certificate), modified(&key)];
        let shown = load(&certificate, &key).map_err(|Fault { file, reason }| StartError::Tls {
            what: file.display().to_string(),
            reason,
        })?;
        Ok(Self { certificate, key, shown, stamps, is_put_off: false })
    }

    /// What is shown.
    pub(super) fn shown(&self) -> Shown {
        self.shown.clone()
    }

    /// Whether a file has changed since the last reading.
    pub(super) fn has_changed(&self) -> bool {
        self.stamps != [modified(&self.certificate), modified(&self.key)]
    }

    /// Whether the last reading came to nothing, and another one may come to more: a certificate
    /// becomes valid.
    pub(super) const fn is_put_off(&self) -> bool {
        self.is_put_off
    }

    /// Reads the files again and shows what they hold. What cannot be shown, and what is not valid
    /// now, leaves the old certificate in its place.
    ///
    /// # Errors
    ///
    /// In words for the operator.
    pub(super) fn renew(&mut self, now: DateTime<Utc>) -> Result<(), String> {
        self.stamps = [modified(&self.certificate), modified(&self.key)];
        let renewed = self.try_renew(now);
        self.is_put_off = renewed.is_err();
        renewed
    }

    fn try_renew(&self, now: DateTime<Utc>) -> Result<(), String> {
        let told = |Fault { file, reason }: Fault<'_>| format!("{}: {reason}", file.display());
        let next = load(&self.certificate, &self.key).map_err(told)?;
        if let Some((from, until)) = dates(&next)
            && !(from..=until).contains(&now)
        {
            let reason = format!("it is valid from {from} until {until}");
            return Err(told(Fault { file: &self.certificate, reason }));
        }
        self.shown.take_over(&next);
        Ok(())
    }

    /// When the certificate that is shown ends.
    pub(super) fn end(&self) -> Option<DateTime<Utc>> {
        dates(&self.shown).map(|(_, until)| until)
    }
}

/// A file that does not serve, and why.
struct Fault<'a> {
    file: &'a Path,
    reason: String,
}

fn load<'a>(certificate: &'a Path, key: &'a Path) -> Result<Shown, Fault<'a>> {
    let read = |file: &'a Path| {
        std::fs::read(file).map_err(|error| Fault { file, reason: error.to_string() })
    };
    let (chain, secret) = (read(certificate)?, zeroize::Zeroizing::new(read(key)?));
    let shown = Shown::new(&chain, &secret);
    shown.map_err(|error| Fault { file: certificate, reason: error.to_string() })
}

fn dates(shown: &Shown) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let certificate = Certificate::from_der(&shown.certificate()).ok()?;
    Some((certificate.not_before(), certificate.not_after()))
}
