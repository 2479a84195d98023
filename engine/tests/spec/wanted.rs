//! What a script wants of a call, as far as SQL can say it.

use crate::runner::is_trap;
use crate::sql::{NO_MODULE, Skip};
use crate::value;
use wasmtime::{Instance, Module, Store, Trap, Val};
use wast::core::{NanPattern, WastRetCore};
use wast::{WastInvoke, WastRet};

/// The one NaN that functions return in SQL, so that `IMMUTABLE` is true.
const NAN32: u32 = 0x7fc0_0000;

const NAN64: u64 = 0x7ff8_0000_0000_0000;

/// What an assertion is about.
pub(crate) enum Wanted<'a> {
    Results(&'a [WastRet<'a>]),
    Trap(&'a str),
    Exception,
}

pub(crate) struct Expected {
    pub bytes: Vec<u8>,
    /// The script has a NaN that does not leave a function in SQL.
    pub is_another_nan: bool,
}

impl Wanted<'_> {
    /// The result as its type's `send` function has it, or the SQLSTATE.
    pub(crate) fn in_sql(&self) -> Result<(Option<Expected>, Option<&'static str>), Skip> {
        let results = match self {
            Self::Exception => return Ok((None, Some("38000"))),
            Self::Trap(message) => {
                let sqlstate = match *message {
                    "integer divide by zero" => "22012",
                    "integer overflow" | "invalid conversion to integer" => "22003",
                    "call stack exhausted" => "54001",
                    _ => "38000",
                };
                return Ok((None, Some(sqlstate)));
            }
            Self::Results(results) => results,
        };
        let (bytes, is_another_nan) = match results {
            [] => (Vec::new(), false),
            [WastRet::Core(result)] => match result {
                WastRetCore::I32(value) => (value.to_be_bytes().to_vec(), false),
                WastRetCore::I64(value) => (value.to_be_bytes().to_vec(), false),
                WastRetCore::F32(NanPattern::Value(value))
                    if !f32::from_bits(value.bits).is_nan() =>
                {
                    (value.bits.to_be_bytes().to_vec(), false)
                }
                WastRetCore::F64(NanPattern::Value(value))
                    if !f64::from_bits(value.bits).is_nan() =>
                {
                    (value.bits.to_be_bytes().to_vec(), false)
                }
                WastRetCore::F32(nan) => {
                    (NAN32.to_be_bytes().to_vec(), !value::matches_f32(NAN32, nan))
                }
                WastRetCore::F64(nan) => {
                    (NAN64.to_be_bytes().to_vec(), !value::matches_f64(NAN64, nan))
                }
                _ => return Err("its result is no number"),
            },
            _ => return Err("more than one result"),
        };
        Ok((Some(Expected { bytes, is_another_nan }), None))
    }

    /// Makes the call in an instance that has seen no other, and gives its arguments.
    pub(crate) fn hold_in_a_fresh_instance(
        &self,
        module: &Module,
        call: &WastInvoke<'_>,
    ) -> Result<Vec<Val>, Skip> {
        let mut store = Store::new(module.engine(), ());
        let instance = Instance::new(&mut store, module, &[]).map_err(|_| NO_MODULE)?;
        let func = instance.get_func(&mut store, call.name).ok_or(NO_MODULE)?;
        let arguments = value::arguments(&mut store, &call.args).map_err(|_| "its arguments")?;
        let mut results = vec![Val::I32(0); func.ty(&store).results().len()];
        let outcome = func.call(&mut store, &arguments, &mut results);
        let holds = match (self, outcome) {
            (Self::Results(expected), Ok(())) => value::all_match(&mut store, &results, expected),
            (Self::Trap(message), Err(error)) => {
                error.downcast_ref::<Trap>().is_some_and(|trap| is_trap(*trap, message))
            }
            (Self::Exception, Err(error)) => error.is::<wasmtime::ThrownException>(),
            _ => false,
        };
        if holds { Ok(arguments) } else { Err("it depends on calls before it") }
    }
}
