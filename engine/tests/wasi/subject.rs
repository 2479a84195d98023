//! The modules of the inert WASI around one memory, called by the host.

use plwasm_engine::abi::CoreSignature;
use plwasm_engine::compile::component::{GUEST, Stub};
use plwasm_engine::compile::wasi::Written;
use wasmtime::{Engine, Instance, Linker, Memory, Module, Store, Val, ValType};

pub(crate) const SUCCESS: i64 = 0;
pub(crate) const BADF: i64 = 8;
pub(crate) const INVAL: i64 = 28;
pub(crate) const NOTSOCK: i64 = 57;
pub(crate) const NOTSUP: i64 = 58;
pub(crate) const NOTCAPABLE: i64 = 76;
pub(crate) const REALTIME: u64 = 946_684_800_000_000_000;
pub(crate) const MONOTONIC: u64 = 1_000_000_000;
pub(crate) const STEP: u64 = 1000;
pub(crate) const HOUR: u64 = 3_600_000_000_000;

/// What the inert WASI has for an import.
pub(crate) fn stub(module: &str, name: &str, signature: &CoreSignature) -> Option<Stub> {
    plwasm_engine::Wasi::Inert.stubs().unwrap().stub(module, name, signature)
}

/// All stubs, around one memory.
pub(crate) struct Wasi {
    store: Store<()>,
    instances: Vec<(Written, Instance)>,
    memory: Memory,
}

impl Wasi {
    pub(crate) fn new() -> Self {
        let engine = Engine::default();
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let guest = wat::parse_str(include_str!("guest.wat")).unwrap();
        let guest = Module::new(&engine, guest).unwrap();
        let guest = linker.instantiate(&mut store, &guest).unwrap();
        linker.instance(&mut store, GUEST, guest).unwrap();
        let memory = guest.get_memory(&mut store, "memory").unwrap();
        let mut instances = Vec::new();
        for written in Written::ALL {
            let module = Module::new(&engine, written.binary()).unwrap();
            let instance = linker.instantiate(&mut store, &module).unwrap();
            linker.instance(&mut store, written.name(), instance).unwrap();
            instances.push((written, instance));
        }
        Self { store, instances, memory }
    }

    pub(crate) fn call_in(
        &mut self,
        written: Written,
        export: &str,
        args: &[i64],
    ) -> wasmtime::Result<i64> {
        let (_, instance) = self.instances.iter().find(|(of, _)| *of == written).unwrap();
        let func = instance.get_func(&mut self.store, export).expect(export);
        let ty = func.ty(&self.store);
        assert_eq!(ty.params().len(), args.len(), "{export}");
        let args: Vec<_> = ty
            .params()
            .zip(args)
            .map(|(ty, arg)| match ty {
                ValType::I32 => Val::I32(*arg as i32),
                ValType::I64 => Val::I64(*arg),
                _ => panic!("{export}: {ty}"),
            })
            .collect();
        let mut results = vec![Val::I32(0); ty.results().len()];
        func.call(&mut self.store, &args, &mut results)?;
        Ok(match results.first() {
            None => 0,
            Some(Val::I32(result)) => i64::from(*result),
            Some(Val::I64(result)) => *result,
            Some(other) => panic!("{export}: {other:?}"),
        })
    }

    /// A function of preview 1.
    pub(crate) fn one(&mut self, export: &str, args: &[i64]) -> i64 {
        self.call_in(Written::Preview1, export, args).unwrap()
    }

    /// A function of preview 2.
    pub(crate) fn two(&mut self, export: &str, args: &[i64]) -> wasmtime::Result<i64> {
        let lists = ["wasi:io/poll#poll", "-bytes", "#display"];
        let is_list = lists.iter().any(|end| export.ends_with(end));
        self.call_in(if is_list { Written::Lists } else { Written::Preview2 }, export, args)
    }

    pub(crate) fn bytes(&self, at: usize, length: usize) -> &[u8] {
        &self.memory.data(&self.store)[at..at + length]
    }

    pub(crate) fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.bytes(at, 4).try_into().unwrap())
    }

    pub(crate) fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.bytes(at, 8).try_into().unwrap())
    }

    pub(crate) fn write(&mut self, at: usize, bytes: &[u8]) {
        self.memory.data_mut(&mut self.store)[at..at + bytes.len()].copy_from_slice(bytes);
    }

    pub(crate) fn write_all(&mut self, at: usize, words: &[u32]) {
        let bytes: Vec<_> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.write(at, &bytes);
    }

    /// A clock of preview 1, read.
    pub(crate) fn time(&mut self, clock: i64) -> u64 {
        assert_eq!(self.one("clock_time_get", &[clock, 0, 64]), SUCCESS);
        self.u64(64)
    }
}
