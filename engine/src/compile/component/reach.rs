//! Finds exported functions that can reach a built-in function that is not implemented.
//!
//! A toolchain may import such a function for functions that nobody calls from SQL. This must never miss a path: an
//! indirect call can reach every function of its type whose address is taken.

use crate::error::{Error, Result};
use crate::name::printable;
use crate::read::inspect::core_module::CoreModule;
use crate::read::inspect::invalid;
use crate::read::wit::Interface;
use std::collections::{HashMap, HashSet};
use wasmparser::{CompositeInnerType, ElementItems, ExternalKind, FuncType, Operator, RecGroup};

/// Refuses a component if a function that it exports can reach an absent function. Exported functions whose types SQL
/// cannot pass are ignored. `absent` lists indices and names of functions in the merged module.
///
/// # Errors
/// [`Error::Unsupported`] if one can be reached; [`Error::Invalid`] if the component cannot be read.
pub(super) fn check(component: &[u8], merged: &[u8], absent: &[(u32, &str)]) -> Result<()> {
    if absent.is_empty() {
        return Ok(());
    }
    let part = CoreModule::read(merged)?;
    let interface = Interface::of(component)?;
    let is_callable = |name: &str| match &interface {
        None => true,
        Some(said) => said.function(name).is_some_and(|function| function.signature().is_some()),
    };
    let calls = Calls::of(&part)?;
    for (function, name) in absent {
        let reaching = calls.reaching(*function);
        let mut exports = part.exports.iter().filter(|export| export.kind == ExternalKind::Func);
        if let Some(export) =
            exports.find(|export| reaching.contains(&export.index) && is_callable(export.name))
        {
            return Err(Error::Unsupported(format!(
                "{name}, which function \"{}\" can reach",
                printable(export.name)
            )));
        }
    }
    Ok(())
}

/// Which function calls which, in a module without imports.
#[derive(Default)]
struct Calls {
    direct: HashMap<u32, Vec<u32>>,
    /// Functions that call indirectly, by the type that is called. None: any type.
    indirect: HashMap<Option<FuncType>, Vec<u32>>,
    referenced: HashSet<u32>,
    types: Vec<Option<FuncType>>,
    /// The type index of each function.
    functions: Vec<u32>,
    has_subtypes: bool,
}

impl Calls {
    fn of(part: &CoreModule<'_>) -> Result<Self> {
        let mut found = Self { functions: part.functions.clone(), ..Self::default() };
        for ty in part.types.iter().flat_map(RecGroup::types) {
            found.has_subtypes |= !ty.is_final || ty.supertype_idx.is_some();
            found.types.push(match &ty.composite_type.inner {
                CompositeInnerType::Func(ty) => Some(ty.clone()),
                _ => None,
            });
        }
        for element in &part.elements {
            match element.items.clone() {
                ElementItems::Functions(all) => {
                    for function in all {
                        found.referenced.insert(function.map_err(invalid)?);
                    }
                }
                ElementItems::Expressions(_, all) => {
                    for expression in all {
                        found.refer(expression.map_err(invalid)?.get_operators_reader())?;
                    }
                }
            }
        }
        for global in &part.globals {
            found.refer(global.init_expr.get_operators_reader())?;
        }
        for (at, body) in part.bodies.iter().enumerate() {
            for code in body.get_operators_reader().map_err(invalid)? {
                found.enter(at as u32, &code.map_err(invalid)?);
            }
        }
        Ok(found)
    }

    fn refer(&mut self, code: wasmparser::OperatorsReader<'_>) -> Result<()> {
        for code in code {
            if let Operator::RefFunc { function_index } = code.map_err(invalid)? {
                self.referenced.insert(function_index);
            }
        }
        Ok(())
    }

    fn enter(&mut self, caller: u32, code: &Operator<'_>) {
        match code {
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                self.direct.entry(*function_index).or_default().push(caller);
            }
            Operator::CallIndirect { type_index, .. }
            | Operator::ReturnCallIndirect { type_index, .. }
            | Operator::CallRef { type_index }
            | Operator::ReturnCallRef { type_index } => {
                let ty = self.callable(*type_index);
                self.indirect.entry(ty).or_default().push(caller);
            }
            Operator::RefFunc { function_index } => {
                self.referenced.insert(*function_index);
            }
            _ => {}
        }
    }

    /// Returns the type of the functions that an indirect call of that type can reach, or None for all, if there are
    /// subtypes.
    fn callable(&self, ty: u32) -> Option<FuncType> {
        match self.has_subtypes {
            true => None,
            false => self.types.get(ty as usize).cloned().flatten(),
        }
    }

    /// Returns all functions from which a function can be reached, including itself.
    fn reaching(&self, function: u32) -> HashSet<u32> {
        let mut found = HashSet::from([function]);
        let mut open = vec![function];
        while let Some(callee) = open.pop() {
            let direct = self.direct.get(&callee);
            let indirect = match self.referenced.contains(&callee) {
                false => None,
                true => {
                    let ty = self.functions.get(callee as usize);
                    self.indirect.get(&ty.and_then(|ty| self.callable(*ty)))
                }
            };
            for caller in direct.into_iter().chain(indirect).flatten() {
                if found.insert(*caller) {
                    open.push(*caller);
                }
            }
        }
        found
    }
}
