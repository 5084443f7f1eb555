//! The reference client.

use std::io::{self, BufWriter, ErrorKind, Write as _};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::Parser as _;
use pec_client::cli::{Cli, ColorWhen};
use pec_client::console::{Console, is_interactive};
use pec_client::lang::Lang;
use pec_client::run::run;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let choice = match cli.color {
        ColorWhen::Auto => ColorChoice::Auto,
        ColorWhen::Always => ColorChoice::Always,
        ColorWhen::Never => ColorChoice::Never,
    };
    let mut out = BufWriter::new(AutoStream::new(io::stdout(), choice));
    let mut err = AutoStream::new(io::stderr(), choice);
    let mut console = Console {
        out: &mut out,
        err: &mut err,
        lang: cli.lang.unwrap_or_else(|| Lang::of_locale(|name| std::env::var(name).ok())),
        json: cli.json,
        progress: is_interactive(),
    };
    let done = run(cli.command, &mut console, std::time::SystemTime::now().into());
    let done = done.and_then(|exit| out.flush().map(|()| exit));
    match done {
        Ok(exit) => ExitCode::from(exit.code()),
        // Whoever read along has seen enough. Not everything was judged, so that is no yes.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            ExitCode::from(pec_client::exit::Exit::Failed.code())
        }
        Err(error) => {
            let _ = writeln!(err, "pec: {error}");
            ExitCode::from(pec_client::exit::Exit::Failed.code())
        }
    }
}
