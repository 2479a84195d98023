//! A guest's state, for tests that compare it with another guest's.
//!
//! Only tests may use this.

use super::Guest;
use std::collections::BTreeMap;
use wasmtime::{Extern, Val};

impl Guest {
    /// Returns the bytes of every export that is not a function, by name: the contents of memories, the bits of
    /// globals, the addresses of the functions in tables.
    #[doc(hidden)]
    pub fn snapshot(&mut self) -> BTreeMap<String, Vec<u8>> {
        let module = self.module.clone();
        let mut found = BTreeMap::new();
        let mut names: Vec<String> =
            module.pre().module().exports().map(|export| export.name().to_string()).collect();
        let manifest = module.manifest();
        names.retain(|name| Some(name) != manifest.memory.as_ref().map(|(name, _)| name));
        names.retain(|name| Some(name) != manifest.messages.as_ref());
        names.retain(|name| Some(name) != manifest.restored.as_ref());
        names.retain(|name| Some(name) != manifest.first.as_ref());
        for name in names {
            let bytes = match self.instance.get_export(&mut self.store, &name) {
                Some(Extern::Memory(memory)) => {
                    let data = memory.data(&self.store);
                    let elastic = self
                        .store
                        .data()
                        .elastic
                        .filter(|first| first.is_at(memory.data_ptr(&self.store), &self.store));
                    // An elastic memory can have more, which cannot be read.
                    data[..elastic.map_or(data.len(), |first| first.bytes())].to_vec()
                }
                Some(Extern::Global(global)) => value_bytes(&global.get(&mut self.store)),
                Some(Extern::Table(table)) => {
                    let size = table.size(&self.store);
                    let elements = (0..size).filter_map(|at| table.get(&mut self.store, at));
                    elements
                        .collect::<Vec<_>>()
                        .iter()
                        .flat_map(|element| match element.as_func() {
                            Some(Some(func)) => (func.to_raw(&mut self.store) as u64).to_le_bytes(),
                            _ => u64::from(element.is_null()).to_le_bytes(),
                        })
                        .collect()
                }
                _ => continue,
            };
            found.insert(name, bytes);
        }
        found
    }
}

/// Returns the bits of a global's value. Of a reference it returns only whether it is null.
fn value_bytes(value: &Val) -> Vec<u8> {
    match value {
        Val::I32(bits) => bits.to_le_bytes().to_vec(),
        Val::I64(bits) => bits.to_le_bytes().to_vec(),
        Val::F32(bits) => bits.to_le_bytes().to_vec(),
        Val::F64(bits) => bits.to_le_bytes().to_vec(),
        Val::V128(bits) => bits.as_u128().to_le_bytes().to_vec(),
        other => vec![u8::from(other.ref_().is_none_or(|found| found.is_null()))],
    }
}
