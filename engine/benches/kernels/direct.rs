//! An instance of a kernel, and calls of its export. Only this file knows how instrumented code is called.

use crate::Result;
use wasmtime::{Func, Linker, Module, Store, ValRaw, ValType};

/// More fuel than any kernel uses.
const FUEL: i64 = i64::MAX / 2;

/// One kernel, instantiated.
pub(crate) struct Instance {
    store: Store<()>,
    run: Func,
}

impl Instance {
    pub(crate) fn new(module: &Module) -> Result<Self> {
        let engine = module.engine();
        let mut store = Store::new(engine, ());
        // Each fails, or does nothing, if the engine's configuration lacks the feature.
        let _ = store.set_fuel(u64::MAX);
        store.set_epoch_deadline(1);

        let mut linker = Linker::new(engine);
        linker.func_wrap("plwasm", "refill", |_left: i64| FUEL)?;
        let instance = linker.instantiate(&mut store, module)?;
        let run = instance.get_func(&mut store, "run").ok_or("no export run")?;
        let ty = run.ty(&store);
        let types = |types: &[ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>();
        let params = types(&ty.params().collect::<Vec<_>>());
        let results = types(&ty.results().collect::<Vec<_>>());
        // An instrumented function takes its fuel after its parameters, and returns the rest after its results.
        match (params.join(" ").as_str(), results.join(" ").as_str()) {
            ("i32", "i64") | ("i32 i64", "i64 i64") => Ok(Self { store, run }),
            (params, results) => Err(format!("run is of type ({params}) -> ({results})").into()),
        }
    }

    #[inline]
    pub(crate) fn call(&mut self, n: i32) -> Result<i64> {
        // A function that takes no fuel does not read it.
        let mut slots = [ValRaw::i32(n), ValRaw::i64(FUEL)];
        // SAFETY: the type was checked when the instance was made. Two slots are enough for either type.
        unsafe { self.run.call_unchecked(&mut self.store, &mut slots)? };
        Ok(slots[0].get_i64())
    }
}
