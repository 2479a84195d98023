//! References: an export of a module, and the limits of its calls.

use super::name::{export, module_name};
use super::option::{bytes, given_twice, options, warm_up};
use crate::error::{Error, Result};
use crate::limits::Isolation;
use crate::name::printable;
use crate::warm_up::WarmUp;

/// A reference: `[schema.]module[#export] [key=value...]`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reference {
    /// The schema of the module, if the body names one.
    pub schema: Option<String>,
    /// The name of the module.
    pub module: String,
    /// The name of the export; `None` means the SQL function's own name.
    pub export: Option<String>,
    /// The fuel of one call: `fuel=1e6`.
    pub fuel: Option<u64>,
    /// The memory of one instance, in bytes: `memory=4MB`.
    pub memory: Option<usize>,
    /// The isolation: `isolation=call` or `isolation=statement`.
    pub isolation: Option<Isolation>,
    /// The warm-up: `heap=1MB`, `warm=prepare('a')`.
    pub warm_up: WarmUp,
    /// Whether calls may be logged with their arguments: `replay=off`.
    pub replay: Option<bool>,
}

impl Reference {
    /// Parses a body that is a reference.
    ///
    /// # Errors
    /// [`Error::Body`] if it is none, or one of its limits is wrong.
    pub(super) fn parse(source: &str) -> Result<Self> {
        let (schema, module, rest) = module_name(source.trim_start())?;
        let (export, rest) = export(rest)?;
        let mut found = Self { schema, module, export, ..Self::default() };
        for (key, value) in options(rest)? {
            let again = match key {
                "fuel" => found.fuel.replace(fuel(value)?).is_some(),
                "memory" => found.memory.replace(bytes(key, value)?).is_some(),
                "isolation" => found.isolation.replace(isolation(value)?).is_some(),
                "replay" => found.replay.replace(replay(value)?).is_some(),
                _ => warm_up(key, value, &mut found.warm_up)?.ok_or_else(|| {
                    Error::Body(format!(
                        "unknown key \"{}\", the keys are fuel, memory, isolation, replay, heap and warm",
                        printable(key)
                    ))
                })?,
            };
            if again {
                return Err(given_twice(key));
            }
        }
        Ok(found)
    }
}

/// Parses a whole number: `1000000` or `1e6`.
fn fuel(value: &str) -> Result<u64> {
    match value.parse::<f64>() {
        Ok(n) if n >= 1.0 && n <= 2f64.powi(53) && n.fract() == 0.0 => Ok(n as u64),
        _ => Err(Error::Body(format!(
            "fuel=\"{}\" is not a positive whole number",
            printable(value)
        ))),
    }
}

fn isolation(value: &str) -> Result<Isolation> {
    Isolation::named(value).ok_or_else(|| {
        Error::Body(format!("isolation=\"{}\" is neither call nor statement", printable(value)))
    })
}

/// Parses whether calls may be logged. A body can only say no, because arguments are data.
fn replay(value: &str) -> Result<bool> {
    match value {
        "off" => Ok(false),
        _ => Err(Error::Body(format!("replay=\"{}\" is not off", printable(value)))),
    }
}

#[cfg(test)]
mod tests {
    use super::Reference;
    use crate::limits::Isolation;
    use crate::read::body::Body;

    fn reference(source: &str) -> Reference {
        match Body::parse(source, false) {
            Ok(Body::Reference(reference)) => reference,
            other => panic!("{source:?} gave {other:?}"),
        }
    }

    #[test]
    fn references_are_sql_names() {
        let found = reference(r#" My_Schema."Text ""Tools""".x"#.strip_suffix(".x").unwrap());
        assert_eq!(found.schema.as_deref(), Some("my_schema"));
        assert_eq!(found.module, r#"Text "Tools""#);
        let found = reference("tools#local:pkg/iface#to-upper fuel=1e6  memory=4MB");
        assert_eq!(found.export.as_deref(), Some("local:pkg/iface#to-upper"));
        assert_eq!((found.fuel, found.memory), (Some(1_000_000), Some(4 << 20)));
        assert_eq!(reference("tools isolation=statement").isolation, Some(Isolation::Statement));
        assert_eq!(reference("tools").export, None);
        assert_eq!(reference("tools replay=off").replay, Some(false));
        assert!(Body::parse("tools replay=on", false).is_err());
    }

    #[test]
    fn an_export_is_quoted_where_it_has_white_space() {
        for (source, export) in [
            ("tools#\"to upper\" fuel=1", "to upper"),
            ("tools#\"a \"\"b\"\"\"", "a \"b\""),
            ("tools#a\"b\"", "a\"b\""),
            ("tools#a#b.c", "a#b.c"),
        ] {
            assert_eq!(reference(source).export.as_deref(), Some(export), "{source}");
        }
    }
}
