//! One function in the passes: the guest's instructions, which no pass changes or reorders, and the instructions that
//! the passes put around each.
//!
//! So no pass sees what another has added, and each counts and tracks only what the guest does. The order of the
//! passes does not matter for correctness.

use crate::error::{Error, Result};
use crate::read::inspect::invalid;
use crate::read::opcode::opens_block;
use wasm_encoder::{BlockType, Instruction, ValType};
use wasmparser::{FuncToValidate, FunctionBody, Operator, ValidatorResources};

/// The most bytes of a function's code, before and after the passes. Compiling cannot be interrupted, and its time
/// grows faster than the size of a function: 2 MiB of nothing but stores take 5 s.
pub(super) const MOST_BYTES: usize = 2 << 20;

/// The most loops around an instruction. The time to compile grows with the cube of this: 500 take a tenth of a
/// second.
const MOST_LOOPS: usize = 500;

/// An instruction that a pass adds. Those added before or after a guest's instruction leave its operands unchanged.
#[derive(Debug, Clone)]
pub(super) enum Own {
    Plain(Instruction<'static>),
    /// An `if` that is rarely entered. The compiler moves its body out of the way.
    Unlikely(BlockType),
    /// An `if` that is nearly always entered. The compiler moves its `else` out of the way.
    Likely(BlockType),
}

impl From<Instruction<'static>> for Own {
    fn from(instruction: Instruction<'static>) -> Self {
        Self::Plain(instruction)
    }
}

/// One of the guest's instructions.
#[derive(Debug)]
pub(super) struct Op<'a> {
    pub code: Operator<'a>,
    /// Its offset in the guest's binary, in bytes.
    pub offset: usize,
    /// Whether validation takes it for reachable.
    pub live: bool,
    /// The number of operands that it takes, if `live`.
    pub pops: usize,
    /// The number of operands on the stack after it.
    pub height: usize,
    /// For `block`, `loop`, `if` and `try_table`: the index of its `end`.
    pub end: usize,
    pub before: Vec<Own>,
    pub after: Vec<Own>,
    /// Whether it is left out, because the instructions before and after it do its work.
    pub replaced: bool,
}

/// One function.
#[derive(Debug)]
pub(super) struct Function<'a> {
    /// Its index in the guest's module.
    pub index: u32,
    pub params: Vec<wasmparser::ValType>,
    pub results: Vec<wasmparser::ValType>,
    /// The types of the declared locals, with their counts.
    pub locals: Vec<(u32, wasmparser::ValType)>,
    pub ops: Vec<Op<'a>>,
    /// The instructions before the first one of the guest.
    pub prologue: Vec<Own>,
    /// Whether the body is wrapped in a block, to which the branches to the function's own label go.
    pub wrapped: bool,
    /// Whether there is a parameter for fuel, after those of the guest.
    fuel: bool,
    own: Vec<ValType>,
}

impl<'a> Function<'a> {
    /// Reads and validates a body. If `fuel`, a parameter for fuel follows those of the guest.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] if the body does not validate.
    pub(super) fn read(
        function: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'a>,
        ty: &wasmparser::FuncType,
        fuel: bool,
    ) -> Result<Self> {
        let index = function.index;
        too_long(index, body.range().len())?;
        let mut validator = function.into_validator(Default::default());
        let mut locals = Vec::new();
        let mut reader = body.get_locals_reader().map_err(invalid)?;
        for _ in 0..reader.get_count() {
            let offset = reader.original_position();
            let (count, ty) = reader.read().map_err(invalid)?;
            validator.define_locals(offset, count, ty).map_err(invalid)?;
            locals.push((count, ty));
        }
        let mut reader = body.get_operators_reader().map_err(invalid)?;
        let mut ops: Vec<Op<'a>> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut loops = 0;
        while !reader.eof() {
            let offset = reader.original_position();
            let code = reader.read().map_err(invalid)?;
            let live = validator.get_control_frame(0).is_some_and(|frame| !frame.unreachable);
            let arity = code.operator_arity(&validator);
            validator.op(offset, &code).map_err(invalid)?;
            match &code {
                code if opens_block(code) => open.push(ops.len()),
                Operator::End => {
                    if let Some(opener) = open.pop() {
                        loops -= usize::from(matches!(ops[opener].code, Operator::Loop { .. }));
                        ops[opener].end = ops.len();
                    }
                }
                _ => {}
            }
            if matches!(code, Operator::Loop { .. }) {
                loops += 1;
                if loops > MOST_LOOPS {
                    return Err(Error::DeepLoops { function: index, limit: MOST_LOOPS });
                }
            }
            ops.push(Op {
                code,
                offset,
                live,
                pops: arity.map_or(0, |(pops, _)| pops as usize),
                height: validator.operand_stack_height() as usize,
                end: 0,
                before: Vec::new(),
                after: Vec::new(),
                replaced: false,
            });
        }
        reader.finish().map_err(invalid)?;
        Ok(Self {
            index,
            params: ty.params().to_vec(),
            results: ty.results().to_vec(),
            locals,
            ops,
            prologue: Vec::new(),
            wrapped: false,
            fuel,
            own: Vec::new(),
        })
    }

    /// Returns the local that holds the fuel, which is the parameter after those of the guest.
    pub(super) fn fuel(&self) -> u32 {
        self.params.len() as u32
    }

    /// Returns the final index of a local of the guest.
    pub(super) fn local(&self, guests: u32) -> u32 {
        guests + u32::from(self.fuel && guests >= self.fuel())
    }

    /// Adds a local, and returns its final index.
    pub(super) fn own_local(&mut self, ty: ValType) -> u32 {
        self.own.push(ty);
        let declared: u32 = self.locals.iter().map(|(count, _)| count).sum();
        self.local(self.fuel() + declared) + self.own.len() as u32 - 1
    }

    /// Returns the types of the guest's locals, parameters first.
    pub(super) fn local_types(&self) -> Vec<wasmparser::ValType> {
        let declared = self.locals.iter();
        let declared = declared.flat_map(|(count, ty)| std::iter::repeat_n(*ty, *count as usize));
        self.params.iter().copied().chain(declared).collect()
    }

    /// Returns the types of the locals that the passes have added.
    pub(super) fn own_locals(&self) -> &[ValType] {
        &self.own
    }
}

/// Checks that a function's code does not have too many bytes.
///
/// # Errors
/// [`Error::LongFunction`] if `size` is more than [`MOST_BYTES`].
pub(super) fn too_long(function: u32, size: usize) -> Result<()> {
    match size > MOST_BYTES {
        true => Err(Error::LongFunction { function, size, limit: MOST_BYTES }),
        false => Ok(()),
    }
}

/// A scratch local of one type, which is added when it is first needed.
#[derive(Debug, Default)]
pub(super) struct Scratch(Option<u32>);

impl Scratch {
    pub(super) fn of(&mut self, function: &mut Function<'_>, ty: ValType) -> u32 {
        *self.0.get_or_insert_with(|| function.own_local(ty))
    }
}
