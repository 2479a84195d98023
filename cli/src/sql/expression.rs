//! Reads constants in SQL, with the parser of sqlparser.
//!
//! This must never compute: an argument is a constant, or a cast, an array or a row of constants.

use super::datum::Datum;
use super::declaration::{Declaration, named};
use super::input;
use super::types::SqlType;
use super::{datum as sql, error, output};
use plwasm_engine::sql::Base;
use plwasm_engine::{Result, name};
use sqlparser::ast::{
    Array, CastKind, DataType, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
    Interval, ObjectName, ObjectNamePart, TypedString, UnaryOperator, Value,
};

/// Returns the last part of a name, folded to lower case as SQL does it.
pub(super) fn last_name(name: &ObjectName) -> String {
    match name.0.last() {
        Some(ObjectNamePart::Identifier(ident)) => folded(ident),
        _ => name.to_string(),
    }
}

/// Returns a name, folded to lower case as SQL does it.
pub(super) fn folded(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_ascii_lowercase(),
    }
}

/// Returns the parser's message without the parser's name.
pub(super) fn said(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let text = text.trim_start_matches("sql parser error: ");
    name::paragraph(text)
}

/// Returns the type of a constant, or None if it depends on the context.
pub(super) fn own_type(expression: &Expr) -> Option<SqlType> {
    match expression {
        Expr::Nested(inner) => own_type(inner),
        Expr::UnaryOp { expr, .. } => own_type(expr),
        Expr::Cast { data_type, .. } => SqlType::named(&data_type.to_string()),
        Expr::TypedString(TypedString { data_type, .. }) => SqlType::named(&data_type.to_string()),
        Expr::Value(value) => match &value.value {
            Value::Boolean(_) => Some(SqlType::Base(Base::Bool)),
            Value::Number(digits, _) if digits.parse::<i32>().is_ok() => {
                Some(SqlType::Base(Base::Int4))
            }
            Value::Number(digits, _) if digits.parse::<i64>().is_ok() => {
                Some(SqlType::Base(Base::Int8))
            }
            Value::Number(..) => Some(SqlType::Base(Base::Numeric)),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the value of a constant, for a type.
///
/// # Errors
/// The errors of the type's input; 42601 and 42804 for an expression that is not a constant of the type.
pub(crate) fn datum_of(expression: &Expr, ty: &SqlType) -> Result<Datum> {
    let mismatch = || {
        error(
            "42804",
            format!("{} is not of type {ty}", name::paragraph(&expression.to_string())),
            Some(
                "Without a server only constants of the declared type can be passed: quote it as '...'.",
            ),
        )
    };
    match expression {
        Expr::Nested(inner) => datum_of(inner, ty),
        Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, data_type, .. } => {
            let found = named_or_own(data_type, ty)?;
            if found == *ty {
                return datum_of(expr, ty);
            }
            let datum = datum_of(expr, &found)?;
            widened(datum, &found, ty).ok_or_else(mismatch)
        }
        Expr::TypedString(TypedString { data_type, value, .. }) => {
            match (named_or_own(data_type, ty)? == *ty, text_of(&value.value)) {
                (true, Some(text)) => input(text, ty),
                _ => Err(mismatch()),
            }
        }
        Expr::Interval(Interval { value, leading_field: None, .. })
            if *ty == SqlType::Base(Base::Interval) =>
        {
            datum_of(value, ty)
        }
        Expr::UnaryOp { op: op @ (UnaryOperator::Minus | UnaryOperator::Plus), expr } => {
            match (&**expr, op) {
                (Expr::Value(value), _) => match &value.value {
                    Value::Number(digits, _) => {
                        number(&format!("{op}{digits}"), ty).ok_or_else(mismatch)?
                    }
                    _ => Err(mismatch()),
                },
                _ => Err(mismatch()),
            }
        }
        Expr::Value(value) => match &value.value {
            Value::Null => Ok(Datum::Null),
            Value::Boolean(value) if *ty == SqlType::Base(Base::Bool) => Ok(Datum::Bool(*value)),
            Value::Number(digits, _) => number(digits, ty).ok_or_else(mismatch)?,
            other => match text_of(other) {
                Some(text) => input(text, ty),
                None => Err(mismatch()),
            },
        },
        Expr::Array(Array { elem, .. }) => {
            let SqlType::Array(of) = ty else { return Err(mismatch()) };
            Ok(Datum::Array(array(elem, of, ty)?))
        }
        Expr::Tuple(values) => row(&values.iter().collect::<Vec<_>>(), ty).ok_or_else(mismatch)?,
        Expr::Function(function) if last_name(&function.name) == "row" => {
            let FunctionArguments::List(list) = &function.args else { return Err(mismatch()) };
            let values = list.args.iter().map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value),
                _ => None,
            });
            let values = values.collect::<Option<Vec<_>>>().ok_or_else(mismatch)?;
            row(&values, ty).ok_or_else(mismatch)?
        }
        other => Err(error(
            "42601",
            format!("{} is not a constant", name::paragraph(&other.to_string())),
            Some("Without a server nothing is computed; with --db it is."),
        )),
    }
}

