//! Which resources are represented: their handles are their representations, and no table keeps them.
//!
//! The tables of handles are in a memory of their own, and a call that changes another memory than the first spoils its
//! instance. They are needed where component instances must not use what they were not given. A resource must never be
//! represented if a second component instance with code of its own knows it.

use super::Flattener;
use std::collections::{HashMap, HashSet};
use wasmtime_environ::component::{
    Export, InterfaceType, ResourceIndex, RuntimeComponentInstanceIndex, TypeDef, TypeFuncIndex,
    TypeResourceTable, TypeResourceTableIndex,
};

impl Flattener<'_, '_> {
    /// Returns the resources that the component defines and exports, and that only the component instance with their
    /// definition can use. The owners of all instances of core modules must be known.
    pub(super) fn find_represented(&self) -> HashSet<ResourceIndex> {
        let component = &self.translation.component;
        let with_code: HashSet<_> = self.owners.iter().copied().flatten().collect();
        let mut known: HashMap<ResourceIndex, HashSet<RuntimeComponentInstanceIndex>> =
            HashMap::new();
        for number in 0..self.types.num_resource_tables() as u32 {
            let table = TypeResourceTableIndex::from_u32(number);
            if let TypeResourceTable::Concrete { ty, instance } = self.types[table]
                && with_code.contains(&instance)
            {
                known.entry(ty).or_default().insert(instance);
            }
        }
        let is_at_home = |resource: &ResourceIndex| {
            let Some(defined) = component.defined_resource_index(*resource) else { return false };
            let home = component.defined_resource_instances[defined];
            known.get(resource).is_none_or(|known| known.iter().all(|instance| *instance == home))
        };
        self.exported_resources().into_iter().filter(is_at_home).collect()
    }

    fn exported_resources(&self) -> HashSet<ResourceIndex> {
        let component = &self.translation.component;
        let mut open: Vec<_> = component.exports.raw_iter().map(|(_, (index, _))| *index).collect();
        let mut found = HashSet::new();
        while let Some(index) = open.pop() {
            match &component.export_items[index] {
                Export::Instance { exports, .. } => {
                    open.extend(exports.raw_iter().map(|(_, (index, _))| *index));
                }
                Export::Type(TypeDef::Resource(table)) => found.extend(self.resource(*table)),
                _ => {}
            }
        }
        found
    }

    /// Returns the resource of a table. Returns None for a resource of which there can be no handle.
    fn resource(&self, table: TypeResourceTableIndex) -> Option<ResourceIndex> {
        match self.types[table] {
            TypeResourceTable::Concrete { ty, .. } => Some(ty),
            TypeResourceTable::Abstract(_) => None,
        }
    }

    /// Returns whether the handles of a table are representations.
    pub(super) fn is_represented(&self, table: TypeResourceTableIndex) -> bool {
        self.resource(table).is_some_and(|resource| self.represented.contains(&resource))
    }

    /// Returns whether a function takes or returns a handle that is no representation, where a function of a resource
    /// has its handle: as the first parameter, the result, or the `ok` of the result.
    pub(super) fn passes_handles(&self, ty: TypeFuncIndex) -> bool {
        let ty = &self.types[ty];
        let first = |types: &[InterfaceType]| types.first().copied();
        let result = first(&self.types[ty.results].types);
        let ok = match result {
            Some(InterfaceType::Result(result)) => self.types[result].ok,
            other => other,
        };
        [first(&self.types[ty.params].types), ok].into_iter().flatten().any(|ty| match ty {
            InterfaceType::Own(table) | InterfaceType::Borrow(table) => !self.is_represented(table),
            _ => false,
        })
    }
}
