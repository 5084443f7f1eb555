//! `pec follow`: what became of what was sent.

use std::collections::BTreeMap;
use std::io::{self, Write};

use chrono::{DateTime, Utc};
use pec_dossier::{
    Contradiction, Deadline, Follow, Follows, Progress, RecipientState, RecipientStatus, Sent,
    Unmatched, UnmatchedReason,
};
use pec_message::{Authentication, read};
use serde::Serialize;

use crate::console::{BAD, BOLD, GOOD, OPEN, field, plain};
use crate::exit::Exit;
use crate::lang::Lang;
use crate::source::{Input, Sources};
use crate::verify::{Cause, Judge};
use crate::words;

/// The name of the JSON schema.
pub const SCHEMA: &str = "postacert/follow/1";

/// What became of the messages that were sent. The fields are those of the JSON.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FollowReport {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The transmissions of the messages that were sent.
    pub transmissions: Vec<TransmissionFact>,
    /// The `identificativo` of transmissions that receipts are about, and whose message is not
    /// among those sent.
    pub others: Vec<String>,
    /// Messages that are no receipts, or that nobody certifies.
    pub unmatched: Vec<Unmatched>,
    /// Receipts that are genuine if their signer did not lie about the time.
    pub at_claimed_time: Vec<String>,
    /// Sent messages that cannot be followed, and files that cannot be read: why.
    pub failures: Vec<String>,
    /// For each of `unmatched` the typed reason, where there is one: the words of people.
    #[serde(skip)]
    causes: Vec<Option<Cause>>,
}

/// What became of one message.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TransmissionFact {
    /// The identifier that the sender's program gave.
    pub msgid: Option<String>,
    /// The identifier of the transmission, once a receipt has told it.
    pub identificativo: Option<String>,
    /// The certified subject.
    pub subject: Option<String>,
    /// The sender.
    pub sender: Option<String>,
    /// All recipients together: `pending`, `overdue`, `refused`, `delivered`, `incomplete`,
    /// `uncertified`.
    pub progress: Progress,
    /// When the sender's provider accepted the message, RFC 3339.
    pub accepted: Option<String>,
    /// What is due next.
    pub next_deadline: Option<Deadline>,
    /// Each recipient.
    pub recipients: Vec<RecipientFact>,
    /// Receipts that cannot all be right.
    pub contradictions: Vec<Contradiction>,
    /// The files of the receipts.
    pub receipts: Vec<String>,
}

/// What became of a message for one recipient.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RecipientFact {
    /// The address.
    pub address: String,
    /// Whether the mailbox is a certified one, once that is known.
    pub certified: Option<bool>,
    /// `state`, with `at` and more where the state has it.
    #[serde(flatten)]
    pub state: RecipientState,
    /// The final notice that a late delivery superseded, RFC 3339.
    pub superseded: Option<String>,
    /// When the recipient's provider took the message, where that is seen, RFC 3339.
    pub taken_in_charge: Option<String>,
}

/// The transmissions of a mailbox as they are read.
#[derive(Debug, Default)]
pub struct Mailbox {
    follows: Follows,
    at_claimed_time: Vec<String>,
    causes: BTreeMap<String, Cause>,
    failures: Vec<String>,
    has_failures: bool,
}

impl Mailbox {
    /// Reads what was sent.
    pub fn sent(&mut self, sources: Sources) {
        for input in sources {
            match input {
                Ok(input) => match Sent::from_claimed(&read(&input.octets).claimed()) {
                    Ok(sent) => self.follows.send(sent),
                    Err(error) => self.fail(format!("{}: {error}", input.name)),
                },
                Err(error) => self.fail(error.to_string()),
            }
        }
    }

    /// Reads what was received.
    pub fn received(&mut self, sources: Sources, judge: &Judge) {
        for input in sources {
            match input {
                Ok(input) => self.receipt(&input, judge),
                Err(error) => self.fail(error.to_string()),
            }
        }
    }

