//! What a core module declares, read and validated before any pass.

use crate::error::{Error, Result};
use crate::read::inspect::core_module::CoreModule;
use crate::read::inspect::invalid;
use std::collections::{BTreeMap, HashMap, HashSet};
use wasmparser::{
    ConstExpr, ElementItems, ExternalKind, FuncToValidate, FuncType, FunctionBody, GlobalType,
    MemoryType, Operator, Parser, RecGroup, SubType, TableInit, TypeRef, ValidPayload, Validator,
    ValidatorResources, WasmFeatures,
};

/// The proposals that modules may use: those of WebAssembly 3.0 that wasmtime enables here.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::WASM3.difference(WasmFeatures::THREADS);

/// The most parameters or results of a function: one less than wasmtime's limit, for the fuel.
const MOST: usize = 999;

/// A function's code, and what it takes to validate it.
pub(super) type Body<'a> = (FuncToValidate<ValidatorResources>, FunctionBody<'a>);

/// A module's declarations.
pub(super) struct Profile<'a> {
    pub module: CoreModule<'a>,
    /// By type index; none: not a function's.
    pub types: Vec<Option<FuncType>>,
    /// The type index of each function, imports first.
    pub functions: Vec<u32>,
    pub imported_functions: usize,
    /// Imports first, as are globals and tables.
    pub memories: Vec<MemoryType>,
    pub globals: Vec<GlobalType>,
    /// Whether each table has 64-bit indices.
    pub tables64: Vec<bool>,
    /// Whether exceptions can be thrown.
    pub has_tags: bool,
    pub bodies: Vec<Body<'a>>,
    /// Exported functions.
    named: HashMap<&'a str, u32>,
    /// Functions whose address is taken.
    referenced: HashSet<u32>,
    /// Whether types have subtypes: then an indirect call's type says little.
    has_subtypes: bool,
}

