//! The SQL with which a server creates what a case calls, and calls it.

use crate::callee::{Callee, Exports, halves};
use crate::sql::{Call, DIALECT, SqlType, literal_text};
use plwasm_engine::read::body;
use sqlparser::ast::Expr;

/// An SQL function or an aggregate, as calls name it.
#[derive(Debug, Clone)]
pub(super) struct Function {
    pub name: String,
    /// The types of an ordered-set aggregate's direct arguments.
    pub direct: Vec<String>,
    pub params: Vec<String>,
    pub result: String,
    pub is_aggregate: bool,
}

/// Returns the statements that create a function or an aggregate `name`, of the module `module` in `schema`. An aggregate
/// consists of `name_step` and `name_finish`; one that can be merged has `name_merge` and `name_state`, too, an aggregate
/// that returns its state.
pub(super) fn definition(name: &str, schema: &str, callee: &Callee) -> Vec<String> {
    let typed = |ty: &SqlType| qualified(ty, schema);
    let listed = |types: &[SqlType]| types.iter().map(typed).collect::<Vec<_>>().join(", ");
    let function = |name: &str, params: &str, result: &str, export: &str| {
        let body = literal_text(&format!("module#{}", body::export_name(export)));
        format!(
            "CREATE FUNCTION {name}({params}) RETURNS {result} LANGUAGE wasm IMMUTABLE AS {body}"
        )
    };
    let params = listed(&callee.types.params);
    let set = if callee.types.returns_set { "SETOF " } else { "" };
    let result = format!("{set}{}", typed(&callee.types.result));
    let (step, finish, merge) = match callee.exports() {
        Exports::One(export) => return vec![function(name, &params, &result, export)],
        Exports::Aggregate { step, finish, merge } => (step, finish, merge),
    };
    let direct = callee.direct().map(listed);
    let after_state = |more: &str| {
        ["wasm.state", more].into_iter().filter(|ty| !ty.is_empty()).collect::<Vec<_>>().join(", ")
    };
    let finished = after_state(direct.as_deref().unwrap_or_default());
    let all = if params.is_empty() { "*".into() } else { params.clone() };
    let by = direct.map_or(all.clone(), |direct| format!("{direct} ORDER BY {params}"));
    let own = format!("SFUNC = {name}_step, STYPE = wasm.state");
    let mut statements =
        vec![function(&format!("{name}_step"), &after_state(&params), "wasm.state", step)];
    let finishes = finish.map(|_| format!(", FINALFUNC = {name}_finish")).unwrap_or_default();
    statements.extend(
        finish.map(|finish| function(&format!("{name}_finish"), &finished, &result, finish)),
    );
    statements.push(format!("CREATE AGGREGATE {name}({by}) ({own}{finishes})"));
    if let Some(merge) = merge {
        let states = "wasm.state, wasm.state";
        statements.push(function(&format!("{name}_merge"), states, "wasm.state", merge));
        statements.push(format!("CREATE AGGREGATE {name}_state({all}) ({own})"));
    }
    statements
}

/// Returns the module's types of a function's values, each after those that it consists of: their names in `schema`, and the
/// statements that create them.
pub(super) fn types(schema: &str, callee: &Callee) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for ty in callee.types.params.iter().chain([&callee.types.result]) {
        add_types(ty, schema, &mut found);
    }
    found
}

fn add_types(ty: &SqlType, schema: &str, found: &mut Vec<(String, String)>) {
    let definition = match ty {
        SqlType::Array(element) => return add_types(element, schema, found),
        SqlType::Enum(own) => {
            let labels: Vec<_> = own.labels.iter().map(|label| literal_text(label)).collect();
            format!("ENUM ({})", labels.join(", "))
        }
        SqlType::Row(own) => {
            let column = |(name, ty): &(String, SqlType)| {
                add_types(ty, schema, found);
                format!("{} {}", (DIALECT.identifier)(name), qualified(ty, schema))
            };
            let columns: Vec<_> = own.columns.iter().map(column).collect();
            format!("({})", columns.join(", "))
        }
        SqlType::Void | SqlType::Base(_) | SqlType::Range(_) => return,
    };
    let name = qualified(ty, schema);
    found.push((name.clone(), format!("CREATE TYPE {name} AS {definition}")));
}

