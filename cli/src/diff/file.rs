//! What a file would change in an installed module, and what that would break.

use super::{Arguments, color};
use crate::check::module_name;
use crate::database::Database;
use crate::failure::{Failure, Kind, Result};
use crate::installed::{Installed, User};
use crate::source;
use anstyle::AnsiColor;
use plwasm_engine::name::MemberKind;
use plwasm_engine::{Depth, Listed, Listing, name};
use serde_json::json;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// An installed module beside a file.
struct Comparison {
    old: Listing,
    new: Listing,
    /// The exports that differ, as they are in the module and in the file.
    changes: Vec<(Option<String>, Option<String>)>,
    breaks: Vec<Break>,
}

/// A function that does not fit the new module.
struct Break {
    user: User,
    reason: String,
}

/// Compares a file with the module of a database.
///
/// # Errors
/// The errors of either module; the server's error.
pub(super) fn compare(path: &Path, conninfo: &str, arguments: &Arguments) -> Result<ExitCode> {
    let code = source::read(path)?;
    let list = |what: String, code: &[u8]| {
        Listing::of(code, arguments.wasi.wasi.stubs(), Depth::Exports)
            .map_err(|error| Failure::of(Kind::Module, what, &error))
    };
    let new = list(path.display().to_string(), &code)?;
    let module = arguments.name.clone().unwrap_or_else(|| module_name(path));
    let database = Database::connect(conninfo)?;
    let installed = Installed::find(&database, &module)?;
    let old = list(format!("module {}", installed.name), &installed.code)?;
    let changes = changes(&old.exports, &new.exports);
    let breaks: Vec<Break> = installed
        .users(&database)?
        .into_iter()
        .filter_map(|user| Some(Break { reason: reason(&user, &old, &new)?, user }))
        .collect();
    let found = Comparison { old, new, changes, breaks };
    crate::written(match arguments.json {
        true => found.write_json(),
        false => found.write(),
    })?;
    Ok(if found.breaks.is_empty() { ExitCode::SUCCESS } else { Kind::No.into() })
}

/// Returns the exports that differ: before and after.
fn changes(old: &[Listed], new: &[Listed]) -> Vec<(Option<String>, Option<String>)> {
    let line = |export: &Listed| Some(export.line());
    let of = |exports: &[Listed], name: &str| {
        exports.iter().find(|export| export.name == name).and_then(line)
    };
    let gone = old.iter().map(|export| (line(export), of(new, &export.name)));
    let come = new.iter().filter(|export| of(old, &export.name).is_none());
    gone.chain(come.map(|export| (None, line(export)))).filter(|(old, new)| old != new).collect()
}

/// Returns why a function does not fit the new module, or None if it does.
fn reason(user: &User, old: &Listing, new: &Listing) -> Option<String> {
    let find = |listing: &'_ Listing| -> std::result::Result<usize, plwasm_engine::Error> {
        let names = listing.exports.iter().map(|export| export.name.as_str());
        let found = name::find(names, &user.export)?;
        Ok(listing.exports.iter().position(|export| export.name == found).unwrap_or_default())
    };
    let after = match find(new) {
        Ok(at) => &new.exports[at],
        Err(error) => return Some(error.to_string()),
    };
    // A function that does not work today cannot break.
    let before = &old.exports[find(old).ok()?];
    let types = |export: &Listed| {
        export.wit.as_ref().and_then(plwasm_engine::read::wit::Function::signature)
    };
    // A method's SQL function has the parameters of the constructor, too.
    let constructor = |listing: &Listing, of: &Listed| {
        let of = name::member(&of.name).filter(|of| of.kind == MemberKind::Method)?;
        Some(Listed::constructor_of(&listing.exports, &of).ok().and_then(types))
    };
    if let Some(before_it) = constructor(old, before)
        && let Some(after_it) = constructor(new, after)
        && before_it != after_it
    {
        return Some(format!("the constructor of {} changes", after.line()));
    }
    match (types(before), types(after)) {
        (Some(before), Some(after)) if before == after => None,
        // Names of types and parameters do not matter, only the types themselves.
        (None, None) if before.core == after.core => None,
        // If only the new module describes its types, they are assumed to be those that were guessed; the server
        // checks that.
        (None, Some(_)) if before.core == after.core => None,
        _ => Some(format!("{} becomes {}", before.line(), after.line())),
    }
}

impl Comparison {
    fn write(&self) -> std::io::Result<()> {
        let Self { old, new, changes, breaks } = self;
        let (red, green) = (color(AnsiColor::Red), color(AnsiColor::Green));
        let mut to = anstream::stdout().lock();
        match old.hash == new.hash {
            true => writeln!(to, "the same code, sha256 {}", old.hash)?,
            false => {
                writeln!(to, "installed: sha256 {}\nfile:      sha256 {}", old.hash, new.hash)?
            }
        }
        for (before, after) in changes {
            if let Some(before) = before {
                writeln!(to, "{red}- {before}{red:#}")?;
            }
            if let Some(after) = after {
                writeln!(to, "{green}+ {after}{green:#}")?;
            }
        }
        if changes.is_empty() {
            writeln!(to, "the same exports")?;
        }
        for Break { user, reason } in breaks {
            writeln!(to, "{red}breaks{red:#} {}: {reason}", user.signature)?;
            for dependent in &user.dependents {
                writeln!(to, "       and {dependent}")?;
            }
        }
        to.flush()
    }

    fn write_json(&self) -> std::io::Result<()> {
        let Self { old, new, changes, breaks } = self;
        let changes: Vec<_> =
            changes.iter().map(|(old, new)| json!({ "installed": old, "file": new })).collect();
        let broken = |Break { user, reason }: &Break| json!({ "function": user.signature, "reason": reason, "dependents": user.dependents });
        let breaks: Vec<_> = breaks.iter().map(broken).collect();
        let report = json!({
            "installed": old.hash.to_string(), "file": new.hash.to_string(),
            "exports": changes, "breaks": breaks,
        });
        writeln!(std::io::stdout(), "{report:#}")
    }
}
