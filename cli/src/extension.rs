//! The files of a PostgreSQL extension that installs a module: those that PostgreSQL reads, or the scripts that give them
//! to pg_tle.
//!
//! It must never name a file so that PostgreSQL, or a reader, could take the one form for the other.

use crate::failure::{Failure, Kind, Result};
use plwasm_engine::name;

/// Who installs an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// PostgreSQL, from files in its directory of extensions.
    Files,
    /// pg_tle, from what it is given by SQL.
    PgTle,
}

/// An extension.
#[derive(Debug)]
pub(crate) struct Extension<'a> {
    pub name: &'a str,
    pub version: &'a str,
    /// The name of its module.
    pub module: &'a str,
    /// The SQL that creates its objects.
    pub script: String,
    pub update: Option<Update<'a>>,
}

/// What makes a previous version of an extension the current one.
#[derive(Debug)]
pub(crate) struct Update<'a> {
    /// The previous version.
    pub from: &'a str,
    pub script: String,
}

impl Extension<'_> {
    /// Returns the names of its files and what they contain.
    ///
    /// # Errors
    /// A name or a version is not one that PostgreSQL accepts.
    pub(crate) fn files(&self, form: Form) -> Result<Vec<(String, String)>> {
        let Self { name, version, script, .. } = self;
        check_name("extension's name", name)?;
        check_name("version", version)?;
        if let Some(update) = &self.update {
            check_name("version", update.from)?;
        }
        let comment = literal(&format!("functions in WebAssembly of the module {}", self.module));
        let mut files = Vec::new();
        match form {
            Form::Files => {
                let create = guarded(&format!("CREATE EXTENSION {name}"), script);
                files.push((format!("{name}--{version}.sql"), create));
                if let Some(Update { from, script }) = &self.update {
                    let update = format!("ALTER EXTENSION {name} UPDATE TO '{version}'");
                    files
                        .push((format!("{name}--{from}--{version}.sql"), guarded(&update, script)));
                }
                let control = format!(
                    "# extension {name}: functions in WebAssembly\n\
                     comment = {comment}\n\
                     default_version = '{version}'\n\
                     relocatable = true\n\
                     requires = 'plwasm'\n"
                );
                files.push((format!("{name}.control"), control));
            }
            Form::PgTle => {
                let install = format!(
                    "SELECT pgtle.install_extension('{name}', '{version}', {comment}, {}, ARRAY['plwasm']);\n",
                    dollars(script)
                );
                files.push((format!("{name}--{version}.pgtle.sql"), install));
                if let Some(Update { from, script }) = &self.update {
                    let update = format!(
                        "SELECT pgtle.install_update_path('{name}', '{from}', '{version}', {});\n\
                         SELECT pgtle.set_default_version('{name}', '{version}');\n",
                        dollars(script)
                    );
                    files.push((format!("{name}--{from}--{version}.pgtle.sql"), update));
                }
            }
        }
        Ok(files)
    }
}

/// Returns a script that only the command `sql` can run, as PostgreSQL's own extensions have it.
fn guarded(sql: &str, script: &str) -> String {
    format!(
        "-- complain if script is sourced in psql, rather than via {sql}\n\
         \\echo Use \"{sql}\" to load this file. \\quit\n\n{script}"
    )
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Returns a script as a string in dollars, with a tag that the script does not contain.
fn dollars(script: &str) -> String {
    let tag = (0..)
        .map(|number| match number {
            0 => "$_plwasm_$".to_owned(),
            number => format!("$_plwasm_{number}_$"),
        })
        .find(|tag| !script.contains(tag))
        .unwrap_or_default();
    format!("{tag}\n{script}{tag}")
}

/// Checks that PostgreSQL accepts a text in the names of an extension's files.
fn check_name(what: &str, text: &str) -> Result<()> {
    let is_good = !text.is_empty()
        && !text.contains("--")
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains(['/', '\\', '\'', '"'])
        && !text.contains(char::is_whitespace)
        && !text.contains(char::is_control);
    match is_good {
        true => Ok(()),
        false => Err(Failure::new(Kind::Usage, format!("\"{}\" cannot be an {what}", name::printable(text)))
            .hint("It must not be empty, contain \"--\", a slash, a quote or a blank, nor begin or end with \"-\".")),
    }
}
