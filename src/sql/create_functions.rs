//! `wasm.create_functions(module, schema, dry_run)`: creates SQL functions for all typed exports of a module, the
//! aggregates for its resources, and the types that they need. For a module without types, it creates functions for the exports of scalars.
//!
//! It must never replace an object that it did not make: a type of another definition, a function of another module.

use super::{description, statement};
use crate::catalog::Proc;
use crate::{encoding, error};
use pgrx::pg_sys;
use pgrx::prelude::*;
use plwasm_engine::Depth;
use plwasm_engine::suggestion::{
    Definition, NewAggregate, NewFunction, NewType, Suggestions, literal,
};
use std::ffi::CStr;

/// An object that was created, or would be: its export if it is a function, its OID if it exists now, its SQL.
///
/// The SQL is in the server's encoding; therefore it is no `String`.
type NewObject = (Option<String>, Option<pg_sys::Oid>, Vec<u8>);

/// Creates the functions and types of a module's WIT metadata as the calling role, in the module's own schema if
/// `schema` is NULL. With `dry_run` it only returns the statements.
#[pg_extern(sql = false)]
#[allow(clippy::type_complexity)] // pgrx reads the columns from here
fn create_functions(
    module: Option<pg_sys::Oid>,
    schema: Option<pg_sys::Oid>,
    dry_run: Option<bool>,
) -> TableIterator<
    'static,
    (name!(export, Option<String>), name!(function, Option<pg_sys::Oid>), name!(sql, Vec<u8>)),
> {
    let (Some(module), Some(dry_run)) = (module, dry_run) else {
        return TableIterator::empty();
    };
    let (proc, listing) = description::list(module, Depth::Exports);
    let own_schema = schema_name(proc.schema);
    let schema = schema.map_or(own_schema.clone(), schema_name);
    let suggestions =
        Suggestions::of(&listing.exports, &schema, &own_schema, &proc.name, statement::DIALECT);
    if suggestions.functions.is_empty() {
        error::raise_with_detail(
            "42P13",
            format!("WebAssembly module {} has no typed exports", proc.name),
            Some(
                "It has no WIT metadata for any function that it exports, and it exports no \
                 function of scalars."
                    .into(),
            ),
            Some(
                "Build it with WIT bindings (wit-bindgen), or create its functions with CREATE \
                 FUNCTION: wasm.exports() shows what it exports.",
            ),
        );
    }
    let types = suggestions.types.iter().filter_map(|ty| create_type(ty, dry_run));
    let mut rows: Vec<NewObject> = types.collect();
    rows.extend(suggestions.functions.iter().map(|suggestion| match &suggestion.function {
        Ok(function) => create_function(&suggestion.export, function, &proc, dry_run),
        Err(_) => (Some(printable(&suggestion.export)), None, bytes(&suggestion.sql(true))),
    }));
    rows.extend(suggestions.aggregates.iter().map(|suggestion| match &suggestion.aggregate {
        Ok(aggregate) => create_aggregate(&suggestion.resource, aggregate, &proc, dry_run),
        Err(_) => (Some(printable(&suggestion.resource)), None, bytes(&suggestion.sql(true))),
    }));
    TableIterator::new(rows)
}

/// Creates a type, unless one of the same definition exists. Returns None then.
fn create_type(ty: &NewType, dry_run: bool) -> Option<NewObject> {
    let wanted = wanted_definition(&ty.definition);
    match existing_definition(&ty.qualified) {
        Some(found) if found == wanted => return None,
        Some(found) => error::raise_with_detail(
            "42710",
            format!("type {} already exists with another definition", ty.qualified),
            Some(format!("It is {found}; the module's is {wanted}.")),
            Some("Drop or rename it, or give wasm.create_functions() another schema."),
        ),
        None => {}
    }
    let statements = [vec![ty.create()], ty.comments()].concat();
    execute(&statements, dry_run);
    Some((None, None, script(&statements)))
}

fn create_function(
    export: &str,
    function: &NewFunction,
    module: &Proc,
    dry_run: bool,
) -> NewObject {
    if let Some(other) = other_function(function, module) {
        error::raise_with_detail(
            "42723",
            format!("function {other} already exists and does not belong to this module"),
            None,
            Some("Drop or rename it, or give wasm.create_functions() another schema."),
        );
    }
    let mut statements = vec![function.create(true)];
    statements.extend(function.comment());
    statements.extend(costs(function));
    execute(&statements, dry_run);
    let oid = (!dry_run).then(|| oid_of(&function.signature()));
    let mut sql = script(&statements);
    sql.extend(bytes(&function.remark()));
    (Some(printable(export)), oid.flatten(), sql)
}

fn create_aggregate(
    resource: &str,
    aggregate: &NewAggregate,
    module: &Proc,
    dry_run: bool,
) -> NewObject {
    if let Some(other) = other_aggregate(aggregate, module) {
        error::raise_with_detail(
            "42723",
            format!("function {other} already exists and does not belong to this module"),
            None,
            Some("Drop or rename it, or give wasm.create_functions() another schema."),
        );
    }
    let mut statements = vec![aggregate.create(true)];
    statements.extend(aggregate.comment());
    execute(&statements, dry_run);
    let oid = (!dry_run).then(|| oid_of(&aggregate.identity()));
    (Some(printable(resource)), oid.flatten(), script(&statements))
}

/// Returns the OID of a function or aggregate.
fn oid_of(signature: &str) -> Option<pg_sys::Oid> {
    let signature = statement::server(signature);
    // SAFETY: regprocedurein takes a C string.
    unsafe {
        pgrx::direct_function_call::<pg_sys::Oid>(
            pg_sys::regprocedurein,
            &[Some(pg_sys::Datum::from(signature.as_ptr()))],
        )
    }
}

