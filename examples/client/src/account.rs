//! Accounts: where mail is sent and fetched, by a configuration file. Secrets are not in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

use serde::Deserialize;
use zeroize::Zeroizing;

/// The configuration file: accounts by their names.
///
/// ```
/// let text = r#"
///     [account.studio]
///     address = "mario@alfa.example"
///     password_command = "pass show pec/studio"
///     folder = "pec"
///     smtp = { host = "smtp.alfa.example" }
///     pop3 = { host = "pop3.alfa.example", port = 1995 }
/// "#;
/// let config = pec_client::account::Config::parse(text, "/home/mario/.config/pec".as_ref())?;
/// let account = config.account(Some("studio"))?;
/// assert_eq!(account.user(), "mario@alfa.example");
/// assert_eq!(account.folder, std::path::Path::new("/home/mario/.config/pec/pec"));
/// # Ok::<(), pec_client::account::ConfigError>(())
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    #[serde(default)]
    account: BTreeMap<String, Account>,
}

/// One account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Account {
    /// The address: that of the sender.
    pub address: String,
    /// The name to log in with; the address if it is not given.
    user: Option<String>,
    /// A command, run by the shell, whose first line is the password.
    password_command: Option<String>,
    /// The environment variable that holds the password.
    password_env: Option<String>,
    /// The service under which the system's keyring has the password of [`Account::user`].
    password_keyring: Option<String>,
    /// Where the messages are kept, relative to the configuration file.
    pub folder: PathBuf,
    /// Certificates of authorities that certify the servers, in PEM, relative to the
    /// configuration file; those of the system if it is not given.
    pub ca: Option<PathBuf>,
    /// Where to send, by SMTP over TLS.
    pub smtp: Option<Endpoint>,
    /// Where to fetch, by POP3 over TLS.
    pub pop3: Option<Endpoint>,
    /// Where to fetch, by IMAP over TLS.
    pub imap: Option<Endpoint>,
    /// The IMAP folder; `INBOX` if it is not given.
    pub imap_folder: Option<String>,
}

/// A server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Endpoint {
    /// Its name, which its certificate must bear.
    pub host: String,
    /// The port; the protocol's own for TLS if it is not given.
    pub port: Option<u16>,
    /// Another address and port to connect to, such as `127.0.0.1:10465`.
    pub connect: Option<String>,
}

impl Endpoint {
    /// A server by its name and port.
    #[must_use]
    pub fn new(host: &str, port: u16) -> Self {
        Self { host: host.to_owned(), port: Some(port), connect: None }
    }

    /// Connects to another address than the name's; the certificate must still bear the name.
    #[must_use]
    pub fn at(mut self, connect: &str) -> Self {
        self.connect = Some(connect.to_owned());
        self
    }
}

/// Why an account cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file is not written as it should be.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// No configuration file is named and no place for one is known.
    #[error("no configuration file: give --config, or set PEC_CONFIG or HOME")]
    NoFile,
    /// There is no account of that name.
    #[error("no account {0:?} in the configuration file")]
    NoAccount(String),
    /// Several accounts, and none is named.
    #[error("several accounts in the configuration file: say which with --account")]
    Ambiguous,
    /// The account lacks what the command needs.
    #[error("the account has no `{0}` in the configuration file")]
    Missing(&'static str),
    /// None, or several, of the ways to a password are given.
    #[error(
        "the account must have one of `password_command`, `password_env` and `password_keyring`"
    )]
    PasswordSource,
    /// The keyring does not give the password.
    #[error("the keyring does not give the password: {0}")]
    Keyring(String),
    /// The environment variable for the password is not set.
    #[error("the environment variable {0} for the password is not set")]
    NoVariable(String),
    /// The command for the password fails.
    #[error("the command for the password fails: {0}")]
    PasswordCommand(String),
    /// A password with a line break or NUL would be a command to the server.
    #[error("the password holds a control character")]
    PasswordForm,
}

impl Config {
    /// Reads the file at `path`, else at `$PEC_CONFIG`, else `pec/config.toml` in
    /// `$XDG_CONFIG_HOME` or `~/.config`.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn read(path: Option<&Path>) -> Result<Self, ConfigError> {
        let path = path.map(Path::to_owned).or_else(usual_place).ok_or(ConfigError::NoFile)?;
        let text = fs::read_to_string(&path);
        let text = text.map_err(|error| ConfigError::Io { path: path.clone(), error })?;
        Self::parse(&text, path.parent().unwrap_or(Path::new(".")))
    }

    /// Reads the text of a file that lies in `base`.
    ///
    /// # Errors
    /// [`ConfigError::Toml`], which says where.
    pub fn parse(text: &str, base: &Path) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(text)?;
        for account in config.account.values_mut() {
            account.folder = base.join(&account.folder);
            account.ca = account.ca.take().map(|ca| base.join(ca));
        }
        Ok(config)
    }

    /// The account of a name; without one the only account that there is.
    ///
    /// # Errors
    /// [`ConfigError::NoAccount`], [`ConfigError::Ambiguous`]
    pub fn account(&self, name: Option<&str>) -> Result<&Account, ConfigError> {
        let mut all = self.account.values();
        match (name, all.next(), all.next()) {
            (Some(name), ..) => {
                self.account.get(name).ok_or_else(|| ConfigError::NoAccount(name.to_owned()))
            }
            (None, Some(only), None) => Ok(only),
            (None, Some(_), Some(_)) => Err(ConfigError::Ambiguous),
            (None, None, _) => Err(ConfigError::NoAccount(String::new())),
        }
    }
}

