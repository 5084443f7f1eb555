//! The configuration: `gestore.toml` in the folder of a gestore.
//!
//! Every key has a comment in the file that `gestore init` writes; a key that is not known is an
//! error with its line, so that no misspelt rule is silently without effect. Paths are relative to
//! the folder.

mod template;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use pec_daticert::Address;
use serde::Deserialize;

pub use template::template;

/// The name of the file.
pub const FILE: &str = "gestore.toml";

/// The configuration of a gestore.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who we are.
    pub provider: ProviderSection,
    /// What listens where.
    #[serde(default)]
    pub listen: Listen,
    /// Our certificate for TLS.
    pub tls: KeyFiles,
    /// What signs our messages.
    pub signing: Signing,
    /// Whom we believe.
    pub trust: TrustSection,
    /// The providers' directory.
    pub directory: DirectorySection,
    /// How mail leaves.
    #[serde(default)]
    pub relay: Relay,
    /// What looks for viruses.
    pub antivirus: Antivirus,
    /// Attachments that are not taken.
    #[serde(default)]
    pub attachments: Attachments,
    /// Limits.
    #[serde(default)]
    pub limits: LimitsSection,
    /// Logs of the program; the log of the norm is always kept.
    #[serde(default)]
    pub log: LogSection,
}

/// Who we are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSection {
    /// Our name, as in the directory.
    pub name: String,
    /// The domain of `posta-certificata@`, as in our certificate.
    pub domain: String,
    /// The domains whose mailboxes we hold.
    pub domains: Vec<String>,
    /// Where receipts between providers go.
    pub service_mailbox: Address,
    /// The name of this node in identifiers: letters and digits.
    #[serde(default = "default_node")]
    pub node: String,
}

/// What listens where; what is left out does not listen. Port 0 is any free port.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// The name of this host, as it greets; the domain of the provider if left out.
    pub host: Option<String>,
    /// SMTP of other servers (25).
    pub incoming: Option<SocketAddr>,
    /// SMTP of users, TLS at once (465).
    pub submission_tls: Option<SocketAddr>,
    /// SMTP of users, STARTTLS (587).
    pub submission: Option<SocketAddr>,
    /// POP3, TLS at once (995).
    pub pop3_tls: Option<SocketAddr>,
    /// POP3, STLS (110).
    pub pop3: Option<SocketAddr>,
    /// Metrics and health over HTTP: a local address.
    pub metrics: Option<SocketAddr>,
}

/// A certificate chain and its key, both PEM.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFiles {
    /// The certificate and those of its issuers.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// What signs our messages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    /// The first whose certificate is valid signs; while one is renewed there are two (norms 51).
    /// The files are read again when they change.
    pub keys: Vec<KeyFiles>,
}

/// Whom we believe that a signature is a provider's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustSection {
    /// A folder of authorities' certificates, PEM or DER.
    pub anchors: PathBuf,
    /// A folder of revocation lists, where fetched ones are kept too.
    pub crls: PathBuf,
    /// Addresses of revocation lists, `http://…`.
    #[serde(default)]
    pub crl_urls: Vec<String>,
    /// Hours before a list's next update at which it is fetched again.
    #[serde(default = "default_crl_hours")]
    pub crl_refresh_hours: u32,
}

/// The providers' directory.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectorySection {
    /// The signed file (`.p7m`); it is read again when it changes.
    pub file: PathBuf,
    /// The certificates whose signature on it counts.
    pub signers: Vec<PathBuf>,
    /// Hours after which an unchanged file gives an alarm.
    #[serde(default = "default_directory_current")]
    pub current_hours: u32,
    /// Hours after which nothing is decided by it any more.
    #[serde(default = "default_directory_usable")]
    pub usable_hours: u32,
    /// Where it is fetched from; without it somebody puts the file there.
    pub fetch: Option<FetchSection>,
}

/// Where the directory is fetched from (RFC 6109 §5.6).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetchSection {
    /// The address of the signed file, `https://…`.
    pub url: String,
    /// The certificate by which the server knows us, and those of its issuers.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// A PEM file of the authorities of that server's certificate.
    pub authorities: PathBuf,
    /// Hours between two fetches.
    #[serde(default = "default_fetch_hours")]
    pub hours: u32,
}

/// How mail leaves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Relay {
    /// Fixed routes by domain; `"*"` is all other domains.
    pub routes: BTreeMap<String, RouteSection>,
    /// Whether other domains are looked up by MX.
    pub mx: bool,
    /// A PEM file of the authorities of other providers' TLS certificates.
    pub authorities: Option<PathBuf>,
    /// Certificates of other providers' servers instead: SHA-256 of the DER, in hexadecimal.
    pub pinned: Vec<String>,
    /// Seconds before what was put off is tried again; doubled from try to try.
    pub first_retry_seconds: u64,
    /// The most that it becomes, in seconds.
    pub longest_retry_seconds: u64,
}

/// A fixed route.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteSection {
    /// The name of the host, which its certificate must bear.
    pub host: String,
    /// Where to connect, `host:port`; the host at port 25 if left out.
    pub connect: Option<String>,
}

/// What looks for viruses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Antivirus {
    /// The engine.
    pub engine: Engine,
    /// Where clamd listens: `unix:/run/clamav/clamd.ctl` or `tcp:127.0.0.1:3310`.
    pub clamd: Option<String>,
}

/// What looks for viruses. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// `ClamAV`'s daemon.
    Clamd,
    /// The built-in one, which knows the EICAR test file alone: for tries.
    Eicar,
    /// None; the log says so at every start.
    None,
}

/// Attachments that are not taken; empty lists take all.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Attachments {
    /// Endings of names, without the dot, in zip archives too.
    pub extensions: Vec<String>,
    /// Whether a file is judged by its octets too, whatever it is called.
    pub by_real_type: bool,
}

