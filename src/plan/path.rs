//! Where in an argument or in a result something went wrong, for the CONTEXT of the error.
//!
//! It costs nothing until something does.

use std::cell::RefCell;

thread_local! {
    /// The innermost first.
    static PATH: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Stands for a place as long as it lives: if that ends by a panic, which is what PostgreSQL's errors are
/// here, the place becomes part of the path.
pub struct Within<F: Fn() -> String>(pub F);

impl<F: Fn() -> String> Drop for Within<F> {
    #[inline]
    fn drop(&mut self) {
        if std::thread::panicking() {
            push((self.0)());
        }
    }
}

/// Does something with a place; if it fails, the place becomes part of the path.
#[inline]
pub fn within<R, E>(
    place: impl Fn() -> String,
    run: impl FnOnce() -> Result<R, E>,
) -> Result<R, E> {
    let within = Within(place);
    let result = run();
    if result.is_err() {
        push((within.0)());
    }
    result
}

/// Adds a place around those that there are.
#[cold]
pub fn push(place: String) {
    PATH.with_borrow_mut(|path| path.push(place));
}

/// The path of the last error, the outermost first; empty if it has none. Forgets it.
pub fn take() -> String {
    PATH.with_borrow_mut(|path| {
        let text = path.iter().rev().map(|place| format!(", {place}")).collect();
        path.clear();
        text
    })
}
