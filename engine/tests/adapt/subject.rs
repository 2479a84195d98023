//! Adapting text, and running the result in plain wasmtime, which is given nothing to import.

use plwasm_engine::adapt::{Adapted, Given, Options, adapt};
use plwasm_engine::{Error, Remedy, Wasi};
use wasmtime::{Config, Engine, Extern, Instance, Module, Store, Val};

pub(crate) fn binary(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn given(name: &str, text: &str) -> Given {
    Given { name: name.into(), binary: binary(text) }
}

/// Options, put together as on a command line.
#[derive(Default)]
pub(crate) struct Asked(pub Options);

pub(crate) fn ask() -> Asked {
    Asked::default()
}

impl Asked {
    pub(crate) fn stub(mut self, stub: &str) -> Self {
        self.0.stubs.push(stub.parse().unwrap());
        self
    }

    pub(crate) fn wasi(mut self) -> Self {
        self.0.wasi = Wasi::Inert;
        self
    }

    pub(crate) fn with(mut self, name: &str, text: &str) -> Self {
        self.0.with.push((name.into(), given(&format!("{name}.wat"), text)));
        self
    }

    pub(crate) fn shim(mut self, text: &str) -> Self {
        let name = format!("shim{}.wat", self.0.shims.len());
        self.0.shims.push(given(&name, text));
        self
    }

    pub(crate) fn memory(mut self, name: &str) -> Self {
        self.0.memory = Some(name.into());
        self
    }

    pub(crate) fn alloc(mut self, name: &str) -> Self {
        self.0.alloc = Some(name.into());
        self
    }

    pub(crate) fn adapt(&self, text: &str) -> Result<Adapted, Error> {
        let adapted = adapt(&binary(text), &self.0)?;
        let again = adapt(&binary(text), &self.0)?;
        assert_eq!(adapted.binary, again.binary, "the same input makes the same bytes");
        assert_eq!(adapted.replaced, again.replaced);
        Ok(adapted)
    }

    /// Adapts, and instantiates the result.
    pub(crate) fn run(&self, text: &str) -> Running {
        let adapted = self.adapt(text).unwrap_or_else(|error| panic!("{}", shown(&error)));
        Running::new(&adapted.binary)
    }

    /// What it is refused with.
    pub(crate) fn refusal(&self, text: &str) -> String {
        match self.adapt(text) {
            Ok(_) => panic!("it was adapted"),
            Err(error) => shown(&error),
        }
    }
}

/// An error with all that is said of it.
pub(crate) fn shown(error: &Error) -> String {
    let advice = match error.remedy() {
        Some(Remedy::Advice(text)) => text,
        _ => Default::default(),
    };
    format!("{}: {error}\n{}\n{advice}", error.sqlstate(), error.detail().unwrap_or_default())
}

/// An instance, in a wasmtime that nothing of ours has touched.
pub(crate) struct Running {
    pub store: Store<()>,
    pub instance: Instance,
}

pub(crate) fn engine() -> Engine {
    let mut config = Config::new();
    config.consume_fuel(true).cranelift_nan_canonicalization(true).wasm_memory64(true);
    Engine::new(&config).unwrap()
}

impl Running {
    pub(crate) fn new(binary: &[u8]) -> Self {
        let engine = engine();
        let module = Module::new(&engine, binary).unwrap_or_else(|error| {
            panic!("{error:#}\n{}", wasmprinter::print_bytes(binary).unwrap_or_default())
        });
        let mut store = Store::new(&engine, ());
        store.set_fuel(1_000_000).unwrap();
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        Self { store, instance }
    }

    pub(crate) fn call(
        &mut self,
        export: &str,
        arguments: &[Val],
    ) -> Result<Vec<Val>, wasmtime::Error> {
        let function = self.instance.get_func(&mut self.store, export).expect(export);
        let mut results = vec![Val::I32(0); function.ty(&self.store).results().len()];
        function.call(&mut self.store, arguments, &mut results)?;
        Ok(results)
    }

    /// A call that takes and returns i32s.
    pub(crate) fn i32(&mut self, export: &str, arguments: &[i32]) -> i32 {
        let arguments: Vec<Val> = arguments.iter().map(|value| Val::I32(*value)).collect();
        let results = self.call(export, &arguments).unwrap_or_else(|error| panic!("{error:#}"));
        results[0].i32().expect("an i32")
    }

    /// Pages, of the memory of that name.
    pub(crate) fn pages(&mut self, name: &str) -> u64 {
        self.instance.get_memory(&mut self.store, name).expect(name).size(&self.store)
    }

    pub(crate) fn bytes(&mut self, at: usize, length: usize) -> Vec<u8> {
        let memory = self.instance.get_memory(&mut self.store, "memory").expect("a memory");
        memory.data(&self.store)[at..at + length].to_vec()
    }

    pub(crate) fn exports(&mut self) -> Vec<String> {
        self.instance.exports(&mut self.store).map(|export| export.name().to_string()).collect()
    }

    pub(crate) fn export(&mut self, name: &str) -> Extern {
        self.instance.get_export(&mut self.store, name).expect(name)
    }
}
