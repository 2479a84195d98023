//! Watched calls on states of aggregates: a state remembers the rows of its group, and the line of a call has all of them.
//!
//! A group has one line: that of its call that fails, or that of `finish` if one of its calls used much fuel.

use super::CallSite;
use super::watched::Again;
use crate::method::Role;
use crate::plan::{Literals, Refusal};
use crate::state::{History, StateObject, UNKNOWN, push};
use crate::statistics::Seen;
use crate::{replay, settings};
use pgrx::pg_sys::{Datum, FunctionCallInfo, NullableDatum};
use plwasm_engine::name;

impl CallSite {
    /// Returns what the function does with a state, if it works on one.
    pub(super) fn role_on_state(&self) -> Option<Role> {
        let role = self.function.method.as_ref()?.role;
        (role != Role::Prepared).then_some(role)
    }

    /// Calls the function, logs the call if it fails, and remembers its row.
    ///
    /// # Safety
    /// As for [`call`](Self::call), with the arguments of the call.
    pub(super) unsafe fn watched_on_state(
        &mut self,
        args: &[NullableDatum],
        role: Role,
        fcinfo: FunctionCallInfo,
    ) -> Datum {
        // SAFETY: the caller's promise; what is returned by a function on states is one.
        unsafe {
            let datum = self.logging(Some(args), |site| site.call(fcinfo));
            let seen = self.account.take_seen();
            match role {
                Role::Finish => self.log_slow_group(args, seen),
                _ if (*fcinfo).isnull => {}
                _ => {
                    if let Some((state, _)) = StateObject::of(datum) {
                        replay::quietly(|| self.remember(state, args, role, seen));
                    }
                }
            }
            datum
        }
    }

    /// Logs the call for the result of a group if one of the group's calls used much fuel.
    ///
    /// # Safety
    /// The arguments must be those of the call.
    unsafe fn log_slow_group(&self, args: &[NullableDatum], seen: Option<Seen>) {
        let Some(Seen { most, .. }) = seen else { return };
        // SAFETY: the caller's promise.
        unsafe {
            let state = object(args);
            let before = state.and_then(|state| state.history().ok()).map_or(0, |it| it.fuel);
            if settings::logs_slow(most.max(before)) {
                replay::log(|| self.line(Some(args), Some(most), None));
                if let Some(state) = state {
                    state.remember(|history| history.untold = 0);
                }
            }
        }
    }

    /// Remembers how a state has changed.
    ///
    /// # Safety
    /// The arguments must be those of the call that has changed it.
    unsafe fn remember(
        &self,
        state: &StateObject,
        args: &[NullableDatum],
        role: Role,
        seen: Option<Seen>,
    ) {
        let why = match role {
            Role::Step => {
                if args[0].isnull {
                    state.begin_history(History::new(&self.function.target.export));
                }
                let mut row = Literals::default();
                // SAFETY: the caller's promise.
                let written = unsafe { self.write(&args[1..], &mut row) };
                return state.remember(|history| {
                    history.add(written.map(|()| row), seen.unwrap_or_default());
                });
            }
            Role::Unstep => "rows were taken back from its state",
            _ => "its state was merged from others",
        };
        state.remember(|history| history.forget(Refusal::Value(why)));
    }

    /// Returns the call of an aggregate over the rows of the group: with the row that failed, or to its result.
    ///
    /// # Errors
    /// The rows are not known, or cannot be written; the command does not know a type.
    ///
    /// # Safety
    /// The arguments must be those of a call of the function.
    pub(super) unsafe fn again_on_state(
        &self,
        args: &[NullableDatum],
        role: Role,
        export: &str,
        literals: &mut Literals,
    ) -> Result<Again, Refusal> {
        // SAFETY: the caller's promise.
        let state = unsafe { object(args) };
        let history = match state {
            Some(state) => Some(state.history()?),
            // The first step of a group.
            None if args[0].isnull && role == Role::Step => None,
            None => return Err(UNKNOWN),
        };
        let mut rows = history.map_or(Ok(""), History::rows)?.to_string();
        let fuel_before = history.map_or(0, |history| history.fuel);
        let untold = history.map(|history| history.untold);
        let step = history.map_or(&self.function.target.export, |history| &history.export);
        if name::member(step).is_none_or(|member| member.name != "step") {
            return Err(Refusal::Value(
                "the method for a row is not called step, as the command expects",
            ));
        }
        if let Some(history) = history {
            literals.types.clone_from(&history.types);
        }
        match role {
            Role::Step => {
                // SAFETY: the caller's promise.
                unsafe { self.write(&args[1..], literals)? };
                push(&mut rows, &literals.text);
                let columns = columns(literals.params.len());
                let params = literals.params.join(", ");
                Ok(Again {
                    call: format!("{export}({columns}) {}", from(&rows, literals.params.len())),
                    declaration: format!("{export}({params}) returns void"),
                    fuel_before,
                    untold,
                })
            }
            Role::Finish => {
                let Some(history) = history else { return Err(UNKNOWN) };
                // SAFETY: the caller's promise.
                unsafe { self.write(&args[1..], literals)? };
                let result = self.function.plan.declared_result(literals)?;
                let width = history.params.len();
                let (columns, from) = (columns(width), from(&rows, width));
                let (params, direct) = (history.params.join(", "), literals.params.join(", "));
                let (call, declared) = match direct.is_empty() {
                    true => (format!("{export}({columns})"), params),
                    false => (
                        format!("{export}({}) WITHIN GROUP (ORDER BY {columns})", literals.text),
                        format!("{direct} ORDER BY {params}"),
                    ),
                };
                Ok(Again {
                    call: format!("{call} {from}"),
                    declaration: format!("{export}({declared}) returns {result}"),
                    fuel_before,
                    untold,
                })
            }
            _ => Err(Refusal::Value("it merges states, or takes a row back")),
        }
    }
}

/// Returns the state that a function is called with, if it is in memory.
///
/// # Safety
/// They must be the arguments of a function on states.
unsafe fn object<'a>(args: &[NullableDatum]) -> Option<&'a StateObject> {
    let state = args.first().filter(|state| !state.isnull)?;
    // SAFETY: the caller's promise.
    unsafe { StateObject::of(state.value).map(|(object, _)| &*object) }
}

/// Returns the names of columns, `*` if there are none.
fn columns(count: usize) -> String {
    match count {
        0 => "*".into(),
        _ => (1..=count).map(|i| format!("c{i}")).collect::<Vec<_>>().join(", "),
    }
}

fn from(rows: &str, width: usize) -> String {
    format!("FROM (VALUES {rows}) AS v ({})", columns(width).replace('*', "c1"))
}
