//! Tasks: what the component model does when a function is called, and what a task can ask for.
//!
//! Every call of a lifted function is a task. All tasks here are synchronous and nested, so none ever waits: see
//! `asynchrony.rs`. A task must never see what another one stored.

use super::builtin::{FunctionType, MAY_LEAVE};

/// The storage of the current task (`context.get` and `.set`; Canonical ABI, "Threads"). Calls between component
/// instances save and restore it (`handles.wat`).
pub(super) const CONTEXT: &str = r#"(module $context
  (global (export "0") (mut i32) (i32.const 0))
  (global (export "1") (mut i32) (i32.const 0)))"#;

/// The number of slots in a task's storage.
pub(super) const SLOTS: u32 = 2;

/// Returns the module of `context.get` or `.set`. It imports the slot.
pub(super) fn context(is_set: bool) -> &'static str {
    match is_set {
        false => {
            r#"(module
              (import "context" "slot" (global $slot (mut i32)))
              (func (export "context.get") (result i32) (global.get $slot)))"#
        }
        true => {
            r#"(module
              (import "context" "slot" (global $slot (mut i32)))
              (func (export "context.set") (param i32) (global.set $slot (local.get 0))))"#
        }
    }
}

/// Counts requests for backpressure. No task waits to enter, so counting is all that is needed.
pub(super) const BACKPRESSURE: &str = r#"(module $backpressure
  (global $count (mut i32) (i32.const 0))
  (func (export "backpressure.inc")
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (if (i32.eq (global.get $count) (i32.const 0x10000)) (then (unreachable))))
  (func (export "backpressure.dec")
    (if (i32.eqz (global.get $count)) (then (unreachable)))
    (global.set $count (i32.sub (global.get $count) (i32.const 1)))))"#;

/// Returns the module of `thread.yield`. There is no other thread to yield to, and nothing cancels. It imports
/// whether the instance may be left.
pub(super) fn thread_yield() -> String {
    format!(
        r#"(module
          {MAY_LEAVE}
          (func (export "thread.yield") (result i32) (call $may_leave) (i32.const 0)))"#
    )
}

/// Returns the module that stands before a lowered import. It imports the function, and whether the instance may be
/// left.
pub(super) fn leave(ty: &FunctionType) -> String {
    format!(
        r#"(module
          (import "host" "function" (func $function {ty}))
          {MAY_LEAVE}
          (func (export "canon lower") {ty} (call $may_leave) {} (call $function)))"#,
        ty.arguments()
    )
}

/// The wrapper around a lifted function that the host calls.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lifted {
    /// It calls post-return at once, for a result that is no pointer. Then it imports `post-return`.
    pub tells: bool,
    /// It begins a task, so it imports the slots of the storage.
    pub has_storage: bool,
}

impl Lifted {
    /// Returns the module. Its first import is the function.
    pub(super) fn text(self, ty: &FunctionType) -> String {
        let results = ty.results.join(" ");
        let (mut imports, mut begin, mut tell) = (String::new(), "", String::new());
        if self.tells {
            imports += &format!(r#"(import "guest" "post-return" (func $tell (param {results})))"#);
            tell = match ty.results.as_slice() {
                [] => "(call $tell)".into(),
                _ => "(local.set $result) (local.get $result) (call $tell) (local.get $result)"
                    .into(),
            };
        }
        if self.has_storage {
            imports += SLOTS_IMPORTED;
            begin = "(global.set $0 (i32.const 0)) (global.set $1 (i32.const 0))";
        }
        let local = match ty.results.as_slice() {
            [] => String::new(),
            _ => format!("(local $result {results})"),
        };
        format!(
            r#"(module
              (import "guest" "function" (func $function {ty}))
              {imports}
              (func (export "function") {ty} {local} {begin} {} (call $function) {tell}))"#,
            ty.arguments()
        )
    }
}

const SLOTS_IMPORTED: &str = r#"
  (import "context" "0" (global $0 (mut i32)))
  (import "context" "1" (global $1 (mut i32)))"#;

/// The wrapper around an allocator or a post-return function. While such a function runs, its instance must not be
/// left.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Held {
    /// Something asks whether the instance may be left. Then it imports that flag.
    pub is_asked: bool,
    /// It is a task of its own, so it imports the slots of the storage.
    pub has_storage: bool,
}

impl Held {
    /// Returns whether no wrapper is needed.
    pub(super) fn is_nothing(self) -> bool {
        !self.is_asked && !self.has_storage
    }

    /// Returns the module. Its first import is the function.
    pub(super) fn text(self, name: &str, ty: &FunctionType) -> String {
        let (mut imports, mut before, mut after) = (String::new(), String::new(), String::new());
        let mut locals = "";
        if self.is_asked {
            imports += r#"(import "instance" "may leave" (global $may_leave (mut i32)))"#;
            before += "(global.set $may_leave (i32.const 0))";
            after += "(global.set $may_leave (i32.const 1))";
        }
        if self.has_storage {
            imports += SLOTS_IMPORTED;
            locals = "(local $0 i32) (local $1 i32)";
            for slot in 0..SLOTS {
                before += &format!(
                    "(local.set ${slot} (global.get ${slot})) (global.set ${slot} (i32.const 0))"
                );
                after += &format!("(global.set ${slot} (local.get ${slot}))");
            }
        }
        format!(
            r#"(module
              (import "guest" "function" (func $function {ty}))
              {imports}
              (func (export {name:?}) {ty} {locals} {before} {} (call $function) {after}))"#,
            ty.arguments()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::component::builtin::tests::validate;

    #[test]
    fn all_of_ours_validates() {
        validate(CONTEXT);
        validate(context(false));
        validate(context(true));
        validate(BACKPRESSURE);
        validate(&thread_yield());
        for (params, results) in
            [(["i32", "f64"].as_slice(), ["f32"].as_slice()), (&[], &[]), (&["i32"], &[])]
        {
            let ty = FunctionType {
                params: params.iter().map(ToString::to_string).collect(),
                results: results.iter().map(ToString::to_string).collect(),
            };
            validate(&leave(&ty));
            for flags in 0..4 {
                let (first, has_storage) = (flags & 1 != 0, flags & 2 != 0);
                validate(&Lifted { tells: first, has_storage }.text(&ty));
                validate(&Held { is_asked: first, has_storage }.text("x", &ty));
            }
        }
    }
}
