//! `plwasm check`: reports whether CREATE FUNCTION would accept a module, and what would improve it.
//!
//! It must never compile a module unless it was asked to, or has to try a call or what runs before any call: a large
//! module takes a while.

use crate::advice::advice;
use crate::call::LimitArguments;
use crate::failure::{Failure, Kind, Result, hint};
use crate::generated::Kinds;
use crate::loader::Loader;
use crate::source;
use crate::sql::{DIALECT, Declaration};
use crate::tried::Tried;
use crate::unit;
use anstyle::{AnsiColor, Style};
use plwasm_engine::compile::instrument::Purity;
use plwasm_engine::compile::lines::section::missing;
use plwasm_engine::name::{MemberKind, member};
use plwasm_engine::suggestion::{NewFunction, Suggestions};
use plwasm_engine::{
    Anatomy, Depth, Error, ErrorData, Generated, Linked, Listed, Listing, read::body,
};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Report whether CREATE FUNCTION would accept a module, and what would improve it.
///
/// Lists imports and exports, the SQL function that fits each export, whether the export is proved to be stateless,
/// and what would make the module smaller or acceptable.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  plwasm check examples.wasm
  plwasm check --json examples.wasm | jq '.exports[].sql'
  plwasm check --compile large.wasm      # as CREATE FUNCTION does it, which takes longer
  plwasm check lazy.wasm --try 'lazy(5)' # would a warm-up help?")]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: source::SourceArguments,
    /// Compile it in any case; otherwise it is compiled only if something in it runs before any call, to try that
    #[arg(long)]
    compile: bool,
    /// Make this call, and report whether the export does work on its first call which a warm-up could do once;
    /// repeatable
    #[arg(long = "try", value_name = "CALL")]
    tries: Vec<String>,
    /// The SQL declaration of a function that is tried, if the module does not describe its types; repeatable
    #[arg(long = "as", value_name = "DECLARATION", requires = "tries")]
    declarations: Vec<String>,
    #[command(flatten)]
    limits: LimitArguments,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// What the command has found out about a module.
struct Assessment {
    listing: Listing,
    anatomy: Anatomy,
    imports: Vec<String>,
    suggestions: Suggestions,
    advice: Vec<String>,
    /// The error with which every call would end.
    warning: Option<ErrorData>,
    tried: Vec<Tried>,
}

/// Runs the command.
///
/// # Errors
/// The error that CREATE FUNCTION would raise.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let path = &arguments.source.file;
    let code = source::read(path)?;
    let wasi = arguments.source.wasi.wasi;
    let refused = |error: Error| Failure::of(Kind::Module, path.display(), &error);
    let binary = body::binary(&code).map_err(refused)?;
    let inspection = Linked::of(&binary, wasi.stubs()).map_err(refused)?.inspection;
    let listing = Listing::of(&binary, wasi.stubs(), Depth::Purity).map_err(refused)?;
    let anatomy = Anatomy::of(&binary).map_err(refused)?;
    let suggestions =
        Suggestions::of(&listing.exports, "public", "public", &module_name(path), DIALECT);
    let limits = arguments.limits.limits();
    let (refusal, warning) = match inspection.check() {
        Ok(()) if arguments.compile || inspection.has_startup() || !arguments.tries.is_empty() => {
            match Loader::new()?.initialization_failure(&code, wasi, limits) {
                Ok(warning) => (None, warning),
                Err(refusal) => (Some(refusal), None),
            }
        }
        checked => (checked.err(), None),
    };
    let tried = match &refusal {
        None => tried(arguments, &code)?,
        Some(_) => Vec::new(),
    };
    let assessment = Assessment {
        warning,
        tried,
        advice: advice(&anatomy, binary.len(), missing(&binary)),
        imports: inspection.imports.iter().map(ToString::to_string).collect(),
        listing,
        anatomy,
        suggestions,
    };
    let refusal = refusal.map(refused);
    let failure = || assessment.tried.iter().find_map(|tried| tried.failure.clone());
    match arguments.json {
        true => {
            crate::written(writeln!(
                std::io::stdout(),
                "{:#}",
                assessment.to_json(refusal.as_ref())
            ))?;
            let failure = refusal.or_else(failure);
            Ok(failure.map_or(ExitCode::SUCCESS, |failure| failure.kind.into()))
        }
        false => {
            crate::written(assessment.write())?;
            refusal.or_else(failure).map_or(Ok(ExitCode::SUCCESS), Err)
        }
    }
}

