//! The audit of norms §2.2, asked of the log of every gestore: whatever happens to it and whatever
//! others do, its own log keeps the six invariants.

use chrono::TimeDelta;
use pec_gestore::log::audit::{AuditOptions, Auditor};

use super::CALM;
use super::store::Transaction;
use super::world::World;

/// Longer runs would keep too many transmissions in memory.
const LONGEST: i64 = 31 * 24;

/// For how long a gestore may be down, or refuse everything: so late may be what is due at once.
const DOWN: TimeDelta = TimeDelta::hours(24);

/// What is read of the log of one gestore.
#[derive(Debug)]
pub(super) struct ReadLog {
    auditor: Auditor,
    lines: u64,
}

impl Default for ReadLog {
    fn default() -> Self {
        let options = AuditOptions::new().from_the_beginning().grace(DOWN);
        Self { auditor: Auditor::new(options), lines: 0 }
    }
}

impl World {
    /// Reads what a gestore logged.
    pub(super) fn read_log(&mut self, node: usize, done: &Transaction) {
        if self.options.hours > LONGEST {
            return;
        }
        let log = self.ledger.logs.entry(node).or_default();
        for record in &done.log {
            log.lines += 1;
            log.auditor.read_record(log.lines, record);
        }
    }

    /// Judges the logs, when the world has long been calm.
    pub(super) fn judge_logs(&mut self) {
        let end = self.end + TimeDelta::hours(CALM);
        for (node, log) in std::mem::take(&mut self.ledger.logs) {
            let report = log.auditor.finish_at(Some(end));
            for _ in 0..report.transmissions {
                self.ledger.count("transmissions audited");
            }
            for breach in report.own_breaches() {
                // An identifier tells the auditor what belongs together, and a hostile gestore
                // takes those of others: what is found there is counted, and is nobody's fault.
                if self.hostile.is_some() {
                    self.ledger.count("audit: found beside a hostile gestore");
                } else {
                    self.breach("the log keeps the six invariants", format!("{node}: {breach}"));
                }
            }
            for unread in &report.unread {
                let what = format!("{node}: line {}: {}", unread.line, unread.reason);
                self.breach("the log keeps the six invariants", what);
            }
        }
    }
}
