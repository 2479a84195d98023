//! What guests have said in the calls of this command.
//!
//! It must never grow without bound: a benchmark makes millions of calls.

use plwasm_engine::Messages;
use std::cell::RefCell;

/// The most calls of which it is kept what was said in them.
const MOST: usize = 1000;

thread_local! {
    static SAID: RefCell<Vec<Messages>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what a guest has said in a call.
pub(crate) fn keep(messages: Option<Messages>) {
    SAID.with_borrow_mut(|said| {
        let room = MOST.saturating_sub(said.len());
        said.extend(messages.into_iter().take(room));
    });
}

/// Returns what was said since this was last called.
pub(crate) fn take() -> Vec<Messages> {
    SAID.take()
}

/// Returns the lines of it, and how many bytes are missing.
pub(crate) fn lines(said: &[Messages]) -> Vec<String> {
    let lines = said.iter().flat_map(|messages| {
        let lost = match messages.lost() {
            0 => None,
            lost => Some(format!("... {lost} bytes before this are not shown")),
        };
        lost.into_iter().chain(messages.lines())
    });
    lines.collect()
}