    fn receipt(&mut self, input: &Input, judge: &Judge) {
        let mail = read(&input.octets);
        let (authentication, is_claimed) = judge.authentication(&mail);
        self.follows.feed(&input.name, &mail, &authentication);
        let cause = match authentication {
            Authentication::Untrusted { why, .. } => Some(Cause::Distrust(why)),
            Authentication::Undecided { why } => Some(Cause::Doubt(why)),
            _ => None,
        };
        self.causes.extend(cause.map(|cause| (input.name.clone(), cause)));
        if is_claimed {
            self.at_claimed_time.push(input.name.clone());
        }
    }

    fn fail(&mut self, failure: String) {
        self.has_failures = true;
        self.failures.push(failure);
    }

    /// The transmissions.
    #[must_use]
    pub const fn follows(&self) -> &Follows {
        &self.follows
    }

    /// What became of all of it, as of `now`.
    #[must_use]
    pub fn report(&self, now: DateTime<Utc>) -> FollowReport {
        let (ours, others): (Vec<_>, Vec<_>) =
            self.follows.iter().partition(|follow| follow.sent().is_some());
        let id = |follow: &Follow| follow.pec_msgid().map(ToString::to_string);
        let unmatched: Vec<Unmatched> = self.follows.unmatched().cloned().collect();
        let cause = |found: &Unmatched| self.causes.get(&found.source).cloned();
        FollowReport {
            schema: SCHEMA,
            causes: unmatched.iter().map(cause).collect(),
            transmissions: ours.iter().map(|follow| TransmissionFact::of(follow, now)).collect(),
            others: others.into_iter().filter_map(id).collect(),
            unmatched,
            at_claimed_time: self.at_claimed_time.clone(),
            failures: self.failures.clone(),
        }
    }

    /// How the command ends. Where nothing was sent there is no answer, and a yes that rests on a
    /// time that only the signer claims is none.
    #[must_use]
    pub fn exit(&self, report: &FollowReport) -> Exit {
        let is_empty = report.transmissions.is_empty();
        let failed = if self.has_failures || is_empty { Exit::Failed } else { Exit::Done };
        let exits = report.transmissions.iter().map(|transmission| {
            let is_claimed = self.rests_on_claims(transmission);
            transmission.exit().and(if is_claimed { Exit::Undecided } else { Exit::Done })
        });
        exits.fold(failed, Exit::and)
    }

    /// Whether a receipt of a transmission is genuine only if its signer did not lie about the time.
    #[must_use]
    pub fn rests_on_claims(&self, transmission: &TransmissionFact) -> bool {
        transmission.receipts.iter().any(|receipt| self.at_claimed_time.contains(receipt))
    }
}

impl TransmissionFact {
    /// What is known of a transmission as of `now`.
    #[must_use]
    pub fn of(follow: &Follow, now: DateTime<Utc>) -> Self {
        Self {
            msgid: follow.msgid().map(ToString::to_string),
            identificativo: follow.pec_msgid().map(ToString::to_string),
            subject: follow.subject().map(str::to_owned),
            sender: follow.sender().map(ToString::to_string),
            progress: follow.progress(now),
            accepted: follow.accepted().map(|at| at.to_string()),
            next_deadline: follow.next_deadline(now),
            recipients: follow.recipients(now).into_iter().map(RecipientFact::of).collect(),
            contradictions: follow.contradictions(),
            receipts: follow
                .receipts()
                .iter()
                .flat_map(|receipt| receipt.sources().map(str::to_owned))
                .collect(),
        }
    }

    const fn exit(&self) -> Exit {
        match self.progress {
            Progress::Delivered | Progress::Uncertified => Exit::Done,
            Progress::Refused | Progress::Incomplete => Exit::No,
            _ => Exit::Undecided,
        }
    }

