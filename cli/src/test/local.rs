//! Runs cases in this process.

use super::case::Case;
use super::report::{Finding, Verdict};
use crate::call::LimitArguments;
use crate::callee::{Callee, Outcome};
use crate::failure::{Failure, Kind, Result};
use crate::loader::Loader;
use crate::pass::Output;
use crate::sql::{self, Declaration, SqlType, datum_of, output};
use plwasm_engine::pass::path;
use plwasm_engine::warm_up::WarmUp;
use plwasm_engine::{Error, Messages, Module};
use std::collections::HashMap;
use std::rc::Rc;

/// The exports of a module that cases have called.
#[derive(Debug)]
pub(super) struct Callees<'a> {
    loader: &'a Loader,
    pub module: Rc<Module>,
    limits: LimitArguments,
    known: HashMap<Key, Callee<'a>>,
}

/// What is said before an outcome of an aggregate that was called for two halves of its rows.
pub(super) const HALVES: &str = "when the states of two halves of the rows were merged";

/// What determines the callee of a call: its name, its declaration, whether it is over rows, and how many arguments it has.
type Key = ((Option<String>, String), Option<String>, bool, usize);

/// A case that can be called: its arguments, and its expected result.
#[derive(Debug)]
pub(super) struct Ready {
    pub call: sql::Call,
    pub declared: Option<Declaration>,
}

impl<'a> Callees<'a> {
    pub(super) fn new(loader: &'a Loader, module: Rc<Module>, limits: LimitArguments) -> Self {
        Self { loader, module, limits, known: HashMap::new() }
    }

    /// Returns what a case calls.
    ///
    /// # Errors
    /// The errors of the case, or of the export that it calls.
    pub(super) fn of(
        &mut self,
        case: &Case,
    ) -> std::result::Result<(Ready, &mut Callee<'a>), Error> {
        let call = sql::Call::parse(&case.call)?;
        let declared = case.declaration.as_deref().map(Declaration::parse).transpose()?;
        let name = (call.qualifier.clone(), call.function.clone());
        let rows = call.rows.as_ref();
        let row = rows.and_then(|rows| rows.arguments.first()).map_or(0, Vec::len);
        let count = call.arguments.len() + row;
        let key = (name, case.declaration.clone(), rows.is_some(), count);
        if !self.known.contains_key(&key) {
            let module = self.module.clone();
            let limits = self.limits.limits();
            let declared = declared.as_ref();
            let warm_up = WarmUp::default();
            let callee = Callee::new(self.loader, module, &call, declared, limits, warm_up)?;
            self.known.insert(key.clone(), callee);
        }
        let callee = self.known.get_mut(&key);
        let callee = callee.ok_or_else(|| Error::Internal("a callee does not exist".into()))?;
        Ok((Ready { call, declared }, callee))
    }

    /// Runs a case.
    pub(super) fn run(&mut self, case: &Case) -> Finding {
        let limit = self.limits.fuel;
        let (ready, callee) = match self.of(case) {
            Ok(found) => found,
            Err(error) => return Finding::error(case, &error, &path::take()),
        };
        let arguments = match callee.arguments(&ready.call) {
            Ok(arguments) => arguments,
            Err(error) => return Finding::error(case, &error, &path::take()),
        };
        let outcome = callee.call(&arguments);
        let verdict = Self::verdict(case, &outcome, callee.result_type());
        let verdict = match (verdict, case.fuel, outcome.fuel) {
            (Verdict::Passed, Some(most), Some(fuel)) if fuel > most => {
                Verdict::Wrong(format!("it took {fuel} units of fuel, at most {most} are allowed"))
            }
            // The fuel of a call that ends with an error is not known: with the fuel allowed, it must end with the
            // same error.
            (Verdict::Passed, Some(most), None) => {
                let outcome = callee.call_with(most.min(limit), &arguments);
                match &outcome.result {
                    Err(error) => Finding::error(case, error, &outcome.place).verdict,
                    Ok(_) => Verdict::Wrong("it returned when it was called again".into()),
                }
            }
            (verdict, ..) => verdict,
        };
        // In a parallel plan, the same rows have to give the same result.
        let merged = match (&verdict, &outcome.result) {
            (Verdict::Passed, Ok(_)) => callee.merged(limit, &arguments),
            _ => None,
        };
        let is_merged = merged.is_some();
        let verdict = match merged.map(|it| Self::verdict(case, &it, callee.result_type())) {
            None => verdict,
            Some(Verdict::Passed) => Verdict::Passed,
            Some(Verdict::Wrong(why)) => Verdict::Wrong(format!("{HALVES}: {why}")),
        };
        Finding { verdict, fuel: outcome.fuel, is_merged, time: outcome.time }
    }

