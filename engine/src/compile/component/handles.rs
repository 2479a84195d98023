//! The handles of a component: `resource.new`, `.rep` and `.drop`, and waitable sets, as our modules.
//!
//! `handles.wat` keeps the tables. The functions here are those that a guest imports, each for one component instance
//! and one type. A function must never use an entry without naming both.

use super::builtin::MAY_LEAVE;

/// The tables of handles.
pub(super) const HANDLES: &str = include_str!("handles.wat");

/// The type of waitable sets. No resource type has this number.
pub(super) const WAITABLE_SET: u32 = u32::MAX - 1;

/// A resource type as one component instance knows it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ResourceType {
    /// The component instance.
    pub instance: u32,
    /// Whether the resource is the host's.
    pub is_imported: bool,
    /// Whether the instance defines the resource.
    pub is_at_home: bool,
}

impl ResourceType {
    fn word(self) -> u32 {
        self.instance << 2 | u32::from(self.is_at_home) << 1 | u32::from(self.is_imported)
    }
}

/// Returns a module with what is known of each type, by its number, and with the number of component instances.
pub(super) fn tables(types: &[ResourceType], instances: u32) -> String {
    let words: Vec<u32> = types.iter().map(|ty| ty.word()).collect();
    format!(
        "(module
           (global (export \"stack\") i32 (i32.const {instances}))
           (func (export \"of\") (param i32) (result i32) {}))",
        choose(&words, 0)
    )
}

/// Returns the instructions that choose the word whose number is the parameter. `first` is the number of the first
/// word.
fn choose(words: &[u32], first: usize) -> String {
    match words {
        [] => "(unreachable)".into(),
        [word, rest @ ..] if rest.iter().all(|other| other == word) => {
            format!("(i32.const {word})")
        }
        _ => {
            let (low, high) = words.split_at(words.len() / 2);
            let middle = first + low.len();
            format!(
                "(if (result i32) (i32.lt_u (local.get 0) (i32.const {middle}))
                   (then {}) (else {}))",
                choose(low, first),
                choose(high, middle),
            )
        }
    }
}

/// Returns the module of `resource.new`. It imports `new` of the tables, and whether the instance may be left.
pub(super) fn new(instance: u32, ty: u32) -> String {
    format!(
        "(module
           (import \"handles\" \"new\" (func $new (param i32 i32 i32) (result i32)))
           {MAY_LEAVE}
           (func (export \"resource.new\") (param i32) (result i32)
             (call $may_leave)
             (call $new (i32.const {instance}) (i32.const {ty}) (local.get 0))))"
    )
}

/// Returns the module of `resource.rep`. It imports `rep` of the tables.
pub(super) fn rep(instance: u32, ty: u32) -> String {
    format!(
        "(module
           (import \"handles\" \"rep\" (func $rep (param i32 i32 i32) (result i32)))
           (func (export \"resource.rep\") (param i32) (result i32)
             (call $rep (i32.const {instance}) (i32.const {ty}) (local.get 0))))"
    )
}

/// Returns the module of `resource.new` for handles that are representations. It imports whether the instance may be
/// left.
pub(super) fn represented_new() -> String {
    format!(
        "(module
           {MAY_LEAVE}
           (func (export \"resource.new\") (param i32) (result i32)
             (call $may_leave)
             (local.get 0)))"
    )
}

/// The module of `resource.rep` for handles that are representations.
pub(super) const REPRESENTED_REP: &str = r#"(module
  (func (export "resource.rep") (param i32) (result i32) (local.get 0)))"#;

/// How a destructor is called.
#[derive(Debug, Clone, Copy)]
pub(super) struct DestructorCall {
    /// It is called as a task of its own.
    pub is_task: bool,
    /// It may throw an exception, which must become a trap.
    pub can_throw: bool,
}

impl DestructorCall {
    /// Returns what it imports, and the instructions that destroy what local 0 represents.
    fn text(self) -> (String, String) {
        let mut imports =
            r#"(import "resource" "destructor" (func $destroy (param i32)))"#.to_string();
        let mut call = "(call $destroy (local.get 0))".to_string();
        if self.can_throw {
            call = format!(
                "(block $done
                   (block $thrown (try_table (catch_all $thrown) {call}) (br $done))
                   (unreachable))"
            );
        }
        if self.is_task {
            imports += r#"(import "handles" "enter call" (func $enter (param i32 i32 i32)))
                          (import "handles" "exit call" (func $exit))"#;
            let numbers = "(i32.const 0) (i32.const 0) (i32.const 0)";
            call = format!("(call $enter {numbers}) {call} (call $exit)");
        }
        (imports, call)
    }
}

/// Returns the module of `resource.drop`. It imports `drop` of the tables, whether the instance may be left, and the
/// destructor. If the destructor is a task, it also imports `enter call` and `exit call`.
pub(super) fn drop(instance: u32, ty: u32, destructor: Option<DestructorCall>) -> String {
    let (imports, call) = destructor.map_or_else(Default::default, DestructorCall::text);
    format!(
        "(module
           (import \"handles\" \"drop\" (func $drop (param i32 i32 i32) (result i32 i32)))
           {imports}
           {MAY_LEAVE}
           (func (export \"resource.drop\") (param i32) (local $must i32)
             (call $may_leave)
             (call $drop (i32.const {instance}) (i32.const {ty}) (local.get 0))
             (local.set $must)
             (local.set 0)
             (if (local.get $must) (then {call}))))"
    )
}

/// Returns the module of `resource.drop` for handles that are representations. It imports the same as that of
/// [`drop`], except the tables.
pub(super) fn represented_drop(destructor: Option<DestructorCall>) -> String {
    let (imports, call) = destructor.map_or_else(Default::default, DestructorCall::text);
    format!(
        "(module
           {imports}
           {MAY_LEAVE}
           (func (export \"resource.drop\") (param i32) (call $may_leave) {call}))"
    )
}

/// Returns the module of `waitable-set.new`. It imports `new` of the tables, and whether the instance may be left.
pub(super) fn new_set(instance: u32) -> String {
    format!(
        "(module
           (import \"handles\" \"new\" (func $new (param i32 i32 i32) (result i32)))
           {MAY_LEAVE}
           (func (export \"waitable-set.new\") (result i32)
             (call $may_leave)
             (call $new (i32.const {instance}) (i32.const {WAITABLE_SET}) (i32.const 0))))"
    )
}

/// Returns the module of `waitable-set.drop`. It imports `drop` of the tables, and whether the instance may be left.
pub(super) fn drop_set(instance: u32) -> String {
    format!(
        "(module
           (import \"handles\" \"drop\" (func $drop (param i32 i32 i32) (result i32 i32)))
           {MAY_LEAVE}
           (func (export \"waitable-set.drop\") (param i32)
             (call $may_leave)
             (call $drop (i32.const {instance}) (i32.const {WAITABLE_SET}) (local.get 0))
             (drop)
             (drop)))"
    )
}

/// Returns the module of `waitable-set.poll`. A set is always empty, so it finds no event. It imports `rep` of the
/// tables, the memory to which it writes, and whether the instance may be left.
pub(super) fn poll_set(instance: u32) -> String {
    format!(
        "(module
           (import \"handles\" \"rep\" (func $rep (param i32 i32 i32) (result i32)))
           (import \"guest\" \"memory\" (memory 0))
           {MAY_LEAVE}
           (func (export \"waitable-set.poll\") (param $set i32) (param $payload i32) (result i32)
             (call $may_leave)
             (drop (call $rep (i32.const {instance}) (i32.const {WAITABLE_SET}) (local.get $set)))
             (if (i32.and (local.get $payload) (i32.const 3)) (then (unreachable)))
             (i64.store (local.get $payload) (i64.const 0))
             (i32.const 0)))"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::component::builtin::tests::validate;

    #[test]
    fn all_of_ours_validates() {
        let ty =
            |instance| ResourceType { instance, is_imported: false, is_at_home: instance == 2 };
        validate(HANDLES);
        validate(&tables(&[], 0));
        validate(&tables(&[ty(0), ty(2), ty(2), ty(1), ty(0)], 3));
        validate(&new(1, 2));
        validate(&rep(1, 2));
        validate(&represented_new());
        validate(REPRESENTED_REP);
        validate(&drop(1, 2, None));
        validate(&represented_drop(None));
        for (is_task, can_throw) in [(false, false), (true, false), (false, true), (true, true)] {
            let call = Some(DestructorCall { is_task, can_throw });
            validate(&drop(1, 2, call));
            validate(&represented_drop(call));
        }
        validate(&new_set(1));
        validate(&drop_set(1));
        validate(&poll_set(1));
    }
}
