//! What the holder of a new mailbox gets (norms §2.6): the activation message, and on a sheet of
//! its own, to be handed over or posted, the first password.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use pec_daticert::Address;

use super::Failure;
use crate::config::Config;

/// Writes both; says where they are.
pub(super) fn write(
    folder: &Path,
    config: &Config,
    address: &Address,
    password: &str,
) -> Result<String, Failure> {
    let sheets = folder.join("activation");
    fs::create_dir_all(&sheets)?;
    let message = sheets.join(format!("{address}.txt"));
    let sheet = sheets.join(format!("{address}.password.txt"));
    fs::write(&message, activation(config, address))?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(&sheet)?.write_all(password_sheet(config, address, password).as_bytes())?;
    Ok(format!(
        "Activation message: {}\nFirst password, to be printed and then deleted: {}\n",
        message.display(),
        sheet.display()
    ))
}

fn activation(config: &Config, address: &Address) -> String {
    let host = config.host();
    let port = |name: &str, address: Option<std::net::SocketAddr>, how: &str| {
        address.map_or(String::new(), |address| {
            format!("  {name}: {host}, porta {}, {how}\n", address.port())
        })
    };
    let listen = &config.listen;
    let servers = [
        port("Posta in uscita (SMTP)", listen.submission_tls, "SSL/TLS"),
        port("Posta in uscita (SMTP)", listen.submission, "STARTTLS"),
        port("Posta in arrivo (POP3)", listen.pop3_tls, "SSL/TLS"),
        port("Posta in arrivo (POP3)", listen.pop3, "STARTTLS"),
    ]
    .concat();
    format!(
        "{name}\nAttivazione della casella di posta elettronica certificata\n\n\
         Gentile titolare,\n\n\
         la Sua casella di posta elettronica certificata è stata attivata.\n\n\
         \u{20} Indirizzo e nome utente: {address}\n{servers}\n\
         La password iniziale Le viene consegnata a parte, su carta. Deve essere sostituita\n\
         al primo accesso, rivolgendosi al gestore, e poi almeno ogni sei mesi (ogni tre mesi se\n\
         si trattano dati sensibili o giudiziari). La nuova password deve avere almeno otto\n\
         caratteri, con lettere e cifre, e non deve essere riconducibile al titolare.\n\n\
         Un messaggio si intende consegnato quando è reso disponibile nella casella, anche se\n\
         non è stato letto. Si consiglia di consultare la casella ogni giorno e di non lasciare\n\
         che si riempia.\n",
        name = config.provider.name
    )
}

fn password_sheet(config: &Config, address: &Address, password: &str) -> String {
    format!(
        "{name}\nRISERVATO AL TITOLARE DELLA CASELLA\n\n\
         \u{20} Casella:            {address}\n\u{20} Password iniziale:  {password}\n\n\
         La password iniziale deve essere sostituita al primo accesso.\n\
         Non comunicarla ad altri; il gestore non la chiederà mai per posta o per telefono.\n",
        name = config.provider.name
    )
}
