//! Signatures: those of WIT, and the core signatures that they flatten to.

use super::{CoreType, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, ResultType, Type};
use crate::name::listed;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::rc::Rc;

/// A function type of WIT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The types of the parameters.
    pub params: Vec<Type>,
    /// The type of the result, if there is one.
    pub result: Option<Type>,
}

/// A function type of core WebAssembly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoreSignature {
    /// The types of the parameters.
    pub params: Vec<CoreType>,
    /// The types of the results.
    pub results: Vec<CoreType>,
}

impl Signature {
    /// Returns whether it is that of a method, whose first parameter is a representation.
    pub fn is_method(&self) -> bool {
        matches!(self.params.first(), Some(Type::Borrow(_)))
    }

    /// Returns the signature with a representation, which is a number, in place of the handle that a constructor
    /// returns: handles are their own representation.
    #[must_use]
    pub fn with_representation(mut self) -> Self {
        self.result = match self.result {
            Some(Type::Own(_)) => Some(Type::U32),
            Some(Type::Result(parts)) if matches!(parts.ok, Some(Type::Own(_))) => {
                let parts = ResultType { ok: Some(Type::U32), err: parts.err.clone() };
                Some(Type::Result(Rc::new(parts)))
            }
            other => other,
        };
        self
    }

    /// Returns true if the parameters are passed in memory, as one pointer.
    pub fn params_spilled(&self) -> bool {
        self.flat_params().len() > MAX_FLAT_PARAMS
    }

    /// Returns true if the result is returned in memory, as one pointer.
    pub fn result_spilled(&self) -> bool {
        self.flat_results().len() > MAX_FLAT_RESULTS
    }

    /// Returns true if arguments are written to the guest's memory.
    pub fn needs_realloc(&self) -> bool {
        self.params_spilled() || self.params.iter().any(Type::is_in_memory)
    }

    /// Returns true if the guest's memory is read or written at all.
    pub fn needs_memory(&self) -> bool {
        self.needs_realloc() || self.result_spilled()
    }

    /// Returns the type that the core function of an export has (`flatten_functype`, context 'lift').
    pub fn core(&self) -> CoreSignature {
        CoreSignature {
            params: match self.params_spilled() {
                true => vec![CoreType::I32],
                false => self.flat_params(),
            },
            results: match self.result_spilled() {
                true => vec![CoreType::I32],
                false => self.flat_results(),
            },
        }
    }

    fn flat_params(&self) -> Vec<CoreType> {
        let mut flat = Vec::new();
        self.params.iter().for_each(|ty| ty.flatten(&mut flat));
        flat
    }

    fn flat_results(&self) -> Vec<CoreType> {
        let mut flat = Vec::new();
        self.result.iter().for_each(|ty| ty.flatten(&mut flat));
        flat
    }
}

/// Writes the signature as WIT does, without parameter names.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "func({})", listed(self.params.iter()))?;
        match &self.result {
            Some(ty) => write!(f, " -> {ty}"),
            None => Ok(()),
        }
    }
}

/// Writes the signature as WebAssembly text does.
impl fmt::Display for CoreSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({})", listed(self.params.iter()))?;
        match self.results.is_empty() {
            true => Ok(()),
            false => write!(f, " -> ({})", listed(self.results.iter())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CoreType::{F64, I32, I64};

    fn core(params: &[Type], result: Option<Type>) -> CoreSignature {
        Signature { params: params.to_vec(), result }.core()
    }

    #[test]
    fn scalars_stay_scalars() {
        let found = core(&[Type::Bool, Type::S64, Type::F64], Some(Type::S16));
        assert_eq!(found, CoreSignature { params: vec![I32, I64, F64], results: vec![I32] });
    }

    #[test]
    fn a_string_result_is_a_pointer() {
        let found = core(&[Type::String], Some(Type::String));
        assert_eq!(found, CoreSignature { params: vec![I32, I32], results: vec![I32] });
    }

    #[test]
    fn options_carry_a_discriminant() {
        let found = core(&[Type::S64.option()], Some(Type::S32.option()));
        assert_eq!(found, CoreSignature { params: vec![I32, I64], results: vec![I32] });
    }

    #[test]
    fn seventeen_flat_parameters_spill() {
        assert_eq!(core(&vec![Type::S32; 16], None).params.len(), 16);
        assert_eq!(core(&vec![Type::S32; 17], None).params, [I32]);
        assert_eq!(core(&vec![Type::String; 9], None).params, [I32]);
    }
}
