//! The command line of the demonstration.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use pec_demo::{Order, run};

/// Two providers of Posta Elettronica Certificata and their users: messages, receipts, viruses,
/// silence, all over TLS on this host, and every message checked.
///
/// The exit code is 0 when everything happened as RFC 6109 asks, 1 when something did not, 2 when
/// the play could not be finished.
#[derive(Parser)]
#[command(name = "pec-demo", version)]
struct Arguments {
    /// Leave messages, certificate, logs and report.html in this folder (a new temporary one if it
    /// is left out)
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Keep the providers' folders, with their stores, here (removed at the end if it is left out)
    #[arg(long, value_name = "DIR")]
    stores: Option<PathBuf>,
    /// Print nothing but the result
    #[arg(long, short)]
    quiet: bool,
}

fn main() -> ExitCode {
    let Arguments { out, stores, quiet } = Arguments::parse();
    let order = Order { out, stores, is_quiet: quiet };
    let runtime = tokio::runtime::Runtime::new();
    let played = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(run(&order)));
    match played {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(problem) => {
            anstream::eprintln!("pec-demo: {problem}");
            ExitCode::from(2)
        }
    }
}
