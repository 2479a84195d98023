//! What a core module declares, read and validated once, before any pass.

use crate::error::{Error, Result};
use crate::inspect::invalid;
use std::collections::{HashMap, HashSet};
use wasmparser::{
    CompositeInnerType, ElementItems, Export, ExternalKind, FuncToValidate, FuncType, FunctionBody,
    GlobalType, MemoryType, Operator, Parser, Payload, TypeRef, ValidPayload, Validator,
    ValidatorResources, WasmFeatures,
};

/// The proposals that modules may use: those of WebAssembly 3.0 that wasmtime enables here.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::WASM3.difference(WasmFeatures::THREADS);

/// Parameters or results of a function: one less than wasmtime's limit, for the fuel.
const MOST: usize = 999;

/// A function's code, and what it takes to validate it.
pub(super) type Body<'a> = (FuncToValidate<ValidatorResources>, FunctionBody<'a>);

/// A module's declarations.
pub(super) struct Profile<'a> {
    /// By type index; None: not a function's.
    pub types: Vec<Option<FuncType>>,
    /// Type index of each function, imports first.
    pub functions: Vec<u32>,
    pub imported_functions: usize,
    pub imported_memories: usize,
    pub memories: Vec<MemoryType>,
    pub globals: Vec<GlobalType>,
    pub imported_globals: usize,
    /// Whether exceptions can be thrown.
    pub has_tags: bool,
    pub exports: Vec<Export<'a>>,
    pub start: Option<u32>,
    pub bodies: Vec<Body<'a>>,
    /// Whether each table has 64-bit indices.
    pub tables64: Vec<bool>,
    /// Exported functions.
    named: HashMap<&'a str, u32>,
    /// Functions whose address is taken.
    referenced: HashSet<u32>,
    /// Whether types have subtypes: then an indirect call's type says little.
    has_subtypes: bool,
}

