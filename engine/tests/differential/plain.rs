//! The reference: wasmtime as it comes, with no pass of ours, a new instance for every call.
//!
//! What we promise beyond the specification it is told to do in its own way: computed NaNs are
//! canonical by Cranelift's pass, fuel is wasmtime's and only keeps a loop from being endless.

use super::outcome::{Item, Kind, Outcome, State};
use plwasm_engine::ValRaw;
use wasmtime::{
    Config, Extern, ExternType, Instance, Module, OptLevel, Store, StoreLimits, StoreLimitsBuilder,
    Val,
};

/// wasmtime's fuel for one call: more than a call needs that walks through a few pages of memory.
pub(crate) const FUEL: u64 = 400_000;

/// Bytes of memory of one instance: more than the memories and tables of a case take, so that only
/// objects run into it.
pub(crate) const MEMORY: usize = 16 << 20;

/// As in engine/src/compile/runtime.rs.
const STACK: usize = 256 * 1024;

/// An exported function, with what is needed to call it.
#[derive(Debug, Clone)]
pub(crate) struct Export {
    pub name: String,
    pub params: Vec<Kind>,
    pub results: Vec<Kind>,
}

impl Export {
    /// The arguments, and room for the results.
    pub(crate) fn slots(&self, arguments: &[ValRaw]) -> Vec<ValRaw> {
        let mut slots = arguments.to_vec();
        slots.resize(self.params.len().max(self.results.len()), ValRaw::i64(0));
        slots
    }
}

pub(crate) struct Plain {
    engine: wasmtime::Engine,
}

pub(crate) struct Running {
    store: Store<StoreLimits>,
    instance: Instance,
}

impl Plain {
    /// `canonical` is false only where it is tested that NaNs are compared.
    pub(crate) fn new(canonical: bool) -> Self {
        // As in engine/src/compile/runtime.rs, but for what is said above, and nothing that interrupts.
        let mut config = Config::new();
        config
            .consume_fuel(true)
            .max_wasm_stack(STACK)
            .cranelift_opt_level(OptLevel::Speed)
            .cranelift_nan_canonicalization(canonical)
            .native_unwind_info(false)
            .memory_init_cow(false)
            .relaxed_simd_deterministic(true)
            .wasm_custom_page_sizes(false)
            .wasm_memory64(true);
        Self { engine: wasmtime::Engine::new(&config).expect("wasmtime runs here") }
    }

    pub(crate) fn compile(&self, binary: &[u8]) -> Result<Module, String> {
        Module::from_binary(&self.engine, binary).map_err(|error| format!("{error:#}"))
    }

    pub(crate) fn instantiate(&self, module: &Module) -> Result<Running, Outcome> {
        let limits = StoreLimitsBuilder::new().memory_size(MEMORY).build();
        let mut store = Store::new(&self.engine, limits);
        store.limiter(|limits| limits);
        store.set_fuel(FUEL).expect("fuel is on");
        let instance =
            Instance::new(&mut store, module, &[]).map_err(|error| Outcome::of_wasmtime(&error))?;
        Ok(Running { store, instance })
    }
}

/// What a module exports to be called, as far as arguments for it can be made up.
pub(crate) fn exports(module: &Module) -> Vec<Export> {
    let callable = |kind: &Kind| {
        !matches!(kind, Kind::Function { nullable: false } | Kind::Object { nullable: false })
    };
    module
        .exports()
        .filter_map(|export| match export.ty() {
            ExternType::Func(ty) => Some(Export {
                name: export.name().to_string(),
                params: ty.params().map(|ty| Kind::of(&ty)).collect(),
                results: ty.results().map(|ty| Kind::of(&ty)).collect(),
            }),
            _ => None,
        })
        .filter(|export| export.params.iter().all(callable))
        .collect()
}

impl Running {
    pub(crate) fn call(&mut self, export: &Export, arguments: &[ValRaw], fuel: u64) -> Outcome {
        let Some(func) = self.instance.get_func(&mut self.store, &export.name) else {
            return Outcome::Unexpected(format!("no export {:?}", export.name));
        };
        self.store.set_fuel(fuel).expect("fuel is on");
        let mut slots = export.slots(arguments);
        // SAFETY: the slots were made for the export's own type, and arguments are numbers or null.
        match unsafe { func.call_unchecked(&mut self.store, &mut slots[..]) } {
            Ok(()) => Outcome::returned(&export.results, &slots),
            Err(error) => Outcome::of_wasmtime(&error),
        }
    }

    /// Fuel that is left of the last call's.
    pub(crate) fn fuel(&self) -> u64 {
        self.store.get_fuel().unwrap_or(0)
    }

    pub(crate) fn state(&mut self) -> State {
        let exports: Vec<_> = self
            .instance
            .exports(&mut self.store)
            .map(|export| (export.name().to_string(), export.into_extern()))
            .collect();
        exports.into_iter().filter_map(|(name, export)| Some((name, self.item(export)?))).collect()
    }

    fn item(&mut self, export: Extern) -> Option<Item> {
        let store = &mut self.store;
        Some(match export {
            Extern::Memory(memory) => Item::Memory(memory.data(&*store).to_vec()),
            Extern::Global(global) => match global.get(&mut *store) {
                Val::I32(number) => Item::Global(number.to_le_bytes().into()),
                Val::I64(number) => Item::Global(number.to_le_bytes().into()),
                Val::F32(bits) => Item::Global(bits.to_le_bytes().into()),
                Val::F64(bits) => Item::Global(bits.to_le_bytes().into()),
                Val::V128(bits) => Item::Global(bits.as_u128().to_le_bytes().into()),
                reference => Item::Reference(!is_null(&reference)),
            },
            Extern::Table(table) => Item::Table(
                (0..table.size(&*store))
                    .map(|at| table.get(&mut *store, at).is_some_and(|element| !element.is_null()))
                    .collect(),
            ),
            _ => return None,
        })
    }

    /// For the model: what it is made of.
    pub(crate) fn parts(&mut self) -> (&mut Store<StoreLimits>, Instance) {
        (&mut self.store, self.instance)
    }
}

fn is_null(value: &Val) -> bool {
    value.ref_().is_none_or(|reference| reference.is_null())
}
