//! Why a call failed, and the message that the guest left.
//!
//! This must never run code of the guest.

use super::Guest;
use crate::abi::PANIC_MESSAGE;
use crate::error::{Error, TrapKind};
use crate::name;
use crate::run::trap::call_error;

/// The most bytes of a message that are shown.
const MAX_PANIC_MESSAGE: u32 = 1000;

impl Guest {
    /// Returns the error with which a call ended. How much fuel the call used is no longer known.
    #[cold]
    pub(super) fn failed(&mut self, error: &wasmtime::Error) -> Error {
        self.fuel = 0;
        if let Some(refused) = self.store.data_mut().refused.take() {
            return refused;
        }
        let error = call_error(error, self.limits, &self.module);
        if !matches!(error, Error::Fuel { .. } | Error::Interrupted) {
            self.store.data_mut().waste();
        }
        match error {
            Error::Trap { kind: TrapKind::Unreachable, backtrace } => match self.panic_message() {
                Some(message) => Error::Panic { message, backtrace },
                None => Error::Trap { kind: TrapKind::Unreachable, backtrace },
            },
            other => other,
        }
    }

    /// Returns the message to which [`PANIC_MESSAGE`] leads, if there is one.
    fn panic_message(&mut self) -> Option<String> {
        let global = self.instance.get_global(&mut self.store, PANIC_MESSAGE)?;
        let address = global.get(&mut self.store).i32()? as u32;
        let word = |at: u32| {
            let bytes = self.bytes(address.checked_add(at)?, 4, "the message").ok()?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        };
        let (pointer, length) = (word(0)?, word(4)?);
        let bytes = self.bytes(pointer, length.min(MAX_PANIC_MESSAGE), "the message").ok()?;
        let text: String = String::from_utf8_lossy(bytes)
            .chars()
            .map(|c| if name::is_control(c) { ' ' } else { c })
            .collect();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_string())
    }
}
