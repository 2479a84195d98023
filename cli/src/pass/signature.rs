//! Signatures: the WIT types of an export, and the SQL types that it is called with.

use crate::sql::{Datum, Declaration, SqlType};
use plwasm_engine::abi::{self, ResultType, Type};
use plwasm_engine::name::MemberKind;
use plwasm_engine::read::wit::{self, Spelling};
use plwasm_engine::sql::{Base, Reason};
use plwasm_engine::{Error, Export, Result, Uses, name};
use std::fmt;

/// The types of a call, in WIT and in SQL.
#[derive(Debug, Clone)]
pub(crate) struct Signature {
    pub name: String,
    /// Whether the export is a method. Its representation is not among the parameters.
    pub is_method: bool,
    pub params: Vec<Type>,
    pub result: Option<Type>,
    pub sql_params: Vec<SqlType>,
    pub sql_result: SqlType,
    pub returns_set: bool,
}

impl Signature {
    /// Returns the signature of an export that is called as `declared`, or as its WIT suggests.
    ///
    /// # Errors
    /// [`Error::Signature`] and [`Error::Wit`], as when the function is created; 42P13 if the export has no WIT and
    /// nothing was declared.
    pub(crate) fn of(export: &Export, declared: Option<&Declaration>) -> Result<Self> {
        if let Some(reason) = export.refusal() {
            let sql = declared.map_or(export.name, |declared| declared.name.as_str());
            return Err(Self::mismatch(export, sql, &export.shown(), reason.into()));
        }
        Self::of_member(export, declared)
    }

    /// Returns the signature of an export, which may be a constructor or a method. The representation, which a constructor
    /// returns as a bigint, is not among a method's parameters.
    ///
    /// # Errors
    /// Those of [`of`](Self::of).
    pub(crate) fn of_member(export: &Export, declared: Option<&Declaration>) -> Result<Self> {
        match (declared, &export.wit) {
            (None, Some(wit)) => Self::suggested(export, wit),
            (Some(declared), Some(wit)) => Self::declared(export, declared, wit),
            (Some(declared), None) => Self::guessed(export, declared),
            (None, None) => Err(crate::sql::error(
                "42P13",
                format!(
                    "export \"{}\" does not say its types, its core type is {}",
                    name::printable(export.name),
                    export.core
                ),
                Some(
                    "Declare them as in CREATE FUNCTION, with --as 'slugify(text) returns text', or in a file of cases: \
                     as = \"slugify(text) returns text\".",
                ),
            )),
        }
    }

    fn suggested(export: &Export, wit: &wit::Function) -> Result<Self> {
        let mismatch = |reason: Reason| {
            Self::mismatch(export, wit.name(), &wit.to_string(), reason.to_string())
        };
        let signature = checked(export, wit)?;
        let own = wit
            .member()
            .map(|member| if member.name.is_empty() { member.resource } else { member.name });
        let name = name::snake(own.unwrap_or(wit.name())).to_ascii_lowercase();
        let mut sql_params = Vec::new();
        for param in &wit.params[usize::from(signature.is_method())..] {
            let path = format!("{name}_{}", name::snake(&param.name));
            let found = SqlType::of_wit(&param.value.ty, &param.value.spelling, &path);
            sql_params.push(found.map_err(mismatch)?);
        }
        let (sql_result, returns_set) = match &wit.result {
            _ if wit.is_constructing() => (SqlType::Base(Base::Int8), false),
            None => (SqlType::Void, false),
            Some(result) => returns(&result.ty, &result.spelling, &format!("{name}_result"))
                .map_err(mismatch)?,
        };
        let declared =
            Declaration { name, direct: None, params: sql_params, result: sql_result, returns_set };
        Ok(Self::new(&declared, signature))
    }

    fn declared(export: &Export, declared: &Declaration, wit: &wit::Function) -> Result<Self> {
        let signature = checked(export, wit)?;
        let found = Self::new(declared, signature);
        match found.check() {
            Ok(()) => Ok(found),
            Err(reason) => {
                let sql = found.to_string();
                Err(Self::mismatch(export, &sql, &wit.to_string(), reason))
            }
        }
    }

    fn new(declared: &Declaration, mut signature: abi::Signature) -> Self {
        let is_method = signature.is_method();
        signature.params.drain(..usize::from(is_method));
        Self {
            name: declared.name.clone(),
            is_method,
            params: signature.params,
            result: signature.result,
            sql_params: declared.params.clone(),
            sql_result: declared.result.clone(),
            returns_set: declared.returns_set,
        }
    }

