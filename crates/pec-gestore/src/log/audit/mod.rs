//! The auditor: does a log keep the six invariants of norms §2.2?
//!
//! It reads records, our lines, or any provider's lines in the grammar of
//! [`text`](crate::log::text), one after the other and in any order, and keeps for each
//! transmission no more than its recipients need. Each side of a transmission is judged by its own
//! rules: the sender's provider against what it received, the recipients' provider against what it
//! made. Mail inside one domain has both sides in one log.
//!
//! What a log cannot show, because it begins or ends in the middle of a transmission, is no breach
//! but [`Pending`]. What another provider did wrong is a breach with [`Fault::Other`]: the log is
//! right to hold it.
//!
//! ```
//! use pec_gestore::log::audit::{AuditOptions, Auditor, BreachKind, Invariant};
//!
//! let line = |event: &str, id: &str| {
//!     format!(
//!         "Mar 27 12:51:49 2008 M t [1]: 1@x.example: tipo={event}: mittente=a@x.example: \
//!          destinatari=b@y.example (certificato): oggetto=o: message-id={id}@x.example: gestore=X"
//!     )
//! };
//! let mut auditor = Auditor::new(AuditOptions::new().own_domains(["x.example"]));
//! auditor.read_line(1, line("accettazione (Accettazione)", "2").as_bytes());
//! auditor.read_line(2, line("posta-certificata (BustaTrasporto)", "1").as_bytes());
//! let end = "2008-03-30T00:00:00Z".parse()?;
//! let report = auditor.finish_at(Some(end));
//! // Nobody answered for b, and there is no notice, neither after 12 nor after 24 hours.
//! let kinds: Vec<_> = report.breaches.iter().map(|breach| breach.kind).collect();
//! assert_eq!(kinds, [BreachKind::FirstNoticeMissing, BreachKind::FinalNoticeMissing]);
//! assert_eq!(report.breaches[0].invariant, Invariant::Notices);
//! assert_eq!(report.breaches[0].lines, [1, 2]);
//! # Ok::<(), chrono::ParseError>(())
//! ```

mod breach;
mod judge;
mod receiver;
mod report;
mod side;
mod tally;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

pub use breach::{Breach, BreachKind, Fault, Invariant, Pending, PendingReason};
pub use report::{AuditReport, Unread, UnreadReason};

use crate::Role;
use crate::log::text::{Entry, LineError, ReadOptions};
use crate::log::{LogEvent, Record};
use judge::Case;
use side::{Side, lower};

/// Most lines that are named for one breach.
pub const MAX_EVIDENCE: usize = 8;

/// Most addresses of one transmission that are judged.
pub const MAX_ADDRESSES: usize = 2_000;

/// Most versions of sender and recipients that are kept of one transmission.
const MAX_VARIANTS: usize = 4;

/// Most lines that are listed as not read.
pub const MAX_UNREAD: usize = 1_000;

/// What an auditor must know besides the lines.
#[derive(Clone, Debug)]
pub struct AuditOptions {
    window: Window,
    read: ReadOptions,
}

/// What stretch of time the log covers, and how long things may take.
#[derive(Clone, Debug)]
struct Window {
    begin: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
    domains: Vec<String>,
    settling: TimeDelta,
    grace: TimeDelta,
    lateness: TimeDelta,
}

impl Default for AuditOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl AuditOptions {
    /// A log that covers the time from its first to its last line. A transmission is over after
    /// 24 hours, one hour is granted for what happens at once, and receipts may come a week after
    /// what they are about.
    #[must_use]
    pub fn new() -> Self {
        let window = Window {
            begin: None,
            end: None,
            domains: Vec::new(),
            settling: TimeDelta::hours(24),
            grace: TimeDelta::hours(1),
            lateness: TimeDelta::days(7),
        };
        Self { window, read: ReadOptions::default() }
    }

