//! The command line.

mod activation;
mod directory;
mod run;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Parser, Subcommand};
use pec_daticert::{Address, PecMsgid};
use pec_store::{OpenError, Options, Store};
use zeroize::Zeroizing;

use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::init::{Init, STORE, init};
use crate::operate::{LogOrder, Order, UserChanges, carry_out, send};
use crate::password::first_password;
use crate::random;

/// Why a command failed, in words for the operator.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A provider (gestore) of posta elettronica certificata.
#[derive(Debug, Parser)]
#[command(name = "gestore", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a folder with a working configuration and a development PKI
    Init {
        /// The folder of the gestore
        folder: PathBuf,
        /// The domain, such as alfa.example
        #[arg(long)]
        domain: String,
        /// The name of the provider, as in the directory
        #[arg(long)]
        name: String,
        /// The folder of the development PKI; providers that share one know each other
        #[arg(long)]
        pki: Option<PathBuf>,
    },
    /// Run the gestore until it is told to stop (SIGTERM, Ctrl-C)
    Run {
        /// The folder of the gestore
        folder: PathBuf,
    },
    /// Mailboxes and their holders
    #[command(subcommand)]
    User(UserCommand),
    /// Whether all that is stored is as it was written; repairs nothing
    Check {
        /// The folder of the gestore
        folder: PathBuf,
    },
    /// Copy the store, while the gestore runs
    Backup {
        /// The folder of the gestore
        folder: PathBuf,
        /// Where to; must not exist
        to: PathBuf,
    },
    /// Put a copy back in the place of a store that is gone
    Restore {
        /// The copy
        from: PathBuf,
        /// The folder of the gestore, without a store
        folder: PathBuf,
    },
    /// Remove what need not be kept any longer
    Purge {
        /// The folder of the gestore
        folder: PathBuf,
    },
    /// Show the log, whole or for a holder
    Log {
        /// The folder of the gestore
        folder: PathBuf,
        /// From this day or instant (2026-11-21, 2026-11-21T10:00:00Z)
        #[arg(long, value_parser = instant)]
        from: Option<DateTime<Utc>>,
        /// Before this day or instant
        #[arg(long, value_parser = instant)]
        to: Option<DateTime<Utc>>,
        /// Of this transmission (identificativo)
        #[arg(long)]
        msgid: Option<PecMsgid>,
        /// What the holder of this mailbox may see
        #[arg(long)]
        mailbox: Option<Address>,
        /// JSON lines
        #[arg(long)]
        json: bool,
        /// Send this lost receipt of the holder again, by its event (Accettazione, Consegna, …)
        #[arg(long, value_name = "EVENT", requires = "msgid", requires = "mailbox")]
        reissue: Option<String>,
        /// Of this recipient, where there is one receipt for each
        #[arg(long, requires = "reissue")]
        recipient: Option<Address>,
    },
    /// Count messages by mailbox and day (CSV)
    Stats {
        /// The folder of the gestore
        folder: PathBuf,
        /// From this day or instant
        #[arg(long, value_parser = instant)]
        from: Option<DateTime<Utc>>,
        /// Before this day or instant
        #[arg(long, value_parser = instant)]
        to: Option<DateTime<Utc>>,
    },
    /// The providers' directory
    #[command(subcommand)]
    Directory(directory::DirectoryCommand),
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Make a mailbox; writes the activation message and, on a sheet of its own, the first password
    Add {
        /// The folder of the gestore
        folder: PathBuf,
        /// The address
        address: Address,
        /// Take this password from the standard input, to be used at once, instead of a first one
        #[arg(long)]
        password_stdin: bool,
    },
    /// Set the password that the holder chose
    Passwd {
        /// The folder of the gestore
        folder: PathBuf,
        /// The address
        address: Address,
        /// Ask for the current password too, a first one for example: for programs through which
        /// holders change their passwords themselves
        #[arg(long)]
        as_holder: bool,
        /// Read it from the standard input instead of the terminal; the current one stands on a
        /// line before it
        #[arg(long)]
        password_stdin: bool,
    },
    /// Change the settings of a mailbox; what is not named stays
    Set {
        /// The folder of the gestore
        folder: PathBuf,
        /// The address
        address: Address,
        /// Whether it neither sends nor takes mail
        #[arg(long, value_name = "true|false")]
        suspended: Option<bool>,
        /// What to do with ordinary mail: refuse, envelope, or an address to send it on to
        #[arg(long)]
        ordinary: Option<String>,
        /// Octets that it may hold; 0 is no limit
        #[arg(long)]
        quota: Option<u64>,
        /// Recipients that it may write to in 24 hours; 0 is no limit
        #[arg(long)]
        recipients_per_day: Option<u64>,
        /// The domains that it corresponds with, separated by commas; an empty list is all
        #[arg(long, value_name = "DOMAIN,…")]
        correspondents: Option<String>,
    },
    /// List the mailboxes
    List {
        /// The folder of the gestore
        folder: PathBuf,
    },
}

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    ///
    /// In words for the operator.
    pub async fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Init { folder, domain, name, pki } => make(folder, domain, name, pki),
            Command::Run { folder } => run::run(&folder).await,
            Command::User(command) => user(command).await,
            Command::Check { folder } => order(&folder, Order::Check).await,
            Command::Backup { folder, to } => {
                // The running gestore has another working folder.
                let to = std::path::absolute(to)?;
                order(&folder, Order::Backup { folder: to }).await
            }
            Command::Restore { from, folder } => {
                let missing = pec_store::restore(&from, &folder.join(STORE))?;
                say(&format!("Restored; {} large bodies were missing.\n", missing.len()))
            }
            Command::Purge { folder } => order(&folder, Order::Purge).await,
            Command::Log {
                folder,
                msgid: Some(transmission),
                mailbox: Some(holder),
                reissue: Some(event),
                recipient,
                ..
            } => {
                let wanted = Order::Reissue { holder, transmission, event, recipient };
                order(&folder, wanted).await
            }
            Command::Log { folder, from, to, msgid, mailbox, json, .. } => {
                let wanted = LogOrder { from, until: to, transmission: msgid, mailbox, json };
                order(&folder, Order::Log(wanted)).await
            }
            Command::Stats { folder, from, to } => {
                order(&folder, Order::Statistics { from, until: to }).await
            }
            Command::Directory(command) => command.run(),
        }
    }
}