    /// Returns the plain signature, or the one that allows NULL everywhere, whichever has the export's core type.
    fn guessed(export: &Export, declared: &Declaration) -> Result<Self> {
        let kind = export.member().map(|member| member.kind);
        let mut candidates = Vec::new();
        for nulls in [false, true] {
            let default = |ty: &SqlType| {
                let unsupported = |reason| {
                    let wit = format!("unknown, its core type is {}", export.core);
                    Self::mismatch(export, &declared.name, &wit, reason)
                };
                ty.default_wit(nulls).map_err(unsupported)
            };
            let mut params = declared.params.iter().map(default).collect::<Result<Vec<_>>>()?;
            if kind == Some(MemberKind::Method) {
                params.insert(0, Type::Borrow("self".into()));
            }
            let result = match (&declared.result, declared.returns_set) {
                _ if kind == Some(MemberKind::Constructor) => Some(Type::U32),
                (SqlType::Void, _) => None,
                (ty, true) => Some(default(ty)?.list()),
                (ty, false) => Some(default(ty)?),
            };
            let signature = abi::Signature { params, result };
            if signature.core() == *export.core {
                return Ok(Self::new(declared, signature));
            }
            candidates.push(format!("{} for {signature}", signature.core()));
        }
        candidates.dedup();
        Err(Error::Signature {
            export: name::printable(export.name),
            found: export.core.to_string(),
            expected: candidates.join(", or "),
        })
    }

    fn mismatch(export: &Export, sql: &str, wit: &str, reason: String) -> Error {
        Error::Wit {
            export: name::printable(export.name),
            sql: sql.into(),
            wit: wit.into(),
            reason,
        }
    }

    /// Checks that the SQL types can be passed as the WIT types.
    fn check(&self) -> std::result::Result<(), String> {
        if self.params.len() != self.sql_params.len() {
            return Err(format!(
                "the SQL function has {} parameters, the export {}",
                self.sql_params.len(),
                self.params.len()
            ));
        }
        for (i, (sql, ty)) in self.sql_params.iter().zip(&self.params).enumerate() {
            sql.check(ty).map_err(|reason| format!("argument {}: {reason}", i + 1))?;
        }
        let reason = |reason| format!("result: {reason}");
        match (&self.sql_result, self.value_type(), self.returns_set) {
            (SqlType::Void, None, _) => Ok(()),
            (SqlType::Void, Some(ty), _) => Err(reason(format!("void cannot be returned as {ty}"))),
            (_, None, _) => Err(reason("the export returns nothing".into())),
            (sql, Some(Type::List(row)), true) => sql.check(row).map_err(reason),
            (_, Some(ty), true) => Err(reason(format!("a set is returned as a list, not as {ty}"))),
            (sql, Some(ty), false) => sql.check(ty).map_err(reason),
        }
    }

    /// Returns the type of the result, or that of its `ok` if it is a `result`.
    pub(crate) fn value_type(&self) -> Option<&Type> {
        match self.result.as_ref()? {
            Type::Result(result) => result.ok.as_ref(),
            ty => Some(ty),
        }
    }

    /// Returns the type of the result if it is a `result`.
    pub(crate) fn failure(&self) -> Option<&ResultType> {
        match self.result.as_ref()? {
            Type::Result(result) => Some(result),
            _ => None,
        }
    }

    /// Returns its SQL types.
    pub(crate) fn types(&self) -> Declaration {
        Declaration {
            name: self.name.clone(),
            direct: None,
            params: self.sql_params.clone(),
            result: self.sql_result.clone(),
            returns_set: self.returns_set,
        }
    }

    /// Returns the signature with its WIT types only.
    pub(crate) fn core(&self) -> abi::Signature {
        let own = self.is_method.then(|| Type::Borrow("self".into()));
        let params = own.into_iter().chain(self.params.iter().cloned()).collect();
        abi::Signature { params, result: self.result.clone() }
    }

    /// Returns whether an export is called with these arguments. It is not if one is NULL whose WIT type is not an
    /// option.
    pub(crate) fn takes(&self, args: &[Datum]) -> bool {
        let mut params = self.params.iter().zip(args);
        !params.any(|(param, arg)| *arg == Datum::Null && !matches!(param, Type::Option(_)))
    }

    /// Returns what a call uses besides the export.
    pub(crate) fn uses(&self) -> Uses {
        Uses::of(&self.core())
    }
}

/// Returns the signature of an export's WIT. Checks that the export has its core type.
fn checked(export: &Export, wit: &wit::Function) -> Result<abi::Signature> {
    let unsupported = || wit.unsupported.as_deref().unwrap_or_default().to_string();
    let signature = wit
        .signature()
        .ok_or_else(|| Signature::mismatch(export, wit.name(), &wit.to_string(), unsupported()))?;
    match signature.core() == *export.core {
        true => Ok(signature.with_representation()),
        false => Err(Error::Signature {
            export: name::printable(export.name),
            found: export.core.to_string(),
            expected: format!("{} for {wit}", signature.core()),
        }),
    }
}

/// Returns the type of a function's result, and true if it is a set.
fn returns(
    ty: &Type,
    spelling: &Spelling,
    path: &str,
) -> std::result::Result<(SqlType, bool), Reason> {
    let (ty, spelling) = match ty {
        Type::Result(result) => match &result.ok {
            None => return Ok((SqlType::Void, false)),
            Some(ok) => (ok, &spelling.part(0)),
        },
        ty => (ty, spelling),
    };
    if let Type::List(row) = ty
        && let Type::Record(_) = **row
    {
        let found = SqlType::of_wit(row, &spelling.part(0), path)?;
        if let SqlType::Row(_) = &found {
            return Ok((found, true));
        }
    }
    Ok((SqlType::of_wit(ty, spelling, path)?, false))
}

/// Writes the function as SQL declares it.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.types())
    }
}