    pub(crate) fn write(&self, out: &mut dyn Write, lang: Lang) -> io::Result<()> {
        let style = match self.exit() {
            Exit::Done => GOOD,
            Exit::No => BAD,
            _ => OPEN,
        };
        let progress = words::progress(self.progress, lang);
        let subject = self.subject.as_deref().unwrap_or("-");
        writeln!(out, "{BOLD}{}{BOLD:#}: {style}{progress}{style:#}", plain(subject))?;
        field(out, "msgid", self.msgid.as_deref())?;
        field(out, "identificativo", self.identificativo.as_deref())?;
        field(out, lang.say("accepted", "accettato"), self.accepted.as_deref())?;
        for recipient in &self.recipients {
            recipient.write(out, lang)?;
        }
        let next = self.next_deadline.map(|next| {
            let at = next.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            format!("{at} ({})", words::deadline(next.kind, lang))
        });
        field(out, lang.say("next deadline", "prossimo termine"), next.as_deref())?;
        for contradiction in &self.contradictions {
            let text = words::contradiction(contradiction, lang);
            field(out, lang.say("contradiction", "contraddizione"), Some(&text))?;
        }
        Ok(())
    }
}

impl RecipientFact {
    fn of(status: RecipientStatus<'_>) -> Self {
        use pec_daticert::RecipientType::Certified;
        Self {
            address: status.address.to_string(),
            certified: status.recipient_type.map(|kind| kind == Certified),
            superseded: status.superseded.map(|at| at.to_string()),
            taken_in_charge: status.taken_in_charge.map(|at| at.to_string()),
            state: status.state,
        }
    }

    fn write(&self, out: &mut dyn Write, lang: Lang) -> io::Result<()> {
        let style = match &self.state {
            state if state.is_delivered() => GOOD,
            state if state.is_settled() => BAD,
            _ => OPEN,
        };
        let (state, more) = (words::state(self.state.as_str(), lang), said(&self.state));
        let address = plain(&self.address);
        writeln!(out, "  {address:<32} {style}{state}{style:#} {}", plain(&more))
    }
}

/// When, and in whose words.
pub(crate) fn said(state: &RecipientState) -> String {
    match state {
        RecipientState::Refused { at, detail, .. } | RecipientState::Failed { at, detail, .. } => {
            format!("{at} {detail}")
        }
        RecipientState::Accepted { at }
        | RecipientState::SentUncertified { at }
        | RecipientState::TakenInCharge { at }
        | RecipientState::Warned { at }
        | RecipientState::Expired { at }
        | RecipientState::Delivered { at, .. } => at.to_string(),
        RecipientState::NoAnswer { since } => since.to_rfc3339(),
        _ => String::new(),
    }
}

impl FollowReport {
    /// The report for people.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn write(&self, out: &mut dyn Write, lang: Lang) -> io::Result<()> {
        for transmission in &self.transmissions {
            transmission.write(out, lang)?;
        }
        for file in &self.at_claimed_time {
            field(out, lang.say("at claimed time", "a data dichiarata"), Some(file))?;
        }
        for (unmatched, cause) in self.unmatched.iter().zip(&self.causes) {
            let text = match (&unmatched.reason, cause) {
                (UnmatchedReason::NotAReceipt, _) => {
                    lang.say("certified, but no receipt", "certificato, ma non ricevuta").to_owned()
                }
                (UnmatchedReason::Ordinary, _) => {
                    lang.say("ordinary mail", "posta ordinaria").to_owned()
                }
                (_, Some(cause)) => cause.text(lang),
                (_, None) => lang.say("not decided", "non determinabile").to_owned(),
            };
            let text = format!("{}: {text}", unmatched.source);
            field(out, lang.say("unmatched", "non abbinato"), Some(&text))?;
        }
        for failure in &self.failures {
            field(out, lang.say("failure", "errore"), Some(failure))?;
        }
        let others = self.others.len();
        if others > 0 {
            let text = others.to_string();
            field(out, lang.say("others", "altre trasmissioni"), Some(&text))?;
        }
        Ok(())
    }
}
