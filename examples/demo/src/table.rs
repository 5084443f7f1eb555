//! One table for each transmission, on the terminal.

use chrono::{DateTime, FixedOffset};

use crate::story::{Fate, Story};

const COLUMNS: [&str; 7] =
    ["recipient", "accepted", "taken", "delivered", "failed", "12 h notice", "24 h notice"];

/// Prints the tables.
pub(crate) fn print(story: &Story, is_quiet: bool) {
    if is_quiet {
        return;
    }
    for (number, transmission) in (1..).zip(&story.transmissions) {
        anstream::println!("\n{number}. {}", transmission.title);
        anstream::println!("   {}", transmission.smtp.lines().last().unwrap_or_default());
        if transmission.id.is_none() {
            continue;
        }
        row(&COLUMNS.map(str::to_owned));
        for fate in &transmission.recipients {
            row(&cells(fate));
        }
    }
}

fn cells(fate: &Fate) -> [String; 7] {
    let accepted = match fate.refused {
        Some(_) => "refused".to_owned(),
        None => cell(fate.accepted),
    };
    [
        fate.recipient.clone(),
        accepted,
        cell(fate.taken),
        cell(fate.delivered),
        cell(fate.failed),
        cell(fate.warned),
        cell(fate.expired),
    ]
}

fn cell(time: Option<DateTime<FixedOffset>>) -> String {
    time.map_or_else(|| "-".to_owned(), |time| time.format("%d/%m %H:%M:%S").to_string())
}

fn row(cells: &[String; 7]) {
    let [recipient, rest @ ..] = cells;
    let rest: String = rest.iter().map(|cell| format!(" {cell:15}")).collect();
    anstream::println!("   {recipient:22}{}", rest.trim_end());
}
