//! `plwasm sql`: writes a module as SQL, either a migration or a PostgreSQL extension.
//!
//! It must never need a server.

use crate::check::module_name;
use crate::extension::{Extension, Form, Update};
use crate::failure::{Failure, Kind, Result};
use crate::source::{self, WasiArgument};
use crate::sql::DIALECT;
use base64::Engine as _;
use plwasm_engine::suggestion::{NewAggregate, NewFunction, NewType, Suggestions};
use plwasm_engine::{Depth, Error, Listing, read::body};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write the SQL that creates a module and the functions that it suggests.
///
/// It is written as a migration, to standard output or a file, or as a PostgreSQL extension with a control file and a
/// script. pg_dump writes an extension as one line, and foreign servers can refer to it. Where you cannot copy files to
/// the server, pg_tle installs an extension by SQL.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  plwasm sql slug.wasm --schema app > migrations/0042_slug.sql
  plwasm sql slug.wasm --extension slug --set-version 1.0 --output slug/
  plwasm sql new.wasm --extension slug --set-version 1.1 --from slug.wasm --from-version 1.0 --output slug/
  cp slug/slug* $(pg_config --sharedir)/extension/ && psql -c 'CREATE EXTENSION slug CASCADE'
  plwasm sql slug.wasm --extension slug --pg-tle --output slug/ && psql -f slug/slug--1.0.pgtle.sql -c 'CREATE EXTENSION slug'")]
pub(crate) struct Arguments {
    /// WebAssembly: a module or component, binary or text; - reads standard input
    #[arg(value_name = "FILE.wasm", value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    #[command(flatten)]
    wasi: WasiArgument,
    /// The module's name in SQL [default: the name of the file]
    #[arg(long)]
    name: Option<String>,
    /// The schema for all objects [default: the current one]
    #[arg(long, conflicts_with = "extension")]
    schema: Option<String>,
    /// The file of a migration, or the directory of an extension
    #[arg(long, short, value_name = "PATH", value_hint = clap::ValueHint::AnyPath)]
    output: Option<PathBuf>,
    /// Write an extension of this name
    #[arg(long, value_name = "NAME")]
    extension: Option<String>,
    /// Write the extension for pg_tle: a script to run in a database, in place of files to copy to the server
    #[arg(long, requires = "extension")]
    pg_tle: bool,
    /// The extension's version
    #[arg(long, value_name = "VERSION", requires = "extension", default_value = "1.0")]
    set_version: String,
    /// The module of the previous version: also write the script that updates it
    #[arg(long, value_name = "OLD.wasm", requires = "extension", requires = "from_version", value_hint = clap::ValueHint::FilePath)]
    from: Option<PathBuf>,
    /// The previous version
    #[arg(long, value_name = "VERSION", requires = "from")]
    from_version: Option<String>,
}

/// A module, and the functions and types that it suggests.
struct Module {
    /// Its name as SQL writes it, with its schema if it has one.
    name: String,
    binary: Vec<u8>,
    suggestions: Suggestions,
}

/// Runs the command.
///
/// # Errors
/// The errors of the module; a file cannot be written.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let own = arguments.name.clone().unwrap_or_else(|| {
        arguments
            .extension
            .as_ref()
            .map_or_else(|| module_name(&arguments.file), |e| e.replace('-', "_"))
    });
    let schema = arguments.schema.as_deref().unwrap_or_default();
    let read = |path: &Path| Module::read(path, arguments.wasi, &own, schema);
    let module = read(&arguments.file)?;
    let Some(extension) = &arguments.extension else {
        let script = module.migration();
        return match &arguments.output {
            Some(path) => write(path, &script),
            None => {
                use std::io::Write;
                crate::written(std::io::stdout().write_all(script.as_bytes()))?;
                Ok(ExitCode::SUCCESS)
            }
        };
    };
    let update = match (&arguments.from, &arguments.from_version) {
        (Some(from), Some(version)) => {
            Some(Update { from: version, script: module.update(&read(from)?) })
        }
        _ => None,
    };
    let written = Extension {
        name: extension,
        version: &arguments.set_version,
        module: &own,
        script: module.migration(),
        update,
    }
    .files(if arguments.pg_tle { Form::PgTle } else { Form::Files })?;
    let folder = arguments.output.clone().unwrap_or_else(|| PathBuf::from("."));
    std::fs::create_dir_all(&folder).map_err(|e| Failure::of_file("create", &folder, &e))?;
    for (name, text) in written {
        write(&folder.join(name), &text)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, text: &str) -> Result<ExitCode> {
    use std::io::Write;
    let failed = |error: std::io::Error| Failure::of_file("write", path, &error);
    std::fs::write(path, text).map_err(failed)?;
    crate::written(writeln!(std::io::stderr(), "wrote {}", path.display()))?;
    Ok(ExitCode::SUCCESS)
}

