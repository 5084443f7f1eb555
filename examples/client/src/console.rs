//! The two streams a command writes to, and how.

use std::io::{self, IsTerminal as _, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::ser::Formatter;

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
    /// One JSON document as one line. Characters that could command a terminal are escaped.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn document(&mut self, document: &impl Serialize) -> io::Result<()> {
        document
            .serialize(&mut serde_json::Serializer::with_formatter(&mut *self.out, Harmless))?;
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
            '\u{2028}' | '\u{2029}' => ' ',
            c if c.is_control() || is_invisible(c) => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}

/// Whether a character shows nothing, but changes how others are shown.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
            | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// JSON in which text of others is harmless on a terminal. JSON itself escapes only the controls
/// of ASCII; what is written stands for the same text.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut start = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| c.is_control() || is_invisible(*c)) {
            writer.write_all(fragment.get(start..at).unwrap_or_default().as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            start = at.saturating_add(c.len_utf8());
        }
        writer.write_all(fragment.get(start..).unwrap_or_default().as_bytes())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_commands_no_terminal_and_says_the_same() {
        let text = "a\u{9b}31m\u{7f}\u{202e}\u{e0041}\u{1b}[2J è \"quoted\"";
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console =
            Console { out: &mut out, err: &mut err, lang: Lang::En, json: true, progress: false };
        console.document(&text).unwrap();
        let line = String::from_utf8(out).unwrap();
        assert!(
            line.starts_with("\"a\\u009b31m\\u007f\\u202e\\udb40\\udc41\\u001b[2J è"),
            "{line}"
        );
        assert!(!line.trim_end().chars().any(|c| c.is_control() || is_invisible(c)), "{line}");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }
}
