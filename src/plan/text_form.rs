//! Types that are passed as the text that PostgreSQL writes for them, by their own input and output functions.

use super::memory::PlanMemory;
use super::room::Room;
use crate::encoding;
use pgrx::pg_sys::{self, Datum, Oid};
use plwasm_engine::Result;
use std::ffi::{CStr, c_int};

/// The settings that text forms must not depend on. Dropping this restores their values.
pub(super) struct Settings {
    extra_float_digits: c_int,
    xmloption: c_int,
}

// xml.h, which pgrx leaves out of its bindings. It is an int among PostgreSQL's settings.
unsafe extern "C" {
    static mut xmloption: c_int;
}

impl Settings {
    /// Calls `run`, which may raise, with fixed values of the settings.
    pub(super) fn with<R>(run: impl FnOnce() -> R) -> R {
        // SAFETY: plain variables of the backend's, which has one thread.
        unsafe {
            let _before = Self { extra_float_digits: pg_sys::extra_float_digits, xmloption };
            // The shortest exact text, which is the default.
            pg_sys::extra_float_digits = 1;
            xmloption = pg_sys::XmlOptionType::XMLOPTION_CONTENT as c_int;
            run()
        }
    }
}

impl Drop for Settings {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe {
            pg_sys::extra_float_digits = self.extra_float_digits;
            xmloption = self.xmloption;
        }
    }
}

/// The output functions that read catalogs, or call the output functions of other types.
const CATALOG_READERS: [u32; 17] = [
    pg_sys::F_ARRAY_OUT,
    pg_sys::F_RECORD_OUT,
    pg_sys::F_RANGE_OUT,
    pg_sys::F_MULTIRANGE_OUT,
    pg_sys::F_ENUM_OUT,
    pg_sys::F_ACLITEMOUT,
    pg_sys::F_REGPROCOUT,
    pg_sys::F_REGPROCEDUREOUT,
    pg_sys::F_REGOPEROUT,
    pg_sys::F_REGOPERATOROUT,
    pg_sys::F_REGCLASSOUT,
    pg_sys::F_REGCOLLATIONOUT,
    pg_sys::F_REGTYPEOUT,
    pg_sys::F_REGCONFIGOUT,
    pg_sys::F_REGDICTIONARYOUT,
    pg_sys::F_REGROLEOUT,
    pg_sys::F_REGNAMESPACEOUT,
];

/// The input and output functions of a type.
#[derive(Debug)]
pub(super) struct TextForm {
    /// The output function. `None` if the Datum itself is the text (json, xml).
    output: Option<*mut pg_sys::FmgrInfo>,
    /// Whether the Datum is a varlena.
    pub is_varlena: bool,
    input: *mut pg_sys::FmgrInfo,
    ioparam: Oid,
    costs: Box<[u16; 256]>,
}

/// Returns the memory that each byte of a text costs while it is read, in bytes. An input function cannot be stopped
/// midway, so this is an upper estimate. `tests/client/results.sh` measures it.
fn costs(oid: Oid) -> Box<[u16; 256]> {
    let (each, of): (u16, &[(u8, u16)]) = match oid {
        pg_sys::JSONOID => (4, &[]),
        // A tree of values.
        pg_sys::JSONBOID => (4, &[(b'{', 640), (b'[', 256), (b',', 96), (b':', 96)]),
        // A tree of libxml.
        pg_sys::XMLOID => (4, &[(b'<', 400), (b'=', 320)]),
        // A tree of items, and lists of them.
        pg_sys::JSONPATHOID => (256, &[]),
        _ => (16, &[]),
    };
    let mut costs = Box::new([each; 256]);
    of.iter().for_each(|(byte, cost)| costs[usize::from(*byte)] = *cost);
    costs
}

impl TextForm {
    /// Returns the text form of a type that is not a domain.
    pub(super) fn new(oid: Oid, memory: &mut PlanMemory) -> Self {
        let (mut output, mut input) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
        let (mut ioparam, mut is_varlena) = (pg_sys::InvalidOid, false);
        // SAFETY: both raise if the type is only a shell.
        unsafe {
            pg_sys::getTypeOutputInfo(oid, &mut output, &mut is_varlena);
            pg_sys::getTypeInputInfo(oid, &mut input, &mut ioparam);
        }
        let is_text = matches!(oid, pg_sys::JSONOID | pg_sys::XMLOID);
        Self {
            output: (!is_text).then(|| memory.function(output)),
            is_varlena,
            input: memory.function(input),
            ioparam,
            costs: costs(oid),
        }
    }

    /// Returns the text of a value, as UTF-8.
    ///
    /// # Safety
    /// The Datum must be of the type.
    pub(super) unsafe fn write<'a>(&self, datum: Datum) -> &'a [u8] {
        // SAFETY: the caller's promise; output functions return a palloc'd C string.
        unsafe {
            match &self.output {
                None => encoding::to_guest(super::lower::varlena(datum)),
                Some(output) => {
                    let text = Settings::with(|| pg_sys::OutputFunctionCall(*output, datum));
                    encoding::to_guest(CStr::from_ptr(text).to_bytes())
                }
            }
        }
    }

    /// Returns whether writing a text runs no code of users and reads no catalog.
    pub(super) fn is_plain(&self, oid: Oid) -> bool {
        let Some(output) = self.output else { return true };
        // SAFETY: the function lives as long as the plan.
        let function = unsafe { (*output).fn_oid }.to_u32();
        oid.to_u32() < pg_sys::FirstNormalObjectId
            && function < pg_sys::FirstNormalObjectId
            && !CATALOG_READERS.contains(&function)
    }

    /// Returns the value of a text without NUL. Raises the errors of the type's input function.
    ///
    /// # Errors
    /// [`plwasm_engine::Error::ResultLimit`]
    pub(super) fn read(&self, text: &str, room: &Room) -> Result<Datum> {
        let text = encoding::from_guest(text.as_bytes());
        room.check(text.iter().map(|byte| usize::from(self.costs[usize::from(*byte)])).sum())?;
        // SAFETY: an input function of the type takes a C string; a conversion of encodings adds no NUL.
        let datum = unsafe {
            let text = pg_sys::pnstrdup(text.as_ptr().cast(), text.len());
            Settings::with(|| pg_sys::InputFunctionCall(self.input, text, self.ioparam, -1))
        };
        room.check(0)?;
        Ok(datum)
    }
}