/// Limits.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsSection {
    /// Largest message, in octets.
    pub message_octets: u64,
    /// Largest product of size and recipients of a submission, in octets.
    pub product_octets: u64,
    /// Most recipients of a submission.
    pub recipients: usize,
    /// `Received` fields after which a message runs in circles.
    pub hops: usize,
    /// Most connections.
    pub connections: usize,
    /// Most connections of one address.
    pub connections_per_peer: usize,
    /// Seconds that a silent client is waited for.
    pub idle_seconds: u64,
    /// Seconds that a message may take to arrive.
    pub message_seconds: u64,
}

/// Logs of the program.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSection {
    /// The filter, as `info` or `pec_server=debug,info`.
    pub level: String,
    /// Whether each line is a JSON object.
    pub json: bool,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {reason}; `gestore init` makes a folder with one", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The file is not as it should be; the text shows the line.
    #[error("{}: {text}", file.display())]
    Toml {
        /// The file.
        file: PathBuf,
        /// Where and what.
        text: String,
    },
    /// A value is not possible.
    #[error("{key}: {reason}")]
    Value {
        /// The key.
        key: &'static str,
        /// Why.
        reason: String,
    },
}

impl Config {
    /// Reads the configuration of a folder.
    ///
    /// # Errors
    ///
    /// [`ConfigError`], with the line where it is one of the file.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let file = folder.join(FILE);
        let text = std::fs::read_to_string(&file)
            .map_err(|error| ConfigError::Read { file: file.clone(), reason: error.to_string() })?;
        let parsed = Self::parse(&text);
        parsed.map_err(|error| match error {
            ConfigError::Toml { text, .. } => ConfigError::Toml { file, text },
            other => other,
        })
    }

    /// Reads a configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError`].
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError::Toml {
            file: PathBuf::from(FILE),
            text: error.to_string(),
        })?;
        config.check()?;
        Ok(config)
    }

    /// The name of this host.
    #[must_use]
    pub fn host(&self) -> &str {
        self.listen.host.as_deref().unwrap_or(&self.provider.domain)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let value = |key, reason: &str| Err(ConfigError::Value { key, reason: reason.to_owned() });
        if self.provider.domains.is_empty() {
            return value("provider.domains", "no domain is managed");
        }
        if self.signing.keys.is_empty() {
            return value("signing.keys", "without a key nothing is signed");
        }
        if self.antivirus.engine == Engine::Clamd && self.antivirus.clamd.is_none() {
            return value("antivirus.clamd", "the engine clamd needs the address of its socket");
        }
        // norms 24
        if self.limits.recipients < 50 || self.limits.product_octets < 30 * 1024 * 1024 {
            return value("limits", "at least 50 recipients and 30 MiB are to be taken (DM a.12)");
        }
        if let Some(fetch) = &self.directory.fetch {
            if !fetch.url.starts_with("https://") {
                return value("directory.fetch.url", "write https://host/path");
            }
            if !(1..=self.directory.current_hours).contains(&fetch.hours) {
                let reason = "at least 1, and at most directory.current_hours";
                return value("directory.fetch.hours", reason);
            }
        }
        if self.listen.metrics.is_some_and(|address| !address.ip().is_loopback()) {
            return value("listen.metrics", "metrics are for this host alone: 127.0.0.1 or ::1");
        }
        Ok(())
    }
}

impl Default for Relay {
    fn default() -> Self {
        Self {
            routes: BTreeMap::new(),
            mx: true,
            authorities: None,
            pinned: Vec::new(),
            first_retry_seconds: 60,
            longest_retry_seconds: 30 * 60,
        }
    }
}

impl Default for LimitsSection {
    fn default() -> Self {
        Self {
            message_octets: 100 * 1024 * 1024,
            product_octets: 100 * 1024 * 1024,
            recipients: 500,
            hops: 50,
            connections: 1000,
            connections_per_peer: 50,
            idle_seconds: 300,
            message_seconds: 1800,
        }
    }
}

impl Default for LogSection {
    fn default() -> Self {
        Self { level: "info".to_owned(), json: false }
    }
}

fn default_node() -> String {
    "n1".to_owned()
}

const fn default_crl_hours() -> u32 {
    6
}

const fn default_fetch_hours() -> u32 {
    6
}

const fn default_directory_current() -> u32 {
    26
}

const fn default_directory_usable() -> u32 {
    72
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_a_configuration() {
        let text = template("alfa.example", "Alfa PEC S.p.A.");
        let config = Config::parse(&text).unwrap();
        assert_eq!(config.provider.name, "Alfa PEC S.p.A.");
        assert_eq!(config.provider.service_mailbox.as_str(), "ricevute@alfa.example");
        assert_eq!(config.antivirus.engine, Engine::Eicar);
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_line() {
        let text = template("alfa.example", "Alfa").replace("recipients =", "recipiens =");
        let error = Config::parse(&text).unwrap_err().to_string();
        let line = text.lines().position(|line| line.contains("recipiens")).unwrap() + 1;
        assert!(error.contains(&format!("line {line}")), "{error}");
        assert!(error.contains("recipiens"), "{error}");
    }

    #[test]
    fn values_that_break_the_norm_are_errors() {
        let text = template("alfa.example", "Alfa");
        for (from, to) in [
            ("recipients = 500", "recipients = 49"),
            ("metrics = \"127.0.0.1:9465\"", "metrics = \"0.0.0.0:9465\""),
            ("engine = \"eicar\"", "engine = \"clamd\""),
            ("# [directory.fetch]", "[directory.fetch]\n# "),
        ] {
            assert!(text.contains(from), "{from}");
            assert!(Config::parse(&text.replace(from, to)).is_err(), "{to}");
        }
    }
}
