//! Watched calls: calls that are logged so that the command can make them again.
//!
//! A call site whose calls are watched is never current, so that no other call is slower. A line must say everything that
//! decides how the call ends, or that the call cannot be made again.

use super::window::WRONG_LENGTH;
use super::{CallSite, stack_pointer};
use crate::function::{Arguments, Function};
use crate::plan::{Literals, Refusal};
use crate::replay::{self, Failure};
use crate::{encoding, error, settings};
use pgrx::pg_sys::panic::CaughtError;
use pgrx::pg_sys::{self, Datum, FunctionCallInfo, NullableDatum};
use plwasm_engine::replay::{COMMAND, MAX_LINE, REFUSAL, ascii, command_line};
use plwasm_engine::{Isolation, Limits, Wasi};
use smallvec::SmallVec;
use std::ffi::CStr;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The most bytes of a call in a line that says that the call cannot be made again.
const MAX_SHOWN: usize = 1000;

/// Names that PostgreSQL does not quote, and that the command's parser does not take for those of functions.
const SPECIAL: [&str; 12] = [
    "ceil",
    "convert",
    "floor",
    "lambda",
    "map",
    "match",
    "prior",
    "safe_cast",
    "struct",
    "substr",
    "try_cast",
    "try_convert",
];

/// A call, as the command makes it.
pub(super) struct Again {
    /// The call, with its arguments or rows.
    pub call: String,
    pub declaration: String,
    /// The most fuel that a call before it has used, which the command makes, too.
    pub fuel_before: u64,
    /// The fuel of those before it that no other line has, if there are any.
    pub untold: Option<u64>,
}

impl CallSite {
    /// Returns whether calls are watched.
    pub(crate) fn is_watched(&self) -> bool {
        self.function.is_watched
    }

    /// Returns where the stack must have been found deep enough for the site to be current.
    pub(super) fn stack_to_check(&self) -> usize {
        match self.is_watched() {
            true => usize::MAX,
            false => stack_pointer(),
        }
    }

    /// Calls the function, and logs the call if it fails or uses much fuel.
    ///
    /// # Safety
    /// As for [`call`](Self::call).
    #[cold]
    #[inline(never)]
    pub(crate) unsafe fn call_watched(&mut self, fcinfo: FunctionCallInfo) -> Datum {
        // SAFETY: the caller's promise.
        unsafe {
            let Some(args) = self.given(fcinfo) else { return self.call(fcinfo) };
            match self.role_on_state() {
                Some(role) => self.watched_on_state(&args, role, fcinfo),
                None => self.watched(&args, |site| site.call(fcinfo)),
            }
        }
    }

    /// Makes a call with arguments, and logs it if it fails or uses much fuel.
    ///
    /// # Safety
    /// The arguments must be of the types of the plan.
    pub(super) unsafe fn watched<R>(
        &mut self,
        args: &[NullableDatum],
        call: impl FnOnce(&mut Self) -> R,
    ) -> R {
        // SAFETY: the caller's promise.
        unsafe {
            let result = self.logging(Some(args), call);
            if let Some(fuel) = self.take_fuel()
                && settings::logs_slow(fuel)
            {
                replay::log(|| self.line(Some(args), Some(fuel), None));
            }
            result
        }
    }

    /// Returns the arguments that the export is called with, `None` for a window, whose call for a partition is watched when its
    /// rows are known.
    ///
    /// # Safety
    /// `fcinfo` must be that of a call of this function.
    pub(super) unsafe fn given(
        &self,
        fcinfo: FunctionCallInfo,
    ) -> Option<SmallVec<[NullableDatum; 8]>> {
        // SAFETY: the caller's promise.
        unsafe {
            match &self.function.arguments {
                Arguments::Call => Some(
                    (*fcinfo).args.as_slice((*fcinfo).nargs as usize).iter().copied().collect(),
                ),
                Arguments::Trigger(_) => Some(self.given_by_trigger(fcinfo)),
                Arguments::Partition(_) => None,
            }
        }
    }

