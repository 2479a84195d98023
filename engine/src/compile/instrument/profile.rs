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

/// The code of a function, with what is needed to validate it.
pub(super) type FunctionCode<'a> = (FuncToValidate<ValidatorResources>, FunctionBody<'a>);

/// A module's declarations.
pub(super) struct Profile<'a> {
    pub module: CoreModule<'a>,
    /// The function types by type index; `None` for other types.
    pub types: Vec<Option<FuncType>>,
    /// The type index of each function, imports first.
    pub functions: Vec<u32>,
    pub imported_functions: usize,
    /// The memories, imports first, as with globals and tables.
    pub memories: Vec<MemoryType>,
    pub globals: Vec<GlobalType>,
    /// Whether each table has 64-bit indices.
    pub tables64: Vec<bool>,
    /// Whether exceptions can be thrown.
    pub has_tags: bool,
    pub bodies: Vec<FunctionCode<'a>>,
    /// The exported functions by name.
    named: HashMap<&'a str, u32>,
    /// The functions whose address is taken outside of bodies.
    referenced: HashSet<u32>,
    /// Whether types have subtypes. If so, the type of an indirect call says little.
    has_subtypes: bool,
}

impl<'a> Profile<'a> {
    /// Reads a module, and validates everything but the functions' bodies.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it does not validate.
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

    /// Numbers the module's items, imports first.
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

    /// Finds the functions whose address is taken outside of bodies.
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
    /// [`Error::Internal`] if it has none, which validation excludes.
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

    /// Returns whether a function's address is taken outside of bodies.
    pub(super) fn is_referenced(&self, function: u32) -> bool {
        self.referenced.contains(&function)
    }

    /// Returns the type of the functions that an indirect call through a type can reach. `None` means that they can
    /// be of any type, because types have subtypes.
    pub(super) fn callable(&self, ty: u32) -> Option<&FuncType> {
        match self.has_subtypes {
            true => None,
            false => self.types.get(ty as usize).and_then(Option::as_ref),
        }
    }

    /// Returns the type through which an indirect call reaches a function, in the sense of
    /// [`callable`](Self::callable).
    pub(super) fn callable_type(&self, function: u32) -> Option<&FuncType> {
        self.functions.get(function as usize).and_then(|ty| self.callable(*ty))
    }

    /// Returns the exported functions, with their names and indices.
    pub(super) fn exported_functions(&self) -> impl Iterator<Item = (&'a str, u32)> {
        let functions =
            self.module.exports.iter().filter(|export| export.kind == ExternalKind::Func);
        functions.map(|export| (export.name, export.index))
    }

    /// Returns the names of functions. A function without a name has the first name under which it is exported.
    pub(super) fn names(&self) -> BTreeMap<u32, &'a str> {
        let mut names = BTreeMap::new();
        for (name, function) in self.exported_functions() {
            names.entry(function).or_insert(name);
        }
        let named = self.module.names.iter().copied();
        names.extend(named.filter(|(function, _)| (*function as usize) < self.functions.len()));
        names
    }

    /// Returns whether changes of the first memory can be restored block by block.
    pub(super) fn is_restorable(&self) -> bool {
        let first = self.memories.first();
        self.module.imported.memories.is_empty()
            && first.is_some_and(|ty| !ty.memory64 && !ty.shared)
    }

    /// Returns whether the first memory can be grown and shrunk again.
    pub(super) fn can_grow(&self) -> bool {
        let first = self.memories.first();
        self.is_restorable()
            && self.is_narrow()
            && first.is_some_and(|ty| ty.maximum != Some(ty.initial))
    }

    /// Returns whether all memories have 32-bit addresses.
    pub(super) fn is_narrow(&self) -> bool {
        self.memories.iter().all(|ty| !ty.memory64)
    }

    /// Returns the mutable globals that are not imported.
    pub(super) fn own_mutable_globals(&self) -> impl Iterator<Item = (u32, &GlobalType)> {
        self.globals
            .iter()
            .enumerate()
            .skip(self.module.imported.globals.len())
            .filter(|(_, ty)| ty.mutable)
            .map(|(at, ty)| (at as u32, ty))
    }
}

/// Adds the functions whose address a constant expression takes.
fn refer(referenced: &mut HashSet<u32>, expression: &ConstExpr<'_>) -> wasmparser::Result<()> {
    for code in expression.get_operators_reader() {
        if let Operator::RefFunc { function_index } = code? {
            referenced.insert(function_index);
        }
    }
    Ok(())
}
