//! What is shown while it happens.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Instant;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pec_message::MessageKind;

use crate::story::Letter;

/// Prints what happens, with a progress bar below it on a terminal.
pub(crate) struct Timeline {
    started: Instant,
    bar: ProgressBar,
    is_quiet: bool,
}

impl Timeline {
    /// For a play of so many steps.
    pub(crate) fn new(steps: u64, is_quiet: bool) -> Self {
        let is_shown = !is_quiet && io::stderr().is_terminal();
        let target =
            if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(steps), target);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { started: Instant::now(), bar, is_quiet }
    }

    /// A new step begins.
    pub(crate) fn step(&self, title: &str) {
        self.bar.inc(1);
        self.bar.set_message(title.to_owned());
        let bold = Style::new().bold();
        self.print(&format!("\n{bold}{title}{bold:#}"));
    }

    /// Something happens.
    pub(crate) fn says(&self, words: &str) {
        let seconds = self.started.elapsed().as_secs_f32();
        self.print(&format!("{seconds:7.2} s  {words}"));
    }

    /// A message came.
    pub(crate) fn came(&self, letter: &Letter) {
        let color = match letter.kind {
            Some(MessageKind::Acceptance | MessageKind::Delivery) => AnsiColor::Green,
            Some(MessageKind::TransportEnvelope | MessageKind::TakeInCharge) => AnsiColor::Cyan,
            Some(MessageKind::DeliveryNotice | MessageKind::AnomalyEnvelope) => AnsiColor::Yellow,
            _ => AnsiColor::Red,
        };
        let style = color.on_default();
        let check = match &letter.fault {
            None => "signature, origin and form hold".to_owned(),
            Some(fault) => format!("NOT GENUINE: {fault}"),
        };
        let Letter { mailbox, subject, .. } = letter;
        self.says(&format!("{mailbox:22} {style}{subject}{style:#}  ({check})"));
    }

    /// The end.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn print(&self, line: &str) {
        if !self.is_quiet {
            self.bar.suspend(|| {
                // A closed pipe is the reader's wish.
                let _ = writeln!(anstream::stdout(), "{line}");
            });
        }
    }
}