/// Returns the name of a type. Those of the module are in `schema`.
fn qualified(ty: &SqlType, schema: &str) -> String {
    match ty {
        SqlType::Enum(own) => format!("{schema}.{}", (DIALECT.identifier)(&own.name)),
        SqlType::Row(own) => format!("{schema}.{}", (DIALECT.identifier)(&own.name)),
        SqlType::Array(element) => format!("{}[]", qualified(element, schema)),
        ty => ty.to_string(),
    }
}

impl Function {
    /// Returns the query that makes a call.
    pub(super) fn query(&self, call: &Call, returns_set: bool) -> String {
        let name = &self.name;
        if !self.is_aggregate {
            let call = format!("{name}({})", typed(&call.arguments, &self.params));
            return match returns_set {
                true => format!("SELECT t FROM {call} AS t"),
                false => format!("SELECT {call}"),
            };
        }
        let (direct, rows) = self.aggregated(call);
        let (table, columns) = (self.table(&rows), self.columns());
        match self.direct.is_empty() {
            true if columns.is_empty() => format!("SELECT {name}(*) FROM {table}"),
            true => format!("SELECT {name}({columns}) FROM {table}"),
            false => {
                format!("SELECT {name}({direct}) WITHIN GROUP (ORDER BY {columns}) FROM {table}")
            }
        }
    }

    /// Returns the direct arguments of a call of an aggregate, and the arguments of each row.
    fn aggregated(&self, call: &Call) -> (String, Vec<Vec<Expr>>) {
        match &call.rows {
            // Without FROM there is one row.
            None => (String::new(), vec![call.arguments.clone()]),
            Some(rows) => (typed(&call.arguments, &self.direct), rows.arguments.clone()),
        }
    }

    /// Returns the query that calls an aggregate for two halves of its rows, and merges their states.
    pub(super) fn merged(&self, call: &Call) -> String {
        let name = &self.name;
        let (direct, rows) = self.aggregated(call);
        let (first, second) = halves(&rows);
        let columns = self.columns();
        let columns = if columns.is_empty() { "*" } else { &columns };
        let state = |rows: &[Vec<Expr>]| {
            format!("(SELECT {name}_state({columns}) FROM {})", self.table(rows))
        };
        let comma = if direct.is_empty() { "" } else { ", " };
        let (first, second) = (state(first), state(second));
        format!("SELECT {name}_finish({name}_merge({first}, {second}){comma}{direct})")
    }

    fn columns(&self) -> String {
        let columns = (1..=self.params.len()).map(|number| format!("c{number}"));
        columns.collect::<Vec<_>>().join(", ")
    }

    /// Returns a table of rows for FROM.
    fn table(&self, rows: &[Vec<Expr>]) -> String {
        let row = |row: &Vec<Expr>| match row.is_empty() {
            true => "(1)".to_string(),
            false => format!("({})", typed(row, &self.params)),
        };
        let columns = match self.columns() {
            none if none.is_empty() => String::new(),
            columns => format!(" ({columns})"),
        };
        let nothing = || {
            let nulls = self.params.iter().map(|ty| format!("NULL::{ty}")).collect::<Vec<_>>();
            let nulls = if nulls.is_empty() { "1".into() } else { nulls.join(", ") };
            format!("(VALUES ({nulls})) AS v{columns} WHERE false")
        };
        match rows.is_empty() {
            true => nothing(),
            false => {
                let rows = rows.iter().map(row).collect::<Vec<_>>().join(", ");
                format!("(VALUES {rows}) AS v{columns}")
            }
        }
    }
}

fn typed(arguments: &[Expr], types: &[String]) -> String {
    let arguments = arguments.iter().zip(types);
    arguments.map(|(argument, ty)| format!("({argument})::{ty}")).collect::<Vec<_>>().join(", ")
}
