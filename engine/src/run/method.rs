//! Methods: whose the parameters of an SQL function are that calls one, and what it does with a state.
//!
//! Server and command plan the calls of methods by the same rules. This must never know SQL types or values.

use super::export::Export;
use crate::abi::Type;
use crate::error::{Error, Result};
use crate::name::printable;

/// What an SQL function does with a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Constructs a value, and calls the method of it.
    Prepared,
    /// Changes a state.
    Step,
    /// Changes a state, unless the method returns false.
    Unstep,
    /// Adds one state to another.
    Merge,
    /// Returns something of a state, which stays as it is.
    Finish,
}

impl Role {
    /// Returns what a function does that takes a state and returns one: a method that returns something says by it
    /// whether it could undo a step.
    pub fn of_change(method: &Export<'_>) -> Self {
        let says = match &method.wit {
            Some(wit) => wit.result.as_ref().is_some_and(|result| result.ty == Type::Bool),
            None => !method.core.results.is_empty(),
        };
        if says { Self::Unstep } else { Self::Step }
    }
}

/// Plans a function whose parameters, of which there are `count`, are those of a constructor and then those of a method.
/// `plan` gets the number of those that are the constructor's. Without WIT, that is the least for which `plan` succeeds.
///
/// # Errors
/// The errors of `plan`; [`Error::Wit`] if there are too few parameters.
pub fn split<T>(
    constructor: &Export<'_>,
    count: usize,
    mut plan: impl FnMut(usize) -> Result<T>,
) -> Result<T> {
    let Some(wit) = &constructor.wit else {
        let mut best = plan(0);
        for split in 1..=count {
            if best.is_ok() {
                break;
            }
            let found = plan(split);
            // An error of the method says more: the constructor fits.
            if !found.as_ref().is_err_and(is_of_constructor) {
                best = found;
            }
        }
        return best;
    };
    let parameters = wit.params.len();
    if parameters <= count {
        return plan(parameters);
    }
    Err(unfit(format!(
        "the SQL function has {count} parameters for both, the constructor alone {parameters}"
    )))
}

/// Returns the error of an SQL function that does not fit. [`mismatch`] adds what it is that does not.
#[must_use]
pub fn unfit(reason: String) -> Error {
    Error::Wit { export: String::new(), sql: String::new(), wit: String::new(), reason }
}

/// Says in an error of planning of which export it is: `constructor` or `method`.
#[must_use]
pub fn of(error: Error, what: &str) -> Error {
    match error {
        Error::Wit { export, sql, wit, reason } => {
            Error::Wit { export, sql, wit, reason: format!("{what}: {reason}") }
        }
        Error::Signature { export, found, expected } => Error::Wit {
            export,
            sql: String::new(),
            wit: String::new(),
            reason: format!("{what}: it is {found}, where {expected} was expected"),
        },
        error => error,
    }
}

fn is_of_constructor(error: &Error) -> bool {
    matches!(error, Error::Wit { reason, .. } if reason.starts_with("constructor: "))
}

/// Returns the error of an SQL function that does not fit a method, as `error` of one of the two exports says. Both are
/// shown, whichever does not fit.
#[must_use]
pub fn mismatch(error: Error, sql: &str, method: &Export<'_>, constructor: &Export<'_>) -> Error {
    let reason = match error {
        Error::Wit { reason, .. } => reason,
        Error::Signature { found, expected, .. } => {
            format!("the export is {found}, where {expected} was expected")
        }
        error => return error,
    };
    let shown = |export: &Export<'_>| match &export.wit {
        Some(wit) => wit.to_string(),
        None => format!("{}: {}", printable(export.name), export.core),
    };
    Error::Wit {
        export: printable(method.name),
        sql: sql.into(),
        wit: format!("{}, with the constructor {}", shown(method), shown(constructor)),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{CoreSignature, CoreType};

    fn export<'a>(name: &'a str, core: &'a CoreSignature) -> Export<'a> {
        Export { name, core, wit: None }
    }

    #[test]
    fn without_wit_the_least_split_is_taken_that_fits() {
        let core = CoreSignature { params: Vec::new(), results: vec![CoreType::I32] };
        let constructor = export("[constructor]r", &core);
        let mut tried = Vec::new();
        let planned = split(&constructor, 3, |split| {
            tried.push(split);
            if split >= 2 { Ok(split) } else { Err(Error::WitPackage) }
        });
        assert_eq!((planned.ok(), tried), (Some(2), vec![0, 1, 2]));
        // If none fits, the error is that of all parameters for the constructor.
        let planned: Result<()> =
            split(&constructor, 1, |split| Err(Error::Internal(format!("{split} does not fit"))));
        let said = planned.expect_err("none fits").to_string();
        assert!(said.contains("1 does not fit"), "{said}");
    }

    #[test]
    fn a_method_that_returns_something_undoes_a_step() {
        let mut core = CoreSignature { params: vec![CoreType::I32], results: Vec::new() };
        assert_eq!(Role::of_change(&export("[method]r.step", &core)), Role::Step);
        core.results.push(CoreType::I32);
        assert_eq!(Role::of_change(&export("[method]r.unstep", &core)), Role::Unstep);
    }

    #[test]
    fn what_does_not_fit_is_said_of_both() {
        let core = CoreSignature { params: vec![CoreType::I32], results: vec![CoreType::I32] };
        let (method, constructor) = (export("[method]r.m", &core), export("[constructor]r", &core));
        let error = Error::Wit {
            export: String::new(),
            sql: String::new(),
            wit: String::new(),
            reason: "argument 1: no".into(),
        };
        let error = mismatch(of(error, "method"), "m(text)", &method, &constructor);
        let Error::Wit { export, sql, wit, reason } = error else { panic!("another error") };
        assert_eq!(
            (&*export, &*sql, &*reason),
            ("[method]r.m", "m(text)", "method: argument 1: no")
        );
        assert_eq!(
            wit,
            "[method]r.m: (i32) -> (i32), with the constructor [constructor]r: (i32) -> (i32)"
        );
    }
}
