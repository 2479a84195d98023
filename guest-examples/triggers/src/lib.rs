//! The exports of `triggers.wit`.

mod cases;
mod changes;
mod policy;
mod rows;

use exports::plwasm::triggers::{cases as case_functions, policies, rows as row_functions, tables};
use plwasm::types::types::{Error, TriggerEvent, TriggerLevel, TriggerOperation, TriggerTiming};

wit_bindgen::generate!({
    path: ["../../wit/types.wit", "../../wit/log.wit", "triggers.wit"],
    world: "plwasm:triggers/triggers",
    generate_all,
});

struct Triggers;

impl tables::Guest for Triggers {
    fn record_changes(
        event: TriggerEvent,
        old: Option<String>,
        new: String,
    ) -> Result<String, Error> {
        changes::record(&event, old.as_deref(), &new).map_err(|message| error("22023", message))
    }

    fn refuse(event: TriggerEvent, old: Option<String>, new: Option<String>) -> Result<(), Error> {
        let TriggerEvent { name, schema, table, relation, arguments, .. } = event;
        let row = |row: Option<String>| row.unwrap_or_else(|| "none".into());
        Err(Error {
            detail: Some(format!("old {}, new {}", row(old), row(new))),
            hint: (!arguments.is_empty()).then(|| arguments.join(", ")),
            ..error(
                "P0001",
                format!(
                    "{name} {} {} of {schema}.{table} for each {}{}",
                    timing(event.timing),
                    operation(event.operation),
                    level(event.level),
                    if relation == 0 { ", which has no OID" } else { "" }
                ),
            )
        })
    }
}

impl policies::Guest for Triggers {
    type Policy = policy::Policy;
}

fn operation(operation: TriggerOperation) -> &'static str {
    match operation {
        TriggerOperation::Insert => "insert",
        TriggerOperation::Update => "update",
        TriggerOperation::Delete => "delete",
        TriggerOperation::Truncate => "truncate",
    }
}

fn timing(timing: TriggerTiming) -> &'static str {
    match timing {
        TriggerTiming::Before => "before",
        TriggerTiming::After => "after",
        TriggerTiming::InsteadOf => "instead of",
    }
}

fn level(level: TriggerLevel) -> &'static str {
    match level {
        TriggerLevel::Row => "row",
        TriggerLevel::Statement => "statement",
    }
}

fn error(sqlstate: &str, message: impl Into<String>) -> Error {
    Error { sqlstate: sqlstate.into(), message: message.into(), detail: None, hint: None }
}

export!(Triggers);
