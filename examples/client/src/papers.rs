//! Shell completions and man pages, made from the command line itself.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::{fs, iter};

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;

/// Writes the completions for a shell.
///
/// # Errors
/// Those of the stream.
pub fn completions(shell: Shell, out: &mut dyn Write) -> io::Result<()> {
    // The generator has no errors of its own: it writes to memory first.
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "pec", &mut text);
    out.write_all(&text)
}

/// Writes a man page for every command into a folder, which is made if it is not there; says
/// where they are.
///
/// # Errors
/// Those of the file system.
pub fn man(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::create_dir_all(folder)?;
    let mut root = Cli::command();
    root.build();
    let mut written = Vec::new();
    for command in with_subcommands(&root) {
        let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
        let mut page = Vec::new();
        clap_mangen::Man::new(command.clone()).render(&mut page)?;
        let path = folder.join(format!("{name}.1"));
        fs::write(&path, page)?;
        written.push(path);
    }
    Ok(written)
}

fn with_subcommands(command: &clap::Command) -> Vec<&clap::Command> {
    let below = command.get_subcommands().filter(|below| below.get_name() != "help");
    iter::once(command).chain(below.flat_map(with_subcommands)).collect()
}