fn make(
    folder: PathBuf,
    domain: String,
    name: String,
    pki: Option<PathBuf>,
) -> Result<(), Failure> {
    let pki = pki.unwrap_or_else(|| folder.join("pki"));
    let order = Init { folder, domain, name, pki };
    init(&order, SystemClock.now())?;
    let folder = order.folder.display();
    say(&format!(
        "{folder} is there, with a development PKI in {}.\n\
         Next: gestore user add {folder} mario@{}, then gestore run {folder}.\n\
         For real operation replace the keys and certificates named in {folder}/gestore.toml.\n",
        order.pki.display(),
        order.domain
    ))
}

async fn user(command: UserCommand) -> Result<(), Failure> {
    match command {
        UserCommand::Add { folder, address, password_stdin } => {
            let config = Config::read(&folder)?;
            let domain = address.domain().to_lowercase();
            if !config.provider.domains.iter().any(|own| own.eq_ignore_ascii_case(&domain)) {
                let own = config.provider.domains.join(", ");
                return Err(format!("{domain} is not managed here; provider.domains: {own}").into());
            }
            let is_first = !password_stdin;
            let password = match is_first {
                true => first_password(random::octets()?),
                false => read_line()?,
            };
            let wanted = Order::AddUser {
                address: address.clone(),
                password: password.to_string(),
                is_first,
            };
            order(&folder, wanted).await?;
            if is_first {
                let sheets = activation::write(&folder, &config, &address, &password)?;
                say(&sheets)?;
            }
            Ok(())
        }
        UserCommand::Passwd { folder, address, as_holder, password_stdin } => {
            let is_asked = !password_stdin && std::io::stdin().is_terminal();
            let current = match (as_holder, is_asked) {
                (false, _) => None,
                (true, false) => Some(read_line()?.to_string()),
                (true, true) => Some(rpassword::prompt_password("Current password: ")?),
            };
            let password = if is_asked { ask_password()? } else { read_line()? }.to_string();
            let wanted = match current {
                Some(current) => Order::ChangePassword { address, current, password },
                None => Order::SetPassword { address, password, is_first: false },
            };
            order(&folder, wanted).await
        }
        UserCommand::Set {
            folder,
            address,
            suspended,
            ordinary,
            quota,
            recipients_per_day,
            correspondents,
        } => {
            let domains = |list: String| {
                list.split(',').filter(|one| !one.is_empty()).map(str::to_owned).collect()
            };
            let correspondents = correspondents.map(domains);
            let is_suspended = suspended;
            let changes =
                UserChanges { is_suspended, ordinary, quota, recipients_per_day, correspondents };
            order(&folder, Order::ChangeUser { address, changes }).await
        }
        UserCommand::List { folder } => order(&folder, Order::ListUsers).await,
    }
}

/// Carries out an order on the store, or has the running gestore do it.
async fn order(folder: &Path, order: Order) -> Result<(), Failure> {
    let config = Config::read(folder)?;
    let opened = Store::open(Options::new(folder.join(STORE), &config.provider.node));
    let text = match opened {
        Ok(store) => carry_out(&store, order, SystemClock.now()).await?,
        Err(OpenError::InUse(_)) => send(folder, &order).await?,
        Err(error) => return Err(error.into()),
    };
    say(&text)
}

fn ask_password() -> Result<Zeroizing<String>, Failure> {
    let password = Zeroizing::new(rpassword::prompt_password("New password: ")?);
    let again = Zeroizing::new(rpassword::prompt_password("Once more: ")?);
    if password == again { Ok(password) } else { Err("they differ".into()) }
}

fn read_line() -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().read_line(&mut line)?;
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn say(text: &str) -> Result<(), Failure> {
    anstream::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// A day, by UTC, or an instant.
fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let day = text.parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    match day {
        Some(start) => Ok(start.and_utc()),
        None => text.parse().map_err(|_| {
            "write a day as 2026-11-21 or an instant as 2026-11-21T10:00:00Z".to_owned()
        }),
    }
}