/// Returns a type by its name, which may be that of the enum or composite type that is wanted.
fn named_or_own(found: &DataType, wanted: &SqlType) -> Result<SqlType> {
    let text = found.to_string();
    let own = text.rsplit('.').next().unwrap_or(&text).trim_matches('"');
    match own.eq_ignore_ascii_case(&wanted.to_string()) {
        true => Ok(wanted.clone()),
        false => named(found, &[]),
    }
}

fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::SingleQuotedString(text)
        | Value::EscapedStringLiteral(text)
        | Value::NationalStringLiteral(text)
        | Value::UnicodeStringLiteral(text) => Some(text),
        Value::DollarQuotedString(text) => Some(&text.value),
        _ => None,
    }
}

/// Returns a number for a numeric type, or None if SQL has no implicit cast for it.
fn number(digits: &str, ty: &SqlType) -> Option<Result<Datum>> {
    let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+'));
    let fits = match ty {
        SqlType::Base(Base::Int2 | Base::Int4 | Base::Int8 | Base::Oid) => is_whole,
        SqlType::Base(Base::Float4 | Base::Float8 | Base::Numeric) => true,
        _ => false,
    };
    fits.then(|| input(digits, ty))
}

/// Casts a number to a wider type, as SQL does implicitly.
fn widened(datum: Datum, from: &SqlType, to: &SqlType) -> Option<Datum> {
    const WIDER: [SqlType; 6] = [
        SqlType::Base(Base::Int2),
        SqlType::Base(Base::Int4),
        SqlType::Base(Base::Int8),
        SqlType::Base(Base::Numeric),
        SqlType::Base(Base::Float4),
        SqlType::Base(Base::Float8),
    ];
    let at = |ty: &SqlType| WIDER.iter().position(|known| known == ty);
    if datum == Datum::Null {
        return Some(datum);
    }
    (at(from)? < at(to)?).then_some(())?;
    input(&output(&datum, from)?, to).ok()
}

/// Returns the array that an ARRAY expression denotes. Its elements can be arrays of the same type.
fn array(elements: &[Expr], of: &SqlType, ty: &SqlType) -> Result<sql::Array> {
    if !elements.iter().any(|element| matches!(element, Expr::Array(_))) {
        let elements = elements.iter().map(|element| datum_of(element, of));
        return Ok(sql::Array::of(elements.collect::<Result<_>>()?));
    }
    let differ = || {
        let message =
            "multidimensional arrays must have array expressions with matching dimensions";
        error("2202E", message, None)
    };
    let inner = elements.iter().map(|element| match datum_of(element, ty)? {
        Datum::Array(inner) => Ok(inner),
        _ => Err(differ()),
    });
    sql::Array::of_arrays(inner.collect::<Result<_>>()?).ok_or_else(differ)
}

fn row(values: &[&Expr], ty: &SqlType) -> Option<Result<Datum>> {
    let SqlType::Row(of) = ty else { return None };
    (of.columns.len() == values.len()).then(|| {
        let columns = values.iter().zip(&of.columns).map(|(value, (_, ty))| datum_of(value, ty));
        Ok(Datum::Row(columns.collect::<Result<_>>()?))
    })
}

/// Returns the declaration that fits a call with these arguments of what takes and returns scalars, and each argument in
/// one slot.
pub(crate) fn guess(
    name: &str,
    arguments: &[Expr],
    core: &plwasm_engine::abi::CoreSignature,
) -> Option<Declaration> {
    use plwasm_engine::abi::CoreType;
    let scalar = |core: CoreType| match core {
        CoreType::I32 => Some(SqlType::Base(Base::Int4)),
        CoreType::I64 => Some(SqlType::Base(Base::Int8)),
        CoreType::F32 => Some(SqlType::Base(Base::Float4)),
        CoreType::F64 => Some(SqlType::Base(Base::Float8)),
        CoreType::V128 | CoreType::Ref => None,
    };
    let params = core.params.iter().map(|core| scalar(*core)).collect::<Option<Vec<_>>>()?;
    let result = match core.results[..] {
        [] => SqlType::Void,
        [core] => scalar(core)?,
        _ => return None,
    };
    // A string takes two slots. A quoted constant may be of a type that takes one.
    let is_number = |argument: &Expr| matches!(own_type(argument), Some(ty) if !matches!(ty, SqlType::Base(Base::Text | Base::Bool)));
    let fits = arguments.len() == params.len() && arguments.iter().all(is_number);
    let name = name.to_string();
    fits.then_some(Declaration { name, direct: None, params, result, returns_set: false })
}