fn execute(statements: &[String], dry_run: bool) {
    if !dry_run {
        statements.iter().for_each(|text| statement::run(&statement::server(text)));
    }
}

/// Returns the statements separated as psql's \gexec needs them.
fn script(statements: &[String]) -> Vec<u8> {
    bytes(&(statements.join(";\n") + ";"))
}

fn bytes(text: &str) -> Vec<u8> {
    statement::server(text).into_bytes()
}

fn printable(export: &str) -> String {
    encoding::message(&plwasm_engine::name::printable(export))
}

/// Returns the definition of an existing type: its columns or labels, or what else it is. Returns None if there is
/// none.
fn existing_definition(qualified: &str) -> Option<String> {
    statement::value(&format!(
        "SELECT CASE
           WHEN t.typtype = 'e' THEN
             (SELECT '(' || string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) || ')'
                FROM pg_enum e WHERE e.enumtypid = t.oid)
           WHEN t.typtype = 'c' THEN
             (SELECT '(' || string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod),
                                       ', ' ORDER BY a.attnum) || ')'
                FROM pg_attribute a
               WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
           ELSE 'neither an enum nor a composite type' END
         FROM pg_type t WHERE t.oid = to_regtype({})",
        literal(qualified)
    ))
}

/// Returns the same of a type that is to be created.
fn wanted_definition(definition: &Definition) -> String {
    let parts: Vec<String> = match definition {
        Definition::Enum(labels) => labels.iter().map(|label| literal(label)).collect(),
        // A type that does not exist yet has no OID. Then the definitions differ, as they should.
        Definition::Composite(columns) => columns
            .iter()
            .map(|column| {
                let ty = statement::value(&format!(
                    "SELECT format_type(to_regtype({}), NULL)",
                    literal(&column.ty)
                ));
                format!("{} {}", column.name, ty.unwrap_or_else(|| column.ty.clone()))
            })
            .collect(),
    };
    format!("({})", parts.join(", "))
}

/// Returns the function of that name and those parameters, if it does not use the module.
fn other_function(function: &NewFunction, module: &Proc) -> Option<String> {
    let uses = format!(
        "p.prolang = {language}
         AND EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                        AND d.refclassid = d.classid AND d.refobjid = {module})",
        language = module.language.to_u32(),
        module = module.version.oid.to_u32(),
    );
    other(function.types(), &function.signature(), &uses)
}

/// Returns the aggregate or function of that name and those parameters, if it does not consist of functions of the
/// module.
fn other_aggregate(aggregate: &NewAggregate, module: &Proc) -> Option<String> {
    let uses = format!(
        "EXISTS (SELECT FROM pg_aggregate a JOIN pg_depend d ON d.objid = a.aggtransfn
                  WHERE a.aggfnoid = p.oid AND d.classid = 'pg_proc'::regclass
                    AND d.refclassid = d.classid AND d.refobjid = {module})",
        module = module.version.oid.to_u32(),
    );
    other(aggregate.types(), &aggregate.identity(), &uses)
}

/// Returns the function or aggregate with that signature, if the condition `uses` on its row `p` does not hold.
fn other<'a>(types: impl Iterator<Item = &'a str>, signature: &str, uses: &str) -> Option<String> {
    statement::value(&format!(
        "SELECT p.oid::regprocedure FROM pg_proc p WHERE p.oid = {} AND NOT ({uses})",
        existing(types, signature),
    ))
}

/// Returns the statement that gives a function what it had if it exists: the COST and ROWS that were set, else the COST that was
/// measured. CREATE OR REPLACE would reset them. Returns None if there is nothing of that.
fn costs(function: &NewFunction) -> Option<String> {
    let signature = function.signature();
    let costs = statement::value(&format!(
        "SELECT nullif(concat(' COST ' || CASE p.procost WHEN 100 THEN m.cost::text ELSE p.procost::text END,
                              ' ROWS ' || nullif(nullif(p.prorows, 0), 1000)), '')
           FROM pg_catalog.pg_proc p LEFT JOIN wasm.measured_costs m ON m.function = p.oid
          WHERE p.oid = {}",
        existing(function.types(), &signature),
    ));
    costs.map(|costs| format!("ALTER FUNCTION {signature}{costs}"))
}

/// Returns the SQL of the OID of the function or aggregate with that signature, which is NULL if there is none.
fn existing<'a>(types: impl Iterator<Item = &'a str>, signature: &str) -> String {
    // to_regprocedure raises an error if a type does not exist. Then no function has that type either.
    let types: Vec<String> =
        types.map(|ty| format!("WHEN to_regtype({}) IS NULL THEN NULL", literal(ty))).collect();
    let (types, signature) = (types.join(" "), literal(signature));
    format!("CASE {types} WHEN true THEN to_regprocedure({signature}) END")
}

/// Returns the name of a schema. Raises 3F000 if there is none.
pub(super) fn schema_name(oid: pg_sys::Oid) -> String {
    // SAFETY: any OID may be passed; the name is a C string or null.
    let name = unsafe { pg_sys::get_namespace_name(oid).as_ref() };
    let Some(name) = name else {
        error::raise_sql("3F000", format!("schema with OID {} does not exist", oid.to_u32()), None);
    };
    // SAFETY: as above.
    let name = unsafe { CStr::from_ptr(name) };
    String::from_utf8_lossy(encoding::to_guest(name.to_bytes())).into_owned()
}
