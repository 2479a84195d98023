//! The variants: how a kernel is compiled in each, and what that costs.

use crate::Result;
use crate::direct::Instance;
use crate::kernel::{Kernel, Native};
use crate::measure::cpu_time;
use plwasm_engine::compile::instrument::{Passes, instrument};
use wasmtime::{Config, Engine, Module, OptLevel};

/// A way to run a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    Plain,
    Native,
    Fuel,
    FuelEpochs,
    Nan,
    Meter,
    MeterIsolate,
    MeterIsolateNan,
}

impl Variant {
    /// Plain is first, as the others are compared with it.
    pub(crate) const ALL: [Self; 8] = [
        Self::Plain,
        Self::Native,
        Self::Fuel,
        Self::FuelEpochs,
        Self::Nan,
        Self::Meter,
        Self::MeterIsolate,
        Self::MeterIsolateNan,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Native => "native",
            Self::Fuel => "fuel",
            Self::FuelEpochs => "fuel+epochs",
            Self::Nan => "nan",
            Self::Meter => "meter",
            Self::MeterIsolate => "meter+isolate",
            Self::MeterIsolateNan => "meter+isolate+nan",
        }
    }

    /// Returns the passes of `instrument` that run first, if any.
    fn passes(self) -> Option<Passes> {
        let (nan, isolate, meter) = match self {
            Self::Nan => (true, false, false),
            Self::Meter => (false, false, true),
            Self::MeterIsolate => (false, true, true),
            Self::MeterIsolateNan => (true, true, true),
            _ => return None,
        };
        Some(Passes { nan, isolate, meter, ..Passes::NONE })
    }

    /// Returns the configuration of `engine/src/compile/runtime.rs`, except for what distinguishes the variant.
    fn config(self) -> Config {
        let mut config = Config::new();
        config
            .consume_fuel(matches!(self, Self::Fuel | Self::FuelEpochs))
            .epoch_interruption(self == Self::FuelEpochs)
            .max_wasm_stack(256 * 1024)
            .cranelift_opt_level(OptLevel::Speed)
            .native_unwind_info(false)
            .memory_init_cow(false)
            .relaxed_simd_deterministic(true)
            .wasm_custom_page_sizes(false)
            .wasm_memory64(true)
            .wasm_branch_hinting(self.passes().is_some());
        config
    }
}

/// A kernel that can be called.
pub(crate) enum Program {
    Native(Native),
    Guest(Box<Instance>),
}

impl Program {
    #[inline]
    pub(crate) fn call(&mut self, n: i32) -> Result<i64> {
        match self {
            Self::Native(native) => Ok(native.call(n)),
            Self::Guest(instance) => instance.call(n),
        }
    }
}

/// What compiling a module takes and produces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Bytes of the module that is compiled.
    pub wasm_bytes: usize,
    /// Bytes of the machine code of its functions.
    pub code_bytes: usize,
    /// Bytes of everything that stays in memory, in whole pages.
    pub image_bytes: usize,
    /// Nanoseconds of compiling, including instrumentation.
    pub compile_ns: f64,
}

pub(crate) struct Built {
    pub program: Program,
    /// None for native code.
    pub size: Option<Size>,
}

/// A variant, and the engine with which it compiles.
pub(crate) struct Compiler {
    variant: Variant,
    engine: Engine,
}

impl Compiler {
    pub(crate) fn new(variant: Variant) -> Result<Self> {
        Ok(Self { variant, engine: Engine::new(&variant.config())? })
    }

    pub(crate) fn variant(&self) -> Variant {
        self.variant
    }

    /// Compiles several times, and keeps the least time.
    pub(crate) fn build(&self, kernel: &Kernel, times: usize) -> Result<Built> {
        if self.variant == Variant::Native {
            return Ok(Built { program: Program::Native(Native::load(kernel)?), size: None });
        }
        let binary = kernel.binary()?;
        let (mut size, mut module) = self.compile(&binary)?;
        for _ in 1..times {
            let (again, other) = self.compile(&binary)?;
            size.compile_ns = size.compile_ns.min(again.compile_ns);
            module = other;
        }
        Ok(Built { program: Program::Guest(Box::new(Instance::new(&module)?)), size: Some(size) })
    }

    fn compile(&self, binary: &[u8]) -> Result<(Size, Module)> {
        let started = cpu_time();
        let instrumented = match self.variant.passes() {
            Some(passes) => Some(instrument(binary, passes)?.binary),
            None => None,
        };
        let binary = instrumented.as_deref().unwrap_or(binary);
        let module = Module::from_binary(&self.engine, binary)?;
        let compile_ns = cpu_time() - started;
        let image = module.image_range();
        let size = Size {
            wasm_bytes: binary.len(),
            code_bytes: module.functions().map(|function| function.len).sum(),
            image_bytes: image.end as usize - image.start as usize,
            compile_ns,
        };
        Ok((size, module))
    }
}
