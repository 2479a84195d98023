//! A policy: its settings, and whether a row conforms.

use super::policies::GuestPolicy;
use super::{Error, TriggerEvent, error};
use serde_json::{Map, Value};

/// Settings that have been read.
pub(crate) struct Policy {
    required: Vec<String>,
    forbidden: Vec<String>,
    defaults: Map<String, Value>,
    maximum: Map<String, Value>,
}

impl GuestPolicy for Policy {
    fn new(settings: String) -> Result<Self, String> {
        Self::read(&settings)
    }

    fn admit(&self, event: TriggerEvent, new: String) -> Result<Option<String>, Error> {
        let mut row: Map<String, Value> =
            serde_json::from_str(&new).map_err(|it| error("22023", it.to_string()))?;
        let reject = |what: String| {
            Err(Error {
                hint: Some(format!("See trigger \"{}\".", event.name)),
                ..error("23514", format!("table \"{}\" {what}", event.table))
            })
        };
        let is_null = |row: &Map<String, Value>, name: &str| row.get(name).is_none_or(Value::is_null);
        let missing = self.defaults.iter().filter(|(name, _)| is_null(&row, name));
        let defaults: Map<_, _> =
            missing.map(|(name, value)| (name.clone(), value.clone())).collect();
        row.extend(defaults.clone());
        for name in &self.required {
            if is_null(&row, name) {
                return reject(format!("requires {name}"));
            }
        }
        for name in &self.forbidden {
            if !is_null(&row, name) {
                return reject(format!("forbids {name}"));
            }
        }
        for (name, most) in &self.maximum {
            let exceeds = |value: &Value| value.as_f64() > most.as_f64();
            if row.get(name).is_some_and(exceeds) {
                return reject(format!("allows at most {most} of {name}"));
            }
        }
        // The other columns stay as they are.
        Ok(Some(Value::from(defaults).to_string()))
    }
}

impl Policy {
    fn read(settings: &str) -> Result<Self, String> {
        let settings: Map<String, Value> =
            serde_json::from_str(settings).map_err(|error| error.to_string())?;
        let mut policy = Self {
            required: Vec::new(),
            forbidden: Vec::new(),
            defaults: Map::new(),
            maximum: Map::new(),
        };
        for (name, value) in settings {
            match (name.as_str(), value) {
                ("required", Value::Array(names)) => policy.required = texts(names)?,
                ("forbidden", Value::Array(names)) => policy.forbidden = texts(names)?,
                ("defaults", Value::Object(values)) => policy.defaults = values,
                ("maximum", Value::Object(values)) => policy.maximum = values,
                (name, _) => return Err(format!("the setting {name} is unknown or has a wrong type")),
            }
        }
        Ok(policy)
    }
}

fn texts(values: Vec<Value>) -> Result<Vec<String>, String> {
    let text = |value: Value| value.as_str().map(String::from);
    values.into_iter().map(text).collect::<Option<_>>().ok_or_else(|| "a name is a string".into())
}
