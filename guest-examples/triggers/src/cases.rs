//! What a trigger function can do at all, for any table.

use super::case_functions::Guest;
use super::plwasm::host::log::{Level, log};
use super::{Error, TriggerEvent, Triggers, error, level, operation, timing};
use serde_json::{Map, Value};

impl Guest for Triggers {
    fn trace(event: TriggerEvent, old: Option<String>, new: Option<String>) {
        say(&event, old, new);
    }

    fn trace_tables(event: TriggerEvent, old: Option<Vec<String>>, new: Option<Vec<String>>) {
        let rows = |rows: Vec<String>| format!("[{}]", rows.join(", "));
        say(&event, old.map(rows), new.map(rows));
    }

    fn add(event: TriggerEvent, new: String) -> Result<String, Error> {
        sums(&event.arguments, &new).map_err(|message| error("22023", message))
    }

    fn restore(old: Option<String>, new: Option<String>) -> Option<String> {
        old.or(new)
    }

    fn skip() -> Option<String> {
        None
    }
}

/// Writes one line to the log.
fn say(event: &TriggerEvent, old: Option<String>, new: Option<String>) {
    let TriggerEvent { name, table, arguments, .. } = event;
    let mut line = format!(
        "{name} {} {} {} on {table}",
        timing(event.timing),
        operation(event.operation),
        level(event.level)
    );
    if !arguments.is_empty() {
        line += &format!(" ({})", arguments.join(", "));
    }
    for (part, rows) in [("old", old), ("new", new)] {
        if let Some(rows) = rows {
            line += &format!(" {part}={rows}");
        }
    }
    log(Level::Info, &line);
}

/// Returns the columns that the argument names, with the argument's values added to those of the row.
fn sums(arguments: &[String], row: &str) -> Result<String, String> {
    let [argument] = arguments else {
        return Err("the trigger's argument is a JSON object".into());
    };
    let object = |json: &str| {
        serde_json::from_str::<Map<String, Value>>(json).map_err(|error| error.to_string())
    };
    let row = object(row)?;
    let sums = object(argument)?.into_iter().map(|(name, more)| {
        let sum = match (row.get(&name), &more) {
            (Some(Value::Number(_)), Value::Number(_)) => {
                let number = |value: &Value| value.as_i64().ok_or("a number is not an integer");
                Value::from(number(&row[&name])? + number(&more)?)
            }
            (Some(Value::String(text)), Value::String(more)) => Value::from(format!("{text}{more}")),
            _ => return Err(format!("{more} cannot be added to column \"{name}\"")),
        };
        Ok((name, sum))
    });
    Ok(Value::from(sums.collect::<Result<Map<_, _>, _>>()?).to_string())
}