impl<'a> Profile<'a> {
    /// Reads and validates everything but the functions' bodies.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn of(binary: &'a [u8]) -> Result<Self> {
        let mut found = Self {
            types: Vec::new(),
            functions: Vec::new(),
            imported_functions: 0,
            imported_memories: 0,
            memories: Vec::new(),
            globals: Vec::new(),
            imported_globals: 0,
            has_tags: false,
            exports: Vec::new(),
            start: None,
            bodies: Vec::new(),
            tables64: Vec::new(),
            named: HashMap::new(),
            referenced: HashSet::new(),
            has_subtypes: false,
        };
        let mut validator = Validator::new_with_features(FEATURES);
        for payload in Parser::new(0).parse_all(binary) {
            let payload = payload.map_err(invalid)?;
            if let ValidPayload::Func(function, body) =
                validator.payload(&payload).map_err(invalid)?
            {
                found.bodies.push((function, body));
            }
            found.enter(payload).map_err(invalid)?;
        }
        let most = |ty: &FuncType| ty.params().len().max(ty.results().len());
        if let Some(count) = found.types.iter().flatten().map(most).find(|count| *count > MOST) {
            return Err(Error::Invalid(format!(
                "a function has {count} parameters or results, the limit is {MOST}"
            )));
        }
        Ok(found)
    }

    fn enter(&mut self, payload: Payload<'a>) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(reader) => {
                for group in reader {
                    for ty in group?.into_types() {
                        self.has_subtypes |= !ty.is_final || ty.supertype_idx.is_some();
                        self.types.push(match ty.composite_type.inner {
                            CompositeInnerType::Func(ty) => Some(ty),
                            _ => None,
                        });
                    }
                }
            }
            Payload::ImportSection(reader) => {
                for import in reader.into_imports() {
                    match import?.ty {
                        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => {
                            self.functions.push(ty);
                            self.imported_functions += 1;
                        }
                        TypeRef::Memory(ty) => {
                            self.memories.push(ty);
                            self.imported_memories += 1;
                        }
                        TypeRef::Global(ty) => {
                            self.globals.push(ty);
                            self.imported_globals += 1;
                        }
                        TypeRef::Tag(_) => self.has_tags = true,
                        TypeRef::Table(ty) => self.tables64.push(ty.table64),
                    }
                }
            }
            Payload::FunctionSection(reader) => {
                for ty in reader {
                    self.functions.push(ty?);
                }
            }
            Payload::MemorySection(reader) => {
                for ty in reader {
                    self.memories.push(ty?);
                }
            }
            Payload::TableSection(reader) => {
                for table in reader {
                    let table = table?;
                    self.tables64.push(table.ty.table64);
                    if let wasmparser::TableInit::Expr(init) = table.init {
                        self.refer(init.get_operators_reader())?;
                    }
                }
            }
            Payload::TagSection(reader) => self.has_tags |= reader.count() > 0,
            Payload::GlobalSection(reader) => {
                for global in reader {
                    let global = global?;
                    self.globals.push(global.ty);
                    self.refer(global.init_expr.get_operators_reader())?;
                }
            }
            Payload::ExportSection(reader) => {
                for export in reader {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        self.named.insert(export.name, export.index);
                    }
                    self.exports.push(export);
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(reader) => {
                for element in reader {
                    match element?.items {
                        ElementItems::Functions(functions) => {
                            for function in functions {
                                self.referenced.insert(function?);
                            }
                        }
                        ElementItems::Expressions(_, expressions) => {
                            for expression in expressions {
                                self.refer(expression?.get_operators_reader())?;
                            }
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Enters the functions whose address a constant expression takes.
    fn refer(&mut self, reader: wasmparser::OperatorsReader<'_>) -> wasmparser::Result<()> {
        for code in reader {
            if let Operator::RefFunc { function_index } = code? {
                self.referenced.insert(function_index);
            }
        }
        Ok(())
    }

    /// The type of a function.
    ///
    /// # Errors
    /// [`Error::Internal`] for what validation has excluded.
    pub fn type_of(&self, function: u32) -> Result<&FuncType> {
        self.functions
            .get(function as usize)
            .and_then(|ty| self.types.get(*ty as usize)?.as_ref())
            .ok_or_else(|| Error::Internal(format!("function {function} has no type")))
    }

    /// The function exported under a name.
    pub fn function(&self, export: &str) -> Option<u32> {
        self.named.get(export).copied()
    }

    /// Whether a function's address is taken outside of the functions' bodies.
    pub fn is_referenced(&self, function: u32) -> bool {
        self.referenced.contains(&function)
    }

    /// The functions that an indirect call through a type can reach: those of an equal type. None: all,
    /// where types have subtypes.
    pub fn callable(&self, ty: u32) -> Option<&FuncType> {
        match self.has_subtypes {
            true => None,
            false => self.types.get(ty as usize).and_then(Option::as_ref),
        }
    }

    /// The type through which an indirect call reaches a function, as [`callable`](Self::callable) gives it.
    pub fn callable_type(&self, function: u32) -> Option<&FuncType> {
        self.functions.get(function as usize).and_then(|ty| self.callable(*ty))
    }

    /// Exported functions, by name and number.
    pub fn exported_functions(&self) -> impl Iterator<Item = (&'a str, u32)> {
        let functions = self.exports.iter().filter(|export| export.kind == ExternalKind::Func);
        functions.map(|export| (export.name, export.index))
    }

    /// Whether what a call does to the first memory can be put back block by block.
    pub fn is_restorable(&self) -> bool {
        let first = self.memories.first();
        self.imported_memories == 0 && first.is_some_and(|ty| !ty.memory64 && !ty.shared)
    }

    /// Whether the first memory can be made to grow and to shrink again.
    pub fn can_grow(&self) -> bool {
        let first = self.memories.first();
        self.is_restorable()
            && self.is_narrow()
            && first.is_some_and(|ty| ty.maximum != Some(ty.initial))
    }

    /// Whether all memories have 32-bit addresses.
    pub fn is_narrow(&self) -> bool {
        self.memories.iter().all(|ty| !ty.memory64)
    }

    /// The mutable globals of the module's own.
    pub fn own_mutable_globals(&self) -> impl Iterator<Item = (u32, &GlobalType)> {
        self.globals
            .iter()
            .enumerate()
            .skip(self.imported_globals)
            .filter(|(_, ty)| ty.mutable)
            .map(|(at, ty)| (at as u32, ty))
    }
}
