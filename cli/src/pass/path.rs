//! Where in an argument or in a result something went wrong.

use plwasm_engine::Result;
use std::cell::RefCell;

thread_local! {
    /// The innermost first.
    static PATH: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The place of the last error, the outermost first; empty if it has none. It is forgotten.
pub fn take_place() -> String {
    PATH.with_borrow_mut(|path| path.drain(..).rev().collect::<Vec<_>>().join(", "))
}

/// Does something with a place; if it fails, the place becomes part of the path.
pub fn within<T>(place: impl FnOnce() -> String, run: impl FnOnce() -> Result<T>) -> Result<T> {
    let result = run();
    if result.is_err() {
        PATH.with_borrow_mut(|path| path.push(place()));
    }
    result
}