/// Makes the calls that are to be tried.
fn tried(arguments: &Arguments, code: &[u8]) -> Result<Vec<Tried>> {
    if arguments.tries.is_empty() {
        return Ok(Vec::new());
    }
    let declared = arguments.declarations.iter().map(|text| Declaration::parse(text));
    let declared: Vec<_> = declared
        .collect::<plwasm_engine::Result<_>>()
        .map_err(|error| Failure::of(Kind::Usage, "command line", &error))?;
    let source::SourceArguments { file, wasi } = &arguments.source;
    let loader = Loader::new()?;
    let module = loader
        .module(code, wasi.wasi)
        .map_err(|error| Failure::of(Kind::Module, file.display(), &error))?;
    let limits = arguments.limits.limits();
    let calls = arguments.tries.iter();
    calls.map(|call| Tried::of(&loader, module.clone(), call, &declared, limits)).collect()
}

/// Returns the name for the module of a file.
pub(crate) fn module_name(path: &Path) -> String {
    let stem = path.file_stem().map_or("module".into(), |stem| stem.to_string_lossy());
    let name: String = stem
        .chars()
        .map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    if name.trim_matches('_').is_empty() { "module".into() } else { name }
}

/// Returns whether an export constructs something that may not be kept.
fn may_be_unkeepable(export: &Listed) -> bool {
    let is_constructor =
        member(&export.name).is_some_and(|member| member.kind == MemberKind::Constructor);
    is_constructor && export.purity.as_ref().is_some_and(Purity::may_be_unkeepable)
}

impl Assessment {
    fn write(&self) -> std::io::Result<()> {
        let mut to = anstream::stdout().lock();
        let bold = Style::new().bold();
        let dimmed = Style::new().dimmed();
        let yellow = Style::new().fg_color(Some(AnsiColor::Yellow.into()));
        let Listing { kind, size, hash, exports } = &self.listing;
        writeln!(to, "{bold}{kind}{bold:#} of {}", unit::bytes(*size as u64))?;
        writeln!(to, "  sha256  {hash}")?;
        writeln!(
            to,
            "  code    {}, data {}, other {}",
            unit::bytes(self.anatomy.code as u64),
            unit::bytes(self.anatomy.data as u64),
            unit::bytes((size - self.anatomy.code - self.anatomy.data) as u64),
        )?;
        for memory in &self.anatomy.memories {
            let most = match memory.maximum {
                Some(most) => format!("at most {}", unit::bytes(most)),
                None => "without a maximum of its own".into(),
            };
            writeln!(to, "  memory  {}, {most}", unit::bytes(memory.initial))?;
        }
        if !self.imports.is_empty() {
            writeln!(to, "{bold}imports{bold:#}")?;
            for import in &self.imports {
                writeln!(to, "  {yellow}{import}{yellow:#}")?;
            }
        }
        writeln!(to, "{bold}exports{bold:#}")?;
        let kinds = Kinds::of(exports.iter().map(|export| export.name.as_str()));
        for export in exports.iter().filter(|export| Generated::of(&export.name).is_none()) {
            writeln!(to, "  {}", export.line())?;
            match self.sql(&export.name) {
                Some(Ok(sql)) => {
                    let remark = self.remark(&export.name);
                    writeln!(to, "    {sql}{dimmed}{remark}{dimmed:#}")?;
                }
                Some(Err(reason)) => {
                    writeln!(to, "    {yellow}no SQL function: {reason}{yellow:#}")?
                }
                None => {}
            }
            match &export.purity {
                Some(purity) if purity.is_stateless() => {
                    writeln!(to, "    {dimmed}stateless{dimmed:#}")?
                }
                Some(purity) => writeln!(to, "    {dimmed}changes {purity}{dimmed:#}")?,
                None => {}
            }
            if may_be_unkeepable(export) {
                writeln!(
                    to,
                    "    {yellow}what it makes is not kept if it changes a table or drops a segment: make a call with \
                     --try{yellow:#}"
                )?;
            }
        }
        for line in kinds.lines() {
            writeln!(to, "  {dimmed}{line}{dimmed:#}")?;
        }
        if !self.suggestions.types.is_empty() {
            writeln!(to, "{bold}types{bold:#}")?;
            for ty in &self.suggestions.types {
                writeln!(to, "  {}", ty.create())?;
            }
        }
        if !self.suggestions.aggregates.is_empty() {
            writeln!(to, "{bold}aggregates{bold:#}")?;
            for found in &self.suggestions.aggregates {
                match &found.aggregate {
                    Ok(aggregate) => writeln!(to, "  {}", aggregate.create(false))?,
                    Err(_) => writeln!(to, "  {yellow}{}{yellow:#}", found.sql(false))?,
                }
            }
        }
        if let Some(warning) = &self.warning {
            writeln!(to, "{bold}every call would fail{bold:#}")?;
            writeln!(to, "  {yellow}{}: {}{yellow:#}", warning.sqlstate, warning.message)?;
            let hint = warning.remedy.clone().and_then(hint);
            for line in
                warning.detail.as_deref().into_iter().chain(hint.as_deref()).flat_map(str::lines)
            {
                writeln!(to, "    {line}")?;
            }
        }
        if !self.tried.is_empty() {
            writeln!(to, "{bold}calls{bold:#}")?;
            for lines in self.tried.iter().map(Tried::lines) {
                writeln!(to, "  {}", lines[0])?;
                for line in &lines[1..] {
                    writeln!(to, "    {yellow}{line}{yellow:#}")?;
                }
            }
        }
        if !self.advice.is_empty() {
            writeln!(to, "{bold}suggestions{bold:#}")?;
            for advice in &self.advice {
                writeln!(to, "  {advice}")?;
            }
        }
        to.flush()
    }

