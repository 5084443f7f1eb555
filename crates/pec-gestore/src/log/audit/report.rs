//! What an audit comes to.

use std::fmt;

use serde::Serialize;

use super::{Breach, Fault, Pending};
use crate::log::text::LineError;

/// What an audit comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// How many lines were read.
    pub lines: u64,
    /// How many transmissions there are in them.
    pub transmissions: u64,
    /// The broken invariants, by transmission.
    pub breaches: Vec<Breach>,
    /// What the log cannot show, by transmission.
    pub pending: Vec<Pending>,
    /// How many lines could not be read.
    pub unread_lines: u64,
    /// Which: the first [`MAX_UNREAD`](super::MAX_UNREAD) that came.
    pub unread: Vec<Unread>,
    /// How many lines were read but for something odd in them.
    pub odd: u64,
}

/// A line that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// Its number.
    pub line: u64,
    /// Why.
    pub reason: UnreadReason,
}

/// Why a line could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UnreadReason {
    /// It is no line of a log.
    #[error(transparent)]
    Line(LineError),
    /// It is no record in JSON.
    #[error("{0}")]
    Json(String),
    /// Its event is not known.
    #[error("the event is not known")]
    Event,
    /// It has no identifier, and its event wants one.
    #[error("no identifier of a transmission")]
    Identifier,
}

impl AuditReport {
    /// Whether the provider whose log it is kept every invariant, and every line could be read.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.unread_lines == 0 && self.own_breaches().next().is_none()
    }

    /// The breaches of the provider whose log it is.
    pub fn own_breaches(&self) -> impl Iterator<Item = &Breach> {
        self.breaches.iter().filter(|breach| breach.fault == Fault::Own)
    }
}

/// For people: the numbers, then a line for each breach.
impl fmt::Display for AuditReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lines, transmissions, unread_lines, odd, .. } = self;
        let own = self.own_breaches().count();
        let others = self.breaches.len().saturating_sub(own);
        writeln!(
            f,
            "{lines} lines ({unread_lines} not read, {odd} odd), {transmissions} transmissions: \
             {own} breaches, {others} of other providers, {} not to be told",
            self.pending.len()
        )?;
        for breach in &self.breaches {
            writeln!(f, "{breach}")?;
        }
        for Unread { line, reason } in &self.unread {
            writeln!(f, "line {line} was not read: {reason}")?;
        }
        Ok(())
    }
}
