//! `cargo run -p pec-tests -- spec [--json]`: how much of the norm is done.

use std::io::Write;
use std::process::ExitCode;

use pec_tests::spec::{self, coverage::Coverage};
use pec_tests::{problem, workspace};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let as_json = match arguments[..] {
        ["spec"] => false,
        ["spec", "--json"] => true,
        _ => {
            eprintln!("usage: cargo run -p pec-tests -- spec [--json]");
            return ExitCode::from(2);
        }
    };
    match spec::read(workspace::root()) {
        Ok((table, problems)) => {
            let coverage = Coverage::of(&table);
            let text =
                if as_json { format!("{:#}\n", coverage.to_json()) } else { coverage.to_string() };
            // A reader that closes the pipe early has seen enough.
            let _seen = std::io::stdout().write_all(text.as_bytes());
            if problems.is_empty() {
                return ExitCode::SUCCESS;
            }
            eprintln!("{}", problem::list(&problems));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{}: {error}", spec::TABLE);
            ExitCode::FAILURE
        }
    }
}
