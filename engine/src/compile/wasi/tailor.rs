//! Cuts a function and what it needs out of one of our core modules, so that a guest that imports one function does
//! not pay for a hundred.
//!
//! It must never be given a module of anyone else, or one that keeps state: if two functions were cut out, each would
//! have its own copy of that state.

use std::collections::{BTreeMap, BTreeSet};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, FunctionSection, GlobalSection, ImportSection, Module,
    NameMap, NameSection, TypeSection,
};
use wasmparser::{
    ExternalKind, FunctionBody, Global, Import, KnownCustom, Name, Operator, Parser, Payload,
    RecGroup, TypeRef,
};

/// Returns the module with one exported function, and what that function calls.
pub(super) fn cut(binary: &[u8], export: &str) -> Vec<u8> {
    Whole::read(binary)
        .and_then(|whole| whole.cut(export))
        .expect("a file of ours holds nothing but functions, globals and imports")
}

type Result<T> = std::result::Result<T, reencode::Error>;

#[derive(Default)]
struct Whole<'a> {
    /// Types by index. Each is that of one function.
    types: Vec<RecGroup>,
    imports: Vec<Import<'a>>,
    imported_functions: u32,
    functions: Vec<u32>,
    globals: Vec<Global<'a>>,
    exports: Vec<(&'a str, u32)>,
    bodies: Vec<FunctionBody<'a>>,
    names: Vec<(u32, &'a str)>,
}

impl<'a> Whole<'a> {
    fn read(binary: &'a [u8]) -> Result<Self> {
        let mut whole = Self::default();
        for payload in Parser::new(0).parse_all(binary) {
            match payload? {
                Payload::TypeSection(types) => {
                    whole.types = types.into_iter().collect::<wasmparser::Result<_>>()?;
                }
                Payload::ImportSection(imports) => {
                    whole.imports = imports.into_imports().collect::<wasmparser::Result<_>>()?;
                    let functions = whole.imports.iter();
                    whole.imported_functions = functions
                        .filter(|import| matches!(import.ty, TypeRef::Func(_)))
                        .count() as u32;
                }
                Payload::FunctionSection(types) => {
                    whole.functions = types.into_iter().collect::<wasmparser::Result<_>>()?;
                }
                Payload::GlobalSection(globals) => {
                    whole.globals = globals.into_iter().collect::<wasmparser::Result<_>>()?;
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            whole.exports.push((export.name, export.index));
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => whole.bodies.push(body),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        for names in names {
                            if let Name::Function(names) = names? {
                                for name in names {
                                    let name = name?;
                                    whole.names.push((name.index, name.name));
                                }
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(whole)
    }

    /// Returns the functions and globals that a function needs, including itself.
    fn needs(&self, function: u32) -> Result<(BTreeSet<u32>, BTreeSet<u32>)> {
        let (mut functions, mut globals) = (BTreeSet::new(), BTreeSet::new());
        let mut open = vec![function];
        while let Some(function) = open.pop() {
            if !functions.insert(function) {
                continue;
            }
            if let Some(own) = function.checked_sub(self.imported_functions) {
                for code in self.bodies[own as usize].get_operators_reader()? {
                    match code? {
                        Operator::Call { function_index } => open.push(function_index),
                        Operator::GlobalGet { global_index } => {
                            globals.insert(global_index);
                        }
                        _ => {}
                    }
                }
            }
        }
        Ok((functions, globals))
    }

    fn cut(&self, export: &str) -> Result<Vec<u8>> {
        let found = self.exports.iter().find(|(name, _)| *name == export);
        let (_, function) = *found.expect("it was seen to export it");
        let (functions, globals) = self.needs(function)?;
        let mut next = 0;
        let imports = self.imports.iter().filter(|import| match import.ty {
            TypeRef::Func(_) => {
                next += 1;
                functions.contains(&(next - 1))
            }
            _ => true,
        });
        let imports: Vec<_> = imports.collect();
        let of_imports = imports.iter().filter_map(|import| match import.ty {
            TypeRef::Func(ty) => Some(ty),
            _ => None,
        });
        let of_own = functions.iter().filter_map(|function| {
            self.functions.get(function.checked_sub(self.imported_functions)? as usize).copied()
        });
        // Only the types in use are kept: compiling a type costs more than compiling a function.
        let types: BTreeSet<u32> = of_imports.chain(of_own).collect();
        let mut numbers = Numbers {
            types: numbered(&types),
            functions: numbered(&functions),
            globals: numbered(&globals),
        };

        let mut kept_types = TypeSection::new();
        for ty in &types {
            let group = self.types[*ty as usize].clone();
            numbers.parse_recursive_type_group(kept_types.ty(), group)?;
        }
        let mut kept_imports = ImportSection::new();
        for import in imports {
            kept_imports.import(import.module, import.name, numbers.entity_type(import.ty)?);
        }
        let mut declared = FunctionSection::new();
        let mut code = CodeSection::new();
        for function in functions.range(self.imported_functions..) {
            let own = (function - self.imported_functions) as usize;
            declared.function(numbers.types[&self.functions[own]]);
            numbers.parse_function_body(&mut code, self.bodies[own].clone())?;
        }
        let mut kept = GlobalSection::new();
        for global in &globals {
            numbers.parse_global(&mut kept, self.globals[*global as usize].clone())?;
        }
        let mut exports = ExportSection::new();
        exports.export(export, ExportKind::Func, numbers.functions[&function]);
        let mut named = NameMap::new();
        for (function, name) in &self.names {
            if let Some(number) = numbers.functions.get(function) {
                named.append(*number, name);
            }
        }
        let mut names = NameSection::new();
        names.functions(&named);

        let mut module = Module::new();
        module.section(&kept_types).section(&kept_imports).section(&declared).section(&kept);
        module.section(&exports).section(&code).section(&names);
        Ok(module.finish())
    }
}

/// Returns new indices for old ones.
fn numbered(all: &BTreeSet<u32>) -> BTreeMap<u32, u32> {
    (0..).zip(all).map(|(new, old)| (*old, new)).collect()
}

struct Numbers {
    types: BTreeMap<u32, u32>,
    functions: BTreeMap<u32, u32>,
    globals: BTreeMap<u32, u32>,
}

impl Reencode for Numbers {
    type Error = std::convert::Infallible;

    fn type_index(&mut self, ty: u32) -> Result<u32> {
        Ok(self.types[&ty])
    }

    fn function_index(&mut self, function: u32) -> Result<u32> {
        Ok(self.functions[&function])
    }

    fn global_index(&mut self, global: u32) -> Result<u32> {
        Ok(self.globals[&global])
    }
}
