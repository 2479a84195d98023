//! Makes `cabi_realloc` of the allocator that a module exports.
//!
//! The allocator's name and type say which kind it is. This must never guess the meaning of a parameter that it does
//! not know.

use super::options::Given;
use super::source::Source;
use crate::error::{Error, Result};
use crate::name::printable;
use wasmparser::{FuncType, ValType::I32};

/// How an allocator is called for a new block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// C's `malloc(size)`, and many a guest's `alloc(size)`.
    Size,
    /// wasm-bindgen's `__wbindgen_malloc(size, align)`.
    SizeAlign,
    /// AssemblyScript's `__new(size, id)`, where `id` is the class of the object.
    New,
}

/// Returns the shim that exports `cabi_realloc`, and whether the allocator is the guest's own (otherwise a shim
/// exports it).
///
/// # Errors
/// [`Error::Adapt`] if no allocator of that name is exported.
pub(super) fn shim(name: &str, guest: &Source<'_>, shims: &[Source<'_>]) -> Result<(Given, bool)> {
    let all = || std::iter::once(guest).chain(shims);
    let function = |name: &str| all().filter_map(|source| source.function(name)).next_back();
    let Some(ty) = function(name) else {
        let exported = ALLOCATORS.iter().filter(|name| function(name).is_some());
        let exported: Vec<_> = exported.copied().collect();
        let hint = match exported.as_slice() {
            [] => "It exports no known allocator (malloc, __wbindgen_malloc, __new, alloc): build it so that it exports its allocator, or write one in a --shim.".into(),
            some => format!("It exports {}.", some.join(" and ")),
        };
        return Err(Error::adapt(format!("no function \"{}\" is exported", printable(name)))
            .with_hint(hint));
    };
    let form = match (name, ty.params(), ty.results()) {
        ("__new", [I32, I32], [I32]) => Form::New,
        (_, [I32], [I32]) => Form::Size,
        (_, [I32, I32], [I32]) => Form::SizeAlign,
        _ => {
            let found = super::types::ItemType::Function(ty.clone());
            return Err(Error::adapt(format!("\"{}\" is not an allocator", printable(name)))
                .with_detail(format!("It is {found}."))
                .with_hint("An allocator is malloc(size i32) -> i32, or has an alignment as a second parameter. Wrap any other in a --shim that exports cabi_realloc(old i32, old_size i32, align i32, new_size i32) -> i32."));
        }
    };
    let is = |name: &str, params: usize, result: bool| {
        let has = |ty: &FuncType| {
            ty.params() == vec![I32; params] && ty.results() == vec![I32; usize::from(result)]
        };
        function(name).is_some_and(has)
    };
    let text = text(name, form, &is);
    let binary = wat::parse_str(&text).map_err(|error| Error::Internal(error.to_string()))?;
    let given = Given { name: format!("the allocator made of {}", printable(name)), binary };
    Ok((given, guest.function(name).is_some()))
}

/// The names of the known allocators.
pub(super) const ALLOCATORS: [&str; 5] =
    ["malloc", "__wbindgen_malloc", "__new", "alloc", "allocate"];

/// Returns whether a function of that name is exported with that number of parameters, and with or without a result.
type Is<'a> = &'a dyn Fn(&str, usize, bool) -> bool;

fn text(name: &str, form: Form, is: Is<'_>) -> String {
    let mut imports = Vec::new();
    let mut import = |id: &str, name: &str, params: usize, result: bool| {
        let params = "i32 ".repeat(params);
        let result = if result { "(result i32)" } else { "" };
        let name = escaped(name);
        imports
            .push(format!("(import \"guest\" \"{name}\" (func ${id} (param {params}) {result}))"));
    };
    let alloc = match form {
        Form::Size => {
            import("alloc", name, 1, true);
            "(call $alloc (local.get $size))"
        }
        Form::SizeAlign => {
            import("alloc", name, 2, true);
            "(call $alloc (local.get $size) (local.get $align))"
        }
        // Class 1 is ArrayBuffer: the garbage collector looks for no references in it.
        Form::New => {
            import("alloc", name, 2, true);
            "(call $alloc (local.get $size) (i32.const 1))"
        }
    };
    // The garbage collector frees an object that is not pinned.
    let pinned = match form == Form::New && is("__pin", 1, true) {
        true => {
            import("pin", "__pin", 1, true);
            format!("(call $pin {alloc})")
        }
        false => alloc.to_string(),
    };
    // malloc, __wbindgen_malloc and _malloc have siblings that are named after the same pattern.
    let sibling = |stem: &str| name.contains("malloc").then(|| name.replace("malloc", stem));
    let realloc = sibling("realloc").filter(|_| form != Form::New);
    let count =
        realloc.as_deref().and_then(|realloc| (2..=4).find(|count| is(realloc, *count, true)));
    let grown = realloc.zip(count).map(|(realloc, count)| {
        import("realloc", &realloc, count, true);
        let arguments: &[&str] = match count {
            2 => &["old", "size"],
            3 => &["old", "old_size", "size"],
            _ => &["old", "old_size", "size", "align"],
        };
        let arguments = arguments.iter().map(|one| format!("(local.get ${one})"));
        format!("(call $realloc {})", arguments.collect::<String>())
    });
    let grow = match grown {
        Some(grown) => format!("(local.set $new {grown})"),
        None => {
            let free = if form == Form::New { Some("__unpin".into()) } else { sibling("free") };
            let free = match free.filter(|free| is(free, 1, false)) {
                Some(free) => {
                    import("free", &free, 1, false);
                    "(call $free (local.get $old))"
                }
                None => "",
            };
            imports.push("(import \"guest\" \"memory\" (memory 0))".into());
            format!(
                "(local.set $new (call $fresh (local.get $align) (local.get $size)))
                 (memory.copy (local.get $new) (local.get $old)
                   (select (local.get $old_size) (local.get $size)
                     (i32.lt_u (local.get $old_size) (local.get $size))))
                 {free}"
            )
        }
    };
    // A block of no bytes can have any aligned address. If the allocator does not align, allocate more, and align
    // within it.
    format!(
        "(module $allocator
           {imports}
           (func $once (param $align i32) (param $size i32) (result i32) (local $new i32)
             (local.tee $new {pinned})
             (if (i32.eqz) (then (unreachable)))
             (local.get $new))
           (func $fresh (param $align i32) (param $size i32) (result i32) (local $new i32)
             (local.set $new (call $once (local.get $align) (local.get $size)))
             (if (i32.and (local.get $new) (i32.sub (local.get $align) (i32.const 1)))
               (then
                 (local.set $new
                   (i32.and
                     (i32.add
                       (call $once (local.get $align) (i32.add (local.get $size) (local.get $align)))
                       (i32.sub (local.get $align) (i32.const 1)))
                     (i32.sub (i32.const 0) (local.get $align))))))
             (local.get $new))
           (func $cabi_realloc (export \"cabi_realloc\")
             (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
             (local $new i32)
             (if (i32.eqz (local.get $size)) (then (return (local.get $align))))
             (if (i32.eqz (local.get $old_size))
               (then (return (call $fresh (local.get $align) (local.get $size)))))
             {grow}
             (if (i32.eqz (local.get $new)) (then (unreachable)))
             (local.get $new)))",
        imports = imports.join("\n"),
    )
}

/// Returns a name as it is written in a string of the text format.
fn escaped(name: &str) -> String {
    name.bytes().map(|byte| format!("\\{byte:02x}")).collect()
}
