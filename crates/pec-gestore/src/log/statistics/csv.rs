//! Tables of numbers, with commas (RFC 4180).

use super::{Flow, Statistics, SupervisionReport};

impl Statistics {
    /// The rows as CSV: `day`, `domain`, `mailbox`, then a column for each [`Flow`]. A name that
    /// a spreadsheet would take for a formula gets an apostrophe before it.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut table = String::new();
        let names = Flow::ALL.iter().map(|flow| flow.as_str());
        push_row(&mut table, ["day", "domain", "mailbox"].into_iter().chain(names));
        for (key, counts) in &self.rows {
            let counts: Vec<String> =
                Flow::ALL.iter().map(|flow| counts.of(*flow).to_string()).collect();
            let day = key.day.to_string();
            let names = [&*day, &*key.domain, &*key.mailbox].into_iter();
            push_row(&mut table, names.chain(counts.iter().map(String::as_str)));
        }
        table
    }
}

impl SupervisionReport {
    /// Two tables as CSV, an empty line between them: `domain`, `mailboxes`; and `day`, `in`,
    /// `out`.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut table = String::new();
        push_row(&mut table, ["domain", "mailboxes"].into_iter());
        for (domain, mailboxes) in &self.mailboxes {
            push_row(&mut table, [domain.as_str(), &mailboxes.to_string()].into_iter());
        }
        table.push_str("\r\n");
        push_row(&mut table, ["day", "in", "out"].into_iter());
        for total in &self.days {
            let cells =
                [total.day.to_string(), total.incoming.to_string(), total.outgoing.to_string()];
            push_row(&mut table, cells.iter().map(String::as_str));
        }
        table
    }
}

fn push_row<'c>(table: &mut String, cells: impl Iterator<Item = &'c str>) {
    for (index, cell) in cells.enumerate() {
        table.push_str(if index > 0 { "," } else { "" });
        let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let cell = if is_formula { &*format!("'{cell}") } else { cell };
        if cell.contains([',', '"', '\r', '\n']) {
            table.push('"');
            table.push_str(&cell.replace('"', "\"\""));
            table.push('"');
        } else {
            table.push_str(cell);
        }
    }
    table.push_str("\r\n");
}