fn usual_place() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(path) = variable("PEC_CONFIG") {
        return Some(path.into());
    }
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".config"));
    let folder = variable("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home)?;
    Some(folder.join("pec/config.toml"))
}

impl Account {
    /// The name to log in with.
    #[must_use]
    pub fn user(&self) -> &str {
        self.user.as_deref().unwrap_or(&self.address)
    }

    /// The server that a command needs.
    ///
    /// # Errors
    /// [`ConfigError::Missing`]
    pub fn endpoint(&self, name: &'static str) -> Result<&Endpoint, ConfigError> {
        let found = match name {
            "smtp" => &self.smtp,
            "pop3" => &self.pop3,
            _ => &self.imap,
        };
        found.as_ref().ok_or(ConfigError::Missing(name))
    }

    /// Asks for the password: runs the command, reads the environment variable, or asks the
    /// system's keyring. It is wiped when it is dropped.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn password(&self) -> Result<Zeroizing<String>, ConfigError> {
        let ways = (&self.password_command, &self.password_env, &self.password_keyring);
        let password = match ways {
            (Some(command), None, None) => by_command(command)?,
            (None, None, Some(service)) => by_keyring(service, self.user())?,
            (None, Some(name), None) => {
                let value = std::env::var(name).ok();
                Zeroizing::new(value.ok_or_else(|| ConfigError::NoVariable(name.clone()))?)
            }
            _ => return Err(ConfigError::PasswordSource),
        };
        let is_clean = !password.chars().any(char::is_control);
        is_clean.then_some(password).ok_or(ConfigError::PasswordForm)
    }
}

/// The Secret Service, the Keychain or the Credential Manager.
#[cfg(feature = "keyring")]
fn by_keyring(service: &str, user: &str) -> Result<Zeroizing<String>, ConfigError> {
    let asked = keyring::v1::Entry::new(service, user).and_then(|entry| entry.get_password());
    asked.map(Zeroizing::new).map_err(|error| ConfigError::Keyring(error.to_string()))
}

#[cfg(not(feature = "keyring"))]
fn by_keyring(_: &str, _: &str) -> Result<Zeroizing<String>, ConfigError> {
    let why = "this program was built without the feature `keyring`";
    Err(ConfigError::Keyring(why.to_owned()))
}

fn by_command(command: &str) -> Result<Zeroizing<String>, ConfigError> {
    let failed = |why: String| ConfigError::PasswordCommand(why);
    let mut shell = if cfg!(windows) { Command::new("cmd") } else { Command::new("sh") };
    shell.arg(if cfg!(windows) { "/C" } else { "-c" }).arg(command);
    // It may ask somebody: standard input and errors stay the terminal's.
    let output = shell.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn();
    let output = output.and_then(std::process::Child::wait_with_output);
    let output = output.map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    let text = Zeroizing::new(
        String::from_utf8(output.stdout).map_err(|_| failed("not UTF-8".to_owned()))?,
    );
    let first = text.lines().next().unwrap_or_default();
    if first.is_empty() {
        return Err(failed("it says nothing".to_owned()));
    }
    Ok(Zeroizing::new(first.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(more: &str) -> Result<Config, ConfigError> {
        let text = format!("[account.a]\naddress = 'a@alfa.example'\nfolder = 'pec'\n{more}\n");
        Config::parse(&text, Path::new("/base"))
    }

    #[test]
    fn secrets_come_from_outside() {
        let password = |more: &str| config(more).unwrap().account(None).unwrap().password();
        let by_command = password("password_command = 'echo secret; echo more'").unwrap();
        assert_eq!(*by_command, "secret");
        assert!(!password("password_env = 'PATH'").unwrap().is_empty());
        let none = password("password_env = 'PEC_NO_SUCH_VARIABLE'");
        assert!(matches!(none, Err(ConfigError::NoVariable(_))));
        assert!(matches!(password(""), Err(ConfigError::PasswordSource)));
        let both = "password_command = 'x'\npassword_env = 'PATH'";
        assert!(matches!(password(both), Err(ConfigError::PasswordSource)));
        let all = format!("{both}\npassword_keyring = 'pec'");
        assert!(matches!(password(&all), Err(ConfigError::PasswordSource)));
        // Where there is no keyring, or none was built in, that is told.
        let keyring = password("password_keyring = 'postacert-test-no-such-service'");
        assert!(matches!(keyring, Err(ConfigError::Keyring(_))));
        for broken in ["exit 3", "true"] {
            let failed = password(&format!("password_command = '{broken}'"));
            assert!(matches!(failed, Err(ConfigError::PasswordCommand(_))), "{broken}");
        }
        let control = password("password_command = \"printf 'a\\\\001b'\"");
        assert!(matches!(control, Err(ConfigError::PasswordForm)));
    }

    #[test]
    fn a_password_in_the_file_is_refused() {
        let error = config("password = 'x'").unwrap_err().to_string();
        assert!(error.contains("unknown field `password`"), "{error}");
    }

    #[test]
    fn accounts_are_found_by_name() {
        let one = config("").unwrap();
        assert_eq!(one.account(None).unwrap().folder, Path::new("/base/pec"));
        assert!(matches!(one.account(Some("b")), Err(ConfigError::NoAccount(_))));
        let two = config("[account.b]\naddress = 'b@b.example'\nfolder = '/x'").unwrap();
        assert!(matches!(two.account(None), Err(ConfigError::Ambiguous)));
        assert_eq!(two.account(Some("b")).unwrap().folder, Path::new("/x"));
        assert!(matches!(
            one.account(None).unwrap().endpoint("smtp"),
            Err(ConfigError::Missing("smtp"))
        ));
    }
}
