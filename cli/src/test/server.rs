//! Runs cases in a server: in schemas of their own, in one transaction that is rolled back.
//!
//! It must never leave anything behind, nor assume that a server counts fuel as this command does: a call that used
//! an amount of fuel here must succeed there with exactly that amount, and fail with one unit less.

use super::case::Case;
use super::local::{Callees, Found, HALVES, Ready};
use super::query::{self, Function};
use super::report::{Finding, Verdict};
use crate::call::LimitArguments;
use crate::callee::{Callee, Exports};
use crate::database::{Database, Parameter, Rows};
use crate::failure::{Failure, Kind, Result};
use crate::sql::DIALECT;
use plwasm_engine::suggestion::Suggestions;
use plwasm_engine::{Depth, Listing, Wasi};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

/// A server with an open transaction.
#[derive(Debug)]
pub(super) struct Server {
    database: Database,
    schemas: Cell<usize>,
}

/// A module that was created in a schema of its own.
#[derive(Debug)]
pub(super) struct Deployment<'a> {
    database: &'a Database,
    schema: String,
    limits: LimitArguments,
    /// SQL functions by export, for exports whose types the module describes.
    suggested: HashMap<String, String>,
    /// SQL functions by their export and signature.
    functions: RefCell<HashMap<String, Function>>,
}

/// Settings that make texts the same as here.
const SETTINGS: &str = "
    SELECT set_config(name, value, true)
      FROM (VALUES ('DateStyle', 'ISO, MDY'), ('IntervalStyle', 'postgres'), ('TimeZone', 'UTC'),
                   ('bytea_output', 'hex'), ('extra_float_digits', '1'),
                   ('search_path', 'pg_catalog, pg_temp')) AS s(name, value)";

impl Server {
    /// Connects and begins the transaction.
    ///
    /// # Errors
    /// There is no connection, or the database lacks PL/Wasm.
    pub(super) fn connect(conninfo: &str) -> Result<Self> {
        let database = Database::connect(conninfo)?;
        database.require_extension()?;
        database.run("BEGIN", &[])?;
        database.run(SETTINGS, &[])?;
        Ok(Self { database, schemas: Cell::new(0) })
    }

    /// Creates a module, and the functions that it suggests.
    ///
    /// # Errors
    /// The server's error.
    pub(super) fn deploy(
        &self,
        code: &[u8],
        path: &Path,
        wasi: Wasi,
        limits: LimitArguments,
    ) -> Result<Deployment<'_>> {
        let refused =
            |error: plwasm_engine::Error| Failure::of(Kind::Module, path.display(), &error);
        let database = &self.database;
        self.schemas.set(self.schemas.get() + 1);
        let schema = format!("plwasm_test_{}_{}", std::process::id(), self.schemas.get());
        if wasi == Wasi::Inert {
            database.run("SET LOCAL plwasm.wasi = inert", &[])?;
        }
        database.run(&format!("CREATE SCHEMA {schema}"), &[])?;
        let name = format!("{schema}.module");
        let binary = plwasm_engine::read::body::binary(code).map_err(refused)?;
        database.run(
            "SELECT wasm.create_module($1, $2)",
            &[Parameter::Text(&name), Parameter::Bytes(&binary)],
        )?;
        let listing = Listing::of(code, wasi.stubs(), Depth::Exports).map_err(refused)?;
        let found = Suggestions::of(&listing.exports, &schema, &schema, "module", DIALECT);
        let suggested: HashMap<String, String> = found
            .functions
            .into_iter()
            .filter_map(|found| Some((found.export, found.function.ok()?)))
            // Cases call a trigger function as a function of its event and its rows.
            .filter(|(_, function)| !function.is_trigger())
            .map(|(export, function)| (export, function.name))
            .collect();
        if !suggested.is_empty() {
            database.run("SELECT wasm.create_functions($1::regproc)", &[Parameter::Text(&name)])?;
        }
        Ok(Deployment { database, schema, limits, suggested, functions: RefCell::default() })
    }
}

