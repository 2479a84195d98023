//! Triggers: what PostgreSQL passes to a trigger function (trigger.h), and what the function declares of it.
//!
//! This must never run the guest's code, nor change what PostgreSQL has passed.

use crate::error;
use crate::method::Method;
use pgrx::pg_sys::{self, FunctionCallInfo, MemoryContext, NullableDatum, TriggerData};
use plwasm_engine::run::trigger::Part;
use plwasm_engine::{Error, Export, Result};

/// What a trigger function is called with.
pub(crate) struct TriggerArguments {
    /// What each parameter of the export stands for.
    pub parts: Box<[Part]>,
    /// The arguments of the trigger, as texts, if a constructor takes them.
    pub constants: Box<[NullableDatum]>,
}

impl TriggerArguments {
    /// Returns what an export is called with as the function `name`.
    ///
    /// # Errors
    /// The errors of [`parts`].
    ///
    /// # Safety
    /// `call` must be a call for the trigger of `data`.
    pub(crate) unsafe fn of(
        name: &str,
        export: &Export<'_>,
        call: FunctionCallInfo,
        data: &TriggerData,
    ) -> Result<Self> {
        let parts = parts(name, export)?;
        let constants = match Method::is(export) {
            // SAFETY: the caller's promise; the memory of an FmgrInfo lives as long as what is resolved for it.
            true => unsafe { texts(&*data.tg_trigger, (*(*call).flinfo).fn_mcxt) },
            false => Box::default(),
        };
        Ok(Self { parts, constants })
    }
}

/// Returns the trigger for which a function is called.
///
/// Raises 0A000 if it is called otherwise (`CALLED_AS_TRIGGER`).
///
/// # Safety
/// `call` must be valid.
pub(crate) unsafe fn data<'a>(call: FunctionCallInfo) -> &'a TriggerData {
    // SAFETY: the caller's promise; a node has the type that its tag says.
    unsafe {
        let context = (*call).context;
        if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_TriggerData {
            error::raise_sql(
                "0A000",
                "trigger functions can only be called as triggers".into(),
                None,
            );
        }
        &*context.cast()
    }
}

/// Returns what the parameters of an export stand for that is called as the trigger function `name`.
///
/// # Errors
/// [`Error::Wit`] if it is not a trigger function, or has no WIT.
pub(crate) fn parts(name: &str, export: &Export<'_>) -> Result<Box<[Part]>> {
    let parts = match &export.wit {
        Some(wit) => Part::all(wit),
        None => Err("a trigger function needs WIT metadata".into()),
    };
    parts.map(Into::into).map_err(|reason| Error::Wit {
        export: plwasm_engine::name::printable(export.name),
        sql: format!("{name}() returns trigger"),
        wit: export.shown(),
        reason,
    })
}

/// Returns the arguments of a trigger as texts.
///
/// # Safety
/// The memory context must live as long as the result is used.
unsafe fn texts(trigger: &pg_sys::Trigger, memory: MemoryContext) -> Box<[NullableDatum]> {
    // SAFETY: the caller's promise; there are as many arguments as the trigger says, and each is a C string.
    unsafe {
        let before = pg_sys::MemoryContextSwitchTo(memory);
        let texts = (0..trigger.tgnargs as usize).map(|i| NullableDatum {
            value: pg_sys::cstring_to_text(*trigger.tgargs.add(i)).into(),
            isnull: false,
        });
        let texts = texts.collect();
        pg_sys::MemoryContextSwitchTo(before);
        texts
    }
}