    /// The log is complete from `begin` to `end`.
    #[must_use]
    pub fn covering(mut self, begin: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        self.window.begin = Some(begin);
        self.window.end = Some(end);
        self
    }

    /// The log is complete from its first line on: nothing began before.
    #[must_use]
    pub fn from_the_beginning(mut self) -> Self {
        self.window.begin = Some(DateTime::<Utc>::MIN_UTC);
        self
    }

    /// The domains of the provider whose log it is. Lines of others do not tell on which side a
    /// message was: what comes from these domains was sent, the rest was received. Without them,
    /// what has an acceptance, a refusal or a notice was sent.
    #[must_use]
    pub fn own_domains<D: AsRef<str>>(mut self, domains: impl IntoIterator<Item = D>) -> Self {
        self.window.domains.extend(domains.into_iter().map(|domain| lower(domain.as_ref())));
        self
    }

    /// How long things may take that happen at once, as an acceptance after an envelope.
    #[must_use]
    pub const fn grace(mut self, grace: TimeDelta) -> Self {
        self.window.grace = grace;
        self
    }

    /// How long after the beginning of the log receipts of earlier messages may come.
    #[must_use]
    pub const fn lateness(mut self, lateness: TimeDelta) -> Self {
        self.window.lateness = lateness;
        self
    }

    /// The year of lines that bear none.
    #[must_use]
    pub const fn year(mut self, year: i32) -> Self {
        self.read.year = Some(year);
        self
    }
}

impl Window {
    fn is_own(&self, address: &str) -> bool {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.domains.iter().any(|own| own == domain)
    }
}

/// Reads the lines of a log and judges them at the end.
#[derive(Clone, Debug)]
pub struct Auditor {
    options: AuditOptions,
    /// By identifier and sending provider: another provider may reuse an identifier of ours.
    transmissions: BTreeMap<(String, String), Transmission>,
    first: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
    report: AuditReport,
}

/// What a log says of one transmission.
#[derive(Clone, Debug, Default)]
struct Transmission {
    sent: Side,
    received: Side,
    /// What lines say that do not tell the side.
    untold: Side,
}

impl Auditor {
    /// An auditor that has read nothing yet.
    #[must_use]
    pub fn new(options: AuditOptions) -> Self {
        Self {
            options,
            transmissions: BTreeMap::new(),
            first: None,
            last: None,
            report: AuditReport::default(),
        }
    }

    /// Reads a line, of text or of JSON. `number` is what the report calls it.
    pub fn read_line(&mut self, number: u64, line: &[u8]) {
        if line.first() == Some(&b'{') {
            let record = str::from_utf8(line).ok().map(Record::from_json_line);
            match record {
                Some(Ok(record)) => self.read_record(number, &record),
                Some(Err(error)) => self.unread(number, UnreadReason::Json(error.to_string())),
                None => self.unread(number, UnreadReason::Json("not UTF-8".to_owned())),
            }
            return;
        }
        match Entry::read(number, line, &self.options.read) {
            Ok(entry) => self.read_entry(&entry),
            // Ends of lines before and changes of the file: no operation, and nothing is lost.
            Err(LineError::Empty | LineError::Continuation | LineError::NoEvent) => {
                self.report.lines = self.report.lines.saturating_add(1);
            }
            Err(error) => self.unread(number, UnreadReason::Line(error)),
        }
    }

    /// Reads a record.
    pub fn read_record(&mut self, number: u64, record: &Record) {
        self.read_entry(&Entry { line: number, ..Entry::from(record) });
    }

