//! `pec watch`: a line for everything that becomes of what was sent.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use chrono::{DateTime, Utc};
use pec_dossier::RecipientState;
use serde::{Deserialize, Serialize};

use crate::console::plain;
use crate::follow::{Mailbox, TransmissionFact, said};
use crate::kept::Kept;
use crate::lang::Lang;
use crate::source::Sources;
use crate::verify::Judge;
use crate::words;

/// The name of the JSON schema.
pub const SCHEMA: &str = "postacert/watch/1";

/// Something that became of a message. The fields are those of the JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Notice {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The identifier that the sender's program gave.
    pub msgid: String,
    /// The subject, once it is certified.
    pub subject: Option<String>,
    /// The recipient.
    pub address: String,
    /// Whether this is so only if a signer did not lie about the time.
    pub at_claimed_time: bool,
    /// `state`, with `at` and more where the state has it.
    #[serde(flatten)]
    pub state: RecipientState,
}

/// What was told before, by message and recipient; kept in the account's folder as `watch.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told(BTreeMap<String, BTreeMap<String, String>>);

impl Told {
    /// Reads what was told.
    ///
    /// # Errors
    /// Those of the file system; a file that is not understood is one.
    pub fn read(folder: &Path) -> io::Result<Self> {
        match fs::read(folder.join("watch.json")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
            Ok(json) => serde_json::from_slice(&json).map_err(io::Error::other),
        }
    }

    /// Keeps what was told.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut file, self)?;
        file.flush()?;
        file.persist(folder.join("watch.json")).map(drop).map_err(|error| error.error)
    }

    /// What is new about a transmission. From now on it counts as told.
    pub fn news(&mut self, transmission: &TransmissionFact, at_claimed_time: bool) -> Vec<Notice> {
        let Some(msgid) = &transmission.msgid else { return Vec::new() };
        let known = self.0.entry(msgid.clone()).or_default();
        let mut news = Vec::new();
        for recipient in &transmission.recipients {
            let state = recipient.state.as_str();
            let is_worth_telling = !matches!(recipient.state, RecipientState::Unanswered);
            let before = known.insert(recipient.address.clone(), state.to_owned());
            if is_worth_telling && before.as_deref() != Some(state) {
                news.push(Notice {
                    schema: SCHEMA,
                    msgid: msgid.clone(),
                    subject: transmission.subject.clone(),
                    address: recipient.address.clone(),
                    at_claimed_time,
                    state: recipient.state.clone(),
                });
            }
        }
        news
    }
}

impl Notice {
    /// The notice for people, one line.
    #[must_use]
    pub fn line(&self, lang: Lang) -> String {
        let state = words::state(self.state.as_str(), lang);
        let subject = plain(self.subject.as_deref().unwrap_or(&self.msgid));
        let claimed = lang.say(" (at the time that the signer claims)", " (a data dichiarata)");
        let claimed = if self.at_claimed_time { claimed } else { "" };
        let said = plain(&said(&self.state));
        format!("{subject}: {} {state} {said}{claimed}", plain(&self.address))
    }
}

/// What is new in an account's folder: everything sent is followed through everything received.
///
/// # Errors
/// Those of the file system.
pub fn look(
    kept: &Kept,
    folder: &Path,
    judge: &Judge,
    now: DateTime<Utc>,
) -> io::Result<(Told, Vec<Notice>)> {
    let mut told = Told::read(folder)?;
    let mut mailbox = Mailbox::default();
    mailbox.sent(Sources::new(&[kept.sent()]));
    mailbox.received(Sources::new(&[kept.received()]), judge);
    let report = mailbox.report(now);
    let transmissions = report.transmissions.iter();
    let news = transmissions.flat_map(|found| told.news(found, mailbox.rests_on_claims(found)));
    let news = news.collect();
    Ok((told, news))
}
