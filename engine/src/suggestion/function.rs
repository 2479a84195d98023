//! The function to create for one export.

use super::resource::{Shape, own_params};
use super::{NewFunction, Result, Suggestions};
use crate::abi::{CoreSignature, CoreType, MAX_FLAT_PARAMS, Type};
use crate::name::{folded, snake};
use crate::read::body;
use crate::read::wit::{Function, Param, Spelling, Value};
use crate::run::trigger;
use crate::sql::{Base, Proposed, proposed};

/// The type of the states of aggregates.
const STATE: &str = "wasm.state";

/// The remark of a function whose i32s are assumed to be numbers.
const MAY_BE_ADDRESS: &str =
    "its module does not say whether an i32 is a number, as is assumed here, or an address";

/// What the declaration of a function says of its arguments and its result.
struct Signature {
    params: Vec<(String, String)>,
    returns: String,
    strict: bool,
}

impl Suggestions {
    /// Returns the function for an export of scalars. Returns `None` if the export has other values, or no values at
    /// all.
    pub(super) fn scalar_function(
        &self,
        name: &str,
        export: &str,
        core: &CoreSignature,
    ) -> Option<Result<NewFunction>> {
        let params = core.params.iter().map(|ty| scalar(*ty)).collect::<Option<Vec<_>>>()?;
        let returns = match core.results[..] {
            [] if params.is_empty() => return None,
            [] => "void",
            [ty] => scalar(ty)?,
            _ => return None,
        };
        let name = match params.len() > MAX_FLAT_PARAMS {
            true => Err(format!("it has more than {MAX_FLAT_PARAMS} parameters").into()),
            false => self.qualified(name),
        };
        let has_i32 = core.params.iter().chain(&core.results).any(|ty| *ty == CoreType::I32);
        Some(name.map(|name| NewFunction {
            name,
            params: params.into_iter().map(|ty| (String::new(), ty.into())).collect(),
            returns: returns.into(),
            strict: true,
            body: format!("{}#{}", self.module, body::export_name(export)),
            docs: None,
            remark: has_i32.then_some(MAY_BE_ADDRESS),
        }))
    }

    /// Returns the function for an export with a WIT type.
    pub(super) fn function(
        &mut self,
        name: &str,
        body: String,
        function: &Function,
        shape: Shape<'_>,
    ) -> Result<NewFunction> {
        let types = self.types.len();
        let made = self.signature(name, function, shape);
        let named = made.and_then(|made| Ok((self.qualified(name)?, made)));
        if named.is_err() {
            // The types that were registered for it are removed.
            for ty in self.types.drain(types..) {
                self.by_name.remove(&ty.name);
            }
            self.known.clear();
        }
        let (name, Signature { params, returns, strict }) = named?;
        let docs = function.docs.as_deref().map(|docs| self.comment(docs));
        Ok(NewFunction { name, params, returns, strict, body, docs, remark: None })
    }

    fn signature(
        &mut self,
        name: &str,
        function: &Function,
        shape: Shape<'_>,
    ) -> Result<Signature> {
        self.check_error(function)?;
        if trigger::is_trigger(function) {
            return Ok(Signature { params: Vec::new(), returns: "trigger".into(), strict: false });
        }
        let constructor = match shape {
            Shape::Prepared { constructor } | Shape::Transition { constructor } => {
                Some(constructor)
            }
            _ => None,
        };
        let states = match shape {
            Shape::Transition { .. } | Shape::Final => 1,
            Shape::Merge => 2,
            Shape::Plain | Shape::Prepared { .. } | Shape::Internal => 0,
        };
        let state = || (String::new(), STATE.to_string());
        let mut params: Vec<_> = std::iter::repeat_with(state).take(states).collect();
        if let Some(constructor) = constructor {
            self.check_error(constructor)?;
            params.extend(self.params(name, &constructor.params)?);
        }
        let own = match shape {
            Shape::Merge => &[],
            _ => own_params(function),
        };
        let own_sql = self.params(name, own)?;
        // The constructor's parameter makes way for one of the same name.
        for (constructors, _) in &mut params {
            if own_sql.iter().any(|(own, _)| own == constructors) {
                constructors.clear();
            }
        }
        params.extend(own_sql);
        let returns = match (&function.result, shape) {
            (_, Shape::Transition { .. } | Shape::Merge) => STATE.into(),
            (Some(Value { ty, spelling }), _) => {
                let is_set = !matches!(shape, Shape::Final);
                self.returns(ty, spelling, &format!("{name}_result"), is_set)?
            }
            (None, _) => "void".into(),
        };
        let is_option = |param: &Param| matches!(param.value.ty, Type::Option(_));
        let mut passed = constructor.map_or(&[][..], |it| &it.params).iter().chain(own);
        let strict = states == 0 && !passed.any(is_option);
        Ok(Signature { params, returns, strict })
    }

    /// Returns the names and types of parameters.
    fn params(&mut self, function: &str, params: &[Param]) -> Result<Vec<(String, String)>> {
        let names = folded(params.iter().map(|param| snake(&param.name)).collect());
        let mut found = Vec::new();
        for (param, own) in params.iter().zip(names) {
            let Value { ty, spelling } = &param.value;
            let sql = self.nullable(ty, spelling, &format!("{function}_{own}"))?;
            found.push((self.short(&own)?, sql));
        }
        Ok(found)
    }

    /// Checks that the error of a function can be raised.
    fn check_error(&self, function: &Function) -> Result<()> {
        let Some(Value { ty: Type::Result(result), spelling }) = &function.result else {
            return Ok(());
        };
        let is_error = matches!(result.err, None | Some(Type::String))
            || spelling.part(1).name() == Some("error");
        match is_error {
            true => Ok(()),
            false => {
                let whose = match function.is_constructing() {
                    true => "its constructor's error",
                    false => "its error",
                };
                Err(format!("{whose} is neither a string nor the error of plwasm:types").into())
            }
        }
    }

    /// Returns the SQL type that a function returns. With `is_set` a list of records is a set of rows.
    fn returns(
        &mut self,
        ty: &Type,
        spelling: &Spelling,
        path: &str,
        is_set: bool,
    ) -> Result<String> {
        if let Type::Result(result) = ty {
            return match &result.ok {
                None => Ok("void".into()),
                Some(ok) => self.returns_value(ok, &spelling.part(0), path, is_set),
            };
        }
        self.returns_value(ty, spelling, path, is_set)
    }

    /// Returns the SQL type that a function returns whose WIT type is not a `result`.
    fn returns_value(
        &mut self,
        ty: &Type,
        spelling: &Spelling,
        path: &str,
        is_set: bool,
    ) -> Result<String> {
        if is_set
            && let Type::List(row) = ty
            && let Type::Record(_) = **row
            && let Proposed::Composite(_) = proposed(row, &spelling.part(0))?
        {
            return Ok(format!("SETOF {}", self.sql(row, &spelling.part(0), path)?));
        }
        self.nullable(ty, spelling, path)
    }
}

/// Returns the SQL type that is assumed for a core type, `None` if SQL has nothing like it.
fn scalar(ty: CoreType) -> Option<&'static str> {
    let ty = match ty {
        CoreType::I32 => Type::S32,
        CoreType::I64 => Type::S64,
        CoreType::F32 => Type::F32,
        CoreType::F64 => Type::F64,
        CoreType::V128 | CoreType::Ref => return None,
    };
    Base::proposed_for(&ty).map(Base::sql)
}