    /// Reads a line that was taken apart before.
    pub fn read_entry(&mut self, entry: &Entry) {
        let Some(event) = entry.event else {
            return self.unread(entry.line, UnreadReason::Event);
        };
        self.report.lines = self.report.lines.saturating_add(1);
        if !entry.oddities.is_empty() {
            self.report.odd = self.report.odd.saturating_add(1);
        }
        if let Some(time) = entry.time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
        }
        if !is_judged(event) || entry.role == Some(Role::Other) {
            return;
        }
        let Some(id) = entry.id.clone() else {
            return self.unread(entry.line, UnreadReason::Identifier);
        };
        let provider = lower(entry.sending_provider.as_deref().unwrap_or_default());
        let transmission = self.transmissions.entry((id, provider)).or_default();
        let side = match entry.role {
            Some(Role::Sender) => &mut transmission.sent,
            Some(_) => &mut transmission.received,
            None => &mut transmission.untold,
        };
        side.add(entry, event);
    }

    /// Judges what was read; the log ends with its last line, if the options do not say otherwise.
    #[must_use]
    pub fn finish(self) -> AuditReport {
        let end = self.last;
        self.finish_at(end)
    }

    /// Judges what was read of a log that ends at `end`, if the options do not say otherwise.
    #[must_use]
    pub fn finish_at(mut self, end: Option<DateTime<Utc>>) -> AuditReport {
        let window = &mut self.options.window;
        window.begin = window.begin.or(self.first);
        window.end = window.end.or(end);
        for ((id, _), transmission) in &self.transmissions {
            transmission.judge(id, &self.options.window, &mut self.report);
        }
        self.report.breaches.sort_unstable();
        self.report.pending.sort_unstable();
        self.report.unread.sort_by_key(|unread| unread.line);
        self.report
    }

    fn unread(&mut self, line: u64, reason: UnreadReason) {
        self.report.lines = self.report.lines.saturating_add(1);
        self.report.unread_lines = self.report.unread_lines.saturating_add(1);
        if self.report.unread.len() < MAX_UNREAD {
            self.report.unread.push(Unread { line, reason });
        }
    }
}

impl Transmission {
    fn judge(&self, id: &str, window: &Window, report: &mut AuditReport) {
        let untold_role = self.untold_role(window);
        let sides = [
            (Role::Sender, &self.sent),
            (Role::Receiver, &self.received),
            (untold_role, &self.untold),
        ];
        report.transmissions = report.transmissions.saturating_add(1);
        for (role, side) in sides {
            if side.lines.is_empty() {
                continue;
            }
            let mut case = Case::new(id, role, side, window);
            case.judge();
            report.breaches.append(&mut case.breaches);
            report.pending.append(&mut case.pending);
        }
        self.judge_both(id, window, report);
    }

    /// Invariant 1 between both sides, of mail inside one domain.
    fn judge_both(&self, id: &str, window: &Window, report: &mut AuditReport) {
        if let (Some(sent), Some(received)) = (self.sent.parties(), self.received.parties())
            && sent.parties != received.parties
        {
            let mut case = Case::new(id, Role::Receiver, &self.received, window);
            let lines = [&sent.lines, &received.lines];
            case.breach(Invariant::SameParties, BreachKind::OtherParties, None, &lines);
            report.breaches.append(&mut case.breaches);
        }
    }

    fn untold_role(&self, window: &Window) -> Role {
        let Side { accepted, refused, people, .. } = &self.untold;
        let is_sent = if window.domains.is_empty() {
            let mut people = people.values();
            let is_noticed = people
                .any(|person| !person.first_notice.is_empty() || !person.final_notice.is_empty());
            !accepted.is_empty() || !refused.is_empty() || is_noticed
        } else {
            let parties = self.untold.parties().map(|variant| &variant.parties);
            parties.is_some_and(|parties| window.is_own(&parties.sender))
        };
        if is_sent { Role::Sender } else { Role::Receiver }
    }
}

/// The events that the invariants speak of.
const fn is_judged(event: LogEvent) -> bool {
    !matches!(
        event,
        LogEvent::BustaAnomalia
            | LogEvent::Rifiuto
            | LogEvent::Deposito
            | LogEvent::Inoltro
            | LogEvent::Riemissione
            | LogEvent::Allarme
    )
}