    /// Runs a part of a call, and logs the call if that fails.
    ///
    /// # Safety
    /// The arguments must be of the types of the plan.
    pub(super) unsafe fn logging<R>(
        &mut self,
        args: Option<&[NullableDatum]>,
        run: impl FnOnce(&mut Self) -> R,
    ) -> R {
        self.account.take_seen();
        replay::begin();
        match catch_unwind(AssertUnwindSafe(|| run(self))) {
            Ok(result) => result,
            Err(payload) => {
                // Before anything else is reported.
                let payload = match payload.downcast::<CaughtError>() {
                    Ok(caught) => Box::new(error::anew(*caught)),
                    Err(other) => other,
                };
                if let Some(failure) = replay::failure(&*payload) {
                    let fuel = self.take_fuel().filter(|_| failure.has_fuel);
                    // SAFETY: the caller's promise.
                    replay::log(|| unsafe { self.line(args, fuel, Some(&failure)) });
                }
                resume_unwind(payload)
            }
        }
    }

    /// Returns the fuel of the call that has just ended: that of its part that used the most.
    fn take_fuel(&self) -> Option<u64> {
        self.account.take_seen().map(|seen| seen.most.max(self.prepared.fuel()))
    }

    /// Returns the line for a call, which used so much fuel, if that is known.
    ///
    /// # Safety
    /// The arguments must be of the types of the plan.
    pub(super) unsafe fn line(
        &self,
        args: Option<&[NullableDatum]>,
        fuel: Option<u64>,
        failure: Option<&Failure>,
    ) -> String {
        let mut literals = Literals {
            is_aborting: failure.is_some_and(|failure| failure.is_postgres),
            ..Literals::default()
        };
        let export = identifier(&self.function.target.export);
        // SAFETY: the caller's promise.
        let made = unsafe { self.command(args, fuel, failure, &export, &mut literals) };
        let why = match made {
            Ok(line) if line.bytes().any(|byte| !(b' '..=b'~').contains(&byte)) => {
                "a name in it is not ASCII".to_string()
            }
            Ok(line) if line.len() <= MAX_LINE => return line,
            Ok(_) | Err(Refusal::Long) => {
                let mut shown = ascii(&format!("{export}({}", literals.text));
                shown.truncate(MAX_SHOWN);
                format!("its line is cut, as it has more than {MAX_LINE} bytes: {shown}...")
            }
            Err(Refusal::Value(why)) => why.into(),
        };
        let function = encoding::lossy(self.context.to_bytes());
        format!("{REFUSAL} a call of {}: {why}", ascii(&function))
    }

