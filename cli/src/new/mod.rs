//! `plwasm new`: creates a project in a language: functions, their WIT, a test, a README.
//!
//! It must never overwrite anything, nor need more than the language's usual tools.

mod kind;
mod language;
mod project;
mod tool;

use crate::failure::{Failure, Kind, Result};
use anstyle::{AnsiColor, Style};
use kind::What;
use language::Language;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use tool::Tool;

/// Create a project: a function, its types, a test, and how to build it.
///
/// It uses only the language's usual tools, and says what to install if one is missing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  plwasm new slug --lang rust && cd slug && cargo build --release && plwasm test")]
pub(crate) struct Arguments {
    /// The project's name, which is also that of its folder: lower case, digits and single hyphens
    #[arg(value_parser = name)]
    name: String,
    /// The language
    #[arg(long, value_enum)]
    lang: Language,
    /// What is made: a function, a resource for a prepared function or for an aggregate, a window function or a trigger function
    #[arg(long, value_enum, default_value = "function")]
    kind: What,
    /// The directory in which the folder is made
    #[arg(long, value_name = "DIR", default_value = ".", value_hint = clap::ValueHint::DirPath)]
    directory: PathBuf,
}

/// Checks that WIT, all languages and all file systems accept a name.
fn name(text: &str) -> std::result::Result<String, &'static str> {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    match text.len() <= 40 && text.split('-').all(is_word) {
        true => Ok(text.into()),
        false => Err(
            "a name consists of lower-case words and digits with hyphens between them, such as text-tools",
        ),
    }
}

/// Runs the command.
///
/// # Errors
/// The folder exists, or cannot be made.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let template = arguments.lang.template();
    let sources = arguments.kind.sources(arguments.lang);
    let folder = arguments.directory.join(&arguments.name);
    if fs::symlink_metadata(&folder).is_ok() {
        return Err(Failure::new(Kind::File, format!("\"{}\" already exists", folder.display()))
            .hint("Choose another name, or another --directory."));
    }
    let missing: Vec<&Tool> = template.tools.iter().filter(|tool| !tool.is_there()).collect();
    // The folder is complete when it appears: half a folder would be in the way of the next attempt.
    let made = arguments.directory.join(format!(".{}.{}", arguments.name, std::process::id()));
    let written = template.write(&made, &arguments.name, arguments.kind, sources);
    let written = written.and_then(|()| fs::rename(&made, &folder));
    if let Err(error) = written {
        let _ = fs::remove_dir_all(&made);
        return Err(Failure::of_file("create", &folder, &error));
    }
    let mut to = anstream::stdout().lock();
    crate::written(writeln!(
        to,
        "made {}; next: cd {} && {} && plwasm test",
        folder.display(),
        folder.display(),
        template.build
    ))?;
    let yellow = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    let mut to = anstream::stderr().lock();
    for Tool { name, install, .. } in missing {
        // If this fails, nobody can be told.
        let _ = writeln!(to, "plwasm: {yellow}warning:{yellow:#} {name} is missing: {install}");
    }
    Ok(ExitCode::SUCCESS)
}