impl Deployment<'_> {
    /// Runs a case that passed here.
    ///
    /// # Errors
    /// The connection is lost.
    pub(super) fn run(
        &self,
        case: &Case,
        callees: &mut Callees,
        here: &Finding,
    ) -> Result<Finding> {
        let (ready, callee) = match callees.of(case) {
            Ok(found) => found,
            // A case that cannot be called fails in the same way, before the server is asked.
            Err(_) => return Ok(here.clone()),
        };
        let function = self.function(&ready, callee)?;
        let returns_set = callee.types.returns_set;
        let query = function.query(&ready.call, returns_set);
        let started = callee.started();
        let start = Instant::now();
        let fuel = here.fuel.or(case.fuel);
        let fuel = fuel.map_or(self.limits.fuel, |fuel| fuel.max(started).max(1));
        let result = self.attempt(&query, fuel);
        let time = start.elapsed();
        let verdict = match (result, here.fuel) {
            (Err(failure), _) if failure.sqlstate.is_none() => return Err(failure),
            (Err(failure), Some(fuel)) if failure.sqlstate.as_deref() == Some("54000") => {
                Verdict::Wrong(format!(
                    "in the server it took more than the {fuel} units of fuel that it took here: {}",
                    failure.message
                ))
            }
            (Err(failure), _) => {
                let sqlstate = failure.sqlstate.as_deref().unwrap_or_default();
                let said = format!("{sqlstate}: {}, in the server", failure.message);
                Finding::sqlstate(case, sqlstate, &said).verdict
            }
            (Ok(rows), _) => {
                let found = found(rows, returns_set);
                let expected = match self.expected(case, &function) {
                    Ok(expected) => expected,
                    Err(failure) if failure.sqlstate.is_none() => return Err(failure),
                    Err(failure) => {
                        let what = format!("expected value, in the server: {}", failure.message);
                        let verdict = Verdict::Wrong(what);
                        return Ok(Finding { verdict, fuel: None, time, ..here.clone() });
                    }
                };
                match found.compared(&expected, case) {
                    Verdict::Wrong(why) => Verdict::Wrong(format!("in the server {why}")),
                    Verdict::Passed => match self.confirm(&query, here.fuel, started)? {
                        Verdict::Passed if here.is_merged => {
                            self.merged(case, &function.merged(&ready.call), &expected)?
                        }
                        verdict => verdict,
                    },
                }
            }
        };
        Ok(Finding { verdict, fuel: here.fuel, time, ..here.clone() })
    }

    /// Checks the result of an aggregate for two halves of the rows.
    fn merged(&self, case: &Case, query: &str, expected: &Option<Found>) -> Result<Verdict> {
        Ok(match self.attempt(query, self.limits.fuel) {
            Ok(rows) => match found(rows, false).compared(expected, case) {
                Verdict::Wrong(why) => Verdict::Wrong(format!("in the server, {HALVES}: {why}")),
                Verdict::Passed => Verdict::Passed,
            },
            Err(failure) if failure.sqlstate.is_none() => return Err(failure),
            Err(failure) => Verdict::Wrong(format!(
                "in the server, {HALVES}: it ended with {}",
                failure.message
            )),
        })
    }

    /// Checks that it uses no less fuel than it used here.
    fn confirm(&self, query: &str, fuel: Option<u64>, started: u64) -> Result<Verdict> {
        let Some(fuel) = fuel.filter(|fuel| *fuel > started.max(1)) else {
            return Ok(Verdict::Passed);
        };
        Ok(match self.attempt(query, fuel - 1) {
            Ok(_) => Verdict::Wrong(format!(
                "in the server it took less than the {fuel} units of fuel that it took here"
            )),
            Err(failure) if failure.sqlstate.is_none() => return Err(failure),
            Err(failure) if failure.sqlstate.as_deref() == Some("54000") => Verdict::Passed,
            Err(failure) => Verdict::Wrong(format!(
                "with less fuel it failed in the server: {}",
                failure.message
            )),
        })
    }

    /// Runs a query with `fuel` units of fuel for a call, and undoes its effects. Returns its rows.
    fn attempt(&self, query: &str, fuel: u64) -> Result<Rows> {
        let memory = self.limits.memory.div_ceil(1024);
        self.database.run("SAVEPOINT attempt", &[])?;
        let result = self
            .database
            .run(&format!("SET LOCAL plwasm.fuel = {fuel}"), &[])
            .and_then(|()| {
                self.database.run(&format!("SET LOCAL plwasm.memory = '{memory}kB'"), &[])
            })
            .and_then(|()| self.database.query(query, &[]));
        // Without a connection this fails, too, and reports that.
        self.database.run("ROLLBACK TO SAVEPOINT attempt", &[])?;
        self.database.run("RELEASE SAVEPOINT attempt", &[])?;
        result
    }

    /// Returns the expected outcome, as the server writes it.
    fn expected(&self, case: &Case, function: &Function) -> Result<Option<Found>> {
        let value = |text: &String| {
            let query = format!("SELECT ({text})::{}", function.result);
            let rows = self.attempt(&query, self.limits.fuel)?;
            Ok(rows.into_iter().next().and_then(|row| row.into_iter().next()?))
        };
        Ok(match (&case.expect, &case.rows) {
            (Some(text), _) => Some(Found::Value(value(text)?)),
            (None, Some(rows)) => Some(Found::Rows(rows.iter().map(value).collect::<Result<_>>()?)),
            (None, None) => None,
        })
    }

    /// Returns the SQL function for what a case calls.
    fn function(&self, ready: &Ready, callee: &Callee) -> Result<Function> {
        let key = format!("{:?} {callee}", callee.exports());
        if let Some(known) = self.functions.borrow().get(&key) {
            return Ok(known.clone());
        }
        let suggested = match callee.exports() {
            Exports::One(export) if ready.declared.is_none() => self.suggested.get(export),
            _ => None,
        };
        let name = match suggested {
            Some(name) => name.clone(),
            None => {
                let name = format!("{}.case_{}", self.schema, self.functions.borrow().len());
                for (ty, statement) in query::types(&self.schema, callee) {
                    if !self.has_type(&ty)? {
                        self.database.run(&statement, &[])?;
                    }
                }
                for statement in query::definition(&name, &self.schema, callee) {
                    self.database.run(&statement, &[])?;
                }
                name
            }
        };
        let direct = callee.direct().map_or(0, <[_]>::len);
        let is_aggregate = matches!(callee.exports(), Exports::Aggregate { .. });
        let function = Function { is_aggregate, ..self.described(name, direct)? };
        self.functions.borrow_mut().insert(key, function.clone());
        Ok(function)
    }

    /// Returns whether the server has a type of that name.
    fn has_type(&self, name: &str) -> Result<bool> {
        let rows =
            self.database.query("SELECT to_regtype($1) IS NOT NULL", &[Parameter::Text(name)])?;
        Ok(rows.into_iter().flatten().flatten().any(|is| is == "t"))
    }

    /// Returns a function with its types, as the server names them.
    fn described(&self, name: String, direct: usize) -> Result<Function> {
        let rows = self.database.query(
            "SELECT format_type(t.oid, NULL)
               FROM pg_proc p, unnest(p.proargtypes::oid[] || p.prorettype) WITH ORDINALITY AS t(oid, i)
              WHERE p.oid = $1::regproc ORDER BY t.i",
            &[Parameter::Text(&name)],
        )?;
        let mut types: Vec<String> = rows.into_iter().flatten().flatten().collect();
        let result = types.pop().unwrap_or_default();
        let params = types.split_off(direct.min(types.len()));
        Ok(Function { name, direct: types, params, result, is_aggregate: false })
    }
}

fn found(rows: Rows, returns_set: bool) -> Found {
    let mut values = rows.into_iter().map(|row| row.into_iter().next().flatten());
    match returns_set {
        true => Found::Rows(values.collect()),
        false => Found::Value(values.next().flatten()),
    }
}