    /// Returns the SQL function of an export, or why there is none. Returns None if the module does not describe its
    /// types.
    fn sql(&self, export: &str) -> Option<std::result::Result<String, String>> {
        let found = self.suggestions.functions.iter().find(|found| found.export == export)?;
        Some(match &found.function {
            Ok(function) => Ok(function.declaration()),
            Err(reason) => Err(reason.to_string()),
        })
    }

    /// Returns what is uncertain about that function.
    fn remark(&self, export: &str) -> String {
        let found = self.suggestions.functions.iter().find(|found| found.export == export);
        let function = found.and_then(|found| found.function.as_ref().ok());
        function.map(NewFunction::remark).unwrap_or_default()
    }

    fn to_json(&self, refusal: Option<&Failure>) -> Value {
        let exports: Vec<_> = self
            .listing
            .exports
            .iter()
            .map(|export| {
                let sql = self.sql(&export.name);
                json!({
                    "name": export.name,
                    "core": export.core.as_ref().map(ToString::to_string),
                    "wit": export.wit.as_ref().map(ToString::to_string),
                    "sql": sql.clone().and_then(std::result::Result::ok),
                    "no_sql": sql.and_then(std::result::Result::err),
                    "stateless": export.purity.as_ref().map(Purity::is_stateless),
                    "changes": export.purity.as_ref().filter(|purity| !purity.is_stateless()).map(ToString::to_string),
                    "may_be_unkeepable": may_be_unkeepable(export),
                })
            })
            .collect();
        let memories: Vec<_> = self
            .anatomy
            .memories
            .iter()
            .map(|memory| json!({ "initial": memory.initial, "maximum": memory.maximum }))
            .collect();
        json!({
            "accepted": refusal.is_none(),
            "error": refusal.map(Failure::to_json),
            "warning": self.warning.as_ref().map(|warning| json!({
                "sqlstate": warning.sqlstate,
                "message": warning.message,
                "detail": warning.detail,
                "hint": warning.remedy.clone().and_then(hint),
            })),
            "kind": self.listing.kind.to_string(),
            "size": self.listing.size,
            "sha256": self.listing.hash.to_string(),
            "code": self.anatomy.code,
            "data": self.anatomy.data,
            "custom": self.anatomy.custom,
            "memories": memories,
            "imports": self.imports,
            "exports": exports,
            "types": self.suggestions.types.iter().map(plwasm_engine::suggestion::NewType::create).collect::<Vec<_>>(),
            "aggregates": self.suggestions.aggregates.iter().map(|found| json!({
                "resource": found.resource,
                "sql": found.aggregate.as_ref().ok().map(|aggregate| aggregate.create(false)),
                "no_sql": found.aggregate.as_ref().err(),
            })).collect::<Vec<_>>(),
            "calls": self.tried.iter().map(Tried::to_json).collect::<Vec<_>>(),
            "suggestions": self.advice,
        })
    }
}
