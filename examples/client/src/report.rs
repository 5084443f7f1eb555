//! One report for each of many messages, one message in memory at a time.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::console::{BAD, Console, plain};
use crate::exit::Exit;
use crate::lang::Lang;
use crate::source::{Input, SourceError, Sources};
use crate::words;

/// What a command says about one message.
pub trait Report: Serialize {
    /// How the command ends, as far as this message is concerned.
    fn exit(&self) -> Exit;

    /// The word under which the summary counts it.
    fn group(&self) -> &'static str;

    /// The report for people.
    ///
    /// # Errors
    /// Those of the stream.
    fn write(&self, out: &mut dyn Write, lang: Lang) -> io::Result<()>;
}

/// A message that could not be read. It takes the place of the report.
#[derive(Debug, Serialize)]
struct Failure {
    schema: &'static str,
    file: String,
    failure: String,
}

/// Reports on every message of `sources`, and sums up if there were several.
///
/// # Errors
/// Those of the streams.
pub fn each<R: Report>(
    console: &mut Console<'_>,
    mut sources: Sources,
    schema: &'static str,
    mut judge: impl FnMut(&Input) -> R,
) -> io::Result<Exit> {
    let mut summary = Summary::default();
    let mut bar = None;
    while let Some(next) = sources.next() {
        if summary.messages > 0 && console.progress {
            let bar = bar.get_or_insert_with(progress_bar);
            let known = summary.messages.saturating_add(sources.pending());
            bar.set_length(u64::try_from(known).unwrap_or(u64::MAX));
            bar.inc(1);
        }
        summary.messages = summary.messages.saturating_add(1);
        match next {
            Ok(input) => {
                let report = judge(&input);
                summary.count(report.group(), report.exit());
                match &bar {
                    Some(bar) => bar.suspend(|| show(console, &report))?,
                    None => show(console, &report)?,
                }
            }
            Err(error) => {
                summary.count("failed", Exit::Failed);
                fail(console, schema, &error)?;
            }
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    if summary.messages != 1 {
        summary.write(console, sources.skipped())?;
    }
    console.out.flush()?;
    // Of nothing nothing can be said, least of all yes.
    Ok(if summary.messages == 0 { Exit::Failed } else { summary.exit })
}

fn show(console: &mut Console<'_>, report: &impl Report) -> io::Result<()> {
    if console.json { console.document(report) } else { report.write(console.out, console.lang) }
}

fn fail(console: &mut Console<'_>, schema: &'static str, error: &SourceError) -> io::Result<()> {
    if console.json {
        let (file, failure) = (error.name().to_owned(), error.to_string());
        console.document(&Failure { schema, file, failure })?;
    }
    console.note(&format!("{BAD}pec:{BAD:#} {}", plain(&error.to_string())))
}

fn progress_bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    let style = ProgressStyle::with_template("{bar:32} {pos}/{len} {per_sec} {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}

#[derive(Debug, Default)]
struct Summary {
    messages: usize,
    groups: BTreeMap<&'static str, usize>,
    exit: Exit,
}

impl Summary {
    fn count(&mut self, group: &'static str, exit: Exit) {
        let count = self.groups.entry(group).or_default();
        *count = count.saturating_add(1);
        self.exit = self.exit.and(exit);
    }

    fn write(&self, console: &mut Console<'_>, skipped: usize) -> io::Result<()> {
        let lang = console.lang;
        let mut text = format!("{} {}", self.messages, lang.say("messages", "messaggi"));
        for (group, count) in &self.groups {
            text.push_str(&format!(", {count} {}", words::group(group, lang)));
        }
        if skipped > 0 {
            let word = lang.say("files that are no messages", "file che non sono messaggi");
            text.push_str(&format!("; {skipped} {word}"));
        }
        console.note(&text)
    }
}
