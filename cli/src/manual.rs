//! `plwasm completions` and `plwasm man`: shell completions and manual pages, made of the definitions of the
//! arguments.

use crate::failure::{Failure, Result};
use clap::CommandFactory;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write completions for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  plwasm completions bash > ~/.local/share/bash-completion/completions/plwasm
  plwasm completions zsh > ~/.zfunc/_plwasm
  plwasm completions fish > ~/.config/fish/completions/plwasm.fish")]
pub(crate) struct CompletionArguments {
    /// The shell
    shell: clap_complete::Shell,
}

/// Write the manual page, or one for each command into a directory.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  plwasm man | man -l -
  plwasm man --directory ~/.local/share/man/man1")]
pub(crate) struct ManArguments {
    /// The directory for plwasm.1, plwasm-run.1 and the others
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    directory: Option<PathBuf>,
}

/// Writes completions.
///
/// # Errors
/// They cannot be written.
pub(crate) fn complete(arguments: &CompletionArguments) -> Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut crate::Arguments::command(),
        "plwasm",
        &mut script,
    );
    write(&script)
}

/// Writes manual pages.
///
/// # Errors
/// They cannot be written.
pub(crate) fn man(arguments: &ManArguments) -> Result<ExitCode> {
    let command = crate::Arguments::command();
    match &arguments.directory {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|e| Failure::of_file("create", folder, &e))?;
            clap_mangen::generate_to(command, folder)
                .map_err(|e| Failure::of_file("write to", folder, &e))?;
            Ok(ExitCode::SUCCESS)
        }
        None => {
            let mut page = Vec::new();
            crate::written(clap_mangen::Man::new(command).render(&mut page))?;
            write(&page)
        }
    }
}

fn write(text: &[u8]) -> Result<ExitCode> {
    use std::io::Write;
    crate::written(std::io::stdout().write_all(text))?;
    Ok(ExitCode::SUCCESS)
}
