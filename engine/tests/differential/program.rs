//! Modules of our own: few instructions, in the patterns that the passes look for.
//!
//! wasm-smith would hardly ever make two stores through one local, one of them in a loop and the local
//! assigned between, a loop that is left half way through a block, or a chain of float operations. All
//! of a module is exported, and functions say what is in memory.

use super::arguments::{double, float, integer, vector};
use super::body;
use super::choices::Choices;
use std::borrow::Cow;
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, Elements, ExportKind,
    ExportSection, FunctionSection, GlobalSection, GlobalType, MemorySection, MemoryType, Module,
    RefType, StartSection, TableSection, TableType, TagKind, TagSection, TagType, TypeSection,
    ValType,
};

/// What a module declares, for its functions' bodies to use.
pub(super) struct Program {
    /// By function; type indices are the same.
    pub signatures: Vec<(Vec<ValType>, Vec<ValType>)>,
    pub globals: Vec<ValType>,
    pub pages: u64,
    /// Whether the memory's addresses have 64 bits.
    pub wide: bool,
    /// Elements of the table; 0: there is none.
    pub elements: u32,
    /// Passive data segments, and their lengths; before them is an active one.
    pub passive: Vec<u32>,
    /// Whether there are exceptions: one tag, of an i32.
    pub exceptions: bool,
    /// Types that values and locals may have.
    pub types: Vec<ValType>,
}

/// Pages of a memory with more blocks than the log of the isolate pass holds.
pub(super) const LARGE: u64 = 66;

pub(super) fn module(choices: &mut Choices<'_>) -> Vec<u8> {
    use ValType::{F32, F64, I32, I64, V128};
    let types: &[ValType] = match choices.below(5) {
        0 => &[I32],
        1 => &[I32, I64],
        2 => &[I32, F32],
        3 => &[I32, I64, F32, F64],
        _ => &[I32, I64, F32, F64, V128],
    };
    let some = |choices: &mut Choices<'_>, most: u32| -> Vec<ValType> {
        (0..choices.below(most)).map(|_| choices.of(types)).collect()
    };
    let mut signatures: Vec<_> =
        (0..2 + choices.below(4)).map(|_| (some(choices, 4), some(choices, 3))).collect();
    // The last two say what is in memory, and start.
    signatures.push((Vec::new(), vec![I64]));
    signatures.push((Vec::new(), Vec::new()));
    let program = Program {
        signatures,
        globals: (0..1 + choices.below(4)).map(|_| choices.of(types)).collect(),
        pages: if choices.one_in(200) { LARGE } else { choices.of(&[1, 1, 1, 2, 3]) },
        wide: choices.one_in(16),
        elements: choices.of(&[0, 4, 8]),
        passive: (0..choices.below(3)).map(|_| choices.of(&[3, 40, 300])).collect(),
        exceptions: choices.one_in(6),
        types: types.to_vec(),
    };
    program.encode(choices)
}

impl Program {
    fn encode(&self, choices: &mut Choices<'_>) -> Vec<u8> {
        let mut types = TypeSection::new();
        let mut functions = FunctionSection::new();
        let mut exports = ExportSection::new();
        for (index, (params, results)) in self.signatures.iter().enumerate() {
            types.ty().function(params.iter().copied(), results.iter().copied());
            functions.function(index as u32);
            exports.export(&format!("f{index}"), ExportKind::Func, index as u32);
        }
        let tag = types.len();
        types.ty().function([ValType::I32], []);

        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: self.pages,
            maximum: Some(self.pages + u64::from(choices.below(4))),
            memory64: self.wide,
            shared: false,
            page_size_log2: None,
        });
        exports.export("m", ExportKind::Memory, 0);

        let mut tables = TableSection::new();
        let mut elements = ElementSection::new();
        if self.elements > 0 {
            tables.table(TableType {
                element_type: RefType::FUNCREF,
                table64: false,
                minimum: self.elements.into(),
                maximum: Some(u64::from(self.elements) + 4),
                shared: false,
            });
            exports.export("t", ExportKind::Table, 0);
            let all: Vec<u32> = (0..self.signatures.len() as u32).collect();
            let active = &all[..all.len().min(self.elements as usize - 1)];
            elements.active(None, &ConstExpr::i32_const(0), Elements::Functions(Cow::from(active)));
            elements.passive(Elements::Functions(Cow::from(&all)));
        }

        let mut globals = GlobalSection::new();
        for (index, ty) in self.globals.iter().enumerate() {
            let init = match ty {
                ValType::I32 => ConstExpr::i32_const(integer(choices) as i32),
                ValType::I64 => ConstExpr::i64_const(choices.bits() as i64),
                ValType::F32 => ConstExpr::f32_const(f32::from_bits(float(choices)).into()),
                ValType::F64 => ConstExpr::f64_const(f64::from_bits(double(choices)).into()),
                _ => ConstExpr::v128_const(vector(choices) as i128),
            };
            globals.global(GlobalType { val_type: *ty, mutable: true, shared: false }, &init);
            exports.export(&format!("g{index}"), ExportKind::Global, index as u32);
        }

        let mut data = DataSection::new();
        let start = choices.of(&[0, 500, 1000, 1020, 65_000]);
        let offset = match self.wide {
            true => ConstExpr::i64_const(start),
            false => ConstExpr::i32_const(start as i32),
        };
        let length = choices.of(&[0, 20, 60, 500]);
        data.active(0, &offset, choices.bytes(length));
        for length in &self.passive {
            data.passive(choices.bytes(*length as usize));
        }

        let mut code = CodeSection::new();
        let all = self.signatures.len();
        for index in 0..all {
            code.function(&match all - index {
                2 => body::digest(self),
                _ => body::random(self, index, choices),
            });
        }

        let mut module = Module::new();
        module.section(&types).section(&functions);
        if self.elements > 0 {
            module.section(&tables);
        }
        module.section(&memories);
        if self.exceptions {
            let mut tags = TagSection::new();
            tags.tag(TagType { kind: TagKind::Exception, func_type_idx: tag });
            module.section(&tags);
        }
        module.section(&globals).section(&exports);
        if choices.one_in(8) {
            module.section(&StartSection { function_index: all as u32 - 1 });
        }
        if self.elements > 0 {
            module.section(&elements);
        }
        module.section(&DataCountSection { count: data.len() }).section(&code).section(&data);
        module.finish()
    }
}
