//! What has changed of a row, as JSON.

use super::{TriggerEvent, operation};
use serde_json::{Map, Value, json};

/// Returns a row of one column, which the trigger's argument names, that describes what has changed. The other columns stay as
/// they are.
pub(crate) fn record(
    event: &TriggerEvent,
    old: Option<&str>,
    new: &str,
) -> Result<String, String> {
    let [column] = event.arguments.as_slice() else {
        return Err("the trigger's argument is the name of a column".into());
    };
    let old = old.map_or_else(|| Ok(Map::new()), object)?;
    let new = object(new)?;
    let is_changed = |name: &String| name != column && old.get(name) != new.get(name);
    let changed = new.keys().filter(|name| is_changed(name));
    let changes: Map<String, Value> =
        changed.map(|name| (name.clone(), json!([old.get(name), new[name]]))).collect();
    let change = json!({ "operation": operation(event.operation), "changes": changes });
    Ok(json!({ column: change }).to_string())
}

fn object(json: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}