impl Module {
    fn read(path: &Path, wasi: WasiArgument, own: &str, schema: &str) -> Result<Self> {
        let refused = |error: Error| Failure::of(Kind::Module, path.display(), &error);
        let code = source::read(path)?;
        let binary = body::binary(&code).map_err(refused)?.into_owned();
        let listing = Listing::of(&binary, wasi.wasi.stubs(), Depth::Exports).map_err(refused)?;
        let quote = DIALECT.identifier;
        let name = match schema {
            "" => quote(own),
            schema => format!("{}.{}", quote(schema), quote(own)),
        };
        let suggestions = Suggestions::of(&listing.exports, schema, schema, own, DIALECT);
        Ok(Self { name, binary, suggestions })
    }

    /// Returns the functions that can be created.
    fn functions(&self) -> impl Iterator<Item = &NewFunction> {
        self.suggestions.functions.iter().filter_map(|found| found.function.as_ref().ok())
    }

    /// Returns the aggregates that can be created.
    fn aggregates(&self) -> impl Iterator<Item = &NewAggregate> {
        self.suggestions.aggregates.iter().filter_map(|found| found.aggregate.as_ref().ok())
    }

    fn create_module(&self, or_replace: bool) -> String {
        let replace = if or_replace { "OR REPLACE " } else { "" };
        let base64 = base64::engine::general_purpose::STANDARD.encode(&self.binary);
        // Lines, for editors and version control.
        let lines: Vec<&str> = base64
            .as_bytes()
            .chunks(76)
            .map(|line| std::str::from_utf8(line).unwrap_or_default())
            .collect();
        format!(
            "CREATE {replace}FUNCTION {}() RETURNS wasm.module LANGUAGE wasm IMMUTABLE PARALLEL SAFE AS $wasm$\n{}\n$wasm$;\n",
            self.name,
            lines.join("\n")
        )
    }

    /// Returns the script that creates everything.
    fn migration(&self) -> String {
        let mut script = self.create_module(false);
        self.suggestions.types.iter().for_each(|ty| add_type(&mut script, ty));
        for found in &self.suggestions.functions {
            match &found.function {
                Ok(function) => add_function(&mut script, function, false),
                Err(_) => {
                    let _ = write!(script, "\n{}\n", found.sql(false));
                }
            }
        }
        for found in &self.suggestions.aggregates {
            match &found.aggregate {
                Ok(aggregate) => add_aggregate(&mut script, aggregate, false),
                Err(_) => {
                    let _ = write!(script, "\n{}\n", found.sql(false));
                }
            }
        }
        script
    }

    /// Returns the script that updates the previous version to this one.
    fn update(&self, old: &Self) -> String {
        let mut script = String::new();
        let find = |of: &'_ Self, signature: &str| -> Option<String> {
            of.functions()
                .find(|found| found.signature() == signature)
                .map(NewFunction::declaration)
        };
        let kept = |ty: &NewType, of: &Self| {
            of.suggestions
                .types
                .iter()
                .any(|found| found.qualified == ty.qualified && found.definition == ty.definition)
        };
        // To drop or replace a type, all functions are dropped first, as any of them may use it.
        let all = !old.suggestions.types.iter().all(|ty| kept(ty, self));
        let stays = |function: &NewFunction| {
            let signature = function.signature();
            !all && find(old, &signature).is_some()
                && find(old, &signature) == find(self, &signature)
        };
        // An aggregate that consists of a function that is dropped is dropped before it.
        let remains = |aggregate: &NewAggregate| {
            let is_in = |of: &Self| {
                of.aggregates().any(|found| found.create(false) == aggregate.create(false))
            };
            let mut functions = old.functions().chain(self.functions());
            is_in(old)
                && is_in(self)
                && functions.all(|function| !aggregate.uses(function) || stays(function))
        };
        for aggregate in old.aggregates().filter(|aggregate| !remains(aggregate)) {
            let _ = writeln!(script, "DROP AGGREGATE {};", aggregate.signature());
        }
        for function in old.functions().filter(|function| !stays(function)) {
            let _ = writeln!(script, "DROP FUNCTION {};", function.signature());
        }
        for ty in old.suggestions.types.iter().rev().filter(|ty| !kept(ty, self)) {
            let _ = writeln!(script, "DROP TYPE {};", ty.qualified);
        }
        script.push_str(&self.create_module(true));
        let new = self.suggestions.types.iter().filter(|ty| !kept(ty, old));
        new.for_each(|ty| add_type(&mut script, ty));
        self.functions().for_each(|function| add_function(&mut script, function, stays(function)));
        self.aggregates()
            .for_each(|aggregate| add_aggregate(&mut script, aggregate, remains(aggregate)));
        script
    }
}

fn add_type(script: &mut String, ty: &NewType) {
    let _ = write!(script, "\n{};\n", ty.create());
    ty.comments().iter().for_each(|comment| {
        let _ = writeln!(script, "{comment};");
    });
}

fn add_function(script: &mut String, function: &NewFunction, or_replace: bool) {
    let _ = write!(script, "\n{};{}\n", function.create(or_replace), function.remark());
    if let Some(comment) = function.comment() {
        let _ = writeln!(script, "{comment};");
    }
}

fn add_aggregate(script: &mut String, aggregate: &NewAggregate, or_replace: bool) {
    let _ = write!(script, "\n{};\n", aggregate.create(or_replace));
    if let Some(comment) = aggregate.comment() {
        let _ = writeln!(script, "{comment};");
    }
}