    fn verdict(case: &Case, outcome: &Outcome, ty: &SqlType) -> Verdict {
        match &outcome.result {
            Err(error) => Finding::error(case, error, &outcome.place).verdict,
            Ok(found) => {
                let found = Found::of(found.as_ref(), ty);
                match found.expected(case, ty) {
                    Ok(expected) => match found.compared(&expected, case) {
                        Verdict::Wrong(why) => Verdict::Wrong(with_messages(why, outcome)),
                        passed => passed,
                    },
                    Err(error) => Verdict::Wrong(format!("expected value: {error}")),
                }
            }
        }
    }
}

/// Adds to a text what the guest has said last.
fn with_messages(text: String, outcome: &Outcome) -> String {
    match outcome.messages.last().map(Messages::last).filter(|last| !last.is_empty()) {
        Some(last) => format!("{text}\nlast messages:\n{last}"),
        None => text,
    }
}

/// What a call returned, as texts.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Found {
    Value(Option<String>),
    Rows(Vec<Option<String>>),
}

impl Found {
    fn of(found: Option<&Output>, ty: &SqlType) -> Self {
        match found {
            None => Self::Value(None),
            Some(Output::Value(value)) => Self::Value(output(value, ty)),
            Some(Output::Rows(rows)) => {
                Self::Rows(rows.iter().map(|row| output(row, ty)).collect())
            }
        }
    }

    /// Returns what a case expects, in the same form, or None if it expects nothing.
    fn expected(&self, case: &Case, ty: &SqlType) -> std::result::Result<Option<Self>, Error> {
        let text = |text: &String| -> std::result::Result<Option<String>, Error> {
            Ok(output(&datum_of(&constant(text)?, ty)?, ty))
        };
        Ok(match (&case.expect, &case.rows) {
            (Some(value), _) => Some(Self::Value(text(value)?)),
            (None, Some(rows)) => {
                Some(Self::Rows(rows.iter().map(text).collect::<std::result::Result<_, Error>>()?))
            }
            (None, None) => None,
        })
    }

    /// Returns whether it is what was expected.
    pub(super) fn compared(&self, expected: &Option<Self>, case: &Case) -> Verdict {
        match (expected, &case.sqlstate) {
            (_, Some(sqlstate)) => {
                Verdict::Wrong(format!("it returned {self}, but SQLSTATE {sqlstate} was expected"))
            }
            // A call of a set-returning function that was skipped returns no rows.
            (Some(Self::Rows(rows)), _) if rows.is_empty() && *self == Self::Value(None) => {
                Verdict::Passed
            }
            (Some(expected), _) if expected != self => {
                Verdict::Wrong(format!("it returned {self}, but {expected} was expected"))
            }
            _ => Verdict::Passed,
        }
    }
}

/// Reads a single constant.
fn constant(text: &str) -> std::result::Result<sqlparser::ast::Expr, Error> {
    let call = sql::Call::parse(&format!("expect({text})"))?;
    let [constant] = &call.arguments[..] else {
        return Err(sql::error("42601", format!("\"{text}\" is not one value"), None));
    };
    Ok(constant.clone())
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let one = |value: &Option<String>| match value {
            None => "NULL".to_string(),
            Some(text) => plwasm_engine::suggestion::literal(&plwasm_engine::name::paragraph(text)),
        };
        match self {
            Self::Value(value) => f.write_str(&one(value)),
            Self::Rows(rows) => {
                let shown: Vec<_> = rows.iter().take(20).map(one).collect();
                write!(f, "{} rows: {}", rows.len(), shown.join(", "))
            }
        }
    }
}

/// Returns the module of a file of cases.
///
/// # Errors
/// The errors of the module.
pub(super) fn load(
    loader: &Loader,
    path: &std::path::Path,
    wasi: plwasm_engine::Wasi,
) -> Result<(Vec<u8>, Rc<Module>)> {
    let code = crate::source::read(path)?;
    let module = loader
        .module(&code, wasi)
        .map_err(|error| Failure::of(Kind::Module, path.display(), &error))?;
    Ok((code, module))
}