    /// Returns the command that makes the call again.
    ///
    /// # Safety
    /// As for [`line`](Self::line).
    unsafe fn command(
        &self,
        args: Option<&[NullableDatum]>,
        fuel: Option<u64>,
        failure: Option<&Failure>,
        export: &str,
        literals: &mut Literals,
    ) -> Result<String, Refusal> {
        let function = &self.function;
        let (target, plan) = (&function.target, &function.plan);
        let Limits { fuel: limit, memory, isolation } = target.limits;
        let Some(args) = args else {
            return Err(Refusal::Value("the rows of its partition had not been read"));
        };
        let is_counted = matches!(function.arguments, Arguments::Partition(_))
            && failure.is_some_and(|failure| failure.sqlstate == WRONG_LENGTH);
        let refused = match () {
            () if is_counted => Some("only a server counts the results of a window function"),
            () if isolation != Isolation::Call => {
                Some("its state is that of calls before it, with isolation=statement")
            }
            () if plan.calls_back => Some("its result is compared by functions of SQL"),
            () => failure.and_then(|failure| failure.refusal),
        };
        if let Some(why) = refused {
            return Err(Refusal::Value(why));
        }
        // SAFETY: the caller's promise.
        let Again { call, declaration, fuel_before, untold } = unsafe {
            match self.role_on_state() {
                Some(role) => self.again_on_state(args, role, export, literals)?,
                None => self.again(args, export, literals)?,
            }
        };
        let in_all = untold.and_then(|untold| Some(untold + fuel?));
        let fuel = fuel.map(|fuel| fuel.max(fuel_before));
        // A server puts the result into a row of a table, or into a row of the window.
        literals.needs_server |= !matches!(function.arguments, Arguments::Call);
        if literals.needs_server && failure.is_some_and(|failure| failure.is_postgres) {
            return Err(Refusal::Value("only a server makes its result"));
        }
        let mut options = vec![("--as", declaration)];
        options.extend(literals.types.iter().map(|ty| ("--type", ty.clone())));
        options.push(("--fuel", limit.to_string()));
        options.push(("--memory", format!("{memory}B")));
        if settings::wasi() == Wasi::Inert {
            options.push(("--wasi", "inert".into()));
        }
        if !target.warm_up.is_default() {
            options.push(("--warm-up", target.warm_up.to_string()));
        }
        if let Some(failure) = failure {
            let error = plwasm_engine::replay::error(&failure.sqlstate, &failure.message);
            options.push(("--error", error));
        }
        if let Some(fuel) = fuel {
            options.push(("--used", fuel.to_string()));
        }
        if let Some(fuel) = in_all {
            options.push(("--in-all", fuel.to_string()));
        }
        let mut line = format!("{COMMAND}{} ", target.module.hash());
        line += &command_line([call.as_str()]);
        for (option, value) in &options {
            let _ = write!(line, " {option} {}", command_line([value.as_str()]));
        }
        Ok(line)
    }

    /// Returns the call of a function, or of a method of a value that a constructor makes.
    ///
    /// # Errors
    /// The arguments cannot be written, or the command does not know a type.
    ///
    /// # Safety
    /// As for [`line`](Self::line).
    unsafe fn again(
        &self,
        args: &[NullableDatum],
        export: &str,
        literals: &mut Literals,
    ) -> Result<Again, Refusal> {
        // SAFETY: the caller's promise.
        unsafe { self.write(args, literals)? };
        let result = self.function.plan.declared_result(literals)?;
        Ok(Again {
            call: format!("{export}({})", literals.text),
            declaration: format!("{export}({}) returns {result}", literals.params.join(", ")),
            fuel_before: 0,
            untold: None,
        })
    }

    /// Writes arguments: those of a constructor, if there is one, and then those of the export.
    ///
    /// # Errors
    /// They cannot be written.
    ///
    /// # Safety
    /// The plans must have been made for these arguments.
    pub(super) unsafe fn write(
        &self,
        args: &[NullableDatum],
        literals: &mut Literals,
    ) -> Result<(), Refusal> {
        let Function { method, plan, .. } = &self.function;
        let constructor = method
            .as_ref()
            .and_then(|method| Some((method.split, &method.constructor.as_ref()?.plan)));
        // SAFETY: the caller's promise.
        unsafe {
            match constructor {
                Some((split, first)) => {
                    first.write(&args[..split], literals)?;
                    plan.write(&args[split..], literals)
                }
                None => plan.write(args, literals),
            }
        }
    }
}

/// Returns the name of an export as SQL writes it.
fn identifier(name: &str) -> String {
    let quoted = || format!("\"{}\"", name.replace('"', "\"\""));
    let Ok(text) = std::ffi::CString::new(name) else { return quoted() };
    // SAFETY: a C string; the result is one, too, which may be the same.
    let found = unsafe { CStr::from_ptr(pg_sys::quote_identifier(text.as_ptr())) };
    match found == text.as_c_str() && !SPECIAL.contains(&name) {
        true => name.to_string(),
        false => quoted(),
    }
}
