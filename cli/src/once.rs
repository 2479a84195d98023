//! Once: what an export does on its first call in an instance, and on no later one.
//!
//! In a server every call is a first call, unless the work is done in a warm-up.

use crate::sql::{Datum, SqlType, output};
use anstyle::Style;
use plwasm_engine::abi::Type;
use plwasm_engine::name::paragraph;
use plwasm_engine::warm_up::{Constant, WarmUpCall};
use serde::Serialize;
use std::io::Write;

/// The fuel below which the first call of an instance is not worth a remark.
const LEAST: u64 = 1_000;

/// The part of its fuel that a second call may take at most.
const PART: u64 = 10;

/// The fuel of the first call in an instance, and of a second one that takes much less.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Once {
    pub first: u64,
    pub second: u64,
    /// A warm-up call after which a call takes as little as the second one did.
    pub warm: Option<String>,
    /// Whether it is a method, whose calls all begin with what its constructor made.
    #[serde(skip)]
    pub is_of_method: bool,
}

impl Once {
    /// Returns the most fuel that a second call may take, if the first call took `first`. None: the first call takes
    /// so little that a second one is of no interest.
    pub(crate) fn most(first: u64) -> Option<u64> {
        (first >= LEAST).then_some(first / PART)
    }

    /// Returns what was found, and what to do about it.
    pub(crate) fn note(&self, export: &str) -> [String; 2] {
        let Self { first, second, warm, is_of_method } = self;
        let export = paragraph(export);
        let again = if *is_of_method { "of the same value" } else { "in the same instance" };
        let found = format!(
            "\"{export}\" does work on its first call: it took {first} units of fuel, and {second} when it was called again \
             {again}"
        );
        if *is_of_method {
            let advice = "In a server every call of a method begins with what the constructor made, which is kept: do that \
                          work in the constructor."
                .into();
            return [found, advice];
        }
        let warm = match warm {
            Some(call) => format!("--warm {}", quoted(call)),
            None => "--warm, with a call whose arguments are numbers, strings, true, false or null"
                .into(),
        };
        let advice = format!(
            "In a server every call is a first call, unless a warm-up does that work once: {warm}, here to try it, and with \
             plwasm adapt or plwasm push to write it into the module. docs/once.md has other ways."
        );
        [found, advice]
    }

    /// Writes the note to standard error.
    pub(crate) fn say(&self, export: &str) {
        let mut to = anstream::stderr().lock();
        let label = Style::new().bold();
        let [found, advice] = self.note(export);
        let _ = writeln!(to, "plwasm: {label}note:{label:#} {found}");
        let _ = writeln!(to, "plwasm: {label}hint:{label:#} {advice}");
    }
}

/// Returns a call of `export` as an option of a shell contains it, with arguments of these types. None: one of them
/// cannot be a constant of a warm-up.
pub(crate) fn warm_up_call(
    export: &str,
    arguments: &[Datum],
    sql: &[SqlType],
    wit: &[Type],
) -> Option<String> {
    let constants = arguments.iter().zip(sql).zip(wit);
    let arguments = constants.map(|((datum, sql), wit)| constant(datum, sql, wit));
    let call =
        WarmUpCall { export: Some(export.into()), arguments: arguments.collect::<Option<_>>()? };
    let text = call.to_string();
    // What is too long, or would have to be escaped, is no option that could be copied.
    let shown = text.replace(' ', "_");
    (paragraph(&shown) == shown).then_some(text)
}

/// Returns a value as a constant of a warm-up, if it is one whose spelling there is known.
fn constant(datum: &Datum, sql: &SqlType, wit: &Type) -> Option<Constant> {
    let wit = match wit {
        Type::Option(some) => some,
        wit => wit,
    };
    let Some(text) = output(datum, sql) else { return Some(Constant::Null) };
    match (datum, wit) {
        (Datum::Bool(value), Type::Bool) => Some(Constant::Bool(*value)),
        (Datum::Text(_), Type::String | Type::Char) | (Datum::Int(_), Type::Enum(_)) => {
            Some(Constant::String(text))
        }
        (Datum::Bytes(_), Type::List(element)) if **element == Type::U8 => {
            Some(Constant::String(text))
        }
        (Datum::Int(_) | Datum::Float4(_) | Datum::Float8(_) | Datum::Text(_), _) => {
            text.parse::<f64>().is_ok_and(f64::is_finite).then_some(Constant::Number(text))
        }
        _ => None,
    }
}

/// Quotes an argument for a shell.
fn quoted(argument: &str) -> String {
    match argument.contains(['"', '$', '`', '\\', '!']) {
        false => format!("\"{argument}\""),
        true => format!("'{}'", argument.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::{quoted, warm_up_call};
    use crate::sql::{Datum, SqlType};
    use plwasm_engine::abi::Type;

    fn call(datum: Datum, sql: &str, wit: Type) -> Option<String> {
        warm_up_call("f", &[datum], &[SqlType::named(sql).expect("a type")], &[wit])
    }

    #[test]
    fn arguments_become_constants() {
        let text = |text: &str| Datum::Text(text.into());
        let said = |datum, sql, wit| call(datum, sql, wit).expect("a call");
        assert_eq!(said(Datum::Int(-5), "integer", Type::S32), "f(-5)");
        assert_eq!(said(Datum::Float8(0.5), "double precision", Type::F64), "f(0.5)");
        assert_eq!(said(Datum::Float8(1e300), "double precision", Type::F64), "f(1e+300)");
        assert_eq!(said(Datum::Bool(true), "boolean", Type::Bool), "f(true)");
        assert_eq!(said(text("it's  so"), "text", Type::String), "f('it''s  so')");
        assert_eq!(said(text("300"), "numeric", Type::U64), "f(300)");
        assert_eq!(said(Datum::Bytes(vec![1]), "bytea", Type::U8.list()), r"f('\x01')");
        assert_eq!(said(Datum::Null, "text", Type::Option(Type::String.into())), "f(null)");
        assert_eq!(call(Datum::Float8(f64::NAN), "double precision", Type::F64), None);
        assert_eq!(call(Datum::Date(1), "date", Type::S32), None);
        assert_eq!(call(text("a\nb"), "text", Type::String), None);
        assert_eq!(call(text("\u{1b}[2J"), "text", Type::String), None);
    }

    #[test]
    fn a_shell_reads_what_is_quoted() {
        for argument in ["f('a')", r"f('$HOME `x` \ ! ''')", r#""to upper"('a b')"#] {
            let echo = format!("printf %s {}", quoted(argument));
            let output = std::process::Command::new("sh").args(["-c", &echo]).output();
            assert_eq!(output.expect("a shell").stdout, argument.as_bytes(), "{echo}");
        }
    }
}