impl<'a> Profile<'a> {
    /// Reads a module, and validates everything but the functions' bodies.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub(super) fn of(binary: &'a [u8]) -> Result<Self> {
        let mut validator = Validator::new_with_features(FEATURES);
        let mut module = CoreModule::default();
        let mut bodies = Vec::new();
        for payload in Parser::new(0).parse_all(binary) {
            let payload = payload.map_err(invalid)?;
            if let ValidPayload::Func(function, body) =
                validator.payload(&payload).map_err(invalid)?
            {
                bodies.push((function, body));
            }
            module.enter(payload).map_err(invalid)?;
        }
        let types = module.function_types();
        let most = |ty: &FuncType| ty.params().len().max(ty.results().len());
        if let Some(count) = types.iter().flatten().map(most).find(|count| *count > MOST) {
            return Err(Error::Invalid(format!(
                "a function has {count} parameters or results, the limit is {MOST}"
            )));
        }
        let is_open = |ty: &SubType| !ty.is_final || ty.supertype_idx.is_some();
        let has_subtypes = module.types.iter().flat_map(RecGroup::types).any(is_open);
        let mut found = Self {
            types,
            functions: Vec::new(),
            imported_functions: module.imported.functions.len(),
            memories: Vec::new(),
            globals: Vec::new(),
            tables64: Vec::new(),
            has_tags: !module.imported.tags.is_empty() || !module.tags.is_empty(),
            bodies,
            named: HashMap::new(),
            referenced: HashSet::new(),
            has_subtypes,
            module,
        };
        found.number();
        found.refer_all().map_err(invalid)?;
        Ok(found)
    }

    /// Numbers the module's items: imports first, then its own.
    fn number(&mut self) {
        let module = &self.module;
        for import in &module.imports {
            match import.ty {
                TypeRef::Func(ty) | TypeRef::FuncExact(ty) => self.functions.push(ty),
                TypeRef::Memory(ty) => self.memories.push(ty),
                TypeRef::Global(ty) => self.globals.push(ty),
                TypeRef::Table(ty) => self.tables64.push(ty.table64),
                TypeRef::Tag(_) => {}
            }
        }
        self.functions.extend(&module.functions);
        self.memories.extend(&module.memories);
        self.globals.extend(module.globals.iter().map(|global| global.ty));
        self.tables64.extend(module.tables.iter().map(|table| table.ty.table64));
        let functions = module.exports.iter().filter(|export| export.kind == ExternalKind::Func);
        self.named = functions.map(|export| (export.name, export.index)).collect();
    }

    /// Finds the functions whose address is taken outside of the functions' bodies.
    fn refer_all(&mut self) -> wasmparser::Result<()> {
        for table in &self.module.tables {
            if let TableInit::Expr(init) = &table.init {
                refer(&mut self.referenced, init)?;
            }
        }
        for global in &self.module.globals {
            refer(&mut self.referenced, &global.init_expr)?;
        }
        for element in &self.module.elements {
            match &element.items {
                ElementItems::Functions(functions) => {
                    for function in functions.clone() {
                        self.referenced.insert(function?);
                    }
                }
                ElementItems::Expressions(_, expressions) => {
                    for expression in expressions.clone() {
                        refer(&mut self.referenced, &expression?)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Returns the type of a function.
    ///
    /// # Errors
    /// [`Error::Internal`] for what validation has excluded.
    pub(super) fn type_of(&self, function: u32) -> Result<&FuncType> {
        self.functions
            .get(function as usize)
            .and_then(|ty| self.types.get(*ty as usize)?.as_ref())
            .ok_or_else(|| Error::Internal(format!("function {function} has no type")))
    }

    /// Returns the function exported under a name.
    pub(super) fn function(&self, export: &str) -> Option<u32> {
        self.named.get(export).copied()
    }

    /// Whether a function's address is taken outside of the functions' bodies.
    pub(super) fn is_referenced(&self, function: u32) -> bool {
        self.referenced.contains(&function)
    }

    /// Returns the type of the functions that an indirect call through a type can reach. None: they can be of any type,
    /// as types have subtypes.
    pub(super) fn callable(&self, ty: u32) -> Option<&FuncType> {
        match self.has_subtypes {
            true => None,
            false => self.types.get(ty as usize).and_then(Option::as_ref),
        }
    }

    /// Returns the type through which an indirect call reaches a function, as [`callable`](Self::callable) gives it.
    pub(super) fn callable_type(&self, function: u32) -> Option<&FuncType> {
        self.functions.get(function as usize).and_then(|ty| self.callable(*ty))
    }

    /// Returns exported functions, by name and number.
    pub(super) fn exported_functions(&self) -> impl Iterator<Item = (&'a str, u32)> {
        let functions =
            self.module.exports.iter().filter(|export| export.kind == ExternalKind::Func);
        functions.map(|export| (export.name, export.index))
    }

    /// Returns the names of functions. One that has no name is called as it is exported, by the first of its names.
    pub(super) fn names(&self) -> BTreeMap<u32, &'a str> {
        let mut names = BTreeMap::new();
        for (name, function) in self.exported_functions() {
            names.entry(function).or_insert(name);
        }
        let named = self.module.names.iter().copied();
        names.extend(named.filter(|(function, _)| (*function as usize) < self.functions.len()));
        names
    }

    /// Whether what a call does to the first memory can be put back block by block.
    pub(super) fn is_restorable(&self) -> bool {
        let first = self.memories.first();
        self.module.imported.memories.is_empty()
            && first.is_some_and(|ty| !ty.memory64 && !ty.shared)
    }

    /// Whether the first memory can be made to grow and to shrink again.
    pub(super) fn can_grow(&self) -> bool {
        let first = self.memories.first();
        self.is_restorable()
            && self.is_narrow()
            && first.is_some_and(|ty| ty.maximum != Some(ty.initial))
    }

    /// Whether all memories have 32-bit addresses.
    pub(super) fn is_narrow(&self) -> bool {
        self.memories.iter().all(|ty| !ty.memory64)
    }

    /// Returns the module's own mutable globals.
    pub(super) fn own_mutable_globals(&self) -> impl Iterator<Item = (u32, &GlobalType)> {
        self.globals
            .iter()
            .enumerate()
            .skip(self.module.imported.globals.len())
            .filter(|(_, ty)| ty.mutable)
            .map(|(at, ty)| (at as u32, ty))
    }
}

/// Enters the functions whose address a constant expression takes.
fn refer(referenced: &mut HashSet<u32>, expression: &ConstExpr<'_>) -> wasmparser::Result<()> {
    for code in expression.get_operators_reader() {
        if let Operator::RefFunc { function_index } = code? {
            referenced.insert(function_index);
        }
    }
    Ok(())
}
