//! The two streams a command writes to, and how.

use std::io::{self, IsTerminal as _, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::lang::Lang;

/// Where a command writes: results to the one stream, everything else to the other.
pub struct Console<'c> {
    /// Results.
    pub out: &'c mut dyn Write,
    /// Progress, summaries, warnings, errors.
    pub err: &'c mut dyn Write,
    /// The language of what people read.
    pub lang: Lang,
    /// Whether results are JSON, one document a line.
    pub json: bool,
    /// Whether a progress bar may be drawn.
    pub progress: bool,
}

impl std::fmt::Debug for Console<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console").field("lang", &self.lang).finish_non_exhaustive()
    }
}

impl Console<'_> {
    /// One JSON document as one line.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn document(&mut self, document: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut *self.out, document)?;
        self.out.write_all(b"\n")
    }

    /// One line for people, on the stream of results.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// One line beside the results.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.err, "{text}")
    }
}

/// Whether the stream of errors is a terminal, where a progress bar makes sense.
#[must_use]
pub fn is_interactive() -> bool {
    io::stderr().is_terminal()
}

/// Headings.
pub const BOLD: Style = Style::new().bold();
/// What is well.
pub const GOOD: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green)));
/// What is not.
pub const BAD: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));
/// What is not known.
pub const OPEN: Style = Style::new().bold().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow)));

/// Text of others, made harmless for a terminal: what controls it, or turns the direction of
/// reading, becomes U+FFFD; line breaks become blanks.
///
/// ```
/// assert_eq!(pec_client::console::plain("a\u{1b}[2J\nb\u{202e}"), "a\u{fffd}[2J b\u{fffd}");
/// ```
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => ' ',
            c if c.is_control() || is_invisible(c) => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}

/// Whether a character shows nothing, but changes how others are shown.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes `label: value` in columns; nothing where there is no value.
///
/// # Errors
/// Those of the stream.
pub fn field(out: &mut dyn Write, label: &str, value: Option<&str>) -> io::Result<()> {
    match value {
        Some(value) if !value.is_empty() => writeln!(out, "  {label:<16} {}", plain(value)),
        _ => Ok(()),
    }
}
