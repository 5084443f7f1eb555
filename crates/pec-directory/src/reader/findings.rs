//! The list of deviations while it grows.

use crate::{Deviation, DeviationKind, limits::MAX_DEVIATIONS, lines::Value};

/// Deviations found so far, up to the limit.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Deviation>,
    /// Where the first one is that is not listed.
    past_limit: Option<usize>,
}

impl Findings {
    pub(super) fn add(&mut self, line: usize, attribute: Option<Box<str>>, kind: DeviationKind) {
        if self.list.len() < MAX_DEVIATIONS {
            self.list.push(Deviation { line, attribute, kind });
        } else {
            self.past_limit.get_or_insert(line);
        }
    }

    pub(super) fn at(&mut self, value: &Value<'_>, kind: DeviationKind) {
        self.add(value.line, Some(value.description().into()), kind);
    }

    /// The list in the order of the lines.
    pub(super) fn into_list(mut self) -> Vec<Deviation> {
        self.list.sort_by_key(|deviation| deviation.line);
        if let Some(line) = self.past_limit {
            self.list.push(Deviation { line, attribute: None, kind: DeviationKind::TooMany });
        }
        self.list
    }
}
