//! The reference gestore.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use pec_server::cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    match Cli::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(anstream::stderr(), "gestore: {error}");
            ExitCode::FAILURE
        }
    }
}
