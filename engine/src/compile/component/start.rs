//! What happens when instances are made: their segments and start functions, in the instances' order.
//!
//! A module's own segments are all applied before its start function. A segment stays active if no start function of an
//! earlier instance can touch what it is applied to. The others are made passive, and code between the start functions
//! applies them. If a segment is out of bounds, others may have been applied before, or start functions not have run yet.
//! Instantiation then fails as a whole, so that only the error can differ.

use super::merge::body;
use super::space::{Reencoded, Space};
use super::touched::Touched;
use crate::read::inspect::core_module::CoreModule;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{DataSection, ElementSection, Function, Instruction as I};
use wasmparser::{DataKind, ElementItems, ElementKind};

/// The work that remains when all active segments have been applied.
pub(super) struct Start {
    touched: Touched,
    functions: Vec<u32>,
    /// The calls of start functions, with the late segments between them, as instructions.
    code: Vec<I<'static>>,
    late: bool,
    late_data: bool,
}

impl Start {
    pub(super) fn new(touched: Touched) -> Self {
        Self { touched, functions: Vec::new(), code: Vec::new(), late: false, late_data: false }
    }

    /// Adds what happens when an instance is made.
    ///
    /// # Errors
    /// The encoder's errors.
    pub(super) fn enter(
        &mut self,
        (part, instance): (&CoreModule<'_>, usize),
        space: &mut Space,
        elements: &mut ElementSection,
        data: &mut DataSection,
    ) -> Reencoded<()> {
        for (at, element) in part.elements.iter().enumerate() {
            let is_late = match &element.kind {
                ElementKind::Active { table_index, .. } => {
                    self.touched.fill(space.table_index(table_index.unwrap_or(0))?, instance)
                }
                _ => false,
            };
            match &element.kind {
                ElementKind::Active { table_index, offset_expr } if is_late => {
                    let items = element.items.clone();
                    let count = match &items {
                        ElementItems::Functions(all) => all.count(),
                        ElementItems::Expressions(_, all) => all.count(),
                    };
                    elements.passive(space.element_items(items)?);
                    let elem_index = space.element_index(at as u32)?;
                    let table = space.table_index(table_index.unwrap_or(0))?;
                    self.expression(offset_expr, space)?;
                    self.code.extend([
                        I::I32Const(0),
                        I::I32Const(count as i32),
                        I::TableInit { elem_index, table },
                        I::ElemDrop(elem_index),
                    ]);
                    self.late = true;
                }
                _ => space.parse_element(elements, element.clone())?,
            }
        }
        for (at, segment) in part.data.iter().enumerate() {
            match &segment.kind {
                DataKind::Active { memory_index, offset_expr }
                    if self.touched.has_memory(space.memory_index(*memory_index)?) =>
                {
                    data.passive(segment.data.iter().copied());
                    let data_index = space.data_index(at as u32)?;
                    let mem = space.memory_index(*memory_index)?;
                    self.expression(offset_expr, space)?;
                    self.code.extend([
                        I::I32Const(0),
                        I::I32Const(segment.data.len() as i32),
                        I::MemoryInit { mem, data_index },
                        I::DataDrop(data_index),
                    ]);
                    self.late = true;
                    self.late_data = true;
                }
                _ => space.parse_data(data, segment.clone())?,
            }
        }
        if let Some(start) = part.start {
            let start = space.function_index(start)?;
            self.functions.push(start);
            self.code.push(I::Call(start));
            self.touched.run(instance);
        }
        Ok(())
    }

    /// Adds the instructions of a constant expression.
    fn expression(
        &mut self,
        expression: &wasmparser::ConstExpr<'_>,
        space: &mut Space,
    ) -> Reencoded<()> {
        let mut reader = expression.get_operators_reader();
        while !reader.is_end_then_eof() {
            use wasmparser::Operator as O;
            // Only these can occur in an offset. They borrow nothing.
            self.code.push(match reader.read()? {
                O::I32Const { value } => I::I32Const(value),
                O::I64Const { value } => I::I64Const(value),
                O::GlobalGet { global_index } => I::GlobalGet(space.global_index(global_index)?),
                O::I32Add => I::I32Add,
                O::I32Sub => I::I32Sub,
                O::I32Mul => I::I32Mul,
                O::I64Add => I::I64Add,
                O::I64Sub => I::I64Sub,
                O::I64Mul => I::I64Mul,
                _ => return Err(wasm_encoder::reencode::Error::InvalidConstExpr),
            });
        }
        Ok(())
    }

    /// Returns whether code refers to data segments.
    pub(super) fn has_late_data(&self) -> bool {
        self.late_data
    }

    /// Returns the body of the merged start function, or the only start function there is.
    pub(super) fn function(&self) -> Option<(Option<Function>, u32)> {
        match self.functions.as_slice() {
            [] => None,
            [one] if !self.late => Some((None, *one)),
            [first, ..] => Some((Some(body(&self.code)), *first)),
        }
    }
}
